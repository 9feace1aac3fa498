//! The proof that a log was not altered, from an exported file and the log's public key alone.
//!
//! Touches the file it is given, reading only. Must never take a word of the file for true that the
//! signatures do not cover.
//!
//! A log cut short at one of its heads is whole as far as it goes: nothing in the file can tell. A head
//! that was noted down before (printed, in a backup, in another's hands) does, and is asked for.

use std::io::{BufRead, Read};

use sha2::{Digest, Sha256};
use thiserror::Error;

use sekisho_policy::merkle::leaf_hash;

use super::line::{Line, LineError};
use super::{AuditHead, Frontier, LogPublicKey, entry};
use crate::store::AuditRoot;

/// Bytes of one line. The rows of the largest commit group take 28 KiB, an entry's particulars less.
const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// What was found whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The last head; `None` of an empty log.
    pub head: Option<AuditHead>,
    /// Signed heads that fit the entries.
    pub heads: u64,
    /// Reports without news that a digest in the log covers.
    pub routine_reports: u64,
}

/// The first thing that is not as it was written.
#[derive(Debug, Error)]
pub enum Tampered {
    /// The file cannot be read.
    #[error("the file cannot be read after entry {0}")]
    Read(u64, #[source] std::io::Error),
    /// A line is not as it was written.
    #[error("the line of, or after, entry {index} was altered")]
    Line {
        /// The entry that should come next.
        index: u64,
        /// What is wrong with it.
        #[source]
        source: LineError,
    },
    /// A line is longer than any that was written.
    #[error(
        "the line of, or after, entry {0} has {LINE_BYTES_MAX} bytes or more; no line that was written has"
    )]
    TooLong(u64),
    /// A line stands where it does not belong.
    #[error("at entry {index}: {what}")]
    Order {
        /// The entry that should come next.
        index: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// Entries do not hash to what was signed.
    #[error("entries {from} to {to} are not those that the head of size {to} was signed over")]
    Root {
        /// The first entry after the last head that fits.
        from: u64,
        /// The size of the head.
        to: u64,
    },
    /// A signature does not fit.
    #[error("the head after entry {index} does not verify")]
    Head {
        /// The entry that should come next.
        index: u64,
        /// What is wrong with it.
        #[source]
        source: super::head::HeadError,
    },
    /// The rows beside an entry are not those it holds the digest of.
    #[error("the routine reports beside entry {0} were altered")]
    Routine(u64),
    /// The log is shorter than one that was signed.
    #[error(
        "the log ends at entry {found}, and a head of size {known} has been signed; the tail is missing"
    )]
    Short {
        /// Entries found.
        found: u64,
        /// Entries known of.
        known: u64,
    },
}

/// Verifies an exported log. `known` is what heads noted down before say.
///
/// # Errors
/// [`Tampered`]: the first thing that is not as it was written.
pub fn verify(
    mut file: impl BufRead,
    key: &LogPublicKey,
    known: &[AuditRoot],
) -> Result<Verified, Tampered> {
    let mut verifier = Verifier::new(*key, known.to_vec());
    let mut text = String::new();
    loop {
        let index = verifier.tree.size();
        text.clear();
        let mut bounded = file.by_ref().take(LINE_BYTES_MAX);
        let read = bounded.read_line(&mut text);
        if read.map_err(|e| Tampered::Read(index, e))? == 0 {
            return verifier.end();
        }
        if bounded.limit() == 0 {
            return Err(Tampered::TooLong(index));
        }
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = Line::parse(line).map_err(|source| Tampered::Line { index, source })?;
        verifier.take(&line)?;
    }
}

/// Verifies line by line.
#[derive(Debug)]
pub struct Verifier {
    key: LogPublicKey,
    known: Vec<AuditRoot>,
    tree: Frontier,
    /// What the first line said; `None` before it.
    last: Option<Option<AuditHead>>,
    head: Option<AuditHead>,
    /// The entry whose rows must come next, with their digest.
    awaited: Option<(u64, String)>,
    heads: u64,
    routine_reports: u64,
}

