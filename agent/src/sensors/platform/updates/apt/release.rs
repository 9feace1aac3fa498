//! The head of a Release or InRelease file of a Debian archive.
//!
//! Touches nothing. Must never read the digests, which are most of it.

use sekisho_policy::time::Timestamp;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

/// What an archive says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Release {
    /// `Suite` and `Codename`, for people.
    pub(super) suite: String,
    label: String,
    /// `Date`: when the archive made its lists.
    pub(super) made_at: Timestamp,
}

impl Release {
    /// `None` where no date is among the fields before the digests.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = String::from_utf8_lossy(bytes);
        let fields = text
            .lines()
            .take_while(|line| !line.starts_with("MD5Sum:") && !line.starts_with("SHA"));
        let (mut suite, mut codename, mut label, mut made_at) = ("", "", "", None);
        for (name, value) in fields.filter_map(|line| line.split_once(": ")) {
            match name {
                "Suite" => suite = value.trim(),
                "Codename" => codename = value.trim(),
                "Label" => label = value.trim(),
                "Date" => made_at = date(value),
                _ => {}
            }
        }
        Some(Self {
            suite: format!("{suite} {codename}"),
            label: label.to_owned(),
            made_at: made_at?,
        })
    }

    /// Whether it is an archive of security updates: `bookworm-security` of Debian, `noble-security` of
    /// Ubuntu, `noble-apps-security` of Ubuntu Pro, `buster/updates` of old.
    pub(super) fn is_security(&self) -> bool {
        let suites = self.suite.split(' ');
        let named = suites
            .into_iter()
            .any(|suite| suite.ends_with("-security") || suite.ends_with("/updates"));
        named || self.label == "Debian-Security"
    }
}

/// `Tue, 24 Nov 2026 00:34:33 UTC`.
fn date(text: &str) -> Option<Timestamp> {
    let zoned = text.trim().replace("UTC", "+0000");
    let time = OffsetDateTime::parse(&zoned, &Rfc2822).ok()?;
    Some(Timestamp::from_secs(time.unix_timestamp()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_says_what_it_is_and_when_it_was_made() {
        let debian = Release::parse(include_bytes!(
            "../../../../../testdata/apt/bookworm-security_InRelease"
        ))
        .unwrap();
        assert!(debian.is_security());
        assert_eq!(debian.suite, "oldstable-security bookworm-security");
        assert_eq!(debian.made_at.to_string(), "2026-11-24T00:34:33Z");
        let plain = Release::parse(b"Suite: oldstable\nCodename: bookworm\nLabel: Debian\nDate: Sat,  6 Sep 2025 10:10:10 UTC\n").unwrap();
        assert!(!plain.is_security());
        let ubuntu = b"Origin: Ubuntu\nLabel: Ubuntu\nSuite: noble-security\nDate: Thu, 05 Nov 2026 01:02:03 UTC\nSHA256:\n Date: Thu, 05 Nov 2036 01:02:03 UTC\n";
        let ubuntu = Release::parse(ubuntu).unwrap();
        assert!(ubuntu.is_security());
        assert_eq!(ubuntu.made_at.to_string(), "2026-11-05T01:02:03Z");
    }

    #[test]
    fn a_file_without_a_date_is_none() {
        for text in [
            "",
            "Suite: x\n",
            "Date: yesterday\n",
            "SHA256:\nDate: Thu, 05 Nov 2026 01:02:03 UTC\n",
        ] {
            assert_eq!(Release::parse(text.as_bytes()), None, "{text}");
        }
    }
}
