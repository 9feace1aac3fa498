//! Policy documents in JSON. The document itself travels as its TOML text.
//!
//! Touches nothing. Must never rewrite a document.

use serde::{Deserialize, Serialize};

use sekisho_proto::json::Time;

/// The policy in force: `GET /v1/policy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyJson {
    /// Counted from 1; 0 for the one the product comes with.
    pub version: u64,
    /// SHA-256 of the text.
    pub fingerprint: String,
    /// When it was applied; `null` for the one the product comes with.
    pub applied_at: Option<Time>,
    /// Who applied it; empty for the one the product comes with.
    pub applied_by: String,
    /// The TOML text.
    pub text: String,
}

/// A document that was applied (`POST /v1/policy`) or found to be in order (`POST /v1/policy/check`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedJson {
    /// Its version; `null` when it was only checked.
    pub version: Option<u64>,
    /// SHA-256 of the text.
    pub fingerprint: String,
    /// Whether the same document was in force already.
    pub unchanged: bool,
}
