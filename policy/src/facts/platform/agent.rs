//! How the agent itself fares: whether what it says can be relied on to be new.
//!
//! Touches nothing. Must never hold what changes from one reading to the next: a report that says nothing
//! new must stay one.

use crate::time::Timestamp;

/// The agent's own state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentHealth {
    /// Its version.
    pub version: String,
    /// Since when it runs, by the laptop's clock.
    pub started_at: Timestamp,
    /// Places whose changes do not announce themselves, because they could not be watched: they are read
    /// by the timer alone. At most [`UNWATCHED_MAX`](crate::limits::UNWATCHED_MAX).
    pub not_watched: Vec<String>,
}
