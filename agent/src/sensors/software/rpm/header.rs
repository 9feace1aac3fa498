//! One rpm header as the database holds it: an index of tags over a stretch of data (rpm,
//! docs/manual/format_header.md).
//!
//! Touches nothing. Must never reach outside the bytes it was given, whatever the index says.

use thiserror::Error;

use crate::limits::RPM_INDEX_ENTRIES_MAX;

/// Tag of the name.
pub(super) const NAME: u32 = 1000;
/// Tag of the version.
pub(super) const VERSION: u32 = 1001;
/// Tag of the release.
pub(super) const RELEASE: u32 = 1002;
/// Tag of the epoch, a number.
pub(super) const EPOCH: u32 = 1003;
/// Tag of the vendor.
pub(super) const VENDOR: u32 = 1011;
/// Tag of the architecture.
pub(super) const ARCH: u32 = 1022;
/// Tag of the source package's file name.
pub(super) const SOURCERPM: u32 = 1044;

/// All that is read of a header.
pub(super) const TAGS: [u32; 7] = [NAME, VERSION, RELEASE, EPOCH, VENDOR, ARCH, SOURCERPM];

const TYPE_INT32: u32 = 4;
const TYPE_STRING: u32 = 6;
const TYPE_I18N: u32 = 9;
/// Bytes of the two counts at the start.
const INTRO: usize = 8;
/// Bytes of one entry of the index: tag, type, offset, count.
const ENTRY: usize = 16;

/// A header, borrowed from its bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header<'a> {
    index: &'a [u8],
    data: &'a [u8],
}

/// Bytes that are no header.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum HeaderError {
    /// The bytes end before the header does.
    #[error("the header breaks off")]
    Short,
    /// The index is larger than rpm allows.
    #[error("the header has {0} entries, more than the limit of {RPM_INDEX_ENTRIES_MAX}")]
    TooMany(usize),
}

impl<'a> Header<'a> {
    /// Finds index and data.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, HeaderError> {
        let count = |at| word(bytes, at).and_then(|count| usize::try_from(count).ok());
        let entries = count(0).ok_or(HeaderError::Short)?;
        let length = count(4).ok_or(HeaderError::Short)?;
        if entries > RPM_INDEX_ENTRIES_MAX {
            return Err(HeaderError::TooMany(entries));
        }
        let middle = INTRO.saturating_add(entries.saturating_mul(ENTRY));
        let end = middle.checked_add(length).ok_or(HeaderError::Short)?;
        Ok(Self {
            index: bytes.get(INTRO..middle).ok_or(HeaderError::Short)?,
            data: bytes.get(middle..end).ok_or(HeaderError::Short)?,
        })
    }

    /// The text of a tag; of several languages the first. `None` when it is not there or no text.
    pub(super) fn text(&self, tag: u32) -> Option<String> {
        let (kind, rest) = self.find(tag)?;
        if kind != TYPE_STRING && kind != TYPE_I18N {
            return None;
        }
        let end = rest.iter().position(|&byte| byte == 0)?;
        rest.get(..end)
            .map(|text| String::from_utf8_lossy(text).into_owned())
    }

    /// The number of a tag. `None` when it is not there or no number.
    pub(super) fn number(&self, tag: u32) -> Option<u32> {
        let (kind, rest) = self.find(tag)?;
        (kind == TYPE_INT32).then(|| word(rest, 0)).flatten()
    }

    /// A header of these tags alone.
    pub(super) fn reduced(&self, tags: &[u32]) -> Vec<u8> {
        let (mut index, mut data) = (Vec::new(), Vec::new());
        let mut count = 0_u32;
        for &tag in tags {
            let Some((kind, rest)) = self.find(tag) else {
                continue;
            };
            let value = match kind {
                TYPE_INT32 => rest.get(..4),
                _ => rest.split_inclusive(|&byte| byte == 0).next(),
            };
            let offset = u32::try_from(data.len()).unwrap_or(u32::MAX);
            for field in [tag, kind, offset, 1] {
                index.extend_from_slice(&field.to_be_bytes());
            }
            data.extend_from_slice(value.unwrap_or(rest));
            count = count.saturating_add(1);
        }
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        let mut whole = [count.to_be_bytes(), length.to_be_bytes()].concat();
        whole.append(&mut index);
        whole.append(&mut data);
        whole
    }

    fn find(&self, tag: u32) -> Option<(u32, &'a [u8])> {
        let entry = self
            .index
            .chunks_exact(ENTRY)
            .find(|entry| word(entry, 0) == Some(tag))?;
        let offset = usize::try_from(word(entry, 8)?).ok()?;
        Some((word(entry, 4)?, self.data.get(offset..)?))
    }
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    bytes.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_points_outside_is_not_followed() {
        let mut bytes = vec![0, 0, 0, 1, 0, 0, 0, 4];
        for field in [NAME, TYPE_STRING, 0xffff_fff0, 1] {
            bytes.extend_from_slice(&field.to_be_bytes());
        }
        bytes.extend_from_slice(b"abc\0");
        assert_eq!(Header::parse(&bytes).unwrap().text(NAME), None);
        assert_eq!(Header::parse(&bytes[..20]).unwrap_err(), HeaderError::Short);
        assert_eq!(
            Header::parse(&[0xff; 40]).unwrap_err(),
            HeaderError::TooMany(0xffff_ffff)
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(entries in 0_u8..4, bytes: Vec<u8>) {
            let mut whole = vec![0, 0, 0, entries, 0, 0, 0, 0];
            whole.extend_from_slice(&bytes);
            for header in [Header::parse(&whole), Header::parse(&bytes)].into_iter().flatten() {
                let _ = header.text(NAME);
                let _ = header.number(EPOCH);
            }
        }
    }
}
