//! Files as they are: what leads elsewhere is told and not followed.
//!
//! Touches the file it is asked for, reading only, and shared with whoever wants it. Must never open what a user may have put
//! in the place of a file.

use std::fs::File;
use std::io;
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

/// `FILE_FLAG_OPEN_REPARSE_POINT`: what leads elsewhere is opened itself.
const AS_IT_IS: u32 = 0x0020_0000;
/// `FILE_ATTRIBUTE_REPARSE_POINT`.
const LEADS_ELSEWHERE: u32 = 0x400;
/// `ERROR_CANT_ACCESS_FILE`.
const ELSEWHERE: i32 = 1920;

/// Opens a plain file to read.
///
/// # Errors
/// The system's; `ERROR_CANT_ACCESS_FILE` of what is no plain file.
pub fn opened(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    let file = options.read(true).custom_flags(AS_IT_IS).open(path)?;
    let told = file.metadata()?;
    if told.file_attributes() & LEADS_ELSEWHERE != 0 || !told.is_file() {
        return Err(io::Error::from_raw_os_error(ELSEWHERE));
    }
    Ok(file)
}
