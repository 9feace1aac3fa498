//! The log of a store, walked from its first entry to its last head: to write it down with all that
//! belongs to it, to verify it, to prove things of it.
//!
//! Touches the store, reading only, and the writer it is given. Must never hold the whole log in memory.

use std::io::Write;

use thiserror::Error;

use super::line::{Line, LineError};
use super::tree::{Hash, leaf_hash};
use super::verify::{Tampered, Verified, Verifier};
use super::{LogPublicKey, ROUTINE, entry};
use crate::store::{AuditRoot, Store, StoreError};

/// Entries asked for at once.
const PAGE: usize = 500;

/// Why a log could not be walked to its end.
#[derive(Debug, Error)]
pub enum WalkError {
    /// The store refused.
    #[error("the audit log cannot be read")]
    Store(#[from] StoreError),
    /// The output refused.
    #[error("the export cannot be written")]
    Write(#[source] std::io::Error),
    /// An entry in the store is no entry.
    #[error("entry {0} cannot be exported")]
    Entry(u64, #[source] LineError),
    /// The log is not as it was written.
    #[error("the audit log was altered")]
    Tampered(#[from] Tampered),
    /// The store holds fewer entries than it says.
    #[error("the store says {said} entries and holds {held}")]
    Missing {
        /// The size of the log.
        said: u64,
        /// The first entry that is missing.
        held: u64,
    },
}

/// Writes the whole log, one line each, for [`super::verify::verify`] to read.
///
/// # Errors
/// [`WalkError`].
pub async fn export(store: &dyn Store, out: &mut (dyn Write + Send)) -> Result<(), WalkError> {
    walk(store, &mut |line| {
        let text = line.render().map_err(|e| match line {
            Line::Entry(index, _) | Line::Routine(index, _) => WalkError::Entry(index, e),
            Line::Log(_) | Line::Head(_) => WalkError::Entry(0, e),
        })?;
        writeln!(out, "{text}").map_err(WalkError::Write)
    })
    .await
}

/// Verifies the log in the store, as an export of it would be.
///
/// # Errors
/// [`WalkError::Tampered`] with the first thing that was altered; others when it cannot be read.
pub async fn verify_store(
    store: &dyn Store,
    key: &LogPublicKey,
    known: Option<AuditRoot>,
) -> Result<Verified, WalkError> {
    let mut verifier = Verifier::new(*key, known);
    walk(store, &mut |line| Ok(verifier.take(&line)?)).await?;
    Ok(verifier.end()?)
}

/// The leaf hashes of the first `size` entries: 32 bytes of memory for each.
///
/// # Errors
/// [`WalkError`].
pub async fn leaves(store: &dyn Store, size: u64) -> Result<Vec<Hash>, WalkError> {
    let mut found = Vec::new();
    loop {
        let held = u64::try_from(found.len()).unwrap_or(u64::MAX);
        let left = usize::try_from(size.saturating_sub(held)).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(found);
        }
        let page = store.audit_entries(held, left.min(PAGE)).await?;
        if page.is_empty() {
            return Err(WalkError::Missing { said: size, held });
        }
        found.extend(page.iter().map(|entry| leaf_hash(entry)));
    }
}

async fn walk(
    store: &dyn Store,
    take: &mut (dyn FnMut(Line) -> Result<(), WalkError> + Send),
) -> Result<(), WalkError> {
    let said = store.audit_root().await?.size;
    let last = store.audit_head(said).await?.filter(|_| said > 0);
    take(Line::Log(last))?;
    let mut index = 0;
    let mut head = store.audit_head(1).await?;
    while index < said {
        let left = usize::try_from(said.saturating_sub(index)).unwrap_or(usize::MAX);
        let page = store.audit_entries(index, left.min(PAGE)).await?;
        if page.is_empty() {
            return Err(WalkError::Missing { said, held: index });
        }
        for bytes in page {
            let routine = entry::decode(&bytes).is_ok_and(|entry| entry.action == ROUTINE);
            take(Line::Entry(index, bytes))?;
            if routine {
                let rows = store.audit_routine(index).await?.unwrap_or_default();
                take(Line::Routine(index, rows))?;
            }
            index = index.saturating_add(1);
            if let Some(signed) = head.take_if(|head| head.root.size <= index) {
                take(Line::Head(signed))?;
                head = store.audit_head(index.saturating_add(1)).await?;
            }
        }
    }
    Ok(())
}
