//! The record of a collector, line by line, in JSON: `POST /v1/export`.
//!
//! Touches nothing. Must never end without the line that says how much there was.

use serde::{Deserialize, Serialize};

use sekisho_proto::json::Time;

use super::device::WholeDeviceJson;
use super::policy::PolicyJson;
use super::token::TokenJson;

/// One line. The first is `export`, the last is `end`; one that does not end so was cut off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LineJson {
    /// What follows.
    Export(ExportJson),
    /// The policy in force.
    Policy(PolicyJson),
    /// A policy that was in force before, the newest first.
    EarlierPolicy(PolicyJson),
    /// A token, without its secret.
    Token(TokenJson),
    /// A device: its row of the register, what was last seen of it, the verdict with its findings, and
    /// the order in force.
    Device(Box<WholeDeviceJson>),
    /// Something that is on record and cannot be read.
    Damaged(DamagedJson),
    /// There is no more.
    End(TotalJson),
}

/// The beginning of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportJson {
    /// Version of this form: 1.
    pub format: u32,
    /// Version of the collector.
    pub version: String,
    /// When it was begun. Each device is as of one moment; the whole is not.
    pub at: Time,
    /// Who asked for it.
    pub by: String,
}

/// What an export lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedJson {
    /// `earlier_policy` or `device`.
    pub what: String,
    /// The policy's version, or the device's id.
    pub name: String,
    /// Why it cannot be read.
    pub why: String,
}

/// The end of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TotalJson {
    /// Policies before the one in force.
    pub earlier_policies: u64,
    /// Tokens.
    pub tokens: u64,
    /// Devices.
    pub devices: u64,
    /// What cannot be read.
    #[serde(default)]
    pub damaged: u64,
}
