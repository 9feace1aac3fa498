//! Backups: who took the whole record out, and when, is itself recorded before it leaves.
//!
//! Touches the store, which writes the file. Must never put a key into a backup.

use std::path::PathBuf;

use super::{By, Desk, ResponseError};

impl Desk {
    /// Writes the store as it is into a file that is not there yet, with the entry that tells who did it.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when the file is there already or cannot be written.
    pub async fn backup(&self, file: PathBuf, by: &By) -> Result<(), ResponseError> {
        let event = by.did_alone("backup.taken", Vec::new());
        self.store.audit_append(vec![event]).await?;
        Ok(self.store.backup(file).await?)
    }
}
