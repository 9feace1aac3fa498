//! Files of Windows: who may read one is inherited from its folder.
//!
//! Touches files and folders it is given by path. Must never make a folder that everybody who logs in may read, as
//! those in `ProgramData` are.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use crate::win;

/// Seconds from 1601, with which Windows begins to count, to 1970.
const BEFORE_1970_SECS: i64 = 11_644_473_600;
/// `FILE_FLAG_BACKUP_SEMANTICS`: without it a folder cannot be opened (CreateFileW).
const FOLDER: u32 = 0x0200_0000;
/// `GENERIC_WRITE`, which FlushFileBuffers asks for.
const WRITE: u32 = 0x4000_0000;

/// Makes a folder, and those above it, that its owner, the system and administrators alone may enter.
///
/// # Errors
/// What the system says.
pub fn make_private_dir(path: &Path) -> io::Result<()> {
    if let Some(above) = path.parent() {
        fs::create_dir_all(above)?;
    }
    match win::access::create_private(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => keep_own(path),
        made => made,
    }
}

/// Keeps others from a folder that is there. One that is not ours is refused: any user may have put it there.
///
/// # Errors
/// `PermissionDenied` where somebody else made it, or what the system says.
pub fn keep_own(path: &Path) -> io::Result<()> {
    if !win::access::is_own(path)? {
        return Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "it was made by a user who is no administrator, or leads elsewhere; look what it holds, and remove it",
        ));
    }
    win::access::keep_private(path)
}

/// The same: what the modes of other systems let others do is done by the pipe here.
///
/// # Errors
/// What the system says.
pub fn make_dir(path: &Path, _: u32) -> io::Result<()> {
    make_private_dir(path)
}

/// Makes a file that is not there yet, for those who may enter its folder.
///
/// # Errors
/// What the system says; among it that something is there.
pub fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Leaves it as it is: the folder says who may read it.
///
/// # Errors
/// None.
pub const fn restrict(_: &File) -> io::Result<()> {
    Ok(())
}

/// Leaves it as it is: the folder says who may read it.
///
/// # Errors
/// None.
pub const fn give_to_owner_of(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

/// Leaves it as it is: the folder above says who may read it.
///
/// # Errors
/// None.
pub const fn give_dir_to_owner_of(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Has the names in a folder on disk, as a rename left them. File systems that cannot be asked write them by
/// themselves, in order, in their journal.
///
/// # Errors
/// What the system says.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    let opened = OpenOptions::new()
        .access_mode(WRITE)
        .custom_flags(FOLDER)
        .open(dir);
    match opened.and_then(|folder| folder.sync_all()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Bytes that this user may still write to the volume of this folder.
///
/// # Errors
/// What the system says.
pub fn free_bytes(dir: &Path) -> io::Result<u64> {
    win::machine::free_bytes(dir)
}

/// Users have no numbers here.
#[must_use]
pub const fn owner(_: &Metadata) -> u32 {
    0
}

/// When its content was changed, in seconds since 1970.
#[must_use]
pub fn changed_at(meta: &Metadata) -> i64 {
    let secs = i64::try_from(meta.last_write_time() / 10_000_000).unwrap_or(i64::MAX);
    secs.saturating_sub(BEFORE_1970_SECS)
}
