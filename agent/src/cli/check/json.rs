//! The check as one JSON object, in the shape that `JSON.md` beside the sources of the agent tells. It is
//! the same in every locale.
//!
//! Touches the writer it is given. Must never change what a text says: strange characters are data
//! here, and JSON escapes the controls.

mod facts;

use std::io::{self, Write};

use sekisho_proto::json::{FindingJson, Time};
use serde::Serialize;

use super::Checked;

#[derive(Serialize)]
struct CheckJson<'a> {
    format: &'static str,
    agent_version: &'static str,
    taken_at: Time,
    judged_at: Time,
    standing: &'static str,
    policy: PolicyJson<'a>,
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
        clock_certain: checked.moment.is_certain(),
        grace_remembered: checked.basis.since.is_some(),
        findings: verdict.findings.iter().map(FindingJson::from).collect(),
        facts: facts::FactsJson::from(&checked.facts),
    };
    serde_json::to_writer(&mut *out, &answer)?;
    writeln!(out)
}
