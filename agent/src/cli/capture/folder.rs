//! The folder that a capture is written to, on a Unix system.
//!
//! Touches that folder. Must never write into one that somebody else could lay links in, or that holds something.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

/// The folder of a capture, held open: whoever may rename it, or what it lies in, puts no other in its place.
pub(super) struct Prepared {
    pub(super) made: bool,
    /// The kernel's own name for it, while it is held.
    pub(super) path: PathBuf,
    _held: File,
}

/// Makes the folder, or takes one that is empty and this user's own.
pub(super) fn prepared(folder: &Path) -> io::Result<Prepared> {
    let made = match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => true,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
        Err(error) => return Err(error),
    };
    // A link may lead to where somebody else looks.
    let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
    let held = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(folder)?;
    // Its owner could lay links in it while it is written, and have root write through them.
    if held.metadata()?.uid() != nix::unistd::geteuid().as_raw() {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let path = PathBuf::from(format!("/proc/self/fd/{}", held.as_raw_fd()));
    let must_be_empty = || -> io::Result<()> {
        match fs::read_dir(&path)?.next() {
            Some(_) => Err(io::ErrorKind::DirectoryNotEmpty.into()),
            None => Ok(()),
        }
    };
    must_be_empty()?;
    held.set_permissions(fs::Permissions::from_mode(0o700))?;
    // Until now others may have been allowed to write there.
    must_be_empty()?;
    Ok(Prepared {
        made,
        path,
        _held: held,
    })
}
