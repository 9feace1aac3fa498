//! One commit group while it is put together: the rows it writes over what the rows hold, and the
//! audit entries it appends.
//!
//! Touches the rows, reading only. Must never let a refused change leave a row behind: a change checks
//! all before it writes any.

use bytes::Bytes;
use sha2::{Digest, Sha256};

use sekisho_policy::merkle::leaf_hash;
use sekisho_policy::time::Timestamp;

use super::rows::{Key, Rows, Writes, behind};
use super::{history, keys, turns};
use crate::audit::{AuditHead, Frontier, HeadSigner, LogPublicKey, ROUTINE, entry};
use crate::record::{Actor, AuditEvent, RoutineReport};
use crate::store::codec::{self, RowError};
use crate::store::{AuditRoot, StoreError};

/// Bytes of entries put into one row.
const ENTRIES_BYTES_MAX: usize = 4 * 1024;

/// The audit log as the last commit group left it.
#[derive(Debug, Clone, Default)]
pub(super) struct LogState {
    /// Number of that group.
    pub(super) group: u64,
    /// The right edge of the tree.
    pub(super) frontier: Frontier,
}

#[derive(Clone, PartialEq, prost::Message)]
struct LogRow {
    #[prost(uint64, tag = "1")]
    group: u64,
    #[prost(uint64, tag = "2")]
    size: u64,
    #[prost(bytes = "vec", repeated, tag = "3")]
    peaks: Vec<Vec<u8>>,
}

/// A commit group.
pub(super) struct Group<'a> {
    rows: &'a Rows,
    writes: Writes,
    log: LogState,
    /// Entries not yet in a row, each after its length, and the index of the first.
    pending: (u64, Vec<u8>),
    appended: bool,
    at: Timestamp,
    routine: Vec<u8>,
}

impl LogState {
    /// The state that the rows hold.
    pub(super) fn read(rows: &Rows) -> Result<Self, StoreError> {
        Ok(rows.row(keys::LOG, Self::decode)?.unwrap_or_default())
    }

    fn decode(row: &[u8]) -> Result<Self, RowError> {
        let row: LogRow = codec::unseal("audit log", row)?;
        let peaks = row
            .peaks
            .iter()
            .map(|peak| peak.as_slice().try_into())
            .collect::<Result<_, _>>()
            .map_err(|_| RowError::Field("a hash of the audit log"))?;
        let frontier = Frontier::from_parts(row.size, peaks).map_err(|e| RowError::Encoding {
            row: "audit log",
            cause: e.to_string(),
        })?;
        Ok(Self {
            group: row.group,
            frontier,
        })
    }

    /// Size and root.
    pub(super) fn root(&self) -> AuditRoot {
        AuditRoot {
            size: self.frontier.size(),
            root: self.frontier.root(),
        }
    }
}

impl<'a> Group<'a> {
    /// Begins the group after the state.
    pub(super) fn begin(rows: &'a Rows, after: &LogState) -> Self {
        let mut log = after.clone();
        log.group = log.group.saturating_add(1);
        Self {
            rows,
            writes: Writes::new(),
            pending: (log.frontier.size(), Vec::new()),
            log,
            appended: false,
            at: Timestamp(0),
            routine: Vec::new(),
        }
    }

    /// The value at the key, as it is after the changes of this group so far.
    pub(super) fn fetch(&self, key: &[u8]) -> Result<Option<Bytes>, StoreError> {
        match self.writes.get(key) {
            Some(written) => Ok(written.clone()),
            None => self.rows.get(key),
        }
    }

    /// A row at the key, decoded.
    pub(super) fn row<T>(
        &self,
        key: &[u8],
        decode: impl FnOnce(&[u8]) -> Result<T, RowError>,
    ) -> Result<Option<T>, StoreError> {
        self.fetch(key)?
            .map(|bytes| decode(&bytes))
            .transpose()
            .map_err(|e| self.unreadable(&e))
    }

    /// That a row cannot be read.
    pub(super) fn unreadable(&self, error: &RowError) -> StoreError {
        self.rows.unreadable(error)
    }

    /// Whether there is a value at the key.
    pub(super) fn holds(&self, key: &[u8]) -> Result<bool, StoreError> {
        match self.writes.get(key) {
            Some(written) => Ok(written.is_some()),
            None => self.rows.holds(key),
        }
    }

    /// Writes a value.
    pub(super) fn put(&mut self, key: impl Into<Key>, value: impl Into<Bytes>) {
        self.writes.insert(key.into(), Some(value.into()));
    }

