//! A rule's finding: its outcome, what it rests on, and what is said of it in both languages.
//!
//! Touches nothing. Must never say more or less in one language than in the other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use sekisho_policy::facts::Evidence;
use sekisho_policy::finding::{Finding, Message, Outcome};
use sekisho_policy::rules;
use sekisho_policy::words::{self, Language};

use super::Time;

/// What one rule found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingJson {
    /// The rule's name.
    pub rule: String,
    /// What the rule is called.
    pub title: TitleJson,
    /// The clause it serves; `null` for a rule that this version does not know, and where the company names
    /// none for its own.
    pub clause: Option<ClauseJson>,
    /// `pass`, `not_applicable`, `unknown` or `fail`.
    pub outcome: String,
    /// `low`, `medium`, `high` or `critical`.
    pub severity: String,
    /// Whether it counts against the device.
    pub counts: bool,
    /// The exception under which it does not count; `null` where there is none.
    pub exception: Option<ExceptionJson>,
    /// What was found.
    pub cause: MessageJson,
    /// How to mend it; `null` when there is nothing to mend.
    pub remedy: Option<MessageJson>,
    /// The raw values it rests on.
    pub evidence: Vec<EvidenceJson>,
    /// Since when it counts, through readings that tell nothing too; `null` when it has not failed since it
    /// last passed.
    pub first_failed_at: Option<Time>,
    /// When its grace ends; `null` when it does not count.
    pub due_at: Option<Time>,
    /// When it was last found to be kept again; `null` when it never failed, or does, and where the rule does not
    /// apply.
    #[serde(default)]
    pub mended_at: Option<Time>,
    /// How often in a row it came back within an hour of being mended.
    #[serde(default)]
    pub returns: u32,
}

/// An exception from a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionJson {
    /// Who answers for it.
    pub owner: String,
    /// Why the rule need not be kept.
    pub reason: String,
    /// Who approved it.
    pub approver: String,
    /// When it began.
    pub from: Time,
    /// When it ends.
    pub until: Time,
}

/// A clause of ISO/IEC 27001 Annex A.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseJson {
    /// The promise of the product, `M1` to `M25`; `null` for a rule of the company's own.
    pub promise: Option<String>,
    /// The number in the 2013 edition.
    pub edition_2013: String,
    /// The number in the 2022 edition.
    pub edition_2022: String,
}

/// A title in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TitleJson {
    /// In English.
    pub en: String,
    /// In Japanese.
    pub ja: String,
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageJson {
    /// Its key in the catalogue. Programs go by this.
    pub key: String,
    /// Its arguments.
    pub args: BTreeMap<String, String>,
    /// In English.
    pub en: String,
    /// In Japanese.
    pub ja: String,
}

/// One thing that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceJson {
    /// Where it was read.
    pub source: String,
    /// What it said there.
    pub value: String,
}

impl From<&Finding> for FindingJson {
    fn from(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.0.clone(),
            title: TitleJson {
                en: words::rule_title(Language::En, finding),
                ja: words::rule_title(Language::Ja, finding),
            },
            clause: rules::editions(finding).map(|(edition_2013, edition_2022)| ClauseJson {
                promise: rules::clause(&finding.rule).map(|clause| clause.promise.to_owned()),
                edition_2013: edition_2013.to_owned(),
                edition_2022: edition_2022.to_owned(),
            }),
            outcome: finding.outcome.name().to_owned(),
            severity: finding.severity.name().to_owned(),
            counts: finding.counts,
            exception: finding.exception.as_ref().map(|exception| ExceptionJson {
                owner: exception.owner.clone(),
                reason: exception.reason.clone(),
                approver: exception.approver.clone(),
                from: Time(exception.from),
                until: Time(exception.until),
            }),
            cause: (&finding.cause).into(),
            remedy: finding.remedy.as_ref().map(MessageJson::from),
            evidence: finding.evidence.iter().map(EvidenceJson::from).collect(),
            first_failed_at: finding.first_failed_at.map(Time),
            due_at: finding.due_at.map(Time),
            mended_at: finding
                .past
                .mended
                .filter(|_| finding.outcome != Outcome::NotApplicable)
                .map(|mended| Time(mended.at)),
            returns: finding.past.returns,
        }
    }
}

impl From<&Message> for MessageJson {
    fn from(message: &Message) -> Self {
        Self {
            key: message.key.to_string(),
            args: message.args.clone(),
            en: words::say(Language::En, message),
            ja: words::say(Language::Ja, message),
        }
    }
}

impl From<&Evidence> for EvidenceJson {
    fn from(evidence: &Evidence) -> Self {
        Self {
            source: evidence.source.clone(),
            value: evidence.value.clone(),
        }
    }
}
