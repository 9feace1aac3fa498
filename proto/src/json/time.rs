//! Times in JSON: RFC 3339, with any offset when they come in, in UTC when they go out.
//!
//! Touches nothing. Must never take a time without an offset: nobody could say which one was meant.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use sekisho_policy::time::Timestamp;

/// A time as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub Timestamp);

/// A text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a time; one looks like 2026-12-31T18:00:00+09:00")]
pub struct NoTime(String);

impl FromStr for Time {
    type Err = NoTime;

    fn from_str(text: &str) -> Result<Self, NoTime> {
        OffsetDateTime::parse(text, &Rfc3339)
            .map(|time| Self(Timestamp::from_secs(time.unix_timestamp())))
            .map_err(|_| NoTime(text.chars().take(64).collect()))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_with_an_offset_is_the_same_moment_in_utc() {
        let time: Time = "2026-11-23T05:33:32+09:00".parse().unwrap();
        assert_eq!(time.to_string(), "2026-11-22T20:33:32Z");
    }

    #[test]
    fn a_time_without_an_offset_is_refused() {
        let error = "2026-11-23T05:33:32".parse::<Time>().unwrap_err();
        assert!(error.to_string().contains("+09:00"), "{error}");
    }
}
