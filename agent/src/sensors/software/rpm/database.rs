//! Opens the sqlite form of rpm's database and reads every header in it.
//!
//! Touches the database and, where its journal is not empty, a private copy. Must never lock it or
//! leave anything beside it, nor run what a stranger's database would have run in place of being read.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::{Connection, OpenFlags};
use sekisho_policy::facts::Package;
use sekisho_policy::limits::SOFTWARE_ITEMS_MAX;
use sekisho_policy::reading::Why;
use thiserror::Error;

use super::super::{ListError, add};
use super::header::{self, Header};
use super::package;
use crate::ask::AskError;

/// How often a database that changes under the reader is read anew.
const ATTEMPTS: usize = 3;

/// Why a database could not be read.
#[derive(Debug, Error)]
pub(super) enum DatabaseError {
    /// A file of it cannot be read.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// sqlite refuses it.
    #[error("{name} cannot be read as sqlite")]
    Sqlite {
        /// The database.
        name: String,
        /// What sqlite says.
        #[source]
        source: rusqlite::Error,
    },
    /// A header in it cannot be read, or there are too many.
    #[error(transparent)]
    List(#[from] ListError),
    /// rpm was writing to it all the while.
    #[error("{0} was being changed all the while")]
    Changing(String),
}

impl DatabaseError {
    /// Why the fact cannot be told.
    pub(super) fn why(&self) -> Why {
        match self {
            Self::Ask(error) => error.why(),
            Self::List(error) => error.why(),
            Self::Sqlite { source, .. } => Why::Unreadable(format!("{self}: {source}")),
            Self::Changing(_) => Why::Unreadable(self.to_string()),
        }
    }
}

/// Reads every package, from a state of the database that did not change meanwhile.
/// Each header is shown as it is taken, those of states that changed among them.
pub(super) fn packages(
    path: &Path,
    name: &str,
    mut show: impl FnMut(i64, &[u8]) -> Result<(), DatabaseError>,
) -> Result<Vec<Package>, DatabaseError> {
    for _ in 0..ATTEMPTS {
        let before = state(path)?;
        let packages = if before.journal_bytes > 0 {
            copied(path, name, &mut show)
        } else {
            headers(path, name, true, &mut show)
        };
        if state(path)? == before {
            return packages;
        }
    }
    Err(DatabaseError::Changing(name.to_owned()))
}

type Show<'a> = &'a mut dyn FnMut(i64, &[u8]) -> Result<(), DatabaseError>;

/// A database of what is read of each header, in memory.
pub(super) struct Reduced {
    name: String,
    connection: Connection,
}

impl Reduced {
    pub(super) fn new(name: &str) -> Result<Self, DatabaseError> {
        let connection = Connection::open_in_memory().and_then(|connection| {
            connection
                .execute_batch("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)")
                .map(|()| connection)
        });
        let name = name.to_owned();
        match connection {
            Ok(connection) => Ok(Self { name, connection }),
            Err(source) => Err(DatabaseError::Sqlite { name, source }),
        }
    }

    pub(super) fn take(&mut self, row: i64, blob: &[u8]) -> Result<(), DatabaseError> {
        // One that is none is shown to the reader as it is.
        let reduced = Header::parse(blob).map(|header| header.reduced(&header::TAGS));
        let blob = reduced.unwrap_or_else(|_| blob.to_vec());
        let added = self
            .connection
            .prepare_cached("INSERT OR REPLACE INTO Packages VALUES (?1, ?2)")
            .and_then(|mut statement| statement.execute((row, blob)));
        added.map(drop).map_err(|source| self.fail(source))
    }

    pub(super) fn into_bytes(self) -> Result<Vec<u8>, DatabaseError> {
        let bytes = self.connection.serialize("main").map(|data| data.to_vec());
        bytes.map_err(|source| self.fail(source))
    }