    /// Removes a value.
    pub(super) fn remove(&mut self, key: impl Into<Key>) {
        self.writes.insert(key.into(), None);
    }

    /// Appends to the audit log.
    pub(super) fn audit(&mut self, events: &[AuditEvent]) {
        for event in events {
            self.append(event);
        }
    }

    /// Has the digest of the group cover a report that changed nothing.
    pub(super) fn cover(&mut self, report: &RoutineReport) {
        self.routine.extend_from_slice(&history::compact(report));
        self.at = report.recorded_at;
    }

    /// Ends the group: what to write, and the state of the log after it. Empty when nothing changed.
    pub(super) fn finish(mut self, signer: &dyn HeadSigner) -> (Writes, LogState) {
        if !self.routine.is_empty() {
            self.append_routine();
        }
        if self.writes.is_empty() && !self.appended {
            return (Writes::new(), self.log);
        }
        self.put_entries();
        let root = self.log.root();
        if self.appended {
            let head = AuditHead::sign(root, self.at, signer);
            self.put(keys::head(root.size), head.encode());
        }
        let row = codec::seal(&LogRow {
            group: self.log.group,
            size: root.size,
            peaks: self
                .log
                .frontier
                .peaks()
                .iter()
                .map(|p| p.to_vec())
                .collect(),
        });
        self.put(keys::LOG, row);
        (self.writes, self.log)
    }

    fn append_routine(&mut self) {
        let rows = std::mem::take(&mut self.routine);
        let digest: [u8; 32] = Sha256::digest(&rows).into();
        self.put(keys::routine(self.log.frontier.size()), rows.clone());
        self.append(&AuditEvent {
            at: self.at,
            actor: Actor::Collector,
            action: ROUTINE,
            device: None,
            details: vec![
                ("count", (rows.len() / 40).to_string()),
                ("sha256", data_encoding::HEXLOWER.encode(&digest)),
            ],
        });
    }

    fn append(&mut self, event: &AuditEvent) {
        if let Some(device) = event.device.filter(|_| event.is_turn()) {
            turns::note(self, device, self.log.frontier.size());
        }
        let bytes = entry::encode(event);
        let leaf = leaf_hash(&bytes);
        self.log.frontier.push(leaf);
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.pending.1.extend_from_slice(&length.to_be_bytes());
        self.pending.1.extend_from_slice(&bytes);
        self.appended = true;
        self.at = event.at;
        if self.pending.1.len() >= ENTRIES_BYTES_MAX {
            self.put_entries();
        }
    }

    fn put_entries(&mut self) {
        let (first, bytes) = std::mem::take(&mut self.pending);
        if !bytes.is_empty() {
            self.put(keys::entries(first), bytes);
        }
        self.pending.0 = self.log.frontier.size();
    }
}

/// That the log ends with a head of ours over all of it, and nothing lies beyond its end.
pub(super) fn check_end(rows: &Rows, log: &LogState, key: &LogPublicKey) -> Result<(), StoreError> {
    let wrong = |cause: String| {
        rows.unreadable(&RowError::Encoding {
            row: "end of the audit log",
            cause,
        })
    };
    let root = log.root();
    let beyond = behind(&keys::head(u64::MAX));
    if let Some(last) = rows.last_key(&keys::head(0), &beyond)?
        && last > keys::head(root.size)
    {
        return Err(wrong("there is a head of a longer one".to_owned()));
    }
    if root.size == 0 {
        return if rows.last_key(&[], &[0xff])?.is_some_and(|_| log.group == 0) {
            Err(wrong("it is missing, and there are rows".to_owned()))
        } else {
            Ok(())
        };
    }
    let head = rows.row(&keys::head(root.size), |row| {
        AuditHead::decode(row).map_err(|e| RowError::Encoding {
            row: "audit head",
            cause: e.to_string(),
        })
    })?;
    let head = head.ok_or_else(|| wrong("it has no signed head".to_owned()))?;
    head.verify(key).map_err(|e| wrong(e.to_string()))?;
    if head.root == root {
        Ok(())
    } else {
        Err(wrong("its signed head is of another log".to_owned()))
    }
}

/// Takes the entries of one row apart.
pub(super) fn entries(mut row: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !row.is_empty() {
        let (length, rest) = row.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (entry, rest) = rest.split_at_checked(length)?;
        entries.push(entry);
        row = rest;
    }
    Some(entries)
}
