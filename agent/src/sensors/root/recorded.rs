//! A system, with a note of everything that a reader asks of it and a copy of what it was told.
//!
//! Touches the folder of the capture. Must never keep more than the reader took, nor write anything after
//! the capture is closed: a reader that is late goes on alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{MAIN_SEPARATOR, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::index::{Entry, Refusal, State};
use crate::ask::AskError;
use crate::ask::source::Copying;
use crate::files;
use crate::limits::{CAPTURE_BYTES_MAX, CAPTURE_PATHS_MAX};

/// How the name of a copy begins that is not in its place yet.
const PART: &str = ".part-";

/// What is being recorded.
#[derive(Debug)]
pub struct Recorded {
    base: PathBuf,
    folder: PathBuf,
    notes: Mutex<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    paths: BTreeMap<String, Entry>,
    /// Bytes in the folder, those of copies that a longer one replaced among them.
    bytes: u64,
    parts: u64,
    /// The readers that have begun and not come to an end.
    running: BTreeSet<&'static str>,
    closed: bool,
    /// The first thing that could not be written.
    failed: Option<io::Error>,
}

impl Recorded {
    /// Records the system below `base`, `/` for the running one, into a folder, which must be there and
    /// empty.
    #[must_use]
    pub fn new(base: &Path, folder: &Path) -> Self {
        Self {
            base: base.to_owned(),
            folder: folder.to_owned(),
            notes: Mutex::default(),
        }
    }

    pub(super) fn base(&self) -> &Path {
        &self.base
    }

