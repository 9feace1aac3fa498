//! Rows of one ordered table, over one connection to the database.
//!
//! Touches the database. Must never take a row that cannot be read for one that is not there.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use rusqlite::{Connection, ErrorCode, OptionalExtension, ffi};

use crate::store::StoreError;
use crate::store::codec::RowError;

/// A row's name: a letter for its kind, then what it is found by.
pub(super) type Key = Vec<u8>;

/// What a commit group writes: `None` removes. In the order of the table, which writes it fastest.
pub(super) type Writes = BTreeMap<Key, Option<Bytes>>;

// A table with a rowid: keys stand close together in its index, however large the values are.
const MAKE: &str = "CREATE TABLE row (key BLOB NOT NULL UNIQUE, value BLOB NOT NULL, \
                    sum INTEGER NOT NULL) STRICT";
const GET: &str = "SELECT key, value, sum FROM row WHERE key = ?1";
const HOLDS: &str = "SELECT 1 FROM row WHERE key = ?1";
const FORWARDS: &str = "SELECT key, value, sum FROM row WHERE key >= ?1 AND key < ?2 ORDER BY key";
const LAST: &str = "SELECT key FROM row WHERE key >= ?1 AND key < ?2 ORDER BY key DESC LIMIT 1";
const PUT: &str = "INSERT INTO row (key, value, sum) VALUES (?1, ?2, ?3) \
                   ON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = excluded.sum";
const NO_SPACE: &str = "No space left on the disk; make room, and it goes on";
const REMOVE: &str = "DELETE FROM row WHERE key = ?1";

thread_local! {
    /// Pages in the write-ahead log after the last commit by this thread.
    static LOG_PAGES: Cell<u32> = const { Cell::new(0) };
}

/// Pages in the write-ahead log after the last commit by this thread, which has one database that it writes.
pub(super) fn log_pages() -> u32 {
    LOG_PAGES.get()
}

/// The key of a row, and its value or the damage to it.
type Whole<'a> = (&'a [u8], Result<&'a [u8], StoreError>);

/// One connection and where its database is.
#[derive(Debug)]
pub(super) struct Rows {
    db: Connection,
    dir: PathBuf,
}

/// Why a commit is not on the device.
#[derive(Debug)]
pub(super) enum Unsynced {
    /// It was refused, and nothing of it is there.
    Refused(StoreError),
    /// It cannot be told whether it is there, or the device may have dropped what it was given.
    Lost(StoreError),
}

impl Rows {
    pub(super) fn new(db: Connection, dir: &Path) -> Self {
        Self {
            db,
            dir: dir.to_owned(),
        }
    }

    /// Makes the table, and says whose file it is and of which format.
    pub(super) fn make(&self, application: i32, format: i32) -> Result<(), StoreError> {
        let sql = format!(
            "BEGIN IMMEDIATE; {MAKE}; PRAGMA application_id = {application}; \
             PRAGMA user_version = {format}; COMMIT"
        );
        self.db.execute_batch(&sql).map_err(|e| self.failed(&e))
    }

    /// A number of the file's header.
    pub(super) fn pragma(&self, name: &str) -> Result<i32, StoreError> {
        self.db
            .pragma_query_value(None, name, |row| row.get(0))
            .map_err(|e| self.failed(&e))
    }

    /// Gives the file another format.
    pub(super) fn renumber(&self, format: i32) -> Result<(), StoreError> {
        self.db
            .pragma_update(None, "user_version", format)
            .map_err(|e| self.failed(&e))
    }

    /// Turns the write-ahead log on; tells the mode that there is now.
    pub(super) fn log_ahead(&self) -> Result<String, StoreError> {
        self.db
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
            .map_err(|e| self.failed(&e))
    }

    /// Counts the pages of the log, for [`log_pages`].
    pub(super) fn count_log_pages(&self) {
        self.db.wal_hook(Some(|_, pages| {
            LOG_PAGES.set(u32::try_from(pages).unwrap_or(0));
            Ok(())
        }));
    }

