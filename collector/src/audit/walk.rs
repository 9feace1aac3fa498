//! The log of a store, walked from its first entry to its last head: to write it down with all that
//! belongs to it, to verify it, to prove things of it.
//!
//! Touches the store, reading only. Must never hold the whole log in memory.

use std::sync::Arc;

use futures_util::stream::{self, Stream};
use thiserror::Error;

use super::line::{Line, LineError};
use super::verify::{Tampered, Verified, Verifier};
use super::{AuditHead, LogPublicKey, ROUTINE, entry};
use crate::store::{AuditRoot, Store, StoreError};

/// Entries asked for at once.
const PAGE: usize = 500;

/// Why a log could not be walked to its end.
#[derive(Debug, Error)]
pub enum WalkError {
    /// The store refused.
    #[error("the audit log cannot be read")]
    Store(#[from] StoreError),
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

/// The whole log as it stands when the walk begins, page by page, one line each, for
/// [`super::verify::verify`] to read. It goes on as fast as it is taken.
pub fn export(store: Arc<dyn Store>) -> impl Stream<Item = Result<String, WalkError>> + Send {
    stream::try_unfold(Walk::new(store), |mut walk| async move {
        let Some(lines) = walk.next().await? else {
            return Ok(None);
        };
        let mut text = String::new();
        for line in lines {
            text.push_str(&render(&line)?);
            text.push('\n');
        }
        Ok(Some((text, walk)))
    })
}

/// Verifies the log in the store, as an export of it would be.
///
/// # Errors
/// [`WalkError::Tampered`] with the first thing that was altered; others when it cannot be read.
pub async fn verify_store(
    store: Arc<dyn Store>,
    key: &LogPublicKey,
    known: &[AuditRoot],
) -> Result<Verified, WalkError> {
    let mut verifier = Verifier::new(*key, known.to_vec());
    let mut walk = Walk::new(store);
    while let Some(lines) = walk.next().await? {
        for line in lines {
            verifier.take(&line)?;
        }
    }
    Ok(verifier.end()?)
}

/// Gives every entry of the first `size` to `take`, in their order.
///
/// # Errors
/// [`WalkError`].
pub async fn each(
    store: &dyn Store,
    size: u64,
    mut take: impl FnMut(u64, &[u8]) + Send,
) -> Result<(), WalkError> {
    let mut index = 0;
    while index < size {
        let left = usize::try_from(size - index).unwrap_or(usize::MAX);
        let page = store.audit_entries(index, left.min(PAGE)).await?;
        if page.is_empty() {
            return Err(WalkError::Missing {
                said: size,
                held: index,
            });
        }
        for entry in &page {
            take(index, entry);
            index = index.saturating_add(1);
        }
    }
    Ok(())
}

/// A walk, and how far it has come.
struct Walk {
    store: Arc<dyn Store>,
    /// Entries of the log when the walk began; `None` before.
    said: Option<u64>,
    /// The next entry.
    index: u64,
    /// The next head.
    head: Option<AuditHead>,
}

impl Walk {
    fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            said: None,
            index: 0,
            head: None,
        }
    }

    /// The next lines. `None` at the end.
    async fn next(&mut self) -> Result<Option<Vec<Line>>, WalkError> {
        let Some(said) = self.said else {
            return Ok(Some(vec![self.begin().await?]));
        };
        let left = usize::try_from(said.saturating_sub(self.index)).unwrap_or(usize::MAX);
        if left == 0 {
            return Ok(None);
        }
        let page = self.store.audit_entries(self.index, left.min(PAGE)).await?;
        if page.is_empty() {
            let held = self.index;
            return Err(WalkError::Missing { said, held });
        }
        let mut lines = Vec::new();
        for bytes in page {
            self.entry(bytes, &mut lines).await?;
        }
        Ok(Some(lines))
    }

    async fn begin(&mut self) -> Result<Line, WalkError> {
        let said = self.store.audit_root().await?.size;
        let last = self.store.audit_head(said).await?.filter(|_| said > 0);
        self.head = self.store.audit_head(1).await?;
        self.said = Some(said);
        Ok(Line::Log(last))
    }

    /// The next entry, with all that belongs to it.
    async fn entry(&mut self, bytes: Vec<u8>, lines: &mut Vec<Line>) -> Result<(), WalkError> {
        let routine = entry::decode(&bytes).is_ok_and(|entry| entry.action == ROUTINE);
        lines.push(Line::Entry(self.index, bytes));
        if routine {
            let rows = self.store.audit_routine(self.index).await?;
            lines.push(Line::Routine(self.index, rows.unwrap_or_default()));
        }
        self.index = self.index.saturating_add(1);
        let reached = self.index;
        if let Some(signed) = self.head.take_if(|head| head.root.size <= reached) {
            lines.push(Line::Head(signed));
            self.head = self.store.audit_head(reached.saturating_add(1)).await?;
        }
        Ok(())
    }
}

fn render(line: &Line) -> Result<String, WalkError> {
    line.render().map_err(|error| match line {
        Line::Entry(index, _) | Line::Routine(index, _) => WalkError::Entry(*index, error),
        Line::Log(_) | Line::Head(_) => WalkError::Entry(0, error),
    })
}
