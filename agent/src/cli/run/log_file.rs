//! The log of a service that has no standard error: a file, and the one before it.
//!
//! Touches two files of the state folder. Must never grow without end, and never keep the agent from its work.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tracing_subscriber::fmt::MakeWriter;

use crate::limits::LOG_BYTES_MAX;
use crate::paths::Paths;

/// Where lines go.
pub(super) struct LogFile(Mutex<Open>);

struct Open {
    path: PathBuf,
    file: File,
    bytes: u64,
}

/// Opens it; nothing where it cannot be.
pub(super) fn open(paths: &Paths) -> Option<LogFile> {
    let path = paths.log_path();
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let file = file.ok()?;
    let bytes = file.metadata().map_or(0, |meta| meta.len());
    Some(LogFile(Mutex::new(Open { path, file, bytes })))
}

impl Open {
    /// Puts the file aside when it is full; the one that was aside goes.
    fn make_room(&mut self, more: u64) -> io::Result<()> {
        if self.bytes.saturating_add(more) <= LOG_BYTES_MAX {
            return Ok(());
        }
        fs::rename(&self.path, self.path.with_extension("old.log"))?;
        self.file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.path)?;
        self.bytes = 0;
        Ok(())
    }
}

/// One line at a time.
pub(super) struct Line<'a>(&'a LogFile);

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut open = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let length = u64::try_from(line.len()).unwrap_or(u64::MAX);
        open.make_room(length)?;
        open.file.write_all(line)?;
        open.bytes = open.bytes.saturating_add(length);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogFile {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_that_is_full_is_put_aside_once_and_no_more_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::new(dir.path());
        let log = open(&paths).unwrap();
        let line = [b'x'; 64 * 1024];
        for _ in 0..40 {
            log.make_writer().write_all(&line).unwrap();
        }
        let sizes: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .collect();
        assert_eq!(sizes.len(), 2);
        assert!(sizes.iter().all(|size| *size <= LOG_BYTES_MAX), "{sizes:?}");
    }
}
