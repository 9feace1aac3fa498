//! The embedded store: one SQLite database, one writer that commits in groups, readers beside it.
//!
//! Touches the store's folder, through the rooms below. Must never acknowledge what a power cut could
//! still take, nor show it to a reader.

mod backup;
mod change;
mod committer;
mod disk;
mod group;
mod history;
mod keys;
mod orders;
mod read;
mod readers;
mod restore;
mod rows;
mod seen;
#[cfg(test)]
mod tests;
mod turns;

use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};

use sekisho_policy::facts::SectionKind;
use sekisho_policy::finding::Verdict;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::time::Span;

pub use self::restore::restore;

use self::change::Change;
use self::committer::{Committer, Job, Trouble};
use self::disk::Lock;
use self::group::LogState;
use self::readers::Readers;
use self::rows::Rows;
use super::codec::ledger;
use super::{AuditIndex, AuditRoot, Backup, Listed, Recipients, Store, StoreError};
use crate::audit::{AuditHead, HeadSigner};
use crate::limits::{BUSY_RETRY_MS, WAITING_MAX};
use crate::record::{
    AcceptedReport, AuditEvent, Device, ExceptionRow, Heard, IssuedCommand, IssuedOrder,
    PolicyHead, PolicyVersion, Posture, Recipient, RoutineReport, Token, TokenId,
};

/// The store in one folder, held by this process alone. Dropping it ends the writer and closes the
/// database; that blocks until the group in the works is on the device.
pub struct SqliteStore {
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    readers: Arc<Readers>,
    /// Signs backups.
    signer: Arc<dyn HeadSigner>,
    trouble: Arc<Trouble>,
}

impl std::fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SqliteStore")
            .field(&self.readers.dir())
            .finish()
    }
}

impl SqliteStore {
    /// Opens the store in `dir`. Blocks while what a power cut broke off is undone.
    ///
    /// # Errors
    /// [`StoreError::Disk`] when the folder cannot be used; [`StoreError::Conflict`] when another collector
    /// holds it; [`StoreError::Corrupt`] when the store is gone, is none, is of a newer format, or its audit
    /// log was not signed by `signer`.
    pub fn open(dir: &Path, signer: Arc<dyn HeadSigner>) -> Result<Self, StoreError> {
        let lock = disk::lock(dir)?;
        let rows = disk::open(dir)?;
        Self::begin(dir, signer, lock, rows)
    }

