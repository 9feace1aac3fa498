//! The list of what a captured system holds: each path that a reader asked for, and what came of it.
//!
//! Touches nothing. Must never be believed further than the readers believe a machine: a capture comes
//! from a stranger.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sekisho_proto::json::Time;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ask::AskError;
use crate::limits::CAPTURE_PATHS_MAX;

/// The name and version of the format.
pub const FORMAT: &str = "sekisho.capture/1";

/// What [`Index::system`] is on Windows.
pub const WINDOWS: &str = "windows";

/// The list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// [`FORMAT`].
    pub format: String,
    /// The agent that captured the system.
    pub agent_version: String,
    /// When.
    pub taken_at: Time,
    /// The name of the machine.
    pub host: String,
    /// The system it runs, where that is not Linux.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Whether people put the folder together: then what is in it counts although no path names it, and
    /// what is not there was not on the machine.
    #[serde(default)]
    pub by_hand: bool,
    /// The readers that were late at the capture, or broke off: their facts are unknown, whatever they had asked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub late: BTreeSet<String>,
    /// What was asked for, by its path on the machine.
    #[serde(default)]
    pub paths: BTreeMap<String, Entry>,
}

/// What came of one path. A question that is not answered here was not asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Entry {
    /// The readers that asked.
    pub facts: BTreeSet<String>,
    /// How much of it was read; the folder has that at its path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Whether parts that no reader needs were left out of that.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reduced: bool,
    /// The names in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
    /// Where the link leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Whether it was there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub there: Option<bool>,
    /// What the system said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
    /// Why it could not be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Refusal>,
}

/// What the system says of a file without opening it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Whether it is a plain file.
    pub is_file: bool,
    /// How long it is.
    pub bytes: u64,
    /// When it was last written to, in seconds since 1970.
    pub changed_at: i64,
    /// The number of its owner.
    pub owner: u32,
}

/// A question that got no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// See [`AskError::Missing`].
    Missing {
        /// What is not there.
        what: PathBuf,
    },
    /// See [`AskError::NotPermitted`].
    NotPermitted {
        /// What may not be read.
        what: PathBuf,
    },
    /// See [`AskError::NotAFile`].
    NotAFile {
        /// What is none.
        what: PathBuf,
    },
    /// See [`AskError::TooLarge`].
    TooLarge {
        /// What is too large.
        what: PathBuf,
        /// The limit in bytes.
        max: u64,
    },
    /// See [`AskError::TimedOut`].
    TimedOut {
        /// What was asked.
        what: String,
        /// The time it was given.
        deadline_ms: u64,
    },
    /// See [`AskError::ToolMissing`].
    ToolMissing {
        /// The program.
        what: PathBuf,
    },
    /// See [`AskError::Untrusted`].
    Untrusted {
        /// The program.
        what: PathBuf,
    },
    /// See [`AskError::ToolFailed`].
    ToolFailed {
        /// The program.
        what: PathBuf,
        /// How it ended.
        status: String,
    },
    /// See [`AskError::NotCaptured`].
    NotCaptured {
        /// What is not there to ask.
        what: PathBuf,
    },
    /// See [`AskError::Refused`].
    Refused {
        /// The socket.
        what: PathBuf,
    },
    /// See [`AskError::Io`].
    Io {
        /// What was read.
        what: PathBuf,
        /// What the system said.
        said: String,
    },
}

/// Why a folder cannot be read as a captured system.
#[derive(Debug, Error)]
pub enum IndexError {
    /// It is no JSON of this shape.
    #[error("no list of a capture: {0}")]
    Broken(#[from] serde_json::Error),
    /// It is of another version.
    #[error("a capture of the format {0:?}; this agent reads {FORMAT:?}")]
    Format(String),
    /// It names more than any system has.
    #[error("a capture of more than the limit of {CAPTURE_PATHS_MAX} paths")]
    TooMany,
}

impl Index {
    /// Reads the list.
    ///
    /// # Errors
    /// [`IndexError`] when it is none, or of another version.
    pub fn parse(bytes: &[u8]) -> Result<Self, IndexError> {
        #[derive(Deserialize)]
        struct Head {
            format: String,
        }
        let head: Head = serde_json::from_slice(bytes)?;
        if head.format != FORMAT {
            return Err(IndexError::Format(head.format.chars().take(100).collect()));
        }
        let index: Self = serde_json::from_slice(bytes)?;
        if index.paths.len() > CAPTURE_PATHS_MAX {
            return Err(IndexError::TooMany);
        }
        Ok(index)
    }
}

impl From<&AskError> for Refusal {
    fn from(error: &AskError) -> Self {
        match error {
            AskError::Missing(what) => Self::Missing { what: what.clone() },
            AskError::NotPermitted(what) => Self::NotPermitted { what: what.clone() },
            AskError::NotAFile(what) => Self::NotAFile { what: what.clone() },
            AskError::TooLarge { path, max } => Self::TooLarge {
                what: path.clone(),
                max: *max,
            },
            AskError::TimedOut { what, deadline } => Self::TimedOut {
                what: what.clone(),
                deadline_ms: u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX),
            },
            AskError::ToolMissing(what) => Self::ToolMissing { what: what.clone() },
            AskError::Untrusted(what) => Self::Untrusted { what: what.clone() },
            AskError::ToolFailed { program, status } => Self::ToolFailed {
                what: program.clone(),
                status: status.clone(),
            },
            AskError::NotCaptured(what) => Self::NotCaptured { what: what.clone() },
            AskError::Refused(what) => Self::Refused { what: what.clone() },
            AskError::Io { path, source } => Self::Io {
                what: path.clone(),
                said: source.to_string(),
            },
        }
    }
}

impl From<&Refusal> for AskError {
    fn from(refusal: &Refusal) -> Self {
        match refusal.clone() {
            Refusal::Missing { what } => Self::Missing(what),
            Refusal::NotPermitted { what } => Self::NotPermitted(what),
            Refusal::NotAFile { what } => Self::NotAFile(what),
            Refusal::TooLarge { what, max } => Self::TooLarge { path: what, max },
            Refusal::TimedOut { what, deadline_ms } => Self::TimedOut {
                what,
                deadline: Duration::from_millis(deadline_ms),
            },
            Refusal::ToolMissing { what } => Self::ToolMissing(what),
            Refusal::Untrusted { what } => Self::Untrusted(what),
            Refusal::ToolFailed { what, status } => Self::ToolFailed {
                program: what,
                status,
            },
            Refusal::NotCaptured { what } => Self::NotCaptured(what),
            Refusal::Refused { what } => Self::Refused(what),
            Refusal::Io { what, said } => Self::Io {
                path: what,
                source: io::Error::other(said),
            },
        }
    }
}

impl Refusal {
    /// An error of the system about a path.
    pub(super) fn of(path: &Path, error: &io::Error) -> Self {
        let same = match error.raw_os_error() {
            Some(code) => io::Error::from_raw_os_error(code),
            None => io::Error::new(error.kind(), error.to_string()),
        };
        Self::from(&AskError::from_io(path, same))
    }
}
