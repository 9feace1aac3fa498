//! What a rule found, and the verdict that the findings add up to.
//!
//! Touches nothing. Must never hold a sentence for people: messages travel as a key with arguments
//! and are put into words where they are shown, in the reader's language.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::exception::Exception;
use crate::facts::Evidence;
use crate::id::{Fingerprint, Sequence};
use crate::time::Timestamp;

/// The name of a rule, such as `disk-encrypted`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(pub String);

/// The clause of ISO/IEC 27001 Annex A that a rule serves, by both editions' numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clause {
    /// The promise of the product, `M1` to `M25`.
    pub promise: &'static str,
    /// The number in the 2013 edition (JIS Q 27001:2014), with the handbook's paragraph.
    pub edition_2013: &'static str,
    /// The number in the 2022 edition.
    pub edition_2022: &'static str,
}

/// Words of the company's own, in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// In English.
    pub en: String,
    /// In Japanese.
    pub ja: String,
}

/// What a rule of the company's own is called, and what it serves: no catalogue knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnRule {
    /// Its title.
    pub title: Wording,
    /// The number in the 2013 edition; empty where the policy names none.
    pub edition_2013: String,
    /// The number in the 2022 edition; empty where the policy names none.
    pub edition_2022: String,
}

/// What came of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The evidence shows that the rule is kept.
    Pass,
    /// The rule does not concern this device.
    NotApplicable,
    /// The evidence does not suffice to tell. Never a pass.
    Unknown,
    /// The evidence shows that the rule is broken.
    Fail,
}

/// How much a broken rule weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// To be mended in the ordinary course.
    Low,
    /// To be mended soon.
    Medium,
    /// The device should not leave, nor join the internal network.
    High,
    /// To be acted on now.
    Critical,
}

/// A sentence for people that is not yet in a language: a key of the catalogue, with arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Key in the message catalogue.
    pub key: Cow<'static, str>,
    /// Arguments by name.
    pub args: BTreeMap<String, String>,
}

/// Arguments of messages that are times, as [`Timestamp`] writes them.
pub const TIME_ARGS: [&str; 2] = ["built", "until"];

impl Message {
    /// A message without arguments.
    pub fn new(key: impl Into<Cow<'static, str>>) -> Self {
        Self {
            key: key.into(),
            args: BTreeMap::new(),
        }
    }

    /// The same message with one argument more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.args.insert(name.to_owned(), value.into());
        self
    }
}

/// What one rule found on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: RuleId,
    /// What it is called, where the company wrote it itself.
    pub own: Option<OwnRule>,
    /// The outcome.
    pub outcome: Outcome,
    /// Its weight, from the policy.
    pub severity: Severity,
    /// Whether the outcome counts against the device. Under an exception none does; else a fail always does,
    /// and an unknown where the policy says that unknown fails, or where the rule counted before and only a pass
    /// mends it.
    pub counts: bool,
    /// The exception under which a fail or an unknown does not count.
    pub exception: Option<Exception>,
    /// What was found, for people.
    pub cause: Message,
    /// How to mend it, for the laptop's user. `None` when there is nothing to mend.
    pub remedy: Option<Message>,
    /// The raw values the outcome rests on.
    pub evidence: Vec<Evidence>,
    /// Since when the rule counts against the device without being kept again, or would but for an exception.
    /// `None` when it does not, except where it did and cannot be told any more, or waits for what it
    /// concerns to come back.
    pub first_failed_at: Option<Timestamp>,
    /// When the grace ends. `None` when the outcome does not count.
    pub due_at: Option<Timestamp>,
    /// What came before.
    pub past: Past,
}

/// What a finding remembers of the times before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Past {
    /// How the rule was last mended, while it is kept; `None` when it never counted, or counts.
    pub mended: Option<Mended>,
    /// How often in a row it has come back within [`RETURNS_WITHIN`](crate::limits::RETURNS_WITHIN) of being mended.
    pub returns: u32,
}

/// A rule that counted against the device and is kept again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mended {
    /// Since when it had counted.
    pub first_failed_at: Timestamp,
    /// When it was found to be kept again.
    pub at: Timestamp,
}

/// What the findings add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// At least one rule has passed, no finding counts, and none is unknown but under an exception.
    Compliant,
    /// No rule is known to be broken, and at least one could not be told, or none has passed.
    Undecided,
    /// A finding counts, and its grace has not ended.
    Grace,
    /// A finding counts, and its grace has ended.
    Violation,
}

/// The judgement of one report under one policy at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The report that was judged.
    pub sequence: Sequence,
    /// When it was judged.
    pub judged_at: Timestamp,
    /// The policy document it was judged by.
    pub policy: Fingerprint,
    /// What the findings add up to.
    pub standing: Standing,
    /// One finding for each rule in force, ordered by rule.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// What the next verdict has to know of a rule: since when it counts without being kept again, and what came
    /// before.
    #[must_use]
    pub fn remembered(&self, rule: &RuleId) -> (Option<Timestamp>, Past) {
        let mut findings = self.findings.iter();
        let found = findings.find(|finding| finding.rule == *rule);
        found.map_or((None, Past::default()), |finding| {
            (finding.first_failed_at, finding.past)
        })
    }

    /// The rules that count against the device, or would but for an exception, and those that did and cannot be
    /// told any more, and since when they do without being kept again.
    pub fn failing(&self) -> impl Iterator<Item = (&RuleId, Timestamp)> {
        let findings = self.findings.iter();
        findings.filter_map(|finding| Some((&finding.rule, finding.first_failed_at?)))
    }
}

impl Outcome {
    /// The name of the outcome in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::NotApplicable => "not_applicable",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        }
    }
}

impl Severity {
    /// The name of the weight in policy documents and machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl Standing {
    /// The name of the standing in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Compliant => "compliant",
            Self::Undecided => "undecided",
            Self::Grace => "grace",
            Self::Violation => "violation",
        }
    }
}
