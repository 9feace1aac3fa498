//! Backups and exports: who took the record out, and when, is itself recorded before it leaves.
//!
//! Touches the store, which reads itself. Must never put a key into what leaves.

use super::{By, Desk, ResponseError};
use crate::store::Backup;

impl Desk {
    /// The store as it is, piece by piece, with the entry that tells who took it.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when another backup is being taken or the store fails.
    pub async fn backup(&self, by: &By) -> Result<Backup, ResponseError> {
        let backup = self.store.backup().await?;
        self.takes_out("backup.taken", by).await?;
        Ok(backup)
    }

    /// Puts down who takes the record out.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when it cannot be put down; then nothing may leave.
    pub async fn takes_out(&self, action: &'static str, by: &By) -> Result<(), ResponseError> {
        let event = by.did_alone(action, Vec::new());
        Ok(self.store.audit_append(vec![event]).await?)
    }
}
