//! The places of the installed agent on a Unix system, as packages make them.
//!
//! Touches nothing. Must never depend on the environment: the service and people must find the same places.

use std::path::{Path, PathBuf};

/// State of the installed agent.
const STATE_DIR: &str = "/var/lib/sekisho-agent";
/// Configuration of the installed agent.
const CONFIG_PATH: &str = "/etc/sekisho/agent.toml";
/// Folder of the installed agent's local socket.
const RUN_DIR: &str = "/run/sekisho-agent";

/// State of the installed agent.
#[must_use]
pub fn state_dir() -> PathBuf {
    PathBuf::from(STATE_DIR)
}

/// Configuration of the installed agent.
#[must_use]
pub fn config_path() -> PathBuf {
    PathBuf::from(CONFIG_PATH)
}

/// The socket on which an agent answers the people of this machine. It stands in `/run` for the installed agent,
/// else below the state folder.
pub(super) fn socket_path(of: &Path) -> PathBuf {
    if of == Path::new(STATE_DIR) {
        Path::new(RUN_DIR).join("agent.sock")
    } else {
        of.join("run").join("agent.sock")
    }
}
