//! Readings in JSON: three answers that programs cannot mix up.
//!
//! Touches nothing. Must never turn an unknown into `null`.

use serde::{Deserialize, Serialize};

use sekisho_policy::reading::{Reading, Why};

/// What was learnt about one fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ReadingJson<T> {
    /// It was read.
    Known {
        /// What it is.
        value: T,
    },
    /// It was looked for and is not there.
    Absent,
    /// It could not be told.
    Unknown {
        /// The reason's name, such as `not_permitted`.
        why: String,
        /// What was tried or seen.
        detail: String,
    },
}

impl<T, U: From<T>> From<Reading<T>> for ReadingJson<U> {
    fn from(reading: Reading<T>) -> Self {
        match reading {
            Reading::Known(value) => Self::Known {
                value: value.into(),
            },
            Reading::Absent => Self::Absent,
            Reading::Unknown(why) => Self::unknown(&why),
        }
    }
}

impl<T> ReadingJson<T> {
    /// It could not be told, for this reason.
    #[must_use]
    pub fn unknown(why: &Why) -> Self {
        Self::Unknown {
            why: why.code().to_owned(),
            detail: why.detail().to_owned(),
        }
    }

    /// The known value, if there is one.
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known { value } => Some(value),
            Self::Absent | Self::Unknown { .. } => None,
        }
    }
}
