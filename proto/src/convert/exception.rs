//! Exceptions from rules.
//!
//! Touches nothing. Must never lengthen one.

use bytes::Bytes;

use sekisho_policy::exception::Exception;
use sekisho_policy::finding::RuleId;
use sekisho_policy::time::Timestamp;

use super::{InvalidMessage, cut, fingerprint, text};
use crate::wire;

impl From<&Exception> for wire::Exception {
    fn from(exception: &Exception) -> Self {
        let Exception {
            rule,
            owner,
            reason,
            approver,
            from,
            until,
            expression,
        } = exception;
        Self {
            rule: cut(&rule.0),
            owner: cut(owner),
            reason: cut(reason),
            approver: cut(approver),
            from_ms: from.0,
            until_ms: until.0,
            expression: expression.map_or_else(Bytes::new, |digest| {
                Bytes::copy_from_slice(digest.as_bytes())
            }),
        }
    }
}

impl TryFrom<wire::Exception> for Exception {
    type Error = InvalidMessage;

    fn try_from(exception: wire::Exception) -> Result<Self, Self::Error> {
        let wire::Exception {
            rule,
            owner,
            reason,
            approver,
            from_ms,
            until_ms,
            expression,
        } = exception;
        Ok(Self {
            rule: RuleId(text(rule, "rule of an exception")?),
            owner: text(owner, "owner of an exception")?,
            reason: text(reason, "reason of an exception")?,
            approver: text(approver, "approver of an exception")?,
            from: Timestamp(from_ms),
            until: Timestamp(until_ms),
            expression: match expression.is_empty() {
                true => None,
                false => Some(fingerprint(&expression, "expression of an exception")?),
            },
        })
    }
}
