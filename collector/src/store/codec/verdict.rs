//! Verdicts as they are written down.
//!
//! Touches nothing. Must never read an outcome back as a better one.

use sekisho_policy::facts::Evidence;
use sekisho_policy::finding::{Finding, Message, Outcome, RuleId, Severity, Standing, Verdict};
use sekisho_policy::id::Sequence;
use sekisho_policy::time::Timestamp;

use super::{RowError, fingerprint};

/// The twin of a verdict.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct VerdictRow {
    #[prost(uint64, tag = "1")]
    sequence: u64,
    #[prost(int64, tag = "2")]
    judged_at_ms: i64,
    #[prost(bytes = "vec", tag = "3")]
    policy: Vec<u8>,
    #[prost(uint32, tag = "4")]
    standing: u32,
    #[prost(message, repeated, tag = "5")]
    findings: Vec<FindingRow>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct FindingRow {
    #[prost(string, tag = "1")]
    rule: String,
    #[prost(uint32, tag = "2")]
    outcome: u32,
    #[prost(uint32, tag = "3")]
    severity: u32,
    #[prost(bool, tag = "4")]
    counts: bool,
    #[prost(message, optional, tag = "5")]
    cause: Option<MessageRow>,
    #[prost(message, optional, tag = "6")]
    remedy: Option<MessageRow>,
    #[prost(message, repeated, tag = "7")]
    evidence: Vec<PairRow>,
    #[prost(int64, optional, tag = "8")]
    first_failed_at_ms: Option<i64>,
    #[prost(int64, optional, tag = "9")]
    due_at_ms: Option<i64>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MessageRow {
    #[prost(string, tag = "1")]
    key: String,
    #[prost(message, repeated, tag = "2")]
    args: Vec<PairRow>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct PairRow {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(string, tag = "2")]
    value: String,
}

impl From<&Verdict> for VerdictRow {
    fn from(verdict: &Verdict) -> Self {
        Self {
            sequence: verdict.sequence.0,
            judged_at_ms: verdict.judged_at.0,
            policy: verdict.policy.as_bytes().to_vec(),
            standing: match verdict.standing {
                Standing::Compliant => 1,
                Standing::Undecided => 2,
                Standing::Grace => 3,
                Standing::Violation => 4,
            },
            findings: verdict.findings.iter().map(FindingRow::from).collect(),
        }
    }
}

impl VerdictRow {
    pub(crate) fn verdict(self) -> Result<Verdict, RowError> {
        Ok(Verdict {
            sequence: Sequence(self.sequence),
            judged_at: Timestamp(self.judged_at_ms),
            policy: fingerprint(&self.policy)?,
            standing: match self.standing {
                1 => Standing::Compliant,
                2 => Standing::Undecided,
                3 => Standing::Grace,
                4 => Standing::Violation,
                _ => return Err(RowError::Field("standing")),
            },
            findings: self
                .findings
                .into_iter()
                .map(FindingRow::finding)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl From<&Finding> for FindingRow {
    fn from(finding: &Finding) -> Self {
        Self {
            rule: finding.rule.0.clone(),
            outcome: match finding.outcome {
                Outcome::Pass => 1,
                Outcome::NotApplicable => 2,
                Outcome::Unknown => 3,
                Outcome::Fail => 4,
            },
            severity: match finding.severity {
                Severity::Low => 1,
                Severity::Medium => 2,
                Severity::High => 3,
                Severity::Critical => 4,
            },
            counts: finding.counts,
            cause: Some((&finding.cause).into()),
            remedy: finding.remedy.as_ref().map(MessageRow::from),
            evidence: finding
                .evidence
                .iter()
                .map(|e| PairRow {
                    name: e.source.clone(),
                    value: e.value.clone(),
                })
                .collect(),
            first_failed_at_ms: finding.first_failed_at.map(|at| at.0),
            due_at_ms: finding.due_at.map(|at| at.0),
        }
    }
}

impl FindingRow {
    fn finding(self) -> Result<Finding, RowError> {
        Ok(Finding {
            rule: RuleId(self.rule),
            outcome: match self.outcome {
                1 => Outcome::Pass,
                2 => Outcome::NotApplicable,
                3 => Outcome::Unknown,
                4 => Outcome::Fail,
                _ => return Err(RowError::Field("outcome")),
            },
            severity: match self.severity {
                1 => Severity::Low,
                2 => Severity::Medium,
                3 => Severity::High,
                4 => Severity::Critical,
                _ => return Err(RowError::Field("severity")),
            },
            counts: self.counts,
            cause: self.cause.ok_or(RowError::Field("cause"))?.message(),
            remedy: self.remedy.map(MessageRow::message),
            evidence: self
                .evidence
                .into_iter()
                .map(|pair| Evidence {
                    source: pair.name,
                    value: pair.value,
                })
                .collect(),
            first_failed_at: self.first_failed_at_ms.map(Timestamp),
            due_at: self.due_at_ms.map(Timestamp),
        })
    }
}

impl From<&Message> for MessageRow {
    fn from(message: &Message) -> Self {
        Self {
            key: message.key.clone(),
            args: message
                .args
                .iter()
                .map(|(name, value)| PairRow {
                    name: name.clone(),
                    value: value.clone(),
                })
                .collect(),
        }
    }
}

impl MessageRow {
    fn message(self) -> Message {
        Message {
            key: self.key,
            args: self.args.into_iter().map(|p| (p.name, p.value)).collect(),
        }
    }
}