impl Verifier {
    /// Begins. `known` is the log as it was at times before.
    #[must_use]
    pub fn new(key: LogPublicKey, known: Vec<AuditRoot>) -> Self {
        Self {
            key,
            known,
            tree: Frontier::default(),
            last: None,
            head: None,
            awaited: None,
            heads: 0,
            routine_reports: 0,
        }
    }

    /// Takes the next line.
    ///
    /// # Errors
    /// [`Tampered`] when it cannot be the next.
    pub fn take(&mut self, line: &Line) -> Result<(), Tampered> {
        if self.last.is_none() != matches!(line, Line::Log(_)) {
            return Err(self.order("the log does not begin with its one first line"));
        }
        if self.awaited.is_some() != matches!(line, Line::Routine(..)) {
            return Err(self.order("the routine reports of the entry before do not stand here"));
        }
        match line {
            Line::Log(head) => self.last = Some(head.clone()),
            Line::Entry(index, bytes) => self.entry(*index, bytes)?,
            Line::Routine(index, rows) => self.routine(*index, rows)?,
            Line::Head(head) => self.head(head)?,
        }
        Ok(())
    }

    /// Ends.
    ///
    /// # Errors
    /// [`Tampered`] when more should have come.
    pub fn end(self) -> Result<Verified, Tampered> {
        let found = self.tree.size();
        let announced = self.last.clone().flatten();
        if self.last.is_none() || self.awaited.is_some() {
            return Err(self.order("the log ends in the middle"));
        }
        for known in announced
            .as_ref()
            .map(|head| head.root)
            .iter()
            .chain(&self.known)
        {
            if known.size > found {
                return Err(Tampered::Short {
                    found,
                    known: known.size,
                });
            }
        }
        if announced != self.head || self.head.as_ref().map_or(0, |h| h.root.size) != found {
            return Err(self.order("the log does not end at the head that it announces"));
        }
        Ok(Verified {
            head: self.head,
            heads: self.heads,
            routine_reports: self.routine_reports,
        })
    }

    fn entry(&mut self, index: u64, bytes: &[u8]) -> Result<(), Tampered> {
        if index != self.tree.size() {
            return Err(self.order("an entry is missing, or stands in another's place"));
        }
        let entry = entry::decode(bytes).map_err(|_| self.order("the entry cannot be read"))?;
        self.tree.push(leaf_hash(bytes));
        if entry.action == super::ROUTINE {
            let digest = entry.details.into_iter().find(|(name, _)| name == "sha256");
            self.awaited = Some((index, digest.map(|(_, value)| value).unwrap_or_default()));
        }
        let root = AuditRoot {
            size: self.tree.size(),
            root: self.tree.root(),
        };
        let mut known = self.known.iter();
        if known.any(|known| known.size == root.size && *known != root) {
            return Err(self.mismatch());
        }
        Ok(())
    }

    fn routine(&mut self, index: u64, rows: &[u8]) -> Result<(), Tampered> {
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(rows));
        if self.awaited.take() != Some((index, digest)) {
            return Err(Tampered::Routine(index));
        }
        let reports = u64::try_from(rows.len() / 40).unwrap_or(u64::MAX);
        self.routine_reports = self.routine_reports.saturating_add(reports);
        Ok(())
    }

    fn head(&mut self, head: &AuditHead) -> Result<(), Tampered> {
        let index = self.tree.size();
        head.verify(&self.key)
            .map_err(|source| Tampered::Head { index, source })?;
        if head.root.size != index {
            return Err(self.order("a signed head is of another size"));
        }
        if head.root.root != self.tree.root() {
            return Err(self.mismatch());
        }
        self.heads = self.heads.saturating_add(1);
        self.head = Some(head.clone());
        Ok(())
    }

    fn mismatch(&self) -> Tampered {
        Tampered::Root {
            from: self.head.as_ref().map_or(0, |head| head.root.size),
            to: self.tree.size(),
        }
    }

    const fn order(&self, what: &'static str) -> Tampered {
        Tampered::Order {
            index: self.tree.size(),
            what,
        }
    }
}
