//! A captured system in a folder, read as a stranger's: nothing outside the folder is opened, and nothing
//! that is no plain file.
//!
//! Touches the folder, reading only. Must never follow a link out of it, and never take what was not asked
//! at the capture, or was lost since, for what was not there.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

use super::index::{Entry, Index, State};
use crate::ask::AskError;
use crate::ask::source::{names_as, open_as};

/// The folder and the list of what is in it.
#[derive(Debug)]
pub(super) struct Captured {
    folder: OwnedFd,
    index: Index,
}

impl Captured {
    /// Opens the folder.
    pub(super) fn new(folder: &Path, index: Index) -> Result<Self, AskError> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = rustix::fs::open(folder, flags, Mode::empty());
        Ok(Self {
            folder: opened.map_err(|error| AskError::from_io(folder, error.into()))?,
            index,
        })
    }

    /// What is said of the capture.
    pub(super) const fn index(&self) -> &Index {
        &self.index
    }

    /// The folder's file of this name, whatever it is, without opening it.
    fn find(&self, name: &Path) -> Result<(OwnedFd, PathBuf), AskError> {
        let inner = name.strip_prefix("/").unwrap_or(name);
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let within = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        // A folder that is renamed meanwhile makes the kernel give up (openat2(2)).
        let mut tries = 0;
        let found = loop {
            match openat2(&self.folder, inner, flags, Mode::empty(), within) {
                Err(Errno::AGAIN) if tries < 8 => tries += 1,
                other => break other,
            }
        };
        let found = found.map_err(|error| AskError::from_io(name, error.into()))?;
        // The kernel's own name for what was found: no path that can be changed lies between.
        let path = PathBuf::from(format!("/proc/self/fd/{}", found.as_raw_fd()));
        Ok((found, path))
    }

    fn entry(&self, name: &Path) -> Result<Option<&Entry>, AskError> {
        match self.index.paths.get(&*name.to_string_lossy()) {
            Some(entry) => Ok(Some(entry)),
            None if self.index.by_hand => Ok(None),
            None => Err(not_captured(name)),
        }
    }

    pub(super) fn open(&self, name: &Path) -> Result<File, AskError> {
        let Some(entry) = self.entry(name)? else {
            return self.plain_file(name);
        };
        entry.may_be_read(name)?;
        let bytes = entry.bytes.ok_or_else(|| not_captured(name))?;
        let file = match self.plain_file(name) {
            Err(AskError::Missing(_)) => return Err(lost(name)),
            opened => opened?,
        };
        let meta = file.metadata();
        let found = meta.map_err(|error| AskError::from_io(name, error))?.len();
        if found == bytes {
            Ok(file)
        } else {
            Err(lost(name))
        }
    }

    /// The file, held open, and the kernel's own name for it.
    pub(super) fn held(&self, name: &Path) -> Result<(File, PathBuf), AskError> {
        let held = self.open(name)?;
        let path = PathBuf::from(format!("/proc/self/fd/{}", held.as_raw_fd()));
        Ok((held, path))
    }

    fn plain_file(&self, name: &Path) -> Result<File, AskError> {
        let (held, path) = self.find(name)?;
        let is_file = std::fs::metadata(&path).is_ok_and(|meta| meta.is_file());
        let opened = match is_file {
            true => open_as(&path, name),
            false => Err(AskError::NotAFile(name.to_owned())),
        };
        drop(held);
        opened
    }

    pub(super) fn names(&self, name: &Path, max: usize) -> Result<Vec<String>, AskError> {
        if let Some(entry) = self.entry(name)? {
            entry.may_be_read(name)?;
            let names = entry.names.as_ref().ok_or_else(|| not_captured(name))?;
            return if names.len() > max {
                Err(AskError::TooLarge {
                    path: name.to_owned(),
                    max: u64::try_from(max).unwrap_or(u64::MAX),
                })
            } else {
                Ok(names.clone())
            };
        }
        let (_held, path) = self.find(name)?;
        names_as(&path, name, max)
    }

    pub(super) fn is_there(&self, name: &Path) -> Result<bool, AskError> {
        if let Some(entry) = self.entry(name)? {
            if let Some(hidden) = &entry.hidden {
                return Err(hidden.into());
            }
            let seen = entry.bytes.is_some()
                || entry.names.is_some()
                || entry.target.is_some()
                || entry.state.is_some();
            return entry
                .there
                .or(seen.then_some(true))
                .ok_or_else(|| not_captured(name));
        }
        match self.find(name) {
            Ok(_) => Ok(true),
            Err(AskError::Missing(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn state(&self, name: &Path) -> Result<State, AskError> {
        if let Some(entry) = self.entry(name)? {
            if let Some(hidden) = &entry.hidden {
                return Err(hidden.into());
            }
            if entry.there == Some(false) {
                return Err(AskError::Missing(name.to_owned()));
            }
            return entry.state.ok_or_else(|| not_captured(name));
        }
        let (_held, path) = self.find(name)?;
        State::of(&path).map_err(|error| AskError::from_io(name, error))
    }

    pub(super) fn target(&self, name: &Path) -> Result<PathBuf, AskError> {
        if let Some(entry) = self.entry(name)? {
            entry.may_be_read(name)?;
            let target = entry.target.as_ref().ok_or_else(|| not_captured(name))?;
            return Ok(super::inner(target));
        }
        let (_held, path) = self.find(name)?;
        let fail = |error| AskError::from_io(name, error);
        let real = std::fs::read_link(path).map_err(fail)?;
        let folder = format!("/proc/self/fd/{}", self.folder.as_raw_fd());
        let folder = std::fs::read_link(folder).map_err(fail)?;
        let inner = real.strip_prefix(folder);
        Ok(Path::new("/").join(inner.map_err(|_| AskError::Missing(name.to_owned()))?))
    }
}

impl Entry {
    fn may_be_read(&self, name: &Path) -> Result<(), AskError> {
        if let Some(refused) = &self.refused {
            return Err(refused.into());
        }
        if self.there == Some(false) {
            return Err(AskError::Missing(name.to_owned()));
        }
        Ok(())
    }
}

/// It was there at the capture, so that this must not read as [`AskError::Missing`].
fn lost(name: &Path) -> AskError {
    AskError::Io {
        path: name.to_owned(),
        source: io::Error::other("the capture has lost it or a part of it"),
    }
}

fn not_captured(name: &Path) -> AskError {
    AskError::NotCaptured(name.to_owned())
}
