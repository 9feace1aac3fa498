//! What the collector asks of a store. Each call is one transaction: it is on disk, whole, through
//! a power cut, when the call returns, or nothing of it is.
//!
//! Touches nothing itself; the back-ends stand in the rooms below. Must never grow a verb that is
//! not of the collector's trade (no get, put or scan), and never assume to be the only collector on
//! the store: a change of a device names the revision it was made on.

pub mod codec;
#[cfg(test)]
pub(crate) mod conformance;
pub mod sqlite;

use std::pin::Pin;

use async_trait::async_trait;
use bytes::Bytes;
use futures_core::Stream;
use thiserror::Error;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::finding::Verdict;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::time::Span;

use crate::audit::AuditHead;
use crate::record::{
    AcceptedReport, AuditEvent, Device, ExceptionRow, Heard, IssuedCommand, IssuedOrder,
    PolicyHead, PolicyVersion, Posture, Recipient, RoutineReport, Token, TokenId,
};

/// A device, and what was last seen of it.
pub type Listed = (Device, Result<Option<Posture>, Damage>);

/// What is recorded of a device cannot be read: damage on the disk, and why. It must not keep the rest of
/// the fleet from being listed, judged and given orders.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "what is recorded of device {device} cannot be read: {cause}; it can only be restored from a backup"
)]
pub struct Damage {
    /// Whose.
    pub device: DeviceId,
    /// What is wrong.
    pub cause: String,
}

/// Devices as they are about to be given orders, and those that can be given none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipients {
    /// Those that can.
    pub found: Vec<Recipient>,
    /// Those whose row of the register, or of the order in force, cannot be read.
    pub damaged: Vec<Damage>,
    /// Where to go on; `None` at the end.
    pub next: Option<DeviceId>,
}

/// A place in the audit log, counted from 0.
pub type AuditIndex = u64;

/// The audit log at one size: what a head signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditRoot {
    /// Entries in the log.
    pub size: u64,
    /// Root of the Merkle tree over them (RFC 9162, section 2.1).
    pub root: Fingerprint,
}

/// A backup, piece by piece: whole when it ends without an error, and nothing of it is good otherwise.
pub type Backup = Pin<Box<dyn Stream<Item = Result<Bytes, StoreError>> + Send>>;

