//! ZFS native encryption: the properties of a dataset, zfsprops(7).
//!
//! Touches nothing. Must never judge a pool by one dataset: each has its own properties.

use sekisho_policy::facts::{EncryptionKind, PlainReason};
use sekisho_policy::reading::Why;

use super::combine::State;

/// The encryption properties of one dataset.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Dataset {
    /// `off`, or the suite such as `aes-256-gcm`.
    pub(super) encryption: String,
    /// `available`, `unavailable` or `none`.
    pub(super) keystatus: String,
}

impl Dataset {
    /// Reads `zfs get -Hp -o property,value encryption,keystatus DATASET`: a tab between the two.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let value = |name: &str| {
            text.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('\t'))
                .map(|value| value.trim().to_owned())
        };
        Some(Self {
            encryption: value("encryption")?,
            keystatus: value("keystatus")?,
        })
    }

    /// What the properties say of a mounted dataset.
    pub(super) fn state(&self) -> State {
        match (self.encryption.as_str(), self.keystatus.as_str()) {
            // "-": the pool has no such feature.
            ("off" | "-", _) => State::Plain(PlainReason::NoEncryption),
            (suite, "available") if suite.starts_with("aes-") => {
                State::Encrypted(EncryptionKind::Zfs)
            }
            (suite, key) => State::Unknown(Why::Unreadable(format!(
                "zfs says encryption {suite} and keystatus {key}"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, state: &State) {
        assert_eq!(&Dataset::parse(text).unwrap().state(), state);
    }

    #[test]
    fn a_dataset_is_encrypted_only_with_a_suite_and_its_key() {
        check(
            "encryption\taes-256-gcm\nkeystatus\tavailable\n",
            &State::Encrypted(EncryptionKind::Zfs),
        );
        check(
            "encryption\toff\nkeystatus\tnone\n",
            &State::Plain(PlainReason::NoEncryption),
        );
        check(
            "encryption\t-\nkeystatus\t-\n",
            &State::Plain(PlainReason::NoEncryption),
        );
        let odd = Dataset::parse("encryption\taes-256-gcm\nkeystatus\tunavailable\n").unwrap();
        assert!(matches!(odd.state(), State::Unknown(_)));
        assert_eq!(Dataset::parse("encryption\toff\n"), None);
    }
}
