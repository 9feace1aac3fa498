//! The header of a ClamAV database: 512 bytes of text, fields between colons (libclamav, cvd.c).
//!
//! Touches nothing. Must never say that the file below the header is whole or genuine.

use sekisho_policy::time::Timestamp;
use thiserror::Error;

use super::date;

/// Bytes of a header.
pub(super) const HEADER_BYTES: usize = 512;

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    /// The version, counted up with every release.
    pub(super) version: u64,
    /// When it was built.
    pub(super) built_at: Timestamp,
}

/// Bytes that are no header.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum HeaderError {
    /// They are fewer than a header has.
    #[error("the file has {0} bytes, fewer than a header of {HEADER_BYTES}")]
    Short(usize),
    /// The magic word is missing.
    #[error("the file does not begin with ClamAV-VDB")]
    Magic,
    /// A field is not what it must be.
    #[error("the header has no readable {0}")]
    Field(&'static str),
}

impl Header {
    /// Reads a header. The time is field 9, in seconds; very old files lack it, and there it is the
    /// text of field 2.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, HeaderError> {
        let bytes = bytes
            .get(..HEADER_BYTES)
            .ok_or(HeaderError::Short(bytes.len()))?;
        let text = String::from_utf8_lossy(bytes);
        let mut fields = text
            .trim_end_matches([' ', '\n', '\0'])
            .splitn(9, ':')
            .map(str::trim);
        if fields.next() != Some("ClamAV-VDB") {
            return Err(HeaderError::Magic);
        }
        let built = fields.next().ok_or(HeaderError::Field("build time"))?;
        let version = fields
            .next()
            .and_then(|version| version.parse().ok())
            .ok_or(HeaderError::Field("version"))?;
        let seconds = fields
            .nth(5)
            .and_then(|seconds| seconds.parse::<i64>().ok());
        let built_at = match seconds.filter(|&seconds| seconds > 0) {
            Some(seconds) => Timestamp::from_secs(seconds),
            None => date::of_header(built).ok_or(HeaderError::Field("build time"))?,
        };
        Ok(Self { version, built_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn padded(text: &str) -> Vec<u8> {
        format!("{text:<512}").into_bytes()
    }

    #[test]
    fn a_real_header_is_read() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/clamav/daily.cud");
        let header = Header::parse(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(header.version, 27000);
        assert_eq!(header.built_at, Timestamp::from_secs(1_795_384_403));
    }

    #[test]
    fn without_seconds_the_text_is_the_time_with_its_zone() {
        let old = padded(
            "ClamAV-VDB:22 Jun 2021 14-58 -0400:26210:3:63:d41d8cd98f00b204e9800998ecf8427e:X:old",
        );
        let header = Header::parse(&old).unwrap();
        assert_eq!(header.built_at.to_string(), "2021-06-22T18:58:00Z");
    }

    #[test]
    fn what_is_no_header_is_told_apart() {
        assert_eq!(
            Header::parse(b"ClamAV-VDB:").unwrap_err(),
            HeaderError::Short(11)
        );
        assert_eq!(Header::parse(&[0; 600]).unwrap_err(), HeaderError::Magic);
        let cut = padded("ClamAV-VDB:22 Jun 2021 14-58 -0400");
        assert_eq!(
            Header::parse(&cut).unwrap_err(),
            HeaderError::Field("version")
        );
        let timeless = padded("ClamAV-VDB:soon:1:1:1:x:x:x:");
        assert_eq!(
            Header::parse(&timeless).unwrap_err(),
            HeaderError::Field("build time")
        );
    }

    proptest::proptest! {
        #[test]
        fn any_header_is_read_without_a_panic(text in "(ClamAV-VDB)?(:[ -~é]{0,20}){0,10}") {
            let _ = Header::parse(&padded(&text));
        }
    }
}
