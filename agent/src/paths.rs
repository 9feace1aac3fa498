//! Where state, keys, configuration and the local socket live, and how a small file gets there so
//! that a power cut leaves the old one or the new one.
//!
//! Touches the file system below the state folder. Must never write beside it, and never leave a
//! file that others may read unless it was meant for them.

#[cfg_attr(unix, path = "paths/unix.rs")]
#[cfg_attr(windows, path = "paths/windows.rs")]
mod installed;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::files;

pub use installed::{config_path, state_dir};

/// Names another state folder, for every command.
pub const STATE_DIR_ENV: &str = "SEKISHO_STATE_DIR";

/// The places of one agent on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    state_dir: PathBuf,
}

impl Paths {
    /// The places below a state folder.
    pub fn new(state_dir: impl Into<PathBuf>) -> Self {
        Self {
            state_dir: state_dir.into(),
        }
    }

    /// The state folder.
    #[must_use]
    pub fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    /// The device's identity: certificate, roots, keys that may order.
    #[must_use]
    pub fn identity_path(&self) -> PathBuf {
        self.state_dir.join("identity")
    }

    /// An enrolment that was begun and not answered.
    #[must_use]
    pub fn pending_path(&self) -> PathBuf {
        self.state_dir.join("enrolment")
    }

    /// The token by which an unattended laptop enrols, where its installer was told one.
    #[must_use]
    pub fn preset_token_path(&self) -> PathBuf {
        self.state_dir.join("enrolment-token")
    }

    /// Private keys, each named after its fingerprint.
    #[must_use]
    pub fn keys_dir(&self) -> PathBuf {
        self.state_dir.join("keys")
    }

    /// What must be remembered across a power cut.
    #[must_use]
    pub fn memory_dir(&self) -> PathBuf {
        self.state_dir.join("memory")
    }

    /// Reports the collector does not have yet.
    #[must_use]
    pub fn outbox_dir(&self) -> PathBuf {
        self.state_dir.join("outbox")
    }

    /// Where an agent without standard error says what it does.
    #[must_use]
    pub fn log_path(&self) -> PathBuf {
        self.state_dir.join("agent.log")
    }

    /// Held by the running agent.
    #[must_use]
    pub fn lock_path(&self) -> PathBuf {
        self.state_dir.join("lock")
    }

    /// The socket on which the running agent answers the people of this machine.
    #[must_use]
    pub fn socket_path(&self) -> PathBuf {
        installed::socket_path(&self.state_dir)
    }

    /// Makes the state folder and those below it. Others may pass through, to the socket, and list
    /// nothing.
    ///
    /// # Errors
    /// [`PathError`] naming the folder.
    pub fn create(&self) -> Result<(), PathError> {
        make_dir(&self.state_dir, 0o711)?;
        make_dir(&self.keys_dir(), 0o700)?;
        make_dir(&self.memory_dir(), 0o700)?;
        give_to_owner_of(&self.state_dir, &self.keys_dir())?;
        give_to_owner_of(&self.state_dir, &self.memory_dir())
    }
}

/// A folder or file below the state folder that could not be used.
#[derive(Debug, Error)]
pub enum PathError {
    /// The folder cannot be made. Run as the agent's user, or name another with `--state-dir`.
    #[error("cannot make the folder {path}; run as root or name another with --state-dir")]
    Make {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file cannot be written; what stood there before still stands.
    #[error("cannot write {path}; what it held before is unchanged")]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is larger than anything that was ever written there.
    #[error("{path} is larger than {max} bytes, which nothing of this agent is")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        max: usize,
    },
}

/// Makes a folder with these permissions; one that is there keeps its own, where the system has such.
///
/// # Errors
/// [`PathError::Make`] when it is not there and cannot be made, or is somebody else's.
pub fn make_dir(path: &Path, mode: u32) -> Result<(), PathError> {
    let failed = |source| PathError::Make {
        path: path.to_owned(),
        source,
    };
    if path.is_dir() {
        return files::keep_own(path).map_err(failed);
    }
    files::make_dir(path, mode).map_err(failed)
}

