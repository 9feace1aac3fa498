//! One path of a system: the questions that a reader can put to it.
//!
//! Touches what the system's root allows. Must never give a reader the path itself, with which it could
//! ask past the root.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::{ANSWER_BYTES_MAX, Root, State, System, below};
use crate::ask::source::{names_as, open_as};
use crate::ask::{self, AskError, Opened, Source};

/// A path of a system.
#[derive(Debug, Clone)]
pub struct SystemPath {
    root: Root,
    name: PathBuf,
}

/// A file of this machine.
#[derive(Debug)]
pub struct OnDisk {
    path: PathBuf,
    /// A stranger's file goes by its descriptor: beside that lies nothing which the library could open, too.
    _held: Option<File>,
}

impl OnDisk {
    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How long it is, whatever the list of a capture says.
    ///
    /// # Errors
    /// What the system says.
    pub fn bytes(&self) -> std::io::Result<u64> {
        std::fs::metadata(&self.path).map(|meta| meta.len())
    }
}

impl SystemPath {
    pub(super) const fn new(root: Root, name: PathBuf) -> Self {
        Self { root, name }
    }

    /// The path below this one.
    #[must_use]
    pub fn join(&self, part: &str) -> Self {
        self.root.path(&format!("{}/{part}", self.name.display()))
    }

    /// The folder that it is in.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        let name = self.name.parent()?.to_owned();
        Some(Self::new(self.root.clone(), name))
    }

    /// The last part of it.
    #[must_use]
    pub fn file_name(&self) -> String {
        let name = self.name.file_name();
        name.map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }

    /// Whether something is there. What may not be looked at is not there for this user.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.try_exists().unwrap_or(false)
    }

    /// Whether something is there.
    ///
    /// # Errors
    /// [`AskError`] when that cannot be told.
    pub fn try_exists(&self) -> Result<bool, AskError> {
        let look = |path: &Path| match path.try_exists() {
            Ok(there) => Ok(there),
            // Below what is no folder lies nothing.
            Err(error) => {
                let error = AskError::from_io(&self.name, error);
                if matches!(error, AskError::Missing(_)) {
                    Ok(false)
                } else {
                    Err(error)
                }
            }
        };
        match &self.root.system {
            System::Folder(folder) => look(&below(folder, &self.name)),
            System::Captured(captured) => captured.is_there(&self.name),
            System::Recorded(recorded) => {
                let found = look(&self.here(recorded.base()));
                match &found {
                    Ok(there) => recorded.note(&self.name, self.root.fact, |entry| {
                        entry.there = Some(*there);
                    }),
                    Err(error) => recorded.hidden(&self.name, self.root.fact, error),
                }
                found
            }
        }
    }

    /// What the system says of it, links followed.
    ///
    /// # Errors
    /// [`AskError`] when it says nothing.
    pub fn state(&self) -> Result<State, AskError> {
        let look =
            |path: &Path| State::of(path).map_err(|error| AskError::from_io(&self.name, error));
        match &self.root.system {
            System::Folder(folder) => look(&below(folder, &self.name)),
            System::Captured(captured) => captured.state(&self.name),
            System::Recorded(recorded) => {
                let state = look(&self.here(recorded.base()));
                match &state {
                    Ok(state) => recorded.note(&self.name, self.root.fact, |entry| {
                        entry.state = Some(*state);
                    }),
                    Err(error) => recorded.hidden(&self.name, self.root.fact, error),
                }
                state
            }
        }
    }

    /// Whether a plain file is there.
    #[must_use]
    pub fn is_file(&self) -> bool {
        self.state().is_ok_and(|state| state.is_file)
    }

    /// Where its links lead.
    ///
    /// # Errors
    /// [`AskError`] when one of them leads nowhere.
    pub fn canonical(&self) -> Result<Self, AskError> {
        let fail = |error| AskError::from_io(&self.name, error);
        let target = match &self.root.system {
            System::Folder(folder) => self.target(folder).map_err(fail)?,
            System::Captured(captured) => captured.target(&self.name)?,
            System::Recorded(recorded) => {
                let target = self.target(recorded.base()).map_err(fail);
                match &target {
                    Ok(target) => recorded.note(&self.name, self.root.fact, |entry| {
                        entry.target = Some(target.to_string_lossy().into_owned());
                    }),
                    Err(error) => recorded.refused(&self.name, self.root.fact, error),
                }
                target?
            }
        };
        Ok(Self::new(self.root.clone(), target))
    }

    /// Reads a whole file of at most `max` bytes, of which only what `reduce` leaves is captured. What that
    /// leaves must be read as the whole is.
    ///
    /// # Errors
    /// As [`ask::read_bytes`].
    pub fn read_reduced(
        &self,
        max: usize,
        reduce: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Result<Vec<u8>, AskError> {
        let System::Recorded(recorded) = &self.root.system else {
            return ask::read_bytes(self, max);
        };
        let read = ask::read_bytes(&self.unrecorded(), max);
        match &read {
            Ok(bytes) => recorded.keep(&self.name, self.root.fact, &reduce(bytes), true),
            Err(error) => recorded.refused(&self.name, self.root.fact, error),
        }
        read
    }

    /// Where the file lies on this machine, for a library that takes nothing but a path. What it reads there
    /// is not recorded: see [`Self::keep`].
    ///
    /// # Errors
    /// [`AskError`] when it cannot be read.
    pub fn on_disk(&self) -> Result<OnDisk, AskError> {
        let path = match &self.root.system {
            System::Folder(folder) => below(folder, &self.name),
            System::Recorded(recorded) => self.here(recorded.base()),
            System::Captured(captured) => {
                let (held, path) = captured.held(&self.name)?;
                return Ok(OnDisk {
                    path,
                    _held: Some(held),
                });
            }
        };
        Ok(OnDisk { path, _held: None })
    }

    /// Whether what is read is recorded.
    #[must_use]
    pub const fn is_recorded(&self) -> bool {
        matches!(self.root.system, System::Recorded(_))
    }

    /// Records this in place of the file; it must be read as the file was.
    pub fn keep(&self, bytes: &[u8]) {
        if let System::Recorded(recorded) = &self.root.system {
            recorded.keep(&self.name, self.root.fact, bytes, true);
        }
    }

    /// Asks the service that listens on this socket, as [`ask::exchange`] does; a captured system has its
    /// answer under `name`. On the running system only a service of the users `believed` is asked.
    ///
    /// # Errors
    /// As [`ask::exchange`].
    #[cfg(unix)]
    pub fn exchange(
        &self,
        name: &str,
        request: &[u8],
        believed: &[u32],
        done: fn(&[u8]) -> bool,
        deadline: std::time::Duration,
        max: usize,
    ) -> Result<Vec<u8>, AskError> {
        match &self.root.system {
            System::Folder(folder) => {
                let believed = self.root.is_live().then_some(believed);
                let socket = below(folder, &self.name);
                ask::exchange(&socket, request, believed, done, deadline, max)
            }
            System::Captured(captured) => {
                let answer = self.root.answer(name, || Err(self.not_captured()));
                let nobody = matches!(&answer, Err(AskError::NotCaptured(_)));
                if nobody && captured.index().by_hand && !self.exists() {
                    return Err(AskError::Missing(self.name.clone()));
                }
                answer
            }
            System::Recorded(_) => {
                let answer = self.root.path(&format!("{}/{name}", super::ANSWERS));
                let asked = self.unrecorded();
                answer.recorded_answer(|| {
                    asked.exchange(name, request, believed, done, deadline, max)
                })
            }
        }
    }

    /// Says that there is more of it than may be taken.
    #[must_use]
    pub fn too_large(&self, max: u64) -> AskError {
        let error = AskError::TooLarge {
            path: self.name.clone(),
            max,
        };
        if let System::Recorded(recorded) = &self.root.system {
            recorded.refused(&self.name, self.root.fact, &error);
        }
        error
    }

    /// The answer that lies here.
    pub(super) fn answer(&self) -> Result<Vec<u8>, AskError> {
        match ask::read_bytes(self, ANSWER_BYTES_MAX) {
            Err(AskError::Missing(name)) if name == self.name => Err(AskError::NotCaptured(name)),
            other => other,
        }
    }

    /// What asking gives, recorded as what lies here.
    pub(super) fn recorded_answer(
        &self,
        asking: impl FnOnce() -> Result<Vec<u8>, AskError>,
    ) -> Result<Vec<u8>, AskError> {
        let answer = asking();
        if let System::Recorded(recorded) = &self.root.system {
            match &answer {
                Ok(bytes) => recorded.keep(&self.name, self.root.fact, bytes, false),
                Err(error) => recorded.refused(&self.name, self.root.fact, error),
            }
        }
        answer
    }

    fn unrecorded(&self) -> Self {
        Self::new(self.root.unrecorded(), self.name.clone())
    }

    #[cfg(unix)]
    fn not_captured(&self) -> AskError {
        AskError::NotCaptured(self.name.clone())
    }

    /// Where its links lead in a system below a folder.
    fn target(&self, base: &Path) -> std::io::Result<PathBuf> {
        let real = std::fs::canonicalize(below(base, &self.name))?;
        let base = std::fs::canonicalize(base)?;
        let inner = real.strip_prefix(base).unwrap_or(&real);
        Ok(Path::new("/").join(inner))
    }

    /// Where it lies on this machine, where the system runs here.
    fn here(&self, base: &Path) -> PathBuf {
        below(base, &self.name)
    }
}

