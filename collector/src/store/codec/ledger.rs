//! Rows of tokens and policies: what people put down.
//!
//! Touches nothing. Must never change the text of a policy: its fingerprint is in every verdict.

use sekisho_policy::time::Timestamp;

use super::device::token_id;
use super::{RowError, fingerprint, seal, unseal};
use crate::record::{PolicyHead, PolicyVersion, Token};

/// Encodes a token.
#[must_use]
pub fn encode_token(token: &Token) -> Vec<u8> {
    seal(&TokenRow {
        id: token.id.0.to_vec(),
        digest: token.digest.as_bytes().to_vec(),
        note: token.note.clone(),
        group: token.group.clone(),
        approves: token.approves,
        uses_left: token.uses_left,
        created_at_ms: token.created_at.0,
        expires_at_ms: token.expires_at.0,
        withdrawn: token.withdrawn,
    })
}

/// Reads a token back.
///
/// # Errors
/// [`RowError`] when the bytes are no token.
pub fn decode_token(bytes: &[u8]) -> Result<Token, RowError> {
    let row: TokenRow = unseal("token", bytes)?;
    Ok(Token {
        id: token_id(&row.id)?,
        digest: fingerprint(&row.digest)?,
        note: row.note,
        group: row.group,
        approves: row.approves,
        uses_left: row.uses_left,
        created_at: Timestamp(row.created_at_ms),
        expires_at: Timestamp(row.expires_at_ms),
        withdrawn: row.withdrawn,
    })
}

/// Encodes a policy document.
#[must_use]
pub fn encode_policy(policy: &PolicyVersion) -> Vec<u8> {
    seal(&PolicyRow {
        version: policy.version,
        text: policy.text.clone(),
        fingerprint: policy.fingerprint.as_bytes().to_vec(),
        applied_at_ms: policy.applied_at.0,
        applied_by: policy.applied_by.clone(),
        reverts: policy.reverts.unwrap_or_default(),
        summary: policy.summary.clone(),
    })
}

/// Reads a policy document back.
///
/// # Errors
/// [`RowError`] when the bytes are no policy document.
pub fn decode_policy(bytes: &[u8]) -> Result<PolicyVersion, RowError> {
    let row: PolicyRow = unseal("policy", bytes)?;
    Ok(PolicyVersion {
        version: row.version,
        text: row.text,
        fingerprint: fingerprint(&row.fingerprint)?,
        applied_at: Timestamp(row.applied_at_ms),
        applied_by: row.applied_by,
        // Versions are counted from 1.
        reverts: (row.reverts > 0).then_some(row.reverts),
        summary: row.summary,
    })
}

/// Reads of a policy document all but the text.
///
/// # Errors
/// [`RowError`] when the bytes are no policy document.
pub fn decode_policy_head(bytes: &[u8]) -> Result<PolicyHead, RowError> {
    let policy = decode_policy(bytes)?;
    Ok(PolicyHead {
        version: policy.version,
        fingerprint: policy.fingerprint,
        applied_at: policy.applied_at,
        applied_by: policy.applied_by,
        reverts: policy.reverts,
        summary: policy.summary,
    })
}

#[derive(Clone, PartialEq, prost::Message)]
struct TokenRow {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    digest: Vec<u8>,
    #[prost(string, tag = "3")]
    note: String,
    #[prost(string, tag = "4")]
    group: String,
    #[prost(bool, tag = "5")]
    approves: bool,
    #[prost(uint32, tag = "6")]
    uses_left: u32,
    #[prost(int64, tag = "7")]
    created_at_ms: i64,
    #[prost(int64, tag = "8")]
    expires_at_ms: i64,
    #[prost(bool, tag = "9")]
    withdrawn: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct PolicyRow {
    #[prost(uint64, tag = "1")]
    version: u64,
    #[prost(string, tag = "2")]
    text: String,
    #[prost(bytes = "vec", tag = "3")]
    fingerprint: Vec<u8>,
    #[prost(int64, tag = "4")]
    applied_at_ms: i64,
    #[prost(string, tag = "5")]
    applied_by: String,
    #[prost(uint64, tag = "6")]
    reverts: u64,
    #[prost(string, tag = "7")]
    summary: String,
}
