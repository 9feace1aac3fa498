//! The lines as one JSON object, in the shape that `proto/JSON.md` tells.
//!
//! Touches the writer it is given. Must never hold a fact about the machine but which system it is.

use std::io::{self, Write};

use sekisho_policy::facts::Facts;
use sekisho_policy::order::{Access, Enforcement};
use sekisho_policy::reading::Reading;
use sekisho_proto::json::{ReadingJson, Time};
use serde::Serialize;

use super::Report;
use super::isolation::Tried;
use super::line::Line;

/// Which system it is.
#[derive(Debug, Default, Serialize)]
pub(super) struct System {
    os_id: String,
    os_name: String,
    kernel: String,
    architecture: String,
}

impl System {
    pub(super) fn of(facts: &Facts) -> Self {
        match &facts.host {
            Reading::Known(host) => Self {
                os_id: host.os_id.clone(),
                os_name: host.os_name.clone(),
                kernel: host.kernel.clone(),
                architecture: host.architecture.clone(),
            },
            Reading::Absent | Reading::Unknown(_) => Self::default(),
        }
    }
}

#[derive(Serialize)]
struct SelfTestJson<'a> {
    format: &'static str,
    agent_version: &'static str,
    began_at: Time,
    system: &'a System,
    lines: Vec<LineJson<'a>>,
    isolation: Option<IsolationJson<'a>>,
}

#[derive(Serialize)]
struct LineJson<'a> {
    part: &'static str,
    name: &'static str,
    outcome: &'static str,
    took_ms: u64,
    why: Option<&'static str>,
    detail: String,
    inside: Vec<InsideJson<'a>>,
}

#[derive(Serialize)]
struct InsideJson<'a> {
    at: &'a str,
    why: &'a str,
    detail: &'a str,
}

#[derive(Serialize)]
struct IsolationJson<'a> {
    for_secs: u64,
    applied: ReadingJson<&'static str>,
    verified: ReadingJson<&'static str>,
    probes: Vec<ProbeJson<'a>>,
    gaps: Vec<GapJson<'a>>,
}

#[derive(Serialize)]
struct ProbeJson<'a> {
    name: &'a str,
    open: ReadingJson<bool>,
}

#[derive(Serialize)]
struct GapJson<'a> {
    kind: &'static str,
    detail: &'a str,
}

impl<'a> From<&'a Line> for LineJson<'a> {
    fn from(line: &'a Line) -> Self {
        Self {
            part: line.part,
            name: line.name,
            outcome: line.outcome.name(),
            took_ms: u64::try_from(line.took.as_millis()).unwrap_or(u64::MAX),
            why: line.said.why(),
            detail: line.said.detail(),
            inside: line
                .inside
                .iter()
                .map(|one| InsideJson {
                    at: &one.at,
                    why: &one.why,
                    detail: &one.detail,
                })
                .collect(),
        }
    }
}

impl<'a> IsolationJson<'a> {
    fn of(for_secs: u64, account: &'a Enforcement) -> Self {
        let named = |access: Access| access.name();
        Self {
            for_secs,
            applied: account.applied.clone().map(named).into(),
            verified: account.verified.clone().map(named).into(),
            probes: account
                .probes
                .iter()
                .map(|probe| ProbeJson {
                    name: &probe.name,
                    open: probe.open.clone().into(),
                })
                .collect(),
            gaps: account
                .gaps
                .iter()
                .map(|gap| GapJson {
                    kind: gap.kind.name(),
                    detail: &gap.detail,
                })
                .collect(),
        }
    }
}

/// What is written of the isolation.
pub(super) fn isolation(for_secs: u64, account: &Enforcement) -> serde_json::Value {
    // A shape whose keys are all texts can always be written.
    serde_json::to_value(IsolationJson::of(for_secs, account)).unwrap_or_default()
}

/// Writes the object and a line feed.
pub(super) fn write(
    out: &mut impl Write,
    report: &Report,
    system: &System,
    tried: Option<&Tried>,
) -> io::Result<()> {
    let isolation = tried.and_then(|tried| Some((tried.span.as_secs(), tried.account.as_ref()?)));
    let told = SelfTestJson {
        format: "sekisho.self-test/1",
        agent_version: env!("CARGO_PKG_VERSION"),
        began_at: Time(report.began),
        system,
        lines: report.lines.iter().map(LineJson::from).collect(),
        isolation: isolation.map(|(secs, account)| IsolationJson::of(secs, account)),
    };
    serde_json::to_writer(&mut *out, &told)?;
    writeln!(out)?;
    out.flush()
}