/// The store that the collector's memory rests on.
///
/// Every `audit` argument is appended to the audit log in the same transaction, in its order.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Adds a token.
    async fn token_add(&self, token: Token, audit: Vec<AuditEvent>) -> Result<(), StoreError>;
    /// All tokens, withdrawn and used up ones among them.
    async fn token_list(&self) -> Result<Vec<Token>, StoreError>;
    /// The token whose secret has this digest.
    async fn token_by_digest(&self, digest: Fingerprint) -> Result<Option<Token>, StoreError>;
    /// Withdraws a token.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such token.
    async fn token_withdraw(&self, id: TokenId, audit: Vec<AuditEvent>) -> Result<(), StoreError>;

    /// Adds a device and takes one use off its token.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the token has no use left or is withdrawn, or when a device with
    /// this key exists.
    async fn device_enrol(&self, device: Device, audit: Vec<AuditEvent>) -> Result<(), StoreError>;
    /// The device's row of the register.
    async fn device_fetch(&self, id: DeviceId) -> Result<Option<Device>, StoreError>;
    /// The device that holds this key.
    async fn device_by_key(&self, key: Fingerprint) -> Result<Option<Device>, StoreError>;
    /// Up to `limit` devices in the order of their ids, after `after`. Rows that cannot be read are left out,
    /// and told by [`Self::recipient_list`].
    async fn device_list(
        &self,
        after: Option<DeviceId>,
        limit: usize,
    ) -> Result<Vec<Listed>, StoreError>;
    /// Replaces the device's row. `device.revision` is the revision it was read at; the row gets
    /// the next one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the row has changed since; [`StoreError::NotFound`] when there is none.
    async fn device_change(&self, device: Device, audit: Vec<AuditEvent>)
    -> Result<(), StoreError>;

    /// What was last seen of the device.
    async fn posture_fetch(&self, id: DeviceId) -> Result<Option<Posture>, StoreError>;
    /// Records a change of a device's posture that is no report: a connection, an account of
    /// enforcement. What a report recorded since the posture was read has changed stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is no such device.
    async fn posture_change(
        &self,
        id: DeviceId,
        posture: Posture,
        audit: Vec<AuditEvent>,
    ) -> Result<(), StoreError>;
    /// Puts another verdict on the device's last report in the place of the one that stands.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] unless it is on the last report recorded; [`StoreError::NotFound`] when
    /// nothing was recorded of the device.
    async fn verdict_record(
        &self,
        id: DeviceId,
        verdict: Verdict,
        audit: Vec<AuditEvent>,
    ) -> Result<(), StoreError>;
    /// The encoded section held for a device, as one zstd frame.
    async fn section_fetch(
        &self,
        id: DeviceId,
        kind: SectionKind,
    ) -> Result<Option<(Fingerprint, Vec<u8>)>, StoreError>;
    /// Records a judged report: sections, posture, verdict and audit entries, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] unless the last report recorded is the one it follows, and its sequence is
    /// above that one's; [`StoreError::NotFound`] when there is no such device.
    async fn report_record(&self, report: AcceptedReport) -> Result<(), StoreError>;
    /// Records that a report changed nothing since the one it follows. The audit log covers all such reports of one commit
    /// group by one entry with their digest.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] as for [`Self::report_record`]; [`StoreError::NotFound`] when nothing
    /// was recorded of the device before.
    async fn report_record_routine(
        &self,
        report: RoutineReport,
        follows: Sequence,
    ) -> Result<(), StoreError>;
    /// When each report of a device was recorded, changed or routine, from `from` on, oldest first.
    async fn report_history(
        &self,
        id: DeviceId,
        from: Sequence,
        limit: usize,
    ) -> Result<Vec<RoutineReport>, StoreError>;
    /// The last turns in the life of a device's findings, newest first: up to `limit` of the encoded audit entries that
    /// tell of them ([`AuditEvent::is_turn`]), with their places. [`TURNS_MAX`](crate::limits::TURNS_MAX) are kept.
    async fn device_turns(
        &self,
        id: DeviceId,
        limit: usize,
    ) -> Result<Vec<(AuditIndex, Vec<u8>)>, StoreError>;
    /// Notes when devices were last heard of, and how long the collector has listened in all by now; kept
    /// without an entry in the audit log. Neither goes back.
    async fn seen_record(&self, heard: Vec<Heard>, listened: Span) -> Result<(), StoreError>;
    /// How long the collector had listened in all when that was last noted. Where that cannot be read, when a device
    /// was last heard of: it must not keep the collector from serving.
    async fn listened(&self) -> Result<Span, StoreError>;

    /// What an order needs to know of up to `limit` devices, in the order of their ids, after `after`.
    async fn recipient_list(
        &self,
        after: Option<DeviceId>,
        limit: usize,
    ) -> Result<Recipients, StoreError>;
    /// What an order needs to know of a device.
    async fn recipient_fetch(&self, id: DeviceId) -> Result<Option<Recipient>, StoreError>;
    /// Records the orders of a command, each as the one in force for its device, or none of them.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] unless each generation is above that of the order in force for its
    /// device; [`StoreError::NotFound`] when there is no such device.
    async fn order_record(
        &self,
        command: IssuedCommand,
        audit: Vec<AuditEvent>,
    ) -> Result<(), StoreError>;
    /// The order in force for a device.
    async fn order_fetch(&self, id: DeviceId) -> Result<Option<IssuedOrder>, StoreError>;
    /// The order in force for a device as it is sent: an encoded `sekisho.v1.SignedOrder`.
    async fn order_signed(&self, id: DeviceId) -> Result<Option<Vec<u8>>, StoreError>;

    /// Puts a policy document in force. The oldest goes where more would be kept than may be.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] unless its version follows that of the one in force.
    async fn policy_apply(
        &self,
        policy: PolicyVersion,
        audit: Vec<AuditEvent>,
    ) -> Result<(), StoreError>;
    /// The policy document of a version, where it is still kept:
    /// [`POLICIES_KEPT_MAX`](crate::limits::POLICIES_KEPT_MAX) are, the one in force among them.
    async fn policy_fetch(&self, version: u64) -> Result<Option<PolicyVersion>, StoreError>;
    /// The policy documents that are kept, the newest first, without their texts.
    async fn policy_list(&self) -> Result<Vec<PolicyHead>, StoreError>;
    /// The policy document in force.
    async fn policy_current(&self) -> Result<Option<PolicyVersion>, StoreError>;

    /// Records an exception that is asked for, or a step in the life of one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a new one has the number of another, or one that is held differs in more
    /// than the steps it has not taken.
    async fn exception_put(
        &self,
        exception: ExceptionRow,
        audit: Vec<AuditEvent>,
    ) -> Result<(), StoreError>;
    /// Every exception, by number; those that have ended among them.
    async fn exception_list(&self) -> Result<Vec<ExceptionRow>, StoreError>;

    /// Appends to the audit log alone, for what changes nothing else: refusals, queries.
    async fn audit_append(&self, events: Vec<AuditEvent>) -> Result<(), StoreError>;
    /// The log as it is on disk.
    async fn audit_root(&self) -> Result<AuditRoot, StoreError>;
    /// Up to `limit` encoded entries from `from` on.
    async fn audit_entries(
        &self,
        from: AuditIndex,
        limit: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError>;
    /// The smallest signed head of at least this size. `None` when the log is smaller, or empty. Every
    /// commit group that appends to the log leaves one.
    async fn audit_head(&self, at_least: u64) -> Result<Option<AuditHead>, StoreError>;
    /// The compact rows that the entry `reports.routine` of this index holds the digest of: 40 bytes
    /// for each report, being device, sequence, time taken and time recorded.
    async fn audit_routine(&self, entry: AuditIndex) -> Result<Option<Vec<u8>>, StoreError>;

    /// Why what was last to be recorded was not, for a person to see to; `None` when it was.
    async fn trouble(&self) -> Result<Option<StoreError>, StoreError>;

    /// All of it, as one transaction left it, read as fast as it is taken. Others read and write meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] while another backup is read, or, in the pieces, when more changes than can
    /// be followed.
    async fn backup(&self) -> Result<Backup, StoreError>;
}

