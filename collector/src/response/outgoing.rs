//! Backups and exports: who asks for the record is put down before it leaves, and that they have it when
//! they say so. The one without the other is a download that failed.
//!
//! Touches the store, which reads itself. Must never put a key into what leaves.

use sekisho_policy::id::Fingerprint;

use super::{By, Desk, ResponseError};
use crate::store::Backup;

/// What is taken out of a collector whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outgoing {
    /// The store.
    Backup,
    /// Register, postures, verdicts, orders, tokens and policy.
    Record,
    /// The audit log.
    AuditLog,
}

impl Outgoing {
    /// Everything that can be taken out.
    pub const ALL: [Self; 3] = [Self::Backup, Self::Record, Self::AuditLog];

    /// Its name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Record => "record",
            Self::AuditLog => "audit_log",
        }
    }

    /// Where the admin interface gives it.
    #[must_use]
    pub const fn route(self) -> &'static str {
        match self {
            Self::Backup => "/v1/backup",
            Self::Record => "/v1/export",
            Self::AuditLog => "/v1/audit/export",
        }
    }

    const fn asked(self) -> &'static str {
        match self {
            Self::Backup => "backup.asked",
            Self::Record => "record.asked",
            Self::AuditLog => "audit.asked",
        }
    }

    const fn taken(self) -> &'static str {
        match self {
            Self::Backup => "backup.taken",
            Self::Record => "record.exported",
            Self::AuditLog => "audit.exported",
        }
    }
}

impl Desk {
    /// The store as it is, piece by piece. Who asks for it is put down before a piece leaves, behind what the
    /// backup holds: the entry is in the next.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when another backup is being taken or the store fails.
    pub async fn backup(&self, by: &By) -> Result<Backup, ResponseError> {
        let backup = self.store.backup().await?;
        self.asked(Outgoing::Backup, by).await?;
        Ok(backup)
    }

    /// Puts down who asks for it.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when it cannot be put down; then nothing may leave.
    pub async fn asked(&self, what: Outgoing, by: &By) -> Result<(), ResponseError> {
        let event = by.did_alone(what.asked(), Vec::new());
        Ok(self.store.audit_append(vec![event]).await?)
    }

    /// Puts down that it has arrived whole, as the one who asked for it says.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when it cannot be put down.
    pub async fn taken(
        &self,
        what: Outgoing,
        bytes: u64,
        digest: Fingerprint,
        by: &By,
    ) -> Result<(), ResponseError> {
        let details = vec![("bytes", bytes.to_string()), ("sha256", digest.to_string())];
        let event = by.did_alone(what.taken(), details);
        Ok(self.store.audit_append(vec![event]).await?)
    }
}
