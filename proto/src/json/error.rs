//! The shape of a refusal.
//!
//! Touches nothing. Must never be the shape of anything else.

use serde::{Deserialize, Serialize};

/// What is answered in place of what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorJson {
    /// The refusal.
    pub error: ErrorBody,
}

/// Why something was not done. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// The reason's name, such as `no_such_device`. Programs go by this alone.
    pub code: String,
    /// One English sentence with the particulars.
    pub message: String,
    /// One English sentence for whoever asked.
    pub what_to_do: String,
    /// When to come back, in milliseconds, where that is what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
}
