//! Rows of exceptions.
//!
//! Touches nothing. Must never read one back as approved that is not.

use sekisho_policy::exception::Exception;
use sekisho_policy::finding::RuleId;
use sekisho_policy::time::Timestamp;

use super::{RowError, device_id, fingerprint, seal, unseal};
use crate::record::{ExceptionRow, Scope, Step};

/// Encodes an exception.
#[must_use]
pub fn encode(row: &ExceptionRow) -> Vec<u8> {
    let (device, group) = match &row.scope {
        Scope::Device(id) => (id.as_bytes().to_vec(), String::new()),
        Scope::Group(group) => (vec![], group.clone()),
    };
    let Exception {
        rule,
        owner,
        reason,
        approver: _,
        from,
        until,
        expression,
    } = &row.terms;
    seal(&Row {
        number: row.number,
        device,
        group,
        rule: rule.0.clone(),
        owner: owner.clone(),
        reason: reason.clone(),
        from_ms: from.0,
        until_ms: until.0,
        expression: expression.map(|digest| digest.as_bytes().to_vec()),
        requested: Some(step(&row.requested)),
        approved: row.approved.as_ref().map(step),
        revoked: row.revoked.as_ref().map(step),
    })
}

/// Reads an exception back.
///
/// # Errors
/// [`RowError`] when the bytes are none.
pub fn decode(bytes: &[u8]) -> Result<ExceptionRow, RowError> {
    let row: Row = unseal("exception", bytes)?;
    let approved = row.approved.map(StepRow::step);
    Ok(ExceptionRow {
        number: row.number,
        scope: if row.device.is_empty() {
            Scope::Group(row.group)
        } else {
            Scope::Device(device_id(&row.device)?)
        },
        terms: Exception {
            rule: RuleId(row.rule),
            owner: row.owner,
            reason: row.reason,
            approver: approved
                .as_ref()
                .map_or_else(String::new, |step| step.by.clone()),
            from: Timestamp(row.from_ms),
            until: Timestamp(row.until_ms),
            expression: row
                .expression
                .map(|digest| fingerprint(&digest))
                .transpose()?,
        },
        requested: row
            .requested
            .map(StepRow::step)
            .ok_or(RowError::Field("requester"))?,
        approved,
        revoked: row.revoked.map(StepRow::step),
    })
}

#[derive(Clone, PartialEq, prost::Message)]
struct Row {
    #[prost(uint64, tag = "1")]
    number: u64,
    #[prost(bytes = "vec", tag = "2")]
    device: Vec<u8>,
    #[prost(string, tag = "3")]
    group: String,
    #[prost(string, tag = "4")]
    rule: String,
    #[prost(string, tag = "5")]
    owner: String,
    #[prost(string, tag = "6")]
    reason: String,
    #[prost(int64, tag = "7")]
    from_ms: i64,
    #[prost(int64, tag = "8")]
    until_ms: i64,
    #[prost(message, optional, tag = "9")]
    requested: Option<StepRow>,
    #[prost(message, optional, tag = "10")]
    approved: Option<StepRow>,
    #[prost(message, optional, tag = "11")]
    revoked: Option<StepRow>,
    #[prost(bytes = "vec", optional, tag = "12")]
    expression: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StepRow {
    #[prost(string, tag = "1")]
    by: String,
    #[prost(int64, tag = "2")]
    at_ms: i64,
    #[prost(uint32, optional, tag = "3")]
    login: Option<u32>,
}

fn step(step: &Step) -> StepRow {
    StepRow {
        by: step.by.clone(),
        at_ms: step.at.0,
        login: step.login,
    }
}

impl StepRow {
    fn step(self) -> Step {
        Step {
            by: self.by,
            login: self.login,
            at: Timestamp(self.at_ms),
        }
    }
}