    /// The value at the key.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        let failed = |e| self.failed(&e);
        let mut query = self.db.prepare_cached(GET).map_err(failed)?;
        let mut found = query.query([key]).map_err(failed)?;
        let Some(row) = found.next().map_err(failed)? else {
            return Ok(None);
        };
        let (_, value) = self.whole(row)?;
        value.map(|value| Some(Bytes::copy_from_slice(value)))
    }

    /// The key of a row, and its value as it was written.
    fn whole<'a>(&self, row: &'a rusqlite::Row<'_>) -> Result<Whole<'a>, StoreError> {
        let column = |index| Ok::<_, rusqlite::Error>(row.get_ref(index)?.as_blob()?);
        let read = || Ok((column(0)?, column(1)?, row.get::<_, i64>(2)?));
        let (key, value, written) = read().map_err(|e| self.failed(&e))?;
        if sum(key, value) == written {
            return Ok((key, Ok(value)));
        }
        // SQLite itself does not notice a flipped bit inside a row.
        let damage = StoreError::Corrupt {
            path: self.dir.display().to_string(),
            cause: format!("the row {} is not as it was written", key.escape_ascii()),
        };
        Ok((key, Err(damage)))
    }

    /// Whether there is a value at the key.
    pub(super) fn holds(&self, key: &[u8]) -> Result<bool, StoreError> {
        self.db
            .prepare_cached(HOLDS)
            .and_then(|mut query| query.exists([key]))
            .map_err(|e| self.failed(&e))
    }

    /// A row at the key, decoded.
    pub(super) fn row<T>(
        &self,
        key: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<T, RowError>,
    ) -> Result<Option<T>, StoreError> {
        self.get(key)?
            .map(|row| decode(&row))
            .transpose()
            .map_err(|e| self.unreadable(&e))
    }

    /// Goes over the rows from `from` on and before `to`, for as long as `take` says true.
    pub(super) fn scan(
        &self,
        from: &[u8],
        to: &[u8],
        mut take: impl FnMut(&[u8], &[u8]) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        self.scan_each(from, to, |key, value| take(key, value?))
    }

    /// As [`scan`](Self::scan), where a row that is damaged need not be the end.
    pub(super) fn scan_each(
        &self,
        from: &[u8],
        to: &[u8],
        mut take: impl FnMut(&[u8], Result<&[u8], StoreError>) -> Result<bool, StoreError>,
    ) -> Result<(), StoreError> {
        let failed = |e| self.failed(&e);
        let mut query = self.db.prepare_cached(FORWARDS).map_err(failed)?;
        let mut found = query.query([from, to]).map_err(failed)?;
        while let Some(row) = found.next().map_err(failed)? {
            let (key, value) = self.whole(row)?;
            if !take(key, value)? {
                break;
            }
        }
        Ok(())
    }

    /// The last key from `from` on and before `to`.
    pub(super) fn last_key(&self, from: &[u8], to: &[u8]) -> Result<Option<Key>, StoreError> {
        self.db
            .prepare_cached(LAST)
            .and_then(|mut query| query.query_row([from, to], |row| row.get(0)).optional())
            .map_err(|e| self.failed(&e))
    }

    /// Reads as of one moment.
    pub(super) fn at_one_moment<T>(
        &self,
        read: impl FnOnce(&Self) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.run("BEGIN").map_err(|e| self.failed(&e))?;
        // After a failed reading there may be nothing left to end.
        let value = read(self)?;
        self.run("COMMIT").map_err(|e| self.failed(&e))?;
        Ok(value)
    }

    /// Begins a moment that lasts until this connection is closed.
    pub(super) fn stand_still(&self) -> Result<(), StoreError> {
        self.run("BEGIN").map_err(|e| self.failed(&e))?;
        // The moment is that of the first reading.
        self.holds(&[]).map(|_| ())
    }

    /// Begins a commit. Reads until its end are of the state that it changes.
    pub(super) fn begin(&self) -> Result<(), StoreError> {
        self.run("BEGIN IMMEDIATE").map_err(|e| self.failed(&e))
    }

    /// Writes all and puts it on the device, or nothing. Ends what [`Self::begin`] began.
    pub(super) fn commit(&self, writes: &Writes) -> Result<(), Unsynced> {
        if self.db.is_autocommit() {
            // A reading that failed has ended the transaction, and what was read in it counts no more.
            return Err(Unsynced::Refused(StoreError::Disk {
                path: self.dir.display().to_string(),
                cause: "it could not be read; look at the disk".to_owned(),
            }));
        }
        let written = self.write(writes).and_then(|()| self.run("COMMIT"));
        written.map_err(|error| {
            self.give_up();
            let refused = is_refused(&error);
            let error = self.failed(&error);
            if refused {
                Unsynced::Refused(error)
            } else {
                Unsynced::Lost(error)
            }
        })
    }

    /// Puts what the write-ahead log holds into its places, as far as no reader needs it there.
    pub(super) fn checkpoint(&self) -> Result<(), Unsynced> {
        let done = self
            .db
            .prepare_cached("PRAGMA wal_checkpoint(PASSIVE)")
            .and_then(|mut checkpoint| checkpoint.query_row([], |_| Ok(())));
        done.map_err(|error| {
            let unsynced = error.sqlite_extended_error_code() == Some(ffi::SQLITE_IOERR_FSYNC);
            let error = self.failed(&error);
            if unsynced {
                Unsynced::Lost(error)
            } else {
                Unsynced::Refused(error)
            }
        })
    }

    /// Ends what [`Self::begin`] began, with nothing changed.
    pub(super) fn give_up(&self) {
        // Where the commit ended by itself when it failed there is nothing to end.
        if !self.db.is_autocommit() {
            let _ = self.run("ROLLBACK");
        }
    }

    fn write(&self, writes: &Writes) -> rusqlite::Result<()> {
        let mut put = self.db.prepare_cached(PUT)?;
        let mut remove = self.db.prepare_cached(REMOVE)?;
        for (key, value) in writes {
            match value {
                Some(value) => put.execute((&key[..], &value[..], sum(key, value)))?,
                None => remove.execute([&key[..]])?,
            };
        }
        Ok(())
    }

    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.db.prepare_cached(sql)?.execute([]).map(|_| ())
    }

    /// That a row is there and cannot be read.
    pub(super) fn unreadable(&self, error: &RowError) -> StoreError {
        StoreError::Corrupt {
            path: self.dir.display().to_string(),
            cause: error.to_string(),
        }
    }

    fn failed(&self, error: &rusqlite::Error) -> StoreError {
        failed(&self.dir, error)
    }
}

