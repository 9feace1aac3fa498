//! The store's folder: its lock, the database file in it, and how it is opened.
//!
//! Touches the store's folder. Must never open a database in a way that answers before the device has
//! it: `synchronous=FULL` syncs the write-ahead log with every commit, and a reader sees a commit only
//! behind that sync.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::rows::{self, Rows};
use crate::limits::{LOG_KEPT_BYTES, READER_CACHE_KIB, WRITER_CACHE_KIB};
use crate::store::StoreError;

/// The layout of rows that this collector writes, in the file's `user_version`. Format 2 has sections of reports that
/// readers of format 1 take for damage.
const FORMAT: i32 = 2;
/// The oldest that it reads as well: what such rows lack is optional.
const FORMAT_READ: i32 = 1;
/// "Seki" in the file's header (SQLite's `application_id`), so that `file` and we know whose it is.
const APPLICATION: i32 = 0x5365_6b69;

/// The database file.
const FILE: &str = "store.db";
/// Its name until it is whole.
const DRAFT_FILE: &str = "store.db.new";
/// Behind its name: the write-ahead log.
const LOG_FILE: &str = "store.db-wal";

/// Holds a folder against a second collector for as long as it lives.
#[derive(Debug)]
pub(super) struct Lock(
    #[expect(dead_code, reason = "the lock lasts as long as the file is open")] File,
);

/// Takes the folder for this process, making it where it is missing.
pub(super) fn lock(dir: &Path) -> Result<Lock, StoreError> {
    let refused = |e: &io::Error| refused(dir, e);
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

/// Opens the database to write. What a power cut broke off is undone.
pub(super) fn open(dir: &Path) -> Result<Rows, StoreError> {
    match std::fs::metadata(dir.join(FILE)) {
        // SQLite would take it for a new one, and throw away the log beside it.
        Ok(found) if found.len() == 0 => {
            return Err(corrupt(dir, format!("{FILE} is empty; restore a backup")));
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(corrupt(dir, format!("{FILE} is gone; restore a backup")));
        }
        Err(error) => return Err(refused(dir, &error)),
    }
    let rows = opened(dir, FILE, OpenFlags::empty())?;
    let found: (i32, i32) = (rows.pragma("application_id")?, rows.pragma("user_version")?);
    match found {
        (APPLICATION, FORMAT) => settled(dir, rows),
        (APPLICATION, FORMAT_READ..FORMAT) => settled(dir, rows).map(renumbered),
        (APPLICATION, newer) if newer > FORMAT => Err(corrupt(
            dir,
            format!(
                "it has format {newer}, and this collector reads up to format {FORMAT}; run the \
                 collector that wrote it, or a later one"
            ),
        )),
        (APPLICATION, older) => Err(corrupt(
            dir,
            format!("it has format {older}, which never was"),
        )),
        _ => Err(corrupt(dir, format!("{FILE} is not of a collector"))),
    }
}

/// Whether there is a database, be it damaged.
pub(super) fn is_there(dir: &Path) -> bool {
    dir.join(FILE).exists()
}

/// Makes a database where there is none. A making that is broken off leaves nothing that passes for one.
pub(super) fn make(dir: &Path) -> Result<Rows, StoreError> {
    let draft = dir.join(DRAFT_FILE);
    for left in [&draft, &dir.join(format!("{DRAFT_FILE}-journal"))] {
        match std::fs::remove_file(left) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(refused(dir, &error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    // Closed, and so on the device, before it gets its name.
    opened(dir, DRAFT_FILE, OpenFlags::SQLITE_OPEN_CREATE)?.make(APPLICATION, FORMAT)?;
    std::fs::rename(&draft, dir.join(FILE)).map_err(|e| refused(dir, &e))?;
    open(dir)
}

fn opened(dir: &Path, name: &str, flags: OpenFlags) -> Result<Rows, StoreError> {
    let flags = flags | OpenFlags::SQLITE_OPEN_READ_WRITE;
    connect(&dir.join(name), flags, WRITER_CACHE_KIB)
        .map(|db| Rows::new(db, dir))
        .map_err(|e| rows::failed(dir, &e))
}

/// Turns the write-ahead log on, and puts the names of new files, which nobody else does, on the device.
fn settled(dir: &Path, rows: Rows) -> Result<Rows, StoreError> {
    let mode = rows.log_ahead()?;
    if mode != "wal" {
        return Err(refused(
            dir,
            &io::Error::other(format!(
                "its file system allows no write-ahead log ({mode})"
            )),
        ));
    }
    rows.count_log_pages();
    File::open(dir)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| refused(dir, &e))?;
    Ok(rows)
}

/// Gives the file the format of what is written into it from now on. A disk that is full keeps nobody from reading it;
/// the next start does it then.
fn renumbered(rows: Rows) -> Rows {
    if let Err(error) = rows.renumber(FORMAT) {
        tracing::warn!(%error, "the store keeps the number of its older format");
    }
    rows
}

/// Opens the database of a store that is open, to read.
pub(super) fn open_reader(dir: &Path) -> Result<Rows, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    connect(&dir.join(FILE), flags, READER_CACHE_KIB)
        .map(|db| Rows::new(db, dir))
        .map_err(|e| rows::failed(dir, &e))
}

/// Bytes of the write-ahead log.
pub(super) fn log_bytes(dir: &Path) -> u64 {
    std::fs::metadata(dir.join(LOG_FILE)).map_or(0, |found| found.len())
}

fn connect(file: &Path, flags: OpenFlags, cache_kib: i64) -> rusqlite::Result<Connection> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // SQLite's own checkpoints say nothing when they fail.
    db.pragma_update(None, "wal_autocheckpoint", 0)?;
    db.pragma_update(None, "journal_size_limit", LOG_KEPT_BYTES)?;
    db.pragma_update(None, "cache_size", -cache_kib)?;
    // A file that somebody altered must not bring code of its own.
    db.pragma_update(None, "trusted_schema", false)?;
    db.pragma_update(None, "cell_size_check", true)?;
    Ok(db)
}

fn corrupt(dir: &Path, cause: String) -> StoreError {
    StoreError::Corrupt {
        path: dir.display().to_string(),
        cause,
    }
}

fn refused(dir: &Path, error: &io::Error) -> StoreError {
    StoreError::Disk {
        path: dir.display().to_string(),
        cause: error.to_string(),
    }
}

/// The database's files, for whoever must put them on the device one by one.
pub(super) fn files(dir: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::read_dir(dir)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect()
}
