//! The policy that reports are judged by, and the exceptions from it, as every room of the collector sees it.
//!
//! Touches memory, and the store to read, at the start and with each round of judging anew. Must never be empty and never hold a document
//! that does not parse: until a company applies its own, the one the product comes with is in force.

use std::sync::Arc;

use thiserror::Error;
use tokio::sync::{Mutex, MutexGuard, watch};

use sekisho_policy::document::{Policy, PolicyError};
use sekisho_policy::exception::Exception;
use sekisho_policy::limits::EXCEPTIONS_MAX;
use sekisho_policy::register::Entry;
use sekisho_policy::time::Timestamp;

use crate::record::{Device, ExceptionRow, ExceptionState, PolicyVersion};
use crate::store::{Store, StoreError};

/// A policy with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// Counted from 1; 0 for the policy the product comes with.
    pub version: u64,
    /// The TOML text, word for word.
    pub text: String,
    /// What it says.
    pub policy: Policy,
    /// When it was applied. `None` for the policy the product comes with.
    pub applied_at: Option<Timestamp>,
    /// Who applied it; empty for the policy the product comes with.
    pub applied_by: String,
    /// The version whose text it takes up again.
    pub reverts: Option<u64>,
    /// The keys by which it differs from the one before.
    pub summary: String,
}

/// The policy in force, and the exceptions from it. Clones see the same.
#[derive(Debug, Clone)]
pub struct PolicyInForce {
    cell: Arc<watch::Sender<Arc<Ruling>>>,
    exceptions: Arc<watch::Sender<Vec<ExceptionRow>>>,
    turn: Arc<Mutex<()>>,
}

/// Why there is no policy to judge by.
#[derive(Debug, Error)]
pub enum InForceError {
    /// The store does not give the document.
    #[error("the policy in force cannot be read from the store")]
    Store(#[from] StoreError),
    /// The stored document does not parse: another version of the collector applied it.
    #[error(
        "the policy in force (version {version}) is not one that this collector understands; run the collector that \
         applied it, or a later one, and apply one there that both understand, or restore a backup"
    )]
    Policy {
        /// Its version.
        version: u64,
        /// What is wrong with it.
        #[source]
        cause: PolicyError,
    },
}

impl PolicyInForce {
    /// The policy that the store says is in force.
    ///
    /// # Errors
    /// [`InForceError`] when the store fails or holds a document that this version cannot read.
    pub async fn load(store: &dyn Store, now: Timestamp) -> Result<Self, InForceError> {
        let version = store.policy_current().await?;
        let ruling = match version {
            Some(version) => Ruling::of(version)?,
            None => Ruling::shipped()?,
        };
        let policy = Self {
            cell: Arc::new(watch::Sender::new(Arc::new(ruling))),
            exceptions: Arc::default(),
            turn: Arc::default(),
        };
        policy.read_exceptions(store, now).await?;
        Ok(policy)
    }

    /// The policy in force at this moment.
    #[must_use]
    pub fn current(&self) -> Arc<Ruling> {
        Arc::clone(&self.cell.borrow())
    }

    /// Puts a policy in force; one that is older than the one in force is left aside, as when two
    /// are applied at the same time.
    pub fn put(&self, ruling: Ruling) {
        self.cell.send_if_modified(|held| {
            let newer = ruling.version > held.version;
            if newer {
                *held = Arc::new(ruling);
            }
            newer
        });
    }

    /// Waits until nobody else takes a step with an exception. What was read of them in the store stays true
    /// as long as this is held.
    pub async fn exceptions_turn(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// Takes up the exceptions that the store holds, but for those that have ended.
    ///
    /// # Errors
    /// [`StoreError`]; those known before stay.
    pub async fn read_exceptions(
        &self,
        store: &dyn Store,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let turn = self.exceptions_turn().await;
        let mut read = store.exception_list().await?;
        read.retain(|row| may_hold(row, now));
        self.exceptions.send_if_modified(|held| {
            let is_other = *held != read;
            *held = read;
            is_other
        });
        drop(turn);
        Ok(())
    }

    /// Takes up an exception as the store has it now. The caller holds the turn.
    pub fn put_exception(&self, row: &ExceptionRow, now: Timestamp) {
        self.exceptions.send_modify(|held| {
            held.retain(|other| other.number != row.number);
            held.extend(may_hold(row, now).then(|| row.clone()));
            held.sort_by_key(|row| row.number);
        });
    }

    /// What the register says of a device, with the exceptions that were approved for it or its group. Those
    /// that end last come first.
    #[must_use]
    pub fn entry(&self, device: &Device) -> Entry {
        let mut exceptions: Vec<Exception> = self
            .exceptions
            .borrow()
            .iter()
            .filter(|row| row.is_for(device))
            .map(|row| row.terms.clone())
            .collect();
        exceptions.sort_by_key(|exception| std::cmp::Reverse(exception.until));
        exceptions.truncate(EXCEPTIONS_MAX);
        Entry {
            exceptions,
            ..device.entry()
        }
    }

    /// When the next exception begins or ends.
    #[must_use]
    pub fn next_turn(&self, after: Timestamp) -> Option<Timestamp> {
        let exceptions = self.exceptions.borrow();
        let turns = exceptions
            .iter()
            .flat_map(|row| [row.terms.from, row.terms.until]);
        turns.filter(|at| *at > after).min()
    }

    /// Tells of every change of the exceptions.
    #[must_use]
    pub fn watch_exceptions(&self) -> watch::Receiver<Vec<ExceptionRow>> {
        self.exceptions.subscribe()
    }

    /// Tells of every policy put in force from here on.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<Arc<Ruling>> {
        self.cell.subscribe()
    }
}

/// Whether it holds or will.
fn may_hold(row: &ExceptionRow, now: Timestamp) -> bool {
    let state = row.state(now);
    matches!(state, ExceptionState::Approved | ExceptionState::InForce)
}

impl Ruling {
    /// The ruling that a stored document makes.
    ///
    /// # Errors
    /// [`InForceError::Policy`] when the document does not parse.
    pub fn of(version: PolicyVersion) -> Result<Self, InForceError> {
        let policy = Policy::parse(&version.text).map_err(|cause| InForceError::Policy {
            version: version.version,
            cause,
        })?;
        Ok(Self {
            version: version.version,
            text: version.text,
            policy,
            applied_at: Some(version.applied_at),
            applied_by: version.applied_by,
            reverts: version.reverts,
            summary: version.summary,
        })
    }

    fn shipped() -> Result<Self, InForceError> {
        let text = Policy::shipped_text();
        let policy =
            Policy::parse(text).map_err(|cause| InForceError::Policy { version: 0, cause })?;
        Ok(Self {
            version: 0,
            text: text.to_owned(),
            policy,
            applied_at: None,
            applied_by: String::new(),
            reverts: None,
            summary: String::new(),
        })
    }
}
