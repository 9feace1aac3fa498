//! The verdict and its findings.
//!
//! Touches nothing. Must never put a message into words.

use sekisho_policy::finding::{Finding, Mended, Message, OwnRule, Past, RuleId, Verdict, Wording};
use sekisho_policy::id::Sequence;
use sekisho_policy::limits::FINDINGS_MAX;
use sekisho_policy::time::Timestamp;

use super::{InvalidMessage, at_most, cut, enums, evidence_from, evidence_to, fingerprint, text};
use crate::limits::MESSAGE_ARGS_MAX;
use crate::wire;

impl From<&Verdict> for wire::Verdict {
    fn from(verdict: &Verdict) -> Self {
        let Verdict {
            sequence,
            judged_at,
            policy,
            standing,
            findings,
        } = verdict;
        Self {
            sequence: sequence.0,
            judged_at_ms: judged_at.0,
            policy: policy.as_bytes().to_vec().into(),
            standing: wire::Standing::from(*standing).into(),
            findings: findings.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<wire::Verdict> for Verdict {
    type Error = InvalidMessage;

    fn try_from(verdict: wire::Verdict) -> Result<Self, Self::Error> {
        let wire::Verdict {
            sequence,
            judged_at_ms,
            policy,
            standing,
            findings,
        } = verdict;
        Ok(Self {
            sequence: Sequence(sequence),
            judged_at: Timestamp(judged_at_ms),
            policy: fingerprint(&policy, "policy of a verdict")?,
            standing: enums::known::<wire::Standing, _>(standing, "standing")?,
            findings: at_most(findings, "findings", FINDINGS_MAX)?
                .into_iter()
                .map(TryInto::try_into)
                .collect::<Result<_, InvalidMessage>>()?,
        })
    }
}

impl From<&Finding> for wire::Finding {
    fn from(finding: &Finding) -> Self {
        let Finding {
            rule,
            own,
            outcome,
            severity,
            counts,
            exception,
            cause,
            remedy,
            evidence,
            first_failed_at,
            due_at,
            past,
        } = finding;
        Self {
            rule: cut(&rule.0),
            outcome: wire::finding::Outcome::from(*outcome).into(),
            severity: wire::finding::Severity::from(*severity).into(),
            counts: *counts,
            cause: Some(cause.into()),
            remedy: remedy.as_ref().map(Into::into),
            evidence: evidence_to(evidence),
            first_failed_at_ms: first_failed_at.map(|at| at.0),
            due_at_ms: due_at.map(|at| at.0),
            own: own.as_ref().map(Into::into),
            exception: exception.as_ref().map(Into::into),
            mended_from_ms: past.mended.map(|mended| mended.first_failed_at.0),
            mended_at_ms: past.mended.map(|mended| mended.at.0),
            returns: past.returns,
        }
    }
}

impl TryFrom<wire::Finding> for Finding {
    type Error = InvalidMessage;

    fn try_from(finding: wire::Finding) -> Result<Self, Self::Error> {
        let wire::Finding {
            rule,
            outcome,
            severity,
            counts,
            cause,
            remedy,
            evidence,
            first_failed_at_ms,
            due_at_ms,
            own,
            exception,
            mended_from_ms,
            mended_at_ms,
            returns,
        } = finding;
        let mended = mended_from_ms.zip(mended_at_ms).map(|(from, at)| Mended {
            first_failed_at: Timestamp(from),
            at: Timestamp(at),
        });
        Ok(Self {
            rule: RuleId(text(rule, "rule of a finding")?),
            own: own.map(TryInto::try_into).transpose()?,
            outcome: enums::known::<wire::finding::Outcome, _>(outcome, "outcome of a finding")?,
            severity: enums::known::<wire::finding::Severity, _>(
                severity,
                "severity of a finding",
            )?,
            counts,
            exception: exception.map(TryInto::try_into).transpose()?,
            cause: cause
                .ok_or(InvalidMessage::Missing("cause of a finding"))?
                .try_into()?,
            remedy: remedy.map(TryInto::try_into).transpose()?,
            evidence: evidence_from(evidence, "evidence of a finding")?,
            first_failed_at: first_failed_at_ms.map(Timestamp),
            due_at: due_at_ms.map(Timestamp),
            past: Past { mended, returns },
        })
    }
}

impl From<&OwnRule> for wire::OwnRule {
    fn from(own: &OwnRule) -> Self {
        let OwnRule {
            title: Wording { en, ja },
            edition_2013,
            edition_2022,
        } = own;
        Self {
            title: Some(wire::Wording {
                en: cut(en),
                ja: cut(ja),
            }),
            edition_2013: cut(edition_2013),
            edition_2022: cut(edition_2022),
        }
    }
}

impl TryFrom<wire::OwnRule> for OwnRule {
    type Error = InvalidMessage;

    fn try_from(own: wire::OwnRule) -> Result<Self, Self::Error> {
        let wire::OwnRule {
            title,
            edition_2013,
            edition_2022,
        } = own;
        let wire::Wording { en, ja } = title.ok_or(InvalidMessage::Missing("title of a rule"))?;
        Ok(Self {
            title: Wording {
                en: text(en, "title of a rule")?,
                ja: text(ja, "title of a rule")?,
            },
            edition_2013: text(edition_2013, "clause of a rule")?,
            edition_2022: text(edition_2022, "clause of a rule")?,
        })
    }
}

impl From<&Message> for wire::Message {
    fn from(Message { key, args }: &Message) -> Self {
        Self {
            key: cut(key),
            args: args
                .iter()
                .take(MESSAGE_ARGS_MAX)
                .map(|(name, value)| wire::message::Argument {
                    name: cut(name),
                    value: cut(value),
                })
                .collect(),
        }
    }
}

impl TryFrom<wire::Message> for Message {
    type Error = InvalidMessage;

    fn try_from(wire::Message { key, args }: wire::Message) -> Result<Self, Self::Error> {
        Ok(Self {
            key: text(key, "key of a message")?.into(),
            args: at_most(args, "arguments of a message", MESSAGE_ARGS_MAX)?
                .into_iter()
                .map(|wire::message::Argument { name, value }| {
                    let name = text(name, "name of a message's argument")?;
                    Ok((name, text(value, "value of a message's argument")?))
                })
                .collect::<Result<_, InvalidMessage>>()?,
        })
    }
}
