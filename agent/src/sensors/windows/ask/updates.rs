//! Asks this machine what Windows Update has found.
//!
//! Touches Windows Update through `win`. Must never decide which update matters.

use std::io;
use std::path::PathBuf;

use super::super::registry::DENIED;
use super::{AGENT, Missing, Search};
use crate::ask::AskError;
use crate::win::updates;

/// Reads what the last search found.
pub(super) fn search() -> Result<Search, AskError> {
    let search = updates::search().map_err(failed)?;
    let missing = search.missing.into_iter().map(|update| Missing {
        id: update.id,
        articles: update.articles,
        categories: update.categories,
        severity: update.severity,
    });
    Ok(Search {
        searched: search.searched,
        code: search.code,
        count: search.count,
        missing: missing.collect(),
    })
}

/// Reads whether an update waits for a restart.
pub(super) fn restart_needed() -> Result<bool, AskError> {
    updates::restart_needed().map_err(failed)
}

fn failed(code: u32) -> AskError {
    match code {
        DENIED => AskError::NotPermitted(PathBuf::from(AGENT)),
        code => AskError::Io {
            path: PathBuf::from(AGENT),
            source: io::Error::other(format!("Windows error {code:#010x}")),
        },
    }
}
