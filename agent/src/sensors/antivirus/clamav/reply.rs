//! What clamd answers to `VERSION` (clamd(8)).
//!
//! Touches nothing. Must never read a refusal as a version.

use thiserror::Error;

/// What clamd says of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    /// The engine's, such as `1.4.3`.
    pub(super) engine: String,
    /// Version and date of the daily definitions that are loaded. `None` when none are.
    pub(super) daily: Option<(u64, String)>,
}

/// An answer that is no version.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum ReplyError {
    /// The command is switched off (`EnableVersionCommand no`, from ClamAV 1.5 on).
    #[error("clamd does not tell its version: EnableVersionCommand is off in clamd.conf")]
    Unavailable,
    /// It says something else.
    #[error("clamd answers {0:?} to VERSION")]
    Strange(String),
}

impl Version {
    /// Reads `ClamAV 1.4.3/27654/Tue Jun  3 08:31:22 2025`, or `ClamAV 1.4.3` without definitions.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, ReplyError> {
        let text = String::from_utf8_lossy(bytes);
        let text = text.trim_matches(['\0', '\n', ' ']);
        let strange = || ReplyError::Strange(text.chars().take(200).collect());
        if text == "COMMAND UNAVAILABLE" {
            return Err(ReplyError::Unavailable);
        }
        let rest = text.strip_prefix("ClamAV ").ok_or_else(strange)?;
        let mut parts = rest.splitn(3, '/');
        let engine = parts.next().unwrap_or_default();
        if engine.is_empty() || engine.len() > 100 {
            return Err(strange());
        }
        let daily = match (parts.next(), parts.next()) {
            (Some(version), Some(date)) => {
                let version = version.parse().map_err(|_| strange())?;
                Some((version, date.chars().take(100).collect()))
            }
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(strange()),
        };
        Ok(Self {
            engine: engine.to_owned(),
            daily,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let with = Version::parse(b"ClamAV 1.4.3/27654/Tue Jun  3 08:31:22 2025\0").unwrap();
        assert_eq!(
            with.daily,
            Some((27654, "Tue Jun  3 08:31:22 2025".to_owned()))
        );
        assert_eq!(Version::parse(b"ClamAV 1.4.3\0").unwrap().daily, None);
        assert_eq!(
            Version::parse(b"COMMAND UNAVAILABLE\0"),
            Err(ReplyError::Unavailable)
        );
        for strange in ["", "PONG", "ClamAV ", "ClamAV 1/x/y", "ClamAV 1.4/27"] {
            let answer = Version::parse(strange.as_bytes());
            assert!(matches!(answer, Err(ReplyError::Strange(_))), "{strange}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = Version::parse(&bytes);
        }
    }
}
