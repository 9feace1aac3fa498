//! A rehearsal of a policy in JSON.
//!
//! Touches nothing. Must never leave out that a device could not be judged.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use sekisho_proto::json::Time;

use crate::response::{Change, Rehearsal, Rehearsed, Tally, Unjudged, WhyUnjudged};

/// What a policy would change: `POST /v1/policy/rehearsal`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RehearsalJson {
    /// SHA-256 of the policy's text.
    pub fingerprint: String,
    /// Version of the policy in force, which it is compared with.
    pub version: u64,
    /// Whether it is that policy.
    pub unchanged: bool,
    /// Devices in use that were judged by both.
    pub judged: u64,
    /// Those of them for which something changes.
    pub changed: u64,
    /// How devices stand, by standing.
    pub standings: StandingsJson,
    /// What changes, by group and rule.
    pub rules: Vec<TallyJson>,
    /// The devices for which something changes.
    pub devices: Vec<RehearsedJson>,
    /// How many more there are, which are counted and not listed.
    pub left_out: u64,
    /// Devices that could not be judged.
    pub unjudged: Vec<UnjudgedJson>,
    /// How many there are of them.
    pub unjudged_count: u64,
}

/// How devices stand, by standing; what no device has is left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingsJson {
    /// By the policy in force.
    pub before: BTreeMap<String, u64>,
    /// By the other one.
    pub after: BTreeMap<String, u64>,
    /// By that, when every grace has ended and nothing was mended.
    pub when_due: BTreeMap<String, u64>,
}

/// What changes for a rule in a group, in devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TallyJson {
    /// The policy group; empty for the default one.
    pub group: String,
    /// The rule's name.
    pub rule: String,
    /// It would be a violation at once.
    pub fails: u64,
    /// It would be broken, with a grace.
    pub fails_after_grace: u64,
    /// It is broken, and the grace that runs would end sooner.
    #[serde(default)]
    pub sooner: u64,
    /// It could not be told, and does not count.
    pub unknown: u64,
    /// It is not kept, and would not be asked for any longer.
    #[serde(default)]
    pub dropped: u64,
    /// It would be kept.
    pub passes: u64,
    /// It would be a violation no longer or only later, with a grace that runs.
    pub eased: u64,
    /// When the first grace ends; `null` where none would run.
    pub first_due_at: Option<Time>,
}

/// A device for which something changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RehearsedJson {
    /// UUIDv7.
    pub device: String,
    /// Host name.
    pub name: String,
    /// Policy group; empty for the default one.
    pub group: String,
    /// How it stands by the policy in force.
    pub before: String,
    /// How it would stand.
    pub after: String,
    /// And when every grace has ended.
    pub when_due: String,
    /// What changes.
    pub changes: Vec<ChangeJson>,
}

/// What changes for one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeJson {
    /// The rule's name.
    pub rule: String,
    /// `kept`, `unknown`, `grace` or `violation`, by the policy in force.
    pub was: String,
    /// The same by the other one; `not_asked` where it has no such rule.
    pub is: String,
    /// When the grace ends by the policy in force; `null` when it does not count.
    #[serde(default)]
    pub was_due_at: Option<Time>,
    /// When it would end; `null` when it would not count.
    pub due_at: Option<Time>,
}

/// A device that could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnjudgedJson {
    /// UUIDv7.
    pub device: String,
    /// Host name; empty where its row of the register cannot be read.
    pub name: String,
    /// `no_report` or `damaged`.
    pub why: String,
    /// What cannot be read; empty where nothing was reported.
    pub detail: String,
}

impl From<&Rehearsal> for RehearsalJson {
    fn from(rehearsal: &Rehearsal) -> Self {
        let [before, after, when_due] = rehearsal.standings.clone().map(named);
        Self {
            fingerprint: rehearsal.fingerprint.to_string(),
            version: rehearsal.version,
            unchanged: rehearsal.unchanged,
            judged: rehearsal.judged,
            changed: rehearsal.changed,
            standings: StandingsJson {
                before,
                after,
                when_due,
            },
            rules: rehearsal
                .rules
                .iter()
                .map(|((group, rule), tally)| TallyJson::of(group, rule, tally))
                .collect(),
            devices: rehearsal.devices.iter().map(RehearsedJson::from).collect(),
            left_out: rehearsal.left_out,
            unjudged: rehearsal.unjudged.iter().map(UnjudgedJson::from).collect(),
            unjudged_count: rehearsal.unjudged_count,
        }
    }
}

fn named(counts: BTreeMap<&'static str, u64>) -> BTreeMap<String, u64> {
    let named = |(name, count): (&str, u64)| (name.to_owned(), count);
    counts.into_iter().map(named).collect()
}

impl TallyJson {
    fn of(group: &str, rule: &str, tally: &Tally) -> Self {
        Self {
            group: group.to_owned(),
            rule: rule.to_owned(),
            fails: tally.fails,
            fails_after_grace: tally.fails_after_grace,
            sooner: tally.sooner,
            unknown: tally.unknown,
            dropped: tally.dropped,
            passes: tally.passes,
            eased: tally.eased,
            first_due_at: tally.first_due.map(Time),
        }
    }
}

impl From<&Rehearsed> for RehearsedJson {
    fn from(device: &Rehearsed) -> Self {
        Self {
            device: device.id.to_string(),
            name: device.name.clone(),
            group: device.group.clone(),
            before: device.before.name().to_owned(),
            after: device.after.name().to_owned(),
            when_due: device.when_due.name().to_owned(),
            changes: device.changes.iter().map(ChangeJson::from).collect(),
        }
    }
}

impl From<&Change> for ChangeJson {
    fn from(change: &Change) -> Self {
        Self {
            rule: change.rule.clone(),
            was: change.was.name().to_owned(),
            is: change.is.name().to_owned(),
            was_due_at: change.was_due.map(Time),
            due_at: change.due_at.map(Time),
        }
    }
}

impl From<&Unjudged> for UnjudgedJson {
    fn from(device: &Unjudged) -> Self {
        let (why, detail) = match &device.why {
            WhyUnjudged::NoReport => ("no_report", String::new()),
            WhyUnjudged::Damaged(cause) => ("damaged", cause.clone()),
        };
        Self {
            device: device.id.to_string(),
            name: device.name.clone(),
            why: why.to_owned(),
            detail,
        }
    }
}