    /// Ends the recording and gives what was noted.
    ///
    /// # Errors
    /// The first thing that could not be written.
    pub fn close(&self) -> io::Result<BTreeMap<String, Entry>> {
        let mut notes = self.lock();
        notes.closed = true;
        // What a late reader holds is half a copy, and it may go on when this process does not.
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with(PART) {
                drop(fs::remove_file(entry.path()));
            }
        }
        match notes.failed.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut notes.paths)),
        }
    }

    /// The readers that had not come to an end when the recording ended.
    #[must_use]
    pub fn late(&self) -> BTreeSet<String> {
        let notes = self.lock();
        let running = notes.running.iter();
        running.map(|fact| (*fact).to_owned()).collect()
    }

    pub(super) fn begin(&self, fact: &'static str) {
        self.lock().running.insert(fact);
    }

    pub(super) fn finish(&self, fact: &'static str) {
        let mut notes = self.lock();
        // What it asked behind the end is not noted.
        if !notes.closed {
            notes.running.remove(fact);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what a reader was told about a path.
    pub(super) fn note(&self, name: &Path, fact: &str, told: impl FnOnce(&mut Entry)) {
        let mut notes = self.lock();
        if notes.closed {
            return;
        }
        // A capture is read on Linux, wherever it was taken.
        let name = name.to_string_lossy().replace(MAIN_SEPARATOR, "/");
        if notes.paths.len() >= CAPTURE_PATHS_MAX && !notes.paths.contains_key(&name) {
            let what = format!("more than the limit of {CAPTURE_PATHS_MAX} paths");
            notes.failed.get_or_insert_with(|| io::Error::other(what));
            return;
        }
        let entry = notes.paths.entry(name).or_default();
        entry.facts.insert(fact.to_owned());
        told(entry);
    }

    /// Notes an error of reading.
    pub(super) fn refused(&self, name: &Path, fact: &str, error: &AskError) {
        let is_gone = matches!(error, AskError::Missing(what) if what == name);
        self.note(name, fact, |entry| match is_gone {
            true => entry.there = Some(false),
            false => entry.refused = Some(Refusal::from(error)),
        });
    }

    /// Notes an error of looking.
    pub(super) fn hidden(&self, name: &Path, fact: &str, error: &AskError) {
        let is_gone = matches!(error, AskError::Missing(_));
        self.note(name, fact, |entry| match is_gone {
            true => entry.there = Some(false),
            false => entry.hidden = Some(Refusal::from(error)),
        });
    }

    /// Keeps bytes as the whole of a file.
    pub(super) fn keep(self: &Arc<Self>, name: &Path, fact: &str, bytes: &[u8], reduced: bool) {
        let mut copy = self.copy(name, fact, reduced);
        copy.take(bytes);
    }

    /// Takes a file as it is read.
    pub(super) fn copy(self: &Arc<Self>, name: &Path, fact: &str, reduced: bool) -> Copy {
        let mut notes = self.lock();
        notes.parts = notes.parts.saturating_add(1);
        let part = self.folder.join(format!("{PART}{}", notes.parts));
        // While it is locked, so that none is made behind the end.
        let file = if notes.closed {
            Err(io::Error::other("the capture is closed"))
        } else {
            files::create_private(&part)
        };
        drop(notes);
        Copy {
            recorded: Arc::clone(self),
            name: name.to_owned(),
            fact: fact.to_owned(),
            reduced,
            bytes: 0,
            refused: None,
            part,
            file,
        }
    }
}

/// A copy of one file, as far as it was read.
#[derive(Debug)]
pub(super) struct Copy {
    recorded: Arc<Recorded>,
    name: PathBuf,
    fact: String,
    reduced: bool,
    bytes: u64,
    refused: Option<Refusal>,
    part: PathBuf,
    file: io::Result<File>,
}

impl Copying for Copy {
    fn take(&mut self, bytes: &[u8]) {
        let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        {
            let mut notes = self.recorded.lock();
            notes.bytes = notes.bytes.saturating_add(count);
            if notes.bytes > CAPTURE_BYTES_MAX {
                self.refused.get_or_insert_with(|| Refusal::TooLarge {
                    what: self.name.clone(),
                    max: CAPTURE_BYTES_MAX,
                });
            }
        }
        if self.refused.is_some() {
            return;
        }
        let written = match &mut self.file {
            Ok(file) => file.write_all(bytes),
            Err(_) => return,
        };
        match written {
            Ok(()) => self.bytes = self.bytes.saturating_add(count),
            Err(error) => self.file = Err(error),
        }
    }

    fn fail(&mut self, error: &io::Error) {
        self.refused
            .get_or_insert_with(|| Refusal::of(&self.name, error));
    }
}

impl Copy {
    /// Puts the copy where it belongs, unless a longer one of the same file is there.
    fn settle(&mut self) -> io::Result<()> {
        drop(std::mem::replace(
            &mut self.file,
            Err(io::Error::other("settled")),
        )?);
        let (name, refused) = (self.name.clone(), self.refused.take());
        if refused.is_some() {
            self.recorded
                .note(&name, &self.fact, |entry| entry.refused = refused);
            return fs::remove_file(&self.part);
        }
        let (bytes, reduced) = (self.bytes, self.reduced);
        let inner = name.strip_prefix("/").unwrap_or(&name);
        let place = self.recorded.folder.join(inner);
        let mut placed = None;
        // Placed before another copy is noted: the list must tell the length of the one that stays.
        self.recorded.note(&name, &self.fact, |entry| {
            // It may have been refused before, or not been there.
            entry.refused = None;
            entry.there = entry.there.filter(|there| *there);
            if entry.bytes.is_none_or(|known| known < bytes) {
                entry.bytes = Some(bytes);
                entry.reduced = reduced;
                placed = Some(put(&self.part, &place));
            }
        });
        placed.unwrap_or_else(|| fs::remove_file(&self.part))
    }
}

/// Moves a copy to its place, below folders that are made for it.
fn put(part: &Path, place: &Path) -> io::Result<()> {
    if let Some(folder) = place.parent() {
        files::make_private_dir(folder)?;
    }
    fs::rename(part, place)
}

impl Drop for Copy {
    fn drop(&mut self) {
        if self.recorded.lock().closed {
            drop(fs::remove_file(&self.part));
            return;
        }
        if let Err(error) = self.settle() {
            drop(fs::remove_file(&self.part));
            self.recorded.lock().failed.get_or_insert(error);
        }
    }
}

impl State {
    /// What the system says of a path of this machine.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        let meta = fs::metadata(path)?;
        Ok(Self {
            is_file: meta.is_file(),
            bytes: meta.len(),
            changed_at: files::changed_at(&meta),
            owner: files::owner(&meta),
        })
    }
}
