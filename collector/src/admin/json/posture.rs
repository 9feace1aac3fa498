//! What was last seen of a device, in JSON: its report, the verdict with its findings, its order.
//!
//! Touches nothing. Must never merge what a device was told, what it did and what was proved.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use sekisho_policy::finding::Verdict;
use sekisho_policy::order::{Enforcement, Gap, Probe, RefusedOrder};
use sekisho_proto::json::{FindingJson, ReadingJson, Time};

use crate::record::Posture;

/// What was last seen of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostureJson {
    /// Version of its agent.
    pub agent_version: String,
    /// Number of its last report.
    pub sequence: u64,
    /// When that report's facts were read, by the device's clock.
    pub taken_at: Time,
    /// When it was recorded.
    pub recorded_at: Time,
    /// When the device was last heard of.
    pub seen_at: Time,
    /// How far its clock is ahead.
    pub clock_skew_ms: i64,
    /// Digests of the sections held, by name.
    pub sections: BTreeMap<String, String>,
    /// The verdict on the last report; `null` before the first.
    pub verdict: Option<VerdictJson>,
    /// What the device says of its order; `null` until it says something.
    pub enforcement: Option<EnforcementJson>,
}

/// The judgement of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictJson {
    /// The report that was judged.
    pub sequence: u64,
    /// When.
    pub judged_at: Time,
    /// SHA-256 of the policy it was judged by.
    pub policy: String,
    /// `compliant`, `undecided`, `grace` or `violation`.
    pub standing: String,
    /// Each rule's finding; `null` in lists of devices.
    pub findings: Option<Vec<FindingJson>>,
}

/// What a device says of its order: three facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnforcementJson {
    /// Generation of the order it holds.
    pub desired_generation: u64,
    /// The access that asks for: `full`, `restricted` or `isolated`.
    pub desired: String,
    /// What its firewall shows.
    pub applied: ReadingJson<String>,
    /// What probing the network shows.
    pub verified: ReadingJson<String>,
    /// Each probe.
    pub probes: Vec<ProbeJson>,
    /// When this was observed, by the device's clock.
    pub observed_at: Time,
    /// A break-glass code lifts the isolation until then; `null` when none does.
    pub lifted_until: Option<Time>,
    /// How often the rules were put back after somebody changed them.
    pub reasserted: u64,
    /// What the isolation does not cover on this machine.
    pub gaps: Vec<GapJson>,
    /// How many orders were refused since the agent started.
    pub refused: u64,
    /// The last of them; `null` when there was none.
    pub last_refused: Option<RefusedJson>,
}

/// Something that an isolation does not cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GapJson {
    /// `frames`, `open_connections`, `configuration`, `upgrade` or `other`.
    pub kind: String,
    /// Why not.
    pub detail: String,
}

/// An order that a device did not take up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedJson {
    /// When, by the device's clock.
    pub at: Time,
    /// `not_trusted`, `malformed`, `not_known`, `other_device`, `older`, `conflicting`, `ended`
    /// or `other`.
    pub why: String,
    /// Its generation; `null` when its signature was not good.
    pub generation: Option<u64>,
    /// The particulars.
    pub detail: String,
}

/// One probe of the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeJson {
    /// What was tried.
    pub name: String,
    /// Whether the way was open.
    pub open: ReadingJson<bool>,
}

impl PostureJson {
    /// The posture with every finding of its verdict.
    #[must_use]
    pub fn whole(posture: &Posture) -> Self {
        let findings = posture.verdict.as_deref().map(findings);
        let mut json = Self::brief(posture);
        if let Some(verdict) = &mut json.verdict {
            verdict.findings = findings;
        }
        json
    }

    /// The posture without the findings.
    #[must_use]
    pub fn brief(posture: &Posture) -> Self {
        let sections = posture.sections.iter();
        Self {
            agent_version: posture.agent_version.clone(),
            sequence: posture.sequence.0,
            taken_at: Time(posture.taken_at),
            recorded_at: Time(posture.recorded_at),
            seen_at: Time(posture.seen_at),
            clock_skew_ms: posture.clock_skew.0,
            sections: sections
                .map(|(kind, digest)| (kind.name().to_owned(), digest.to_string()))
                .collect(),
            verdict: posture.verdict.as_ref().map(|verdict| VerdictJson {
                sequence: verdict.sequence.0,
                judged_at: Time(verdict.judged_at),
                policy: verdict.policy.to_string(),
                standing: verdict.standing.name().to_owned(),
                findings: None,
            }),
            enforcement: posture.enforcement.as_ref().map(EnforcementJson::from),
        }
    }
}

fn findings(verdict: &Verdict) -> Vec<FindingJson> {
    verdict.findings.iter().map(FindingJson::from).collect()
}

impl From<&Enforcement> for EnforcementJson {
    fn from(enforcement: &Enforcement) -> Self {
        let (generation, access) = enforcement.desired;
        Self {
            desired_generation: generation.0,
            desired: access.name().to_owned(),
            applied: enforcement
                .applied
                .clone()
                .map(|access| access.name())
                .into(),
            verified: enforcement
                .verified
                .clone()
                .map(|access| access.name())
                .into(),
            probes: enforcement.probes.iter().map(ProbeJson::from).collect(),
            observed_at: Time(enforcement.observed_at),
            lifted_until: enforcement.lifted_until.map(Time),
            reasserted: enforcement.reasserted,
            gaps: enforcement.gaps.iter().map(GapJson::from).collect(),
            refused: enforcement.refused,
            last_refused: enforcement.last_refused.as_ref().map(RefusedJson::from),
        }
    }
}

impl From<&Gap> for GapJson {
    fn from(gap: &Gap) -> Self {
        Self {
            kind: gap.kind.name().to_owned(),
            detail: gap.detail.clone(),
        }
    }
}

impl From<&RefusedOrder> for RefusedJson {
    fn from(refused: &RefusedOrder) -> Self {
        Self {
            at: Time(refused.at),
            why: refused.why.name().to_owned(),
            generation: refused.generation.map(|generation| generation.0),
            detail: refused.detail.clone(),
        }
    }
}

impl From<&Probe> for ProbeJson {
    fn from(probe: &Probe) -> Self {
        Self {
            name: probe.name.clone(),
            open: probe.open.clone().into(),
        }
    }
}
