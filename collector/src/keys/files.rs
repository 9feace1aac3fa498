//! Files that hold secrets: written whole or not at all, readable by their owner alone.
//!
//! Touches the files it is given the paths of. Must never leave half a file behind under its name.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use super::KeysError;

/// Bytes of a key file. The largest, a certificate, takes about 600.
const KEY_FILE_BYTES_MAX: u64 = 64 * 1024;

/// Makes a directory that only its owner can enter, and those above it.
///
/// # Errors
/// [`KeysError::Write`] when the system refuses.
pub fn directory_create(dir: &Path) -> Result<(), KeysError> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|cause| KeysError::Write {
            path: dir.to_owned(),
            cause,
        })
}

/// Writes a file that only its owner can read, so that after a power cut it is there whole or not
/// at all. Refuses to replace one.
///
/// # Errors
/// [`KeysError::Write`] when the system refuses or the file exists.
pub fn file_write(path: &Path, bytes: &[u8]) -> Result<(), KeysError> {
    let write = || -> io::Result<()> {
        let dir = path.parent().unwrap_or_else(|| Path::new("."));
        let mut beside = path.as_os_str().to_owned();
        beside.push(".new");
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        // A hard link, unlike a rename, fails when the name is taken.
        let linked = fs::hard_link(&beside, path);
        fs::remove_file(&beside)?;
        linked?;
        File::open(dir)?.sync_all()
    };
    write().map_err(|cause| KeysError::Write {
        path: path.to_owned(),
        cause,
    })
}

/// Reads a file that only its owner may be able to read.
///
/// # Errors
/// [`KeysError`] when it cannot be read, others can read it, or it is too large for a key.
pub(super) fn secret_read(path: &Path) -> Result<Vec<u8>, KeysError> {
    let read = |cause| KeysError::Read {
        path: path.to_owned(),
        cause,
    };
    let file = File::open(path).map_err(read)?;
    let metadata = file.metadata().map_err(read)?;
    if metadata.mode() & 0o077 != 0 {
        return Err(KeysError::Exposed {
            path: path.to_owned(),
        });
    }
    if metadata.len() > KEY_FILE_BYTES_MAX {
        return Err(KeysError::Damaged {
            path: path.to_owned(),
            what: "a key: it is too large",
        });
    }
    let mut bytes = Vec::new();
    file.take(KEY_FILE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(read)?;
    Ok(bytes)
}
