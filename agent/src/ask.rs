//! Reads a file, asks a socket or runs a fixed program, always with a size limit and, where the
//! other side could dawdle, a time limit.
//!
//! Touches files, sockets and child processes it is given by an absolute path. Must never interpret
//! what it was told, nor take anything for an answer that it was not told in full.

#[cfg(unix)]
mod rights;
pub mod source;
#[cfg(unix)]
mod tool;

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use sekisho_policy::reading::{Reading, Why};
use thiserror::Error;

use crate::limits::SMALL_FILE_BYTES_MAX;

#[cfg(unix)]
pub use rights::may_administer_network;
pub use source::{Opened, Source};
#[cfg(unix)]
pub use tool::{exchange, irreplaceable, run, run_to_administer_network, trusted};

/// Where distributions put `nft`. Never taken from `PATH`.
pub const NFT: [&str; 4] = [
    "/usr/sbin/nft",
    "/sbin/nft",
    "/usr/bin/nft",
    "/run/current-system/sw/bin/nft",
];

/// A question that got no whole answer.
#[derive(Debug, Error)]
pub enum AskError {
    /// Nothing is at this path.
    #[error("{0} is not there")]
    Missing(PathBuf),
    /// The agent's user may not read it.
    #[error("{0} may not be read by this user")]
    NotPermitted(PathBuf),
    /// The path is a pipe, a device or a directory where a file was meant.
    #[error("{0} is not a plain file")]
    NotAFile(PathBuf),
    /// There is more of it than may be taken.
    #[error("{path} holds more than the limit of {max} bytes")]
    TooLarge {
        /// What was read.
        path: PathBuf,
        /// The limit in bytes.
        max: u64,
    },
    /// It did not answer in time.
    #[error("{what} did not answer within {} ms", deadline.as_millis())]
    TimedOut {
        /// What was asked.
        what: String,
        /// The time it was given.
        deadline: Duration,
    },
    /// A program that would tell is not installed.
    #[error("{0} is not installed")]
    ToolMissing(PathBuf),
    /// Somebody other than root could replace the program, so it is not run.
    #[error("{0} can be changed by others than root and is not run")]
    Untrusted(PathBuf),
    /// A program that would tell gave up.
    #[error("{program} ended with {status}")]
    ToolFailed {
        /// The program.
        program: PathBuf,
        /// Its exit status, or the signal that ended it.
        status: String,
    },
    /// A captured system does not hold the answer.
    #[error("{0} is not in the capture")]
    NotCaptured(PathBuf),
    /// Nobody listens on this socket.
    #[error("nobody listens on {0}")]
    Refused(PathBuf),
    /// The system gave another error.
    #[error("{path} cannot be read")]
    Io {
        /// What was read.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl AskError {
    /// Sorts an error of the system by what it says about the path.
    #[must_use]
    pub fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        let kind = source.kind();
        if kind == io::ErrorKind::NotFound || kind == io::ErrorKind::NotADirectory {
            Self::Missing(path)
        } else if kind == io::ErrorKind::PermissionDenied {
            Self::NotPermitted(path)
        } else if kind == io::ErrorKind::ConnectionRefused {
            Self::Refused(path)
        } else {
            Self::Io { path, source }
        }
    }

    /// Why the fact cannot be told.
    #[must_use]
    pub fn why(&self) -> Why {
        match self {
            Self::NotPermitted(path) => Why::NotPermitted(path.display().to_string()),
            Self::Untrusted(_) | Self::Missing(_) | Self::NotAFile(_) => {
                Why::Unreadable(self.to_string())
            }
            Self::TooLarge { .. } => Why::TooLarge(self.to_string()),
            Self::TimedOut { .. } => Why::TimedOut(self.to_string()),
            Self::ToolMissing(path) | Self::Refused(path) => {
                Why::ToolMissing(path.display().to_string())
            }
            Self::ToolFailed { .. } => Why::Unreadable(self.to_string()),
            Self::NotCaptured(_) => Why::Unsupported(self.to_string()),
            Self::Io { source, .. } => Why::Unreadable(format!("{self}: {source}")),
        }
    }

