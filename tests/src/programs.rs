//! The programs, as cargo builds them.
//!
//! Touches cargo, once, where `SEKISHO_BIN_DIR` does not say where they are. Must never test
//! programs older than the sources.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The agent's program.
#[must_use]
pub fn agent() -> PathBuf {
    dir().join("sekisho-agent")
}

/// The collector's program.
#[must_use]
pub fn collector() -> PathBuf {
    dir().join("sekisho-collector")
}

/// The program behind `cargo xtask`.
#[must_use]
pub fn workshop() -> PathBuf {
    dir().join("sekisho-packaging")
}

fn dir() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| match std::env::var_os("SEKISHO_BIN_DIR") {
        Some(dir) => PathBuf::from(dir),
        None => build(),
    })
}

/// Builds both into the folder that this test was built into.
fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "build",
            "-q",
            "--locked",
            "-p",
            "sekisho-agent",
            "-p",
            "sekisho-collector",
            "-p",
            "sekisho-packaging",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status();
    let built = status.as_ref().is_ok_and(std::process::ExitStatus::success);
    assert!(built, "the programs cannot be built: {status:?}");
    let own = std::env::current_exe().unwrap_or_default();
    own.parent()
        .and_then(Path::parent)
        .map(Path::to_owned)
        .unwrap_or_default()
}
