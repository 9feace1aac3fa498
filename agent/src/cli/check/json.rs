//! The check as one JSON object. The names and texts of terms are those of policy documents and do
//! not change with the language; only the `text` of a message does.
//!
//! ```text
//! { "format": "sekisho.check/1",
//!   "agent_version": "0.1.0",
//!   "taken_at": "2026-11-22T20:33:32Z",        when the facts were read
//!   "judged_at": …,                            the time they were judged for
//!   "standing": "compliant" | "undecided" | "grace" | "violation",
//!   "policy": { "origin": "shipped" | "file" | "collector", "name": …, "sha256": …,
//!               "hidden": null | why what the agent knows could not be used },
//!   "clock_certain": true | false,             false: judged_at is the earliest time it can be
//!   "grace_remembered": true | false,          false: each grace counts from this check
//!   "findings": [ {
//!     "rule": "disk-encrypted",
//!     "clause": { "promise": "M3", "iso27001_2013": …, "iso27001_2022": … } | null,
//!     "outcome": "pass" | "not_applicable" | "unknown" | "fail",
//!     "severity": "low" | "medium" | "high" | "critical",
//!     "counts": true | false,                  whether it counts against the laptop
//!     "cause": { "key": …, "args": { … }, "text": … },
//!     "remedy": the same | null,
//!     "evidence": [ { "source": …, "value": … } ],
//!     "first_failed_at": time | null, "due_at": time | null } ],
//!   "facts": { "host": R, "volumes": R, "antivirus": R, "software": R } }
//! ```
//! where `R`, a reading, is `{"known": …}`, `{"absent": true}` or
//! `{"unknown": {"code": "timed_out", "detail": …}}`.
//!
//! Touches the writer it is given. Must never change what a text says: strange characters are data
//! here, and JSON escapes the controls.

mod facts;

use std::collections::BTreeMap;
use std::io::{self, Write};

use sekisho_policy::facts::Evidence;
use sekisho_policy::finding::{Finding, Message};
use sekisho_policy::rules;
use sekisho_policy::words::{Language, say};
use serde::Serialize;

use super::Checked;

#[derive(Serialize)]
struct Answer<'a> {
    format: &'static str,
    agent_version: &'static str,
    taken_at: String,
    judged_at: String,
    standing: &'static str,
    policy: PolicyUsed<'a>,
    clock_certain: bool,
    grace_remembered: bool,
    findings: Vec<Found<'a>>,
    facts: facts::Facts<'a>,
}

#[derive(Serialize)]
struct PolicyUsed<'a> {
    origin: &'static str,
    name: &'a str,
    sha256: String,
    hidden: Option<String>,
}

#[derive(Serialize)]
struct Found<'a> {
    rule: &'a str,
    clause: Option<Clause>,
    outcome: &'static str,
    severity: &'static str,
    counts: bool,
    cause: Sentence<'a>,
    remedy: Option<Sentence<'a>>,
    evidence: Vec<Seen<'a>>,
    first_failed_at: Option<String>,
    due_at: Option<String>,
}

#[derive(Serialize)]
struct Clause {
    promise: &'static str,
    iso27001_2013: &'static str,
    iso27001_2022: &'static str,
}

#[derive(Serialize)]
struct Sentence<'a> {
    key: &'a str,
    args: &'a BTreeMap<String, String>,
    text: String,
}

#[derive(Serialize)]
struct Seen<'a> {
    source: &'a str,
    value: &'a str,
}

/// Writes the object and a line feed.
pub(super) fn write(out: &mut impl Write, checked: &Checked, language: Language) -> io::Result<()> {
    let verdict = &checked.verdict;
    let answer = Answer {
        format: "sekisho.check/1",
        agent_version: env!("CARGO_PKG_VERSION"),
        taken_at: checked.taken_at.to_string(),
        judged_at: verdict.judged_at.to_string(),
        standing: verdict.standing.name(),
        policy: PolicyUsed {
            origin: checked.basis.origin,
            name: &checked.basis.name,
            sha256: verdict.policy.to_string(),
            hidden: checked.basis.hidden.as_ref().map(ToString::to_string),
        },
        clock_certain: checked.moment.is_certain(),
        grace_remembered: checked.basis.since.is_some(),
        findings: verdict
            .findings
            .iter()
            .map(|finding| found(finding, language))
            .collect(),
        facts: facts::Facts::of(&checked.facts),
    };
    serde_json::to_writer(&mut *out, &answer)?;
    writeln!(out)
}

fn found(finding: &Finding, language: Language) -> Found<'_> {
    Found {
        rule: &finding.rule.0,
        clause: rules::clause(&finding.rule).map(|clause| Clause {
            promise: clause.promise,
            iso27001_2013: clause.edition_2013,
            iso27001_2022: clause.edition_2022,
        }),
        outcome: finding.outcome.name(),
        severity: finding.severity.name(),
        counts: finding.counts,
        cause: sentence(&finding.cause, language),
        remedy: finding
            .remedy
            .as_ref()
            .map(|remedy| sentence(remedy, language)),
        evidence: seen(&finding.evidence),
        first_failed_at: finding.first_failed_at.map(|time| time.to_string()),
        due_at: finding.due_at.map(|time| time.to_string()),
    }
}

fn sentence(message: &Message, language: Language) -> Sentence<'_> {
    Sentence {
        key: &message.key,
        args: &message.args,
        text: say(language, message),
    }
}

fn seen(evidence: &[Evidence]) -> Vec<Seen<'_>> {
    evidence
        .iter()
        .map(|seen| Seen {
            source: &seen.source,
            value: &seen.value,
        })
        .collect()
}