/// Whether nothing of a commit is there that ended so. The log's last page makes it valid, so a write that
/// failed came before that; a sync that failed did not, nor what comes after the sync.
fn is_refused(error: &rusqlite::Error) -> bool {
    let busy = matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DiskFull | ErrorCode::ReadOnly | ErrorCode::DatabaseBusy)
    );
    let failed = matches!(
        error.sqlite_extended_error_code(),
        Some(
            ffi::SQLITE_IOERR_WRITE
                | ffi::SQLITE_IOERR_READ
                | ffi::SQLITE_IOERR_SHORT_READ
                | ffi::SQLITE_IOERR_FSTAT
                | ffi::SQLITE_IOERR_TRUNCATE
        )
    );
    busy || failed
}

/// What a row is checked by: CRC-32 of its key and its value.
fn sum(key: &[u8], value: &[u8]) -> i64 {
    let mut sum = crc32fast::Hasher::new();
    sum.update(key);
    sum.update(value);
    sum.finalize().into()
}

/// What SQLite said, as an error of the store.
pub(super) fn failed(dir: &Path, error: &rusqlite::Error) -> StoreError {
    let path = dir.display().to_string();
    // The index of the log, a file beside it that grows by 32 KiB, did not find room.
    let no_room = error.sqlite_extended_error_code() == Some(ffi::SQLITE_IOERR_SHMSIZE);
    let cause = match error.sqlite_error_code() {
        _ if no_room => "No space left on the disk for the index of the log".to_owned(),
        Some(ErrorCode::DiskFull) => NO_SPACE.to_owned(),
        Some(ErrorCode::ReadOnly) => "its file system or folder is read-only".to_owned(),
        Some(
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OutOfMemory,
        ) => match error.sqlite_extended_error_code() {
            Some(code) => format!("{error} (SQLite error {code})"),
            None => error.to_string(),
        },
        _ => {
            let cause = error.to_string();
            return StoreError::Corrupt { path, cause };
        }
    };
    StoreError::Disk { path, cause }
}

/// The first name behind a row's.
pub(super) fn behind(key: &[u8]) -> Key {
    [key, &[0]].concat()
}
