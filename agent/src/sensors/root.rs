//! Where the system's trees hang: at `/` on a laptop, in a folder when another one is read.
//!
//! Touches nothing by itself. Must never let a captured tree be mixed with the running system, and is the
//! only way by which a reader comes to a file, a program or a service: so a capture misses none.

#[cfg_attr(windows, path = "root/captured_elsewhere.rs")]
mod captured;
mod index;
mod recorded;
mod system_path;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::ask::{self, AskError};
use crate::limits::{CAPTURE_INDEX_BYTES_MAX, RULESET_BYTES_MAX};

use captured::Captured;
use index::State;
pub use index::{FORMAT, Index, IndexError, WINDOWS};
pub use recorded::Recorded;
pub use system_path::SystemPath;

/// The list of a captured system, in its folder.
pub const INDEX: &str = "sekisho-capture.json";
/// Where a captured system has the answers of programs and services.
const ANSWERS: &str = "/var/lib/sekisho-capture";
/// Bytes of one of them.
const ANSWER_BYTES_MAX: usize = RULESET_BYTES_MAX;

/// Where `/proc`, `/sys`, `/var`, `/run`, `/etc` and `/dev` are read, and by whom.
#[derive(Debug, Clone)]
pub struct Root {
    system: System,
    fact: &'static str,
}

#[derive(Debug, Clone)]
enum System {
    /// Below a folder; `/` is the running system.
    Folder(Arc<Path>),
    Recorded(Arc<Recorded>),
    Captured(Arc<Captured>),
}

impl PartialEq for Root {
    fn eq(&self, other: &Self) -> bool {
        match (&self.system, &other.system) {
            (System::Folder(one), System::Folder(two)) => one == two,
            (System::Recorded(one), System::Recorded(two)) => Arc::ptr_eq(one, two),
            (System::Captured(one), System::Captured(two)) => Arc::ptr_eq(one, two),
            _ => false,
        }
    }
}

impl Eq for Root {}

/// A folder that is no captured system.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// It, or the list in it, cannot be read.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// The list is none.
    #[error("{0}: {1}")]
    Index(PathBuf, #[source] IndexError),
}

impl Root {
    /// The running system.
    #[must_use]
    pub fn live() -> Self {
        Self::at(Path::new("/"))
    }

