//! Files of a Unix system: permissions by mode, owners by number.
//!
//! Touches files and folders it is given by path. Must never follow a link to what it changes the owner of.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;

use nix::sys::statvfs::statvfs;

/// Makes a folder, and those above it, that its owner alone may enter.
///
/// # Errors
/// What the system says.
pub fn make_private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes a folder, and those above it, that others may pass through (`0o711`) or read (`0o755`).
///
/// # Errors
/// What the system says.
pub fn make_dir(path: &Path, mode: u32) -> io::Result<()> {
    fs::create_dir_all(path)?;
    fs::set_permissions(path, Permissions::from_mode(mode))
}

/// Leaves a folder that is there as it is: those of the packages lie where root alone makes folders.
///
/// # Errors
/// None.
pub const fn keep_own(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes a file that is not there yet, which its owner alone may read.
///
/// # Errors
/// What the system says; among it that something is there.
pub fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Keeps others from a file that was made by [`create_private`], whatever the mask of this process.
///
/// # Errors
/// What the system says.
pub fn restrict(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(0o600))
}

/// Gives a file or folder that is open to the owner of a folder, where it is another's.
///
/// # Errors
/// What the system says.
pub fn give_to_owner_of(dir: &Path, file: &File) -> io::Result<()> {
    let (own, above) = (file.metadata()?, fs::metadata(dir)?);
    if own.uid() == above.uid() {
        return Ok(());
    }
    fchown(file, Some(above.uid()), Some(above.gid()))
}

/// The same of a folder by its path.
///
/// # Errors
/// What the system says.
pub fn give_dir_to_owner_of(dir: &Path, path: &Path) -> io::Result<()> {
    give_to_owner_of(dir, &File::open(path)?)
}

/// Has the names in a folder on disk, as a rename left them.
///
/// # Errors
/// What the system says.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Bytes that this user may still write to the file system of this folder.
///
/// # Errors
/// What the system says.
pub fn free_bytes(dir: &Path) -> io::Result<u64> {
    let stat = statvfs(dir)?;
    Ok(stat.blocks_available().saturating_mul(stat.fragment_size()))
}

/// The number of the user whose it is.
#[must_use]
pub fn owner(meta: &Metadata) -> u32 {
    meta.uid()
}

/// When its content was changed, in seconds since 1970.
#[must_use]
pub fn changed_at(meta: &Metadata) -> i64 {
    meta.mtime()
}
