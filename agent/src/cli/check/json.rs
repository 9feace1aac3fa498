//! The check as one JSON object, in the shape that `JSON.md` beside the sources of the agent tells. It is
//! the same in every locale.
//!
//! Touches the writer it is given. Must never change what a text says: strange characters are data
//! here, and JSON escapes the controls.

mod facts;

use std::io::{self, Write};

use sekisho_policy::facts::Facts;
use sekisho_proto::json::{FindingJson, Time};
use serde::Serialize;

use super::Checked;
use crate::sensors::Index;

#[derive(Serialize)]
struct CheckJson<'a> {
    format: &'static str,
    agent_version: &'static str,
    taken_at: Time,
    judged_at: Time,
    standing: &'static str,
    policy: PolicyJson<'a>,
    captured: Option<&'a CapturedJson>,
    clock_certain: bool,
    grace_remembered: bool,
    findings: Vec<FindingJson>,
    facts: facts::FactsJson<'a>,
}

#[derive(Serialize)]
struct PolicyJson<'a> {
    origin: &'static str,
    name: &'a str,
    sha256: String,
    hidden: Option<String>,
}

/// The captured system that was judged.
#[derive(Serialize)]
pub(super) struct CapturedJson {
    pub(super) host: String,
    pub(super) taken_at: Time,
    pub(super) agent_version: String,
    by_hand: bool,
}

impl From<&Index> for CapturedJson {
    fn from(index: &Index) -> Self {
        Self {
            host: index.host.clone(),
            taken_at: index.taken_at,
            agent_version: index.agent_version.clone(),
            by_hand: index.by_hand,
        }
    }
}

/// The facts alone.
pub(super) fn facts(facts: &Facts) -> serde_json::Value {
    // A shape whose keys are all texts can always be written.
    serde_json::to_value(facts::FactsJson::from(facts)).unwrap_or_default()
}

/// Writes the object and a line feed.
pub(super) fn write(out: &mut impl Write, checked: &Checked) -> io::Result<()> {
    let verdict = &checked.verdict;
    let answer = CheckJson {
        format: "sekisho.check/1",
        agent_version: env!("CARGO_PKG_VERSION"),
        taken_at: Time(checked.taken_at),
        judged_at: Time(verdict.judged_at),
        standing: verdict.standing.name(),
        policy: PolicyJson {
            origin: checked.basis.origin,
            name: &checked.basis.name,
            sha256: verdict.policy.to_string(),
            hidden: checked.basis.hidden.as_ref().map(ToString::to_string),
        },
        captured: checked.captured.as_ref(),
        clock_certain: checked.moment.is_certain(),
        grace_remembered: checked.basis.since.is_some(),
        findings: verdict.findings.iter().map(FindingJson::from).collect(),
        facts: facts::FactsJson::from(&checked.facts),
    };
    serde_json::to_writer(&mut *out, &answer)?;
    writeln!(out)
}
