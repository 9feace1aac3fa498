//! Ends the programs that show notifications in the sessions of this machine, so that their file can be replaced or
//! removed; the installer has it done.
//!
//! Touches processes of this very file, on Windows. Must never end this one, nor one of another file.

use std::path::Path;

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

/// Ends them. Who may not end one leaves it: the installer then asks for a restart.
pub(super) fn all() -> std::io::Result<()> {
    let own = std::env::current_exe()?;
    let mut system = System::new().map_err(std::io::Error::other)?;
    let wanted = ProcessRefreshKind::nothing().with_exe(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, wanted);
    for (id, process) in system.processes() {
        let is_same = process.exe().is_some_and(|path| is_same(path, &own));
        if is_same && id.as_u32() != std::process::id() {
            process.kill();
        }
    }
    Ok(())
}

fn is_same(one: &Path, other: &Path) -> bool {
    let name = |path: &Path| path.to_string_lossy().to_lowercase();
    name(one) == name(other)
}