/// Why a store did not do what it was asked.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Someone else changed the thing first, or the change breaks a rule of the register. Read it
    /// anew and decide again.
    #[error("{0}")]
    Conflict(String),
    /// There is no such thing.
    #[error("there is no {what} {name}")]
    NotFound {
        /// What kind of thing.
        what: &'static str,
        /// The name it was asked by.
        name: String,
    },
    /// Too much is waiting for the disk. Come back after the time.
    #[error("the store is busy; come back in {retry_after_ms} ms")]
    Busy {
        /// When to come back, in milliseconds.
        retry_after_ms: u32,
    },
    /// The disk refused: full, read-only, or broken. Nothing was written and nothing acknowledged; the
    /// operator must mend it.
    #[error("the store at {path} cannot write: {cause}; nothing was recorded")]
    Disk {
        /// Where the store is.
        path: String,
        /// What the system said.
        cause: String,
    },
    /// What is on disk cannot be read as a store of this version.
    #[error("the store at {path} cannot be read: {cause}")]
    Corrupt {
        /// Where the store is.
        path: String,
        /// What is wrong with it.
        cause: String,
    },
}

impl StoreError {
    /// The same error for one more that asked.
    #[must_use]
    pub fn again(&self) -> Self {
        match self {
            Self::Disk { path, cause } => Self::Disk {
                path: path.clone(),
                cause: cause.clone(),
            },
            Self::Corrupt { path, cause } => Self::Corrupt {
                path: path.clone(),
                cause: cause.clone(),
            },
            Self::Busy { retry_after_ms } => Self::Busy {
                retry_after_ms: *retry_after_ms,
            },
            Self::Conflict(why) => Self::Conflict(why.clone()),
            Self::NotFound { what, name } => Self::NotFound {
                what,
                name: name.clone(),
            },
        }
    }
}
