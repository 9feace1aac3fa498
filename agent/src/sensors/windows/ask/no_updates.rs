//! Windows Update of a system that has none: only captures answer.
//!
//! Touches nothing. Must never make up an answer.

use std::path::PathBuf;

use super::{AGENT, Search};
use crate::ask::AskError;

/// Says that there is nobody to ask.
pub(super) fn search() -> Result<Search, AskError> {
    Err(AskError::NotCaptured(PathBuf::from(AGENT)))
}

/// The same.
pub(super) fn restart_needed() -> Result<bool, AskError> {
    Err(AskError::NotCaptured(PathBuf::from(AGENT)))
}