/// Reads a file of at most `max` bytes; `None` when there is none.
///
/// # Errors
/// [`PathError::Read`] and [`PathError::TooLarge`].
pub fn read_small(path: &Path, max: usize) -> Result<Option<Vec<u8>>, PathError> {
    let failed = |source| PathError::Read {
        path: path.to_owned(),
        source,
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > max {
        return Err(PathError::TooLarge {
            path: path.to_owned(),
            max,
        });
    }
    Ok(Some(bytes))
}

/// Replaces a file so that after a power cut the old one or the new one is there, whole, and only its
/// owner may read it. When root writes into another user's state folder the file becomes that
/// user's, so that the service can read what an administrator enrolled.
///
/// # Errors
/// [`PathError::Write`]; the old file still stands.
pub fn write_small(path: &Path, bytes: &[u8]) -> Result<(), PathError> {
    let failed = |source| PathError::Write {
        path: path.to_owned(),
        source,
    };
    let dir = path
        .parent()
        .ok_or_else(|| failed(io::Error::from(io::ErrorKind::InvalidInput)))?;
    let scratch = path.with_extension("new");
    let written = (|| {
        // What a power cut left there goes first, and is never opened: whoever owns the folder could have
        // put a link there, and root would write where it leads.
        match fs::remove_file(&scratch) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut file = files::create_private(&scratch)?;
        files::restrict(&file)?;
        file.write_all(bytes)?;
        files::give_to_owner_of(dir, &file)?;
        file.sync_all()?;
        fs::rename(&scratch, path)?;
        files::sync_dir(dir)
    })();
    written.map_err(|error| {
        // A scratch file on a full disk keeps the space that mending needs.
        let _ = fs::remove_file(&scratch);
        failed(error)
    })
}

/// Removes a file durably; one that is not there is no error.
///
/// # Errors
/// [`PathError::Write`].
pub fn remove_small(path: &Path) -> Result<(), PathError> {
    let removed = match fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => Err(error),
        Ok(()) => path.parent().map_or(Ok(()), files::sync_dir),
    };
    removed.map_err(|source| PathError::Write {
        path: path.to_owned(),
        source,
    })
}

/// Gives a folder to the owner of the one above, where root made it.
fn give_to_owner_of(above: &Path, path: &Path) -> Result<(), PathError> {
    files::give_dir_to_owner_of(above, path).map_err(|source| PathError::Make {
        path: path.to_owned(),
        source,
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_only_its_owner_may_read_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("order");
        write_small(&path, b"one").unwrap();
        write_small(&path, b"two").unwrap();
        assert_eq!(read_small(&path, 16).unwrap().unwrap(), b"two");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(
            fs::read_dir(dir.path()).unwrap().count(),
            1,
            "no scratch file is left"
        );
    }

    #[test]
    fn a_link_planted_in_the_place_of_the_scratch_file_is_not_followed() {
        let dir = tempfile::tempdir().unwrap();
        let victim = dir.path().join("shadow");
        fs::write(&victim, b"another's").unwrap();
        let path = dir.path().join("identity");
        std::os::unix::fs::symlink(&victim, dir.path().join("identity.new")).unwrap();
        write_small(&path, b"one").unwrap();
        assert_eq!(fs::read(&victim).unwrap(), b"another's");
        assert!(fs::symlink_metadata(&path).unwrap().is_file());
        assert_eq!(read_small(&path, 16).unwrap().unwrap(), b"one");
    }

    #[test]
    fn a_file_that_grew_beyond_its_limit_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("order");
        fs::write(&path, [0; 17]).unwrap();
        let error = read_small(&path, 16).unwrap_err().to_string();
        assert!(error.contains("larger than 16 bytes"), "{error}");
    }

    #[test]
    fn the_installed_agents_socket_stands_in_run() {
        assert_eq!(
            Paths::new(state_dir()).socket_path(),
            Path::new("/run/sekisho-agent/agent.sock")
        );
        assert_eq!(
            Paths::new("/srv/a").socket_path(),
            Path::new("/srv/a/run/agent.sock")
        );
    }
}
