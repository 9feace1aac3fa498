//! Programs of the system that the cast cannot do without.
//!
//! Touches the processes it starts. Must never let one fail quietly.

use std::process::Command;

/// Runs a command, which must succeed.
#[track_caller]
pub(crate) fn ran(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
