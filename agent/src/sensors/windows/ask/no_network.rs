//! The networks of a system that is no Windows: only captures answer.
//!
//! Touches nothing. Must never make up an answer.

use std::path::PathBuf;

use super::Tunnels;
use crate::adapters::Told;
use crate::ask::AskError;
use crate::sensors::windows::wifi;

/// Says that there is nobody to ask.
pub(in crate::sensors::windows) fn told() -> Result<Told, AskError> {
    Err(nobody())
}

/// The same.
pub(in crate::sensors::windows) fn tunnels() -> Result<Tunnels, AskError> {
    Err(nobody())
}

/// The same.
pub(in crate::sensors::windows) fn wlan() -> Result<wifi::Told, AskError> {
    Err(nobody())
}

fn nobody() -> AskError {
    AskError::NotCaptured(PathBuf::from("network"))
}
