//! The three answers a reader of facts can give: known, absent, or unknown and why.
//!
//! Touches nothing. Must never turn an unknown into a yes or a no: only a policy says what an
//! unknown costs.

use std::fmt;

/// What was learnt about one fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading<T> {
    /// It was read, and this is it.
    Known(T),
    /// It was looked for where it must be, and it is not there.
    Absent,
    /// It could not be told, for this reason. Never to be taken for either answer.
    Unknown(Why),
}

/// Why a fact could not be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The agent may not read it; carries what it tried to read.
    NotPermitted(String),
    /// The program or service that would tell is not there.
    ToolMissing(String),
    /// It did not answer within its deadline.
    TimedOut(String),
    /// It answered, and the answer makes no sense; carries what was wrong with it.
    Unreadable(String),
    /// It answered with more than may be taken; carries the limit.
    TooLarge(String),
    /// It cannot be told on this system at all.
    Unsupported(String),
    /// Nobody has asked yet.
    NotAsked,
}

impl<T> Reading<T> {
    /// The known value, if there is one.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Absent | Self::Unknown(_) => None,
        }
    }

    /// Changes the known value, and keeps the other answers as they are.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Reading<U> {
        match self {
            Self::Known(value) => Reading::Known(change(value)),
            Self::Absent => Reading::Absent,
            Self::Unknown(why) => Reading::Unknown(why),
        }
    }

    /// The same answer, borrowed.
    pub fn as_ref(&self) -> Reading<&T> {
        match self {
            Self::Known(value) => Reading::Known(value),
            Self::Absent => Reading::Absent,
            Self::Unknown(why) => Reading::Unknown(why.clone()),
        }
    }
}

impl Why {
    /// The word for this reason in machine-readable output.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotPermitted(_) => "not_permitted",
            Self::ToolMissing(_) => "tool_missing",
            Self::TimedOut(_) => "timed_out",
            Self::Unreadable(_) => "unreadable",
            Self::TooLarge(_) => "too_large",
            Self::Unsupported(_) => "unsupported",
            Self::NotAsked => "not_asked",
        }
    }

    /// What exactly was tried or seen; empty when nobody has asked.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::NotPermitted(detail)
            | Self::ToolMissing(detail)
            | Self::TimedOut(detail)
            | Self::Unreadable(detail)
            | Self::TooLarge(detail)
            | Self::Unsupported(detail) => detail,
            Self::NotAsked => "",
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail() {
            "" => f.write_str(self.code()),
            detail => write!(f, "{}: {detail}", self.code()),
        }
    }
}