    /// Makes a store in `dir` where there is none, or opens the one that is there.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn make(dir: &Path, signer: Arc<dyn HeadSigner>) -> Result<Self, StoreError> {
        let lock = disk::lock(dir)?;
        let rows = if disk::is_there(dir) {
            disk::open(dir)?
        } else {
            disk::make(dir)?
        };
        Self::begin(dir, signer, lock, rows)
    }

    fn begin(
        dir: &Path,
        signer: Arc<dyn HeadSigner>,
        lock: Lock,
        rows: Rows,
    ) -> Result<Self, StoreError> {
        let log = LogState::read(&rows)?;
        group::check_end(&rows, &log, &signer.public_key())?;
        let readers = Arc::new(Readers::new(dir, lock));
        let (jobs, queue) = mpsc::channel(WAITING_MAX);
        let trouble = Arc::new(Trouble::default());
        let committer = Committer {
            rows,
            readers: Arc::clone(&readers),
            signer: Arc::clone(&signer),
            log,
            put_away: 0,
            lost: None,
            trouble: Arc::clone(&trouble),
        };
        let writer = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || committer.run(queue))
            .map_err(|e| readers.gone(&e.to_string()))?;
        Ok(Self {
            jobs: Some(jobs),
            writer: Some(writer),
            readers,
            signer,
            trouble,
        })
    }

    async fn commit(&self, change: Change, audit: Vec<AuditEvent>) -> Result<(), StoreError> {
        let closed = || {
            self.readers
                .gone("the writer has ended; restart the collector")
        };
        let (answer, answered) = oneshot::channel();
        let job = Job {
            change,
            audit,
            answer,
        };
        match self.jobs.as_ref().ok_or_else(closed)?.try_send(job) {
            Ok(()) => answered.await.unwrap_or_else(|_| Err(closed())),
            Err(mpsc::error::TrySendError::Full(_)) => Err(StoreError::Busy {
                retry_after_ms: BUSY_RETRY_MS,
            }),
            Err(mpsc::error::TrySendError::Closed(_)) => Err(closed()),
        }
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has nothing left to wait for.
            let _ = writer.join();
        }
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn token_add(&self, token: Token, audit: Vec<AuditEvent>) -> Result<(), StoreError> {
        self.commit(Change::TokenAdd(token), audit).await
    }

    async fn token_list(&self) -> Result<Vec<Token>, StoreError> {
        self.readers.read(read::tokens)
    }

    async fn token_by_digest(&self, digest: Fingerprint) -> Result<Option<Token>, StoreError> {
        let found = self.readers.read(read::tokens)?;
        Ok(found.into_iter().find(|token| token.digest == digest))
    }

    async fn token_withdraw(&self, id: TokenId, audit: Vec<AuditEvent>) -> Result<(), StoreError> {
        self.commit(Change::TokenWithdraw(id), audit).await
    }

    async fn device_enrol(&self, device: Device, audit: Vec<AuditEvent>) -> Result<(), StoreError> {
        self.commit(Change::DeviceEnrol(Box::new(device)), audit)
            .await
    }

    async fn device_fetch(&self, id: DeviceId) -> Result<Option<Device>, StoreError> {
        self.readers.read(|rows| read::device(rows, id))
    }

    async fn device_by_key(&self, key: Fingerprint) -> Result<Option<Device>, StoreError> {
        self.readers.read(|rows| read::device_by_key(rows, key))
    }

    async fn device_list(
        &self,
        after: Option<DeviceId>,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError> {
        self.readers.read(|rows| read::devices(rows, after, limit))
    }

    async fn device_change(
        &self,
        device: Device,
        audit: Vec<AuditEvent>,
    ) -> Result<(), StoreError> {
        self.commit(Change::DeviceReplace(Box::new(device)), audit)
            .await
    }

    async fn posture_fetch(&self, id: DeviceId) -> Result<Option<Posture>, StoreError> {
        self.readers.read(|rows| read::posture(rows, id))
    }

    async fn posture_change(
        &self,
        id: DeviceId,
        posture: Posture,
        audit: Vec<AuditEvent>,
    ) -> Result<(), StoreError> {
        self.commit(Change::PostureReplace(id, Box::new(posture)), audit)
            .await
    }

    async fn verdict_record(
        &self,
        id: DeviceId,
        verdict: Verdict,
        audit: Vec<AuditEvent>,
    ) -> Result<(), StoreError> {
        self.commit(Change::Verdict(id, Box::new(verdict)), audit)
            .await
    }

    async fn section_fetch(
        &self,
        id: DeviceId,
        kind: SectionKind,
    ) -> Result<Option<(Fingerprint, Vec<u8>)>, StoreError> {
        self.readers.read(|rows| read::section(rows, id, kind))
    }

    async fn report_record(&self, report: AcceptedReport) -> Result<(), StoreError> {
        self.commit(Change::Report(Box::new(report)), Vec::new())
            .await
    }

    async fn report_record_routine(
        &self,
        report: RoutineReport,
        follows: Sequence,
    ) -> Result<(), StoreError> {
        self.commit(Change::Routine(report, follows), Vec::new())
            .await
    }

    async fn report_history(
        &self,
        id: DeviceId,
        from: Sequence,
        limit: usize,
    ) -> Result<Vec<RoutineReport>, StoreError> {
        self.readers
            .read(|rows| read::history(rows, id, from, limit))
    }

    async fn device_turns(
        &self,
        id: DeviceId,
        limit: usize,
    ) -> Result<Vec<(AuditIndex, Vec<u8>)>, StoreError> {
        self.readers.read(|rows| turns::read(rows, id, limit))
    }

    async fn seen_record(&self, heard: Vec<Heard>, listened: Span) -> Result<(), StoreError> {
        self.commit(Change::Seen(heard, listened), Vec::new()).await
    }

    async fn listened(&self) -> Result<Span, StoreError> {
        self.readers.read(seen::listened)
    }

    async fn recipient_list(
        &self,
        after: Option<DeviceId>,
        limit: usize,
    ) -> Result<Recipients, StoreError> {
        self.readers
            .read(|rows| orders::recipients(rows, after, limit))
    }

    async fn recipient_fetch(&self, id: DeviceId) -> Result<Option<Recipient>, StoreError> {
        self.readers.read(|rows| orders::recipient(rows, id))
    }

    async fn order_record(
        &self,
        command: IssuedCommand,
        audit: Vec<AuditEvent>,
    ) -> Result<(), StoreError> {
        self.commit(Change::Order(Box::new(command)), audit).await
    }

    async fn order_fetch(&self, id: DeviceId) -> Result<Option<IssuedOrder>, StoreError> {
        self.readers.read(|rows| orders::in_force(rows, id))
    }

    async fn order_signed(&self, id: DeviceId) -> Result<Option<Vec<u8>>, StoreError> {
        self.readers.read(|rows| orders::signed(rows, id))
    }

    async fn policy_apply(
        &self,
        policy: PolicyVersion,
        audit: Vec<AuditEvent>,
    ) -> Result<(), StoreError> {
        self.commit(Change::Policy(Box::new(policy)), audit).await
    }

    async fn policy_fetch(&self, version: u64) -> Result<Option<PolicyVersion>, StoreError> {
        let key = keys::policy(version);
        self.readers
            .read(|rows| rows.row(&key, ledger::decode_policy))
    }

    async fn policy_list(&self) -> Result<Vec<PolicyHead>, StoreError> {
        self.readers.read(read::policies)
    }

    async fn policy_current(&self) -> Result<Option<PolicyVersion>, StoreError> {
        self.readers.read(read::policy)
    }

    async fn exception_put(
        &self,
        exception: ExceptionRow,
        audit: Vec<AuditEvent>,
    ) -> Result<(), StoreError> {
        self.commit(Change::Exception(Box::new(exception)), audit)
            .await
    }

    async fn exception_list(&self) -> Result<Vec<ExceptionRow>, StoreError> {
        self.readers.read(read::exceptions)
    }

    async fn audit_append(&self, events: Vec<AuditEvent>) -> Result<(), StoreError> {
        self.commit(Change::Audit, events).await
    }

    async fn audit_root(&self) -> Result<AuditRoot, StoreError> {
        self.readers.read(read::root)
    }

    async fn audit_entries(
        &self,
        from: AuditIndex,
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.readers.read(|rows| read::entries(rows, from, limit))
    }

    async fn audit_head(&self, at_least: u64) -> Result<Option<AuditHead>, StoreError> {
        self.readers.read(|rows| read::head(rows, at_least))
    }

    async fn audit_routine(&self, entry: AuditIndex) -> Result<Option<Vec<u8>>, StoreError> {
        self.readers.read(|rows| read::routine(rows, entry))
    }

    async fn trouble(&self) -> Result<Option<StoreError>, StoreError> {
        Ok(self.trouble.now())
    }

    async fn backup(&self) -> Result<Backup, StoreError> {
        backup::begin(&self.readers, Arc::clone(&self.signer))
    }
}