impl Source for SystemPath {
    fn name(&self) -> &Path {
        &self.name
    }

    fn open(&self) -> Result<Opened, AskError> {
        match &self.root.system {
            System::Folder(folder) => {
                open_as(&below(folder, &self.name), &self.name).map(Opened::from)
            }
            System::Captured(captured) => captured.open(&self.name).map(Opened::from),
            System::Recorded(recorded) => match open_as(&self.here(recorded.base()), &self.name) {
                Ok(file) => {
                    let copy = recorded.copy(&self.name, self.root.fact, false);
                    Ok(Opened::copied(file, Box::new(copy)))
                }
                Err(error) => {
                    recorded.refused(&self.name, self.root.fact, &error);
                    Err(error)
                }
            },
        }
    }

    fn names(&self, max: usize) -> Result<Vec<String>, AskError> {
        match &self.root.system {
            System::Folder(folder) => names_as(&below(folder, &self.name), &self.name, max),
            System::Captured(captured) => captured.names(&self.name, max),
            System::Recorded(recorded) => {
                let names = names_as(&self.here(recorded.base()), &self.name, max);
                match &names {
                    Ok(names) => recorded.note(&self.name, self.root.fact, |entry| {
                        entry.names = Some(names.clone());
                    }),
                    Err(error) => recorded.refused(&self.name, self.root.fact, error),
                }
                names
            }
        }
    }
}