    /// A system of one's own below a folder, such as a disk that is mounted there; the running one for `/`.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self::of(System::Folder(Arc::from(folder)))
    }

    /// A system with a note of what it is asked.
    #[must_use]
    pub fn recorded(recorded: &Arc<Recorded>) -> Self {
        Self::of(System::Recorded(Arc::clone(recorded)))
    }

    /// A captured system, which may be a stranger's.
    ///
    /// # Errors
    /// [`CaptureError`] when the folder holds none.
    pub fn captured(folder: &Path) -> Result<Self, CaptureError> {
        let path = folder.join(INDEX);
        let bytes = ask::read_bytes(&path, CAPTURE_INDEX_BYTES_MAX)?;
        let index = Index::parse(&bytes).map_err(|error| CaptureError::Index(path, error))?;
        let captured = Captured::new(folder, index)?;
        Ok(Self::of(System::Captured(Arc::new(captured))))
    }

    const fn of(system: System) -> Self {
        Self { system, fact: "" }
    }

    /// The same, for the reader of a fact.
    #[must_use]
    pub fn for_fact(&self, fact: &'static str) -> Self {
        Self {
            system: self.system.clone(),
            fact,
        }
    }

    /// Notes that the reader of the fact begins.
    pub(super) fn begin(&self) {
        if let System::Recorded(recorded) = &self.system {
            recorded.begin(self.fact);
        }
    }

    /// Notes that it has come to its end.
    pub(super) fn finish(&self) {
        if let System::Recorded(recorded) = &self.system {
            recorded.finish(self.fact);
        }
    }

    /// The same, for what is asked only to make up an answer that is recorded itself.
    #[must_use]
    pub fn unrecorded(&self) -> Self {
        match &self.system {
            System::Recorded(recorded) => Self::at(recorded.base()).for_fact(self.fact),
            System::Folder(_) | System::Captured(_) => self.clone(),
        }
    }

    /// Whether this is the running system.
    #[must_use]
    pub fn is_live(&self) -> bool {
        match &self.system {
            System::Folder(folder) => **folder == *Path::new("/"),
            System::Recorded(recorded) => recorded.base() == Path::new("/"),
            System::Captured(_) => false,
        }
    }

    /// Whether it is a Windows.
    #[must_use]
    pub fn is_windows(&self) -> bool {
        match self.index() {
            Some(index) => index.system.as_deref() == Some(WINDOWS),
            None => cfg!(windows),
        }
    }

    /// What is said of a captured system.
    #[must_use]
    pub fn index(&self) -> Option<&Index> {
        match &self.system {
            System::Captured(captured) => Some(captured.index()),
            System::Folder(_) | System::Recorded(_) => None,
        }
    }

    /// A path of the system. Steps upwards are not followed, so that it cannot lead out of its folder.
    #[must_use]
    pub fn path(&self, absolute: &str) -> SystemPath {
        SystemPath::new(self.clone(), inner(absolute))
    }

    /// Where a path of a system that runs here lies, to be watched for changes.
    #[must_use]
    pub fn on_this_machine(&self, absolute: &str) -> Option<PathBuf> {
        let inner = inner(absolute);
        match &self.system {
            System::Folder(folder) => Some(below(folder, &inner)),
            System::Recorded(recorded) => Some(below(recorded.base(), &inner)),
            System::Captured(_) => None,
        }
    }

    /// What is made of files that must not be in a capture themselves: they are read as `asking` reads them,
    /// and a capture has what came of it under this name.
    ///
    /// # Errors
    /// What `asking` gives; [`AskError::NotCaptured`] where nobody asked.
    pub fn derived(
        &self,
        name: &str,
        asking: impl FnOnce(&Self) -> Result<Vec<u8>, AskError>,
    ) -> Result<Vec<u8>, AskError> {
        let path = self.path(&format!("{ANSWERS}/{name}"));
        match &self.system {
            System::Folder(_) => asking(self),
            System::Recorded(_) => path.recorded_answer(|| asking(&self.unrecorded())),
            System::Captured(captured) => match path.answer() {
                Err(AskError::NotCaptured(_)) if captured.index().by_hand => asking(self),
                other => other,
            },
        }
    }

    /// As [`Self::answer`], of which only what `kept` leaves is read, and captured.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub fn reduced_answer(
        &self,
        name: &str,
        kept: impl FnOnce(Vec<u8>) -> Vec<u8>,
        asking: impl FnOnce() -> Result<Vec<u8>, AskError>,
    ) -> Result<Vec<u8>, AskError> {
        match &self.system {
            System::Recorded(_) => {
                let path = self.path(&format!("{ANSWERS}/{name}"));
                path.recorded_answer(|| self.unrecorded().answer(name, asking).map(kept))
            }
            System::Folder(_) | System::Captured(_) => self.answer(name, asking).map(kept),
        }
    }

    /// What a program or a service of the running system answers. A system that does not run has the answer
    /// under this name, or none.
    ///
    /// # Errors
    /// What asking gives; [`AskError::NotCaptured`] where there is nobody to ask.
    pub fn answer(
        &self,
        name: &str,
        asking: impl FnOnce() -> Result<Vec<u8>, AskError>,
    ) -> Result<Vec<u8>, AskError> {
        let path = self.path(&format!("{ANSWERS}/{name}"));
        match &self.system {
            System::Folder(_) | System::Captured(_) if !self.is_live() => path.answer(),
            System::Recorded(_) if !self.is_live() => {
                path.recorded_answer(|| self.unrecorded().answer(name, asking))
            }
            System::Folder(_) | System::Recorded(_) | System::Captured(_) => {
                path.recorded_answer(asking)
            }
        }
    }
}

/// An absolute path without steps upwards, with the same signs between its parts on every system: a capture is judged
/// elsewhere.
fn inner(absolute: &str) -> PathBuf {
    let parts = absolute.split('/');
    let parts = parts.filter(|part| !part.is_empty() && *part != "." && *part != "..");
    PathBuf::from(format!("/{}", parts.collect::<Vec<_>>().join("/")))
}

/// Where an absolute path lies below a folder.
fn below(folder: &Path, inner: &Path) -> PathBuf {
    folder.join(inner.strip_prefix("/").unwrap_or(inner))
}

#[cfg(all(test, unix))]
mod tests;
