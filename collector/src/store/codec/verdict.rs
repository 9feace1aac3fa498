//! Verdicts as they are written down.
//!
//! Touches nothing. Must never read an outcome back as a better one.

use prost::Message as _;

use sekisho_policy::exception::Exception;
use sekisho_policy::facts::Evidence;
use sekisho_policy::finding::{
    Finding, Mended, Message, Outcome, OwnRule, Past, RuleId, Severity, Standing, Verdict, Wording,
};
use sekisho_policy::id::Sequence;
use sekisho_policy::time::Timestamp;

use super::{RowError, fingerprint, write};

/// Bytes that most verdicts fit into.
const ROW_BYTES: usize = 2048;

/// The twin of a verdict, by which it is read. It is written from the verdict itself.
#[derive(Clone, PartialEq, prost::Message)]
struct VerdictRow {
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
    #[prost(message, optional, tag = "10")]
    own: Option<OwnRow>,
    #[prost(message, optional, tag = "11")]
    exception: Option<ExceptionRow>,
    #[prost(int64, optional, tag = "12")]
    mended_from_ms: Option<i64>,
    #[prost(int64, optional, tag = "13")]
    mended_at_ms: Option<i64>,
    #[prost(uint32, tag = "14")]
    returns: u32,
}

/// The rule is that of the finding.
#[derive(Clone, PartialEq, prost::Message)]
struct ExceptionRow {
    #[prost(string, tag = "1")]
    owner: String,
    #[prost(string, tag = "2")]
    reason: String,
    #[prost(string, tag = "3")]
    approver: String,
    #[prost(int64, tag = "4")]
    from_ms: i64,
    #[prost(int64, tag = "5")]
    until_ms: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct OwnRow {
    #[prost(string, tag = "1")]
    title_en: String,
    #[prost(string, tag = "2")]
    title_ja: String,
    #[prost(string, tag = "3")]
    edition_2013: String,
    #[prost(string, tag = "4")]
    edition_2022: String,
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

/// Encodes a verdict, as the twin reads it.
pub(crate) fn encode(verdict: &Verdict) -> Vec<u8> {
    let mut row = Vec::with_capacity(ROW_BYTES);
    write::number(1, verdict.sequence.0, &mut row);
    write::number(2, verdict.judged_at.0.cast_unsigned(), &mut row);
    write::bytes(3, verdict.policy.as_bytes(), &mut row);
    let standing = match verdict.standing {
        Standing::Compliant => 1,
        Standing::Undecided => 2,
        Standing::Grace => 3,
        Standing::Violation => 4,
    };
    write::number(4, standing, &mut row);
    for finding in &verdict.findings {
        write::message(5, &mut row, |row| put_finding(finding, row));
    }
    row
}

/// Reads a verdict back.
pub(crate) fn decode(bytes: &[u8]) -> Result<Verdict, RowError> {
    VerdictRow::decode(bytes)
        .map_err(|e| RowError::Encoding {
            row: "verdict",
            cause: e.to_string(),
        })?
        .verdict()
}

fn put_finding(finding: &Finding, row: &mut Vec<u8>) {
    write::bytes(1, finding.rule.0.as_bytes(), row);
    let outcome = match finding.outcome {
        Outcome::Pass => 1,
        Outcome::NotApplicable => 2,
        Outcome::Unknown => 3,
        Outcome::Fail => 4,
    };
    write::number(2, outcome, row);
    let severity = match finding.severity {
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
        Severity::Critical => 4,
    };
    write::number(3, severity, row);
    write::number(4, finding.counts.into(), row);
    write::message(5, row, |row| put_message(&finding.cause, row));
    if let Some(remedy) = &finding.remedy {
        write::message(6, row, |row| put_message(remedy, row));
    }
    for evidence in &finding.evidence {
        put_pair(7, &evidence.source, &evidence.value, row);
    }
    for (tag, at) in [(8, finding.first_failed_at), (9, finding.due_at)] {
        if let Some(at) = at {
            write::present_number(tag, at.0.cast_unsigned(), row);
        }
    }
    if let Some(own) = &finding.own {
        write::message(10, row, |row| {
            let texts = [
                &own.title.en,
                &own.title.ja,
                &own.edition_2013,
                &own.edition_2022,
            ];
            for (tag, text) in (1..).zip(texts) {
                write::bytes(tag, text.as_bytes(), row);
            }
        });
    }
    if let Some(exception) = &finding.exception {
        write::message(11, row, |row| {
            let texts = [&exception.owner, &exception.reason, &exception.approver];
            for (tag, text) in (1..).zip(texts) {
                write::bytes(tag, text.as_bytes(), row);
            }
            write::number(4, exception.from.0.cast_unsigned(), row);
            write::number(5, exception.until.0.cast_unsigned(), row);
        });
    }
    if let Some(mended) = finding.past.mended {
        let times = [mended.first_failed_at, mended.at];
        for (tag, at) in (12..).zip(times) {
            write::present_number(tag, at.0.cast_unsigned(), row);
        }
    }
    write::number(14, finding.past.returns.into(), row);
}

fn put_message(message: &Message, row: &mut Vec<u8>) {
    write::bytes(1, message.key.as_bytes(), row);
    for (name, value) in &message.args {
        put_pair(2, name, value, row);
    }
}

fn put_pair(tag: u32, name: &str, value: &str, row: &mut Vec<u8>) {
    write::message(tag, row, |row| {
        write::bytes(1, name.as_bytes(), row);
        write::bytes(2, value.as_bytes(), row);
    });
}

impl VerdictRow {
    fn verdict(self) -> Result<Verdict, RowError> {
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

impl FindingRow {
    fn finding(self) -> Result<Finding, RowError> {
        let exception = self.exception.map(|row| row.exception(&self.rule));
        let mended = self.mended_from_ms.zip(self.mended_at_ms);
        let mended = mended.map(|(from, at)| Mended {
            first_failed_at: Timestamp(from),
            at: Timestamp(at),
        });
        Ok(Finding {
            rule: RuleId(self.rule),
            exception,
            own: self.own.map(OwnRow::own),
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
            past: Past {
                mended,
                returns: self.returns,
            },
        })
    }
}

impl ExceptionRow {
    fn exception(self, rule: &str) -> Exception {
        Exception {
            rule: RuleId(rule.to_owned()),
            owner: self.owner,
            reason: self.reason,
            approver: self.approver,
            from: Timestamp(self.from_ms),
            until: Timestamp(self.until_ms),
        }
    }
}

impl OwnRow {
    fn own(self) -> OwnRule {
        OwnRule {
            title: Wording {
                en: self.title_en,
                ja: self.title_ja,
            },
            edition_2013: self.edition_2013,
            edition_2022: self.edition_2022,
        }
    }
}

impl MessageRow {
    fn message(self) -> Message {
        Message {
            key: self.key.into(),
            args: self.args.into_iter().map(|p| (p.name, p.value)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sekisho_policy::id::Fingerprint;

    use super::*;

    fn finding(outcome: Outcome, severity: Severity, counts: bool) -> Finding {
        let long = "x".repeat(300);
        Finding {
            rule: RuleId("disk-encrypted".to_owned()),
            own: counts.then(|| OwnRule {
                title: Wording {
                    en: "No rpm".to_owned(),
                    ja: "rpm なし".to_owned(),
                },
                edition_2013: String::new(),
                edition_2022: "8.19".to_owned(),
            }),
            exception: counts.then(|| Exception {
                rule: RuleId("disk-encrypted".to_owned()),
                owner: "Aiko".to_owned(),
                reason: String::new(),
                approver: "Kenji".to_owned(),
                from: Timestamp(0),
                until: Timestamp(-1),
            }),
            outcome,
            severity,
            counts,
            cause: Message {
                key: "disk-encrypted-ok".into(),
                args: BTreeMap::from([("count".to_owned(), "8".to_owned())]),
            },
            remedy: counts.then(|| Message::new("")),
            evidence: vec![
                Evidence::new("dm/uuid", long),
                Evidence::new("", ""),
                Evidence::new("名", "値"),
            ],
            first_failed_at: counts.then_some(Timestamp(0)),
            due_at: counts.then_some(Timestamp(-1)),
            past: Past {
                mended: (!counts).then_some(Mended {
                    first_failed_at: Timestamp(0),
                    at: Timestamp(-7),
                }),
                returns: u32::from(counts) * 9,
            },
        }
    }

    #[test]
    fn a_verdict_reads_back_as_it_was() {
        let outcomes = [
            (Outcome::Pass, Severity::Low, false),
            (Outcome::NotApplicable, Severity::Medium, false),
            (Outcome::Unknown, Severity::High, true),
            (Outcome::Fail, Severity::Critical, true),
        ];
        for standing in [
            Standing::Compliant,
            Standing::Undecided,
            Standing::Grace,
            Standing::Violation,
        ] {
            let verdict = Verdict {
                sequence: Sequence(u64::MAX),
                judged_at: Timestamp(-5),
                policy: Fingerprint::of(b"policy"),
                standing,
                findings: outcomes.map(|(o, s, c)| finding(o, s, c)).to_vec(),
            };
            assert_eq!(decode(&encode(&verdict)).unwrap(), verdict);
        }
    }

    #[test]
    fn the_bytes_are_those_that_the_twin_would_write() {
        let verdict = Verdict {
            sequence: Sequence(0),
            judged_at: Timestamp(1),
            policy: Fingerprint::of(b"policy"),
            standing: Standing::Grace,
            findings: vec![finding(Outcome::Fail, Severity::Critical, true)],
        };
        let bytes = encode(&verdict);
        let twin = VerdictRow::decode(bytes.as_slice()).unwrap();
        assert_eq!(twin.encode_to_vec(), bytes);
    }
}
