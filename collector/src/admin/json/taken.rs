//! What was taken out of a collector, in JSON.
//!
//! Touches nothing. Must never hold what it tells of.

use serde::{Deserialize, Serialize};

/// What has arrived whole where it was asked for: `POST /v1/taken`, answered with the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TakenJson {
    /// `backup`, `record` or `audit_log`.
    pub what: String,
    /// How much it is.
    pub bytes: u64,
    /// SHA-256 of it.
    pub sha256: String,
}
