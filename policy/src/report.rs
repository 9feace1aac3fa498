//! A report: the facts of one laptop at one moment, and its place in the row of its reports.
//!
//! Touches nothing. Must never name the device: who reports is told by the certificate alone.

use crate::facts::Facts;
use crate::id::Sequence;
use crate::time::Timestamp;

/// What a laptop says of itself at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Its place in the row, counted by the laptop from 1 without gaps.
    pub sequence: Sequence,
    /// When the facts were read, by the laptop's clock.
    pub taken_at: Timestamp,
    /// The facts.
    pub facts: Facts,
}
