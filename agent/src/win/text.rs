//! Text as Windows takes it: UTF-16 with a zero at its end.
//!
//! Touches nothing. Must never cut a text at a zero within it: what has one is no name of anything.

use std::ffi::OsStr;
use std::io;
use std::os::windows::ffi::OsStrExt;

/// The text with a zero at its end.
///
/// # Errors
/// `InvalidInput` for a text that has one within.
pub fn wide(text: impl AsRef<OsStr>) -> io::Result<Vec<u16>> {
    let mut wide: Vec<u16> = text.as_ref().encode_wide().collect();
    if wide.contains(&0) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    wide.push(0);
    Ok(wide)
}
