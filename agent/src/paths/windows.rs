//! The places of the installed agent on Windows, as its installer writes them into the registry.
//!
//! Touches the registry, reading only. Must never take a place from the environment: a service has another one
//! than people have, and people may set theirs.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::win::{machine, settings};

/// The agent's folder below the one for all users' data, where no installer said otherwise.
const NAME: &str = "Sekisho Agent";
/// Pipes have a folder of their own.
const PIPE: &str = r"\\.\pipe\sekisho-agent";

/// State of the installed agent.
#[must_use]
pub fn state_dir() -> PathBuf {
    match settings::installed("StateDir") {
        Some(told) if Path::new(&told).is_absolute() => PathBuf::from(told),
        Some(_) | None => machine::data_of_all_users().join(NAME),
    }
}

/// Configuration of the installed agent.
#[must_use]
pub fn config_path() -> PathBuf {
    state_dir().join("agent.toml")
}

/// The pipe on which an agent answers the people of this machine: one for each state folder.
pub(super) fn socket_path(of: &Path) -> PathBuf {
    if of == state_dir() {
        return PathBuf::from(PIPE);
    }
    let digest = Sha256::digest(of.to_string_lossy().to_lowercase().as_bytes());
    let short = digest.get(..8).unwrap_or_default();
    PathBuf::from(format!("{PIPE}-{}", data_encoding::HEXLOWER.encode(short)))
}