    fn fail(&self, source: rusqlite::Error) -> DatabaseError {
        DatabaseError::Sqlite {
            name: self.name.clone(),
            source,
        }
    }
}

/// What tells whether someone wrote to the database.
#[derive(Debug, PartialEq, Eq)]
struct State {
    bytes: u64,
    changed: Option<SystemTime>,
    journal_bytes: u64,
    journal_changed: Option<SystemTime>,
}

fn state(path: &Path) -> Result<State, AskError> {
    let main = fs::metadata(path).map_err(|error| AskError::from_io(path, error))?;
    let journal = fs::metadata(journal(path)).ok();
    Ok(State {
        bytes: main.len(),
        changed: main.modified().ok(),
        journal_bytes: journal.as_ref().map_or(0, fs::Metadata::len),
        journal_changed: journal.and_then(|journal| journal.modified().ok()),
    })
}

fn journal(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Reads a copy: the journal holds what is not in the file yet, and sqlite would have to write to
/// read it. The copy is removed afterwards.
fn copied(path: &Path, name: &str, show: Show<'_>) -> Result<Vec<Package>, DatabaseError> {
    let fail = |source| AskError::from_io(path, source);
    let folder = tempfile::tempdir().map_err(fail)?;
    let copy = folder.path().join("rpmdb.sqlite");
    fs::copy(path, &copy).map_err(fail)?;
    fs::copy(journal(path), journal(&copy)).map_err(fail)?;
    headers(&copy, name, false, show)
}

fn headers(
    path: &Path,
    name: &str,
    immutable: bool,
    show: Show<'_>,
) -> Result<Vec<Package>, DatabaseError> {
    let fail = |source| DatabaseError::Sqlite {
        name: name.to_owned(),
        source,
    };
    let flags = OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = if immutable {
        // Without locks and without looking for a journal (sqlite.org/c3ref/open.html).
        let uri = format!("file:{}?immutable=1", escaped(path));
        Connection::open_with_flags(uri, flags | OpenFlags::SQLITE_OPEN_READ_ONLY)
    } else {
        Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_READ_WRITE)
    };
    let connection = connection.map_err(fail)?;
    if !is_plain(&connection).map_err(fail)? {
        let what = "the packages are in no plain table";
        return Err(ListError::broken(name, "Packages".to_owned(), what).into());
    }
    let mut statement = connection
        .prepare("SELECT hnum, blob FROM Packages ORDER BY hnum")
        .map_err(fail)?;
    let mut rows = statement.query([]).map_err(fail)?;
    let mut packages = Vec::new();
    let mut seen = 0_usize;
    while let Some(row) = rows.next().map_err(fail)? {
        // Rows that are keys are no packages, and are many in no database.
        seen = seen.saturating_add(1);
        if seen > SOFTWARE_ITEMS_MAX {
            let list = name.to_owned();
            return Err(ListError::TooMany { list }.into());
        }
        let number: i64 = row.get(0).map_err(fail)?;
        let value = row.get_ref(1).map_err(fail)?;
        let blob = value.as_blob().map_err(|_| {
            ListError::broken(name, format!("package {number}"), "no header is there")
        })?;
        show(number, blob)?;
        if let Some(package) = package(blob, name, number)? {
            add(&mut packages, package, name)?;
        }
    }
    Ok(packages)
}

/// Whether what is read is stored: a view, a virtual table and a column that is computed can have no end.
fn is_plain(connection: &Connection) -> rusqlite::Result<bool> {
    connection.execute_batch("PRAGMA trusted_schema = OFF")?;
    let kept = connection.query_row(
        "SELECT count(*) FROM sqlite_schema WHERE name = 'Packages' AND type = 'table' \
         AND sql NOT LIKE 'CREATE VIRTUAL%'",
        [],
        |row| row.get::<_, i64>(0),
    )?;
    let computed = connection.query_row(
        "SELECT count(*) FROM pragma_table_xinfo('Packages') WHERE hidden <> 0",
        [],
        |row| row.get::<_, i64>(0),
    )?;
    Ok(kept == 1 && computed == 0)
}

/// A path as a URI file name takes it.
fn escaped(path: &Path) -> String {
    let mut uri = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_') {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