    /// The answer to the question: absent where nothing is there, else unknown.
    #[must_use]
    pub fn reading<T>(&self) -> Reading<T> {
        match self {
            Self::Missing(_) => Reading::Absent,
            Self::NotPermitted(_)
            | Self::NotAFile(_)
            | Self::TooLarge { .. }
            | Self::TimedOut { .. }
            | Self::ToolMissing(_)
            | Self::Untrusted(_)
            | Self::ToolFailed { .. }
            | Self::NotCaptured(_)
            | Self::Refused(_)
            | Self::Io { .. } => Reading::Unknown(self.why()),
        }
    }
}

/// Opens a plain file for reading. A pipe that someone put in its place cannot hold the reader up.
///
/// # Errors
/// [`AskError`] when it is not there, not permitted, or not a plain file.
pub fn open(source: &(impl Source + ?Sized)) -> Result<Opened, AskError> {
    source.open()
}

/// Reads a whole file of at most `max` bytes.
///
/// # Errors
/// [`AskError`] when it cannot be read, or is larger.
pub fn read_bytes(source: &(impl Source + ?Sized), max: usize) -> Result<Vec<u8>, AskError> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(max).unwrap_or(u64::MAX);
    open(source)?
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| AskError::from_io(source.name(), error))?;
    if bytes.len() > max {
        return Err(AskError::TooLarge {
            path: source.name().to_owned(),
            max: limit,
        });
    }
    Ok(bytes)
}

/// Reads a whole file of at most `max` bytes as text; bytes that are not UTF-8 become U+FFFD.
///
/// # Errors
/// [`AskError`] when it cannot be read, or is larger.
pub fn read_text(source: &(impl Source + ?Sized), max: usize) -> Result<String, AskError> {
    read_bytes(source, max).map(into_text)
}

/// Reads a small file, as `/sys` and `/proc` have them, without the white space at its ends.
///
/// # Errors
/// [`AskError`] when it cannot be read, or is larger than [`SMALL_FILE_BYTES_MAX`].
pub fn read_line(source: &(impl Source + ?Sized)) -> Result<String, AskError> {
    read_text(source, SMALL_FILE_BYTES_MAX).map(|text| text.trim().to_owned())
}

/// The names in a directory, sorted, at most `max` of them. Names that are not UTF-8 are changed
/// to be so.
///
/// # Errors
/// [`AskError`] when it cannot be read, or holds more.
pub fn list(source: &(impl Source + ?Sized), max: usize) -> Result<Vec<String>, AskError> {
    source.names(max)
}

/// Text of the bytes; what is not UTF-8 becomes U+FFFD.
#[must_use]
pub fn into_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// Does the work on a thread of its own and waits at most `deadline` for it. Late work goes on by
/// itself, and what it brings is thrown away.
///
/// # Errors
/// [`AskError::TimedOut`] when it is late, [`AskError::Io`] when no thread can be had or it broke off.
pub fn within<T: Send + 'static>(
    what: &str,
    deadline: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, AskError> {
    let (answer, wait) = mpsc::channel();
    std::thread::Builder::new()
        .name(what.chars().take(15).collect())
        .spawn(move || {
            // The asker may have gone; then nobody wants the answer.
            drop(answer.send(work()));
        })
        .map_err(|source| AskError::from_io(Path::new(what), source))?;
    wait.recv_timeout(deadline).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => AskError::TimedOut {
            what: what.to_owned(),
            deadline,
        },
        mpsc::RecvTimeoutError::Disconnected => AskError::Io {
            path: PathBuf::from(what),
            source: io::Error::other("the reader broke off"),
        },
    })
}

#[cfg(all(test, unix))]
mod tests;
