//! The life of a device's findings in JSON.
//!
//! Touches nothing. Must never say where an entry of the audit log stands that there is not.

use serde::{Deserialize, Serialize};

use sekisho_proto::json::Time;

use crate::response::Turn;

/// What a device's findings have gone through: `GET /v1/devices/{name}/history`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryJson {
    /// UUIDv7.
    pub device: String,
    /// Newest first.
    pub history: Vec<TurnJson>,
}

/// One turn of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnJson {
    /// When it was recorded.
    pub at: Time,
    /// `began`, `returned`, `due`, `mended`, `ended`, `excepted` or `exception_ended`.
    pub turn: String,
    /// The rule's name.
    pub rule: String,
    /// The place of its entry in the audit log; `null` for a rule mended for good after it had come back so often that
    /// the log told of it no more.
    pub entry: Option<u64>,
}

impl From<Turn> for TurnJson {
    fn from(turn: Turn) -> Self {
        Self {
            at: Time(turn.at),
            turn: turn.turn.to_owned(),
            rule: turn.rule,
            entry: turn.entry,
        }
    }
}
