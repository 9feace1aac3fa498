//! A list as apt keeps it: plain, or packed by lz4 or zstd (apt.conf(5), `Acquire::GzipIndexes`).
//!
//! Touches one file. Must never unpack more than its limit.

use std::io::{BufRead, BufReader, Read};

use crate::ask::{self, AskError, Source};
use crate::limits::APT_LIST_BYTES_MAX;
use crate::sensors::SystemPath;

/// How a list may be packed, by the end of its name.
const PACKED: [&str; 3] = ["", ".lz4", ".zst"];

/// Whether a name is that of a list, however packed; the second is whether it can be unpacked.
pub(super) fn is_list(name: &str) -> Option<bool> {
    let (_, after) = name.rsplit_once("_Packages")?;
    match after {
        known if PACKED.contains(&known) => Some(true),
        ".gz" | ".xz" | ".bz2" | ".lzma" => Some(false),
        _ => None,
    }
}

/// Opens a list to be read line by line.
pub(super) fn open(path: &SystemPath) -> Result<Box<dyn BufRead>, AskError> {
    let file = ask::open(path)?;
    let fail = |source| AskError::from_io(path.name(), source);
    let plain: Box<dyn Read> = match path.name().extension().and_then(|end| end.to_str()) {
        Some("lz4") => Box::new(lz4_flex::frame::FrameDecoder::new(file)),
        Some("zst") => Box::new(zstd::stream::read::Decoder::new(file).map_err(fail)?),
        _ => Box::new(file),
    };
    Ok(Box::new(BufReader::with_capacity(
        64 * 1024,
        plain.take(APT_LIST_BYTES_MAX),
    )))
}
