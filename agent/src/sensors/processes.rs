//! Whether a program of root runs, by the names that the kernel gives processes.
//!
//! Touches `/proc`. Must never let the names of other processes out, a capture's among it: they tell what
//! people do.

use std::io::Read;

use sekisho_policy::reading::{Reading, Why};

use super::Root;
use crate::ask::{self, AskError};
use crate::limits::PROCESSES_MAX;

/// The number of a process of root with this name.
pub(super) fn of_root(root: &Root, comm: &str) -> Reading<String> {
    match root.derived(&format!("process-{comm}"), |root| look(root, comm)) {
        Ok(none) if none.is_empty() => Reading::Absent,
        Ok(process) => Reading::Known(ask::into_text(process)),
        // Mounted with hidepid, others' processes are not there to be seen (proc(5)).
        Err(AskError::NotPermitted(_)) => {
            Reading::Unknown(Why::NotPermitted("/proc: processes are hidden".to_owned()))
        }
        Err(error) => Reading::Unknown(error.why()),
    }
}

/// No bytes where there is none.
fn look(root: &Root, comm: &str) -> Result<Vec<u8>, AskError> {
    if !root.path("/proc/1").try_exists()? {
        return Err(AskError::NotPermitted("/proc/1".into()));
    }
    let mut buffer = [0_u8; 64];
    for process in ask::list(&root.path("/proc"), PROCESSES_MAX)? {
        if !process.starts_with(|first: char| first.is_ascii_digit()) {
            continue;
        }
        let folder = root.path(&format!("/proc/{process}"));
        // It may have ended meanwhile.
        let Ok(count) =
            ask::open(&folder.join("comm")).map(|mut file| file.read(&mut buffer).unwrap_or(0))
        else {
            continue;
        };
        let name = buffer.get(..count).unwrap_or_default().trim_ascii();
        if name == comm.as_bytes() && folder.state().is_ok_and(|state| state.owner == 0) {
            return Ok(process.into_bytes());
        }
    }
    Ok(Vec::new())
}
