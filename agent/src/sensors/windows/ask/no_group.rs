//! The administrators of a system that has no such group: only captures answer.
//!
//! Touches nothing. Must never make up an answer.

use std::path::PathBuf;

use super::{GROUP, Member};
use crate::ask::AskError;

/// Says that there is nobody to ask.
pub(super) fn ask() -> Result<Vec<Member>, AskError> {
    Err(AskError::NotCaptured(PathBuf::from(GROUP)))
}
