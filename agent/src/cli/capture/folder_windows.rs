//! The folder that a capture is written to, on Windows.
//!
//! Touches that folder. Must never write into one that holds something.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::files;

/// The folder of a capture.
pub(super) struct Prepared {
    pub(super) made: bool,
    pub(super) path: PathBuf,
}

/// Makes the folder, which others may not enter, or takes one that is empty.
pub(super) fn prepared(folder: &Path) -> io::Result<Prepared> {
    let made = !folder.try_exists()?;
    files::make_private_dir(folder)?;
    match fs::read_dir(folder)?.next() {
        Some(_) => Err(io::ErrorKind::DirectoryNotEmpty.into()),
        None => Ok(Prepared {
            made,
            path: folder.to_owned(),
        }),
    }
}
