//! The account that a device gives of its orders, as it is written down within its posture.
//!
//! Touches nothing. Must never merge what a device says of an order with what was asked of it.

use sekisho_policy::id::Generation;
use sekisho_policy::order::{Enforcement, Gap, GapKind, Probe, RefusedOrder, WhyRefused};
use sekisho_policy::time::Timestamp;

use super::RowError;
use super::order::{access, access_code};
use super::reading::CodeRow;

impl From<&Enforcement> for EnforcementRow {
    fn from(enforcement: &Enforcement) -> Self {
        Self {
            generation: enforcement.desired.0.0,
            desired: access_code(enforcement.desired.1),
            applied: Some(CodeRow::of(&enforcement.applied, |a| access_code(*a))),
            verified: Some(CodeRow::of(&enforcement.verified, |a| access_code(*a))),
            probes: enforcement
                .probes
                .iter()
                .map(|probe| ProbeRow {
                    name: probe.name.clone(),
                    open: Some(CodeRow::of(&probe.open, |open| u32::from(*open))),
                })
                .collect(),
            observed_at_ms: enforcement.observed_at.0,
            lifted_until_ms: enforcement.lifted_until.map(|at| at.0),
            reasserted: enforcement.reasserted,
            gaps: enforcement
                .gaps
                .iter()
                .map(|gap| GapRow {
                    kind: gap_code(gap.kind),
                    detail: gap.detail.clone(),
                })
                .collect(),
            refused: enforcement.refused,
            last_refused: enforcement.last_refused.as_ref().map(|last| RefusedRow {
                at_ms: last.at.0,
                why: why_code(last.why),
                generation: last.generation.map(|generation| generation.0),
                detail: last.detail.clone(),
            }),
        }
    }
}

impl EnforcementRow {
    pub(super) fn enforcement(self) -> Result<Enforcement, RowError> {
        let missing = || RowError::Field("reading of an enforcement");
        Ok(Enforcement {
            desired: (Generation(self.generation), access(self.desired)?),
            applied: self.applied.ok_or_else(missing)?.reading(access)?,
            verified: self.verified.ok_or_else(missing)?.reading(access)?,
            probes: self
                .probes
                .into_iter()
                .map(|probe| {
                    Ok(Probe {
                        name: probe.name,
                        open: probe.open.ok_or_else(missing)?.reading(flag)?,
                    })
                })
                .collect::<Result<_, RowError>>()?,
            observed_at: Timestamp(self.observed_at_ms),
            lifted_until: self.lifted_until_ms.map(Timestamp),
            reasserted: self.reasserted,
            gaps: self
                .gaps
                .into_iter()
                .map(|gap| {
                    Ok(Gap {
                        kind: gap_kind(gap.kind)?,
                        detail: gap.detail,
                    })
                })
                .collect::<Result<_, RowError>>()?,
            refused: self.refused,
            last_refused: self
                .last_refused
                .map(|last| {
                    Ok::<_, RowError>(RefusedOrder {
                        at: Timestamp(last.at_ms),
                        why: why_refused(last.why)?,
                        generation: last.generation.map(Generation),
                        detail: last.detail,
                    })
                })
                .transpose()?,
        })
    }
}

const fn gap_code(kind: GapKind) -> u32 {
    match kind {
        GapKind::Frames => 1,
        GapKind::OpenConnections => 2,
        GapKind::Configuration => 3,
        GapKind::Other => 4,
        GapKind::Upgrade => 5,
    }
}

const fn gap_kind(code: u32) -> Result<GapKind, RowError> {
    Ok(match code {
        1 => GapKind::Frames,
        2 => GapKind::OpenConnections,
        3 => GapKind::Configuration,
        4 => GapKind::Other,
        5 => GapKind::Upgrade,
        _ => return Err(RowError::Field("gap of an isolation")),
    })
}

const fn why_code(why: WhyRefused) -> u32 {
    match why {
        WhyRefused::NotTrusted => 1,
        WhyRefused::Malformed => 2,
        WhyRefused::NotKnown => 3,
        WhyRefused::OtherDevice => 4,
        WhyRefused::Older => 5,
        WhyRefused::Conflicting => 6,
        WhyRefused::Ended => 7,
        WhyRefused::Other => 8,
    }
}

const fn why_refused(code: u32) -> Result<WhyRefused, RowError> {
    Ok(match code {
        1 => WhyRefused::NotTrusted,
        2 => WhyRefused::Malformed,
        3 => WhyRefused::NotKnown,
        4 => WhyRefused::OtherDevice,
        5 => WhyRefused::Older,
        6 => WhyRefused::Conflicting,
        7 => WhyRefused::Ended,
        8 => WhyRefused::Other,
        _ => return Err(RowError::Field("why an order was refused")),
    })
}

const fn flag(code: u32) -> Result<bool, RowError> {
    match code {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(RowError::Field("flag")),
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct EnforcementRow {
    #[prost(uint64, tag = "1")]
    generation: u64,
    #[prost(uint32, tag = "2")]
    desired: u32,
    #[prost(message, optional, tag = "3")]
    applied: Option<CodeRow>,
    #[prost(message, optional, tag = "4")]
    verified: Option<CodeRow>,
    #[prost(message, repeated, tag = "5")]
    probes: Vec<ProbeRow>,
    #[prost(int64, tag = "6")]
    observed_at_ms: i64,
    #[prost(int64, optional, tag = "7")]
    lifted_until_ms: Option<i64>,
    #[prost(uint64, tag = "8")]
    reasserted: u64,
    #[prost(uint64, tag = "9")]
    refused: u64,
    #[prost(message, optional, tag = "10")]
    last_refused: Option<RefusedRow>,
    #[prost(message, repeated, tag = "11")]
    gaps: Vec<GapRow>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RefusedRow {
    #[prost(int64, tag = "1")]
    at_ms: i64,
    #[prost(uint32, tag = "2")]
    why: u32,
    #[prost(uint64, optional, tag = "3")]
    generation: Option<u64>,
    #[prost(string, tag = "4")]
    detail: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct GapRow {
    #[prost(uint32, tag = "1")]
    kind: u32,
    #[prost(string, tag = "2")]
    detail: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct ProbeRow {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    open: Option<CodeRow>,
}
