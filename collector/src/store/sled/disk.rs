//! The database on disk: its lock, its format, and the sync that makes a commit last.
//!
//! Touches the store's folder. Must never trust sled's own `flush` with durability: on Linux it ends in
//! `sync_file_range`, which waits neither for the file's metadata nor for the device, and power cuts
//! have lost acknowledged writes behind it. `fdatasync` on the same file is what lasts.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{PosixFadviseAdvice, posix_fadvise};
use sled::{Mode, Tree};

use super::keys;
use crate::store::StoreError;

/// The layout of rows that this collector writes and reads.
const FORMAT: u64 = 1;

/// Memory sled may keep pages in. The postures of 5,000 laptops are about 20 MiB.
const CACHE_BYTES: u64 = 128 * 1024 * 1024;

/// Holds a folder against a second collector for as long as it lives.
#[derive(Debug)]
pub(super) struct Lock(
    #[expect(dead_code, reason = "the lock lasts as long as the file is open")] File,
);

/// Why a commit is not on the device.
#[derive(Debug)]
pub(super) enum Unsynced {
    /// The write was refused. What the disk holds can be read anew.
    Refused(StoreError),
    /// The sync failed: the device may have dropped what it was given.
    Lost(StoreError),
}

/// An open database.
#[derive(Debug)]
pub(super) struct Disk {
    dir: PathBuf,
    db: sled::Db,
    file: File,
}

/// Takes the folder for this process, making it where it is missing.
pub(super) fn lock(dir: &Path) -> Result<Lock, StoreError> {
    let refused = |e: &io::Error| disk(dir, e);
    // It tells who uses which laptop.
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|e| refused(&e))?;
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(dir.join("lock"))
        .map_err(|e| refused(&e))?;
    match file.try_lock() {
        Ok(()) => Ok(Lock(file)),
        Err(TryLockError::WouldBlock) => Err(StoreError::Conflict(format!(
            "the store at {} is open in another collector; stop that one first",
            dir.display()
        ))),
        Err(TryLockError::Error(e)) => Err(refused(&e)),
    }
}

impl Disk {
    /// Opens the database, or makes one.
    pub(super) fn open(dir: &Path) -> Result<Self, StoreError> {
        let refused = |e: &io::Error| disk(dir, e);
        let path = dir.join("db");
        let found = path.try_exists().map_err(|e| refused(&e))?;
        if found {
            // A process that was killed may have left writes in memory only, and sled is about to
            // write down a snapshot that builds on them.
            let file = writable(&path).map_err(|e| refused(&e))?;
            file.sync_data().map_err(|e| refused(&e))?;
        }
        let db = sled::Config::new()
            .path(dir)
            .mode(Mode::HighThroughput)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
            .open()
            .map_err(|e| failed(dir, e))?;
        let file = writable(&path).map_err(|e| refused(&e))?;
        let opened = Self {
            dir: dir.to_owned(),
            db,
            file,
        };
        opened.check_format()?;
        opened.sync().map_err(|e| match e {
            Unsynced::Refused(error) | Unsynced::Lost(error) => error,
        })?;
        for name in ["conf", "."] {
            File::open(dir.join(name))
                .and_then(|file| file.sync_all())
                .map_err(|e| refused(&e))?;
        }
        Ok(opened)
    }

    /// The one tree that holds every row: a batch on one tree is recovered whole or not at all.
    pub(super) fn tree(&self) -> &Tree {
        &self.db
    }

    /// Where it is.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Puts all that was applied on the device.
    pub(super) fn sync(&self) -> Result<(), Unsynced> {
        self.db
            .flush()
            .map_err(|e| Unsynced::Refused(failed(&self.dir, e)))?;
        self.file
            .sync_data()
            .map_err(|e| Unsynced::Lost(disk(&self.dir, &e)))
    }

    /// Makes the system forget what it keeps of the file in memory, so that it is read anew from the
    /// device: after a failed write the two may differ, and the memory is not what lasts.
    pub(super) fn forget_cached(dir: &Path) {
        if let Ok(file) = File::open(dir.join("db")) {
            // Advice may be declined; recovery checks every record's checksum in any case.
            let _ = posix_fadvise(&file, 0, 0, PosixFadviseAdvice::POSIX_FADV_DONTNEED);
        }
    }

    fn check_format(&self) -> Result<(), StoreError> {
        let corrupt = |cause: String| StoreError::Corrupt {
            path: self.dir.display().to_string(),
            cause,
        };
        let tree = self.tree();
        let Some(found) = tree.get(keys::FORMAT).map_err(|e| failed(&self.dir, e))? else {
            if !tree.is_empty() {
                return Err(corrupt("it holds rows and no format version".to_owned()));
            }
            tree.insert(keys::FORMAT, FORMAT.to_string().as_bytes())
                .map_err(|e| failed(&self.dir, e))?;
            return Ok(());
        };
        let found = std::str::from_utf8(&found).unwrap_or("?");
        match found.parse::<u64>() {
            Ok(FORMAT) => Ok(()),
            Ok(newer) if newer > FORMAT => Err(corrupt(format!(
                "it has format {newer}, and this collector reads up to format {FORMAT}; run the \
                 collector that wrote it, or a later one"
            ))),
            Ok(_) | Err(_) => Err(corrupt(format!("it has format {found:?}, which never was"))),
        }
    }
}

/// What sled said, as an error of the store.
pub(super) fn failed(dir: &Path, error: sled::Error) -> StoreError {
    match error {
        sled::Error::Io(error) => disk(dir, &error),
        other @ (sled::Error::CollectionNotFound(_)
        | sled::Error::Unsupported(_)
        | sled::Error::ReportableBug(_)
        | sled::Error::Corruption { .. }) => StoreError::Corrupt {
            path: dir.display().to_string(),
            cause: other.to_string(),
        },
    }
}

fn disk(dir: &Path, error: &io::Error) -> StoreError {
    StoreError::Disk {
        path: dir.display().to_string(),
        cause: error.to_string(),
    }
}

fn writable(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}
