//! Opening the outbox: the format on disk, whose it is, and what happens when it cannot be read.
//!
//! Touches the outbox folder and its neighbours of the same name. Must never delete what it cannot
//! read: it is set aside for a person to look at.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use prost::Message;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::time::Timestamp;

use super::bodies::Bodies;
use super::{Outbox, OutboxError, Pending, Rows};
use crate::paths::{self, PathError};

/// First byte of the key of a report; its sequence follows, highest byte first.
pub(super) const ROW: u8 = b'r';
/// The sequence the next report gets.
pub(super) const NEXT: &[u8] = b"next";
/// The last report appended.
pub(super) const LATEST: &[u8] = b"latest";
/// Present while the row was begun without knowing what the collector has.
pub(super) const ANEW: &[u8] = b"anew";
/// Version of this format, then the device it belongs to.
const OWNER: &[u8] = b"owner";
const FORMAT: u8 = 1;

/// Bytes of sled's page cache. The row of reports takes less.
const CACHE_BYTES: u64 = 512 * 1024;
/// Opening may die in the middle (a panic in the database ends the process): after this many deaths in
/// a row the outbox is set aside. Fewer are a machine that was switched off: three in a row have been seen
/// in power cuts, and a database that panics each time gets here within half a minute.
const DEATHS_MAX: u8 = 10;
/// Outboxes set aside and kept. A disk that fails again and again must not fill itself.
const ASIDE_MAX: usize = 3;

/// A report as it is kept.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct PendingRecord {
    #[prost(uint64, tag = "1")]
    sequence: u64,
    #[prost(int64, tag = "2")]
    taken_at_ms: i64,
    #[prost(uint64, tag = "3")]
    folded_from: u64,
    #[prost(message, repeated, tag = "4")]
    sections: Vec<SectionRecord>,
}

#[derive(Clone, PartialEq, Eq, Message)]
struct SectionRecord {
    #[prost(string, tag = "1")]
    kind: String,
    #[prost(bytes = "vec", tag = "2")]
    digest: Vec<u8>,
}

impl From<&Pending> for PendingRecord {
    fn from(report: &Pending) -> Self {
        let Pending {
            sequence,
            taken_at,
            folded_from,
            sections,
        } = report;
        let sections = sections.iter().map(|(kind, digest)| SectionRecord {
            kind: kind.name().to_owned(),
            digest: digest.as_bytes().to_vec(),
        });
        Self {
            sequence: sequence.0,
            taken_at_ms: taken_at.0,
            folded_from: folded_from.map_or(0, |from| from.0),
            sections: sections.collect(),
        }
    }
}

impl TryFrom<PendingRecord> for Pending {
    type Error = String;

    fn try_from(record: PendingRecord) -> Result<Self, Self::Error> {
        let mut sections = BTreeMap::new();
        for SectionRecord { kind, digest } in record.sections {
            // A section that this version does not know any more is not sent any more.
            let Some(kind) = SectionKind::ALL
                .into_iter()
                .find(|known| known.name() == kind)
            else {
                continue;
            };
            let digest = <[u8; 32]>::try_from(digest).map_err(|_| "a digest of the wrong size")?;
            sections.insert(kind, Fingerprint::from_bytes(digest));
        }
        Ok(Self {
            sequence: Sequence(record.sequence),
            taken_at: Timestamp(record.taken_at_ms),
            folded_from: (record.folded_from > 0).then_some(Sequence(record.folded_from)),
            sections,
        })
    }
}

pub(super) fn open(
    outbox_dir: &Path,
    device: DeviceId,
) -> Result<(Outbox, Option<String>), OutboxError> {
    let attempts_path = outbox_dir.with_extension("opening");
    let deaths = paths::read_small(&attempts_path, 1)?
        .and_then(|bytes| bytes.first().copied())
        .unwrap_or(0);
    let mut aside = None;
    if deaths >= DEATHS_MAX {
        aside = Some("opening it ended the agent again and again".to_owned());
        set_aside(outbox_dir)?;
    }
    paths::write_small(&attempts_path, &[deaths.saturating_add(1)])?;
    let opened = match try_open(outbox_dir, device, aside.is_some()) {
        Err(error @ (OutboxError::Database { .. } | OutboxError::Damaged { .. })) => {
            aside = Some(chain(&error));
            set_aside(outbox_dir)?;
            try_open(outbox_dir, device, true)
        }
        other => other,
    };
    paths::remove_small(&attempts_path)?;
    Ok((opened?, aside))
}

fn try_open(outbox_dir: &Path, device: DeviceId, anew: bool) -> Result<Outbox, OutboxError> {
    if !outbox_dir.exists() {
        make(outbox_dir, device, anew)?;
    }
    let mut outbox = open_files(outbox_dir)?;
    let found = outbox.db.get(OWNER);
    match found.map_err(|source| OutboxError::Database {
        path: outbox_dir.to_owned(),
        step: "read",
        source,
    })? {
        Some(found) if found == owner(device) => {}
        Some(_) => {
            return Err(outbox.damaged("it belongs to another device or version".to_owned()));
        }
        // sled takes a database it cannot read for an empty one.
        None => return Err(outbox.damaged("its database is empty".to_owned())),
    }
    outbox.rows = read_rows(&outbox)?;
    outbox.sweep();
    Ok(outbox)
}

/// Makes an empty outbox. It gets its name once it is whole and on disk, so that one whose making was cut
/// off by a power cut is not taken for a damaged one.
fn make(outbox_dir: &Path, device: DeviceId, anew: bool) -> Result<(), OutboxError> {
    let new_dir = outbox_dir.with_extension("making");
    let failed = |source| PathError::Write {
        path: new_dir.clone(),
        source,
    };
    if new_dir.exists() {
        fs::remove_dir_all(&new_dir).map_err(failed)?;
    }
    paths::make_dir(&new_dir, 0o700)?;
    let outbox = open_files(&new_dir)?;
    let mut batch = sled::Batch::default();
    batch.insert(OWNER, owner(device));
    batch.insert(NEXT, &1_u64.to_be_bytes());
    if anew {
        batch.insert(ANEW, &[]);
    }
    outbox.commit(batch)?;
    // The database goes by the names of its files, and is opened anew under the new ones.
    drop(outbox);
    let state_dir = outbox_dir.parent().unwrap_or(outbox_dir);
    let sync = |path: &Path| File::open(path).and_then(|file| file.sync_all());
    for path in ["sled/conf", "sled", ""] {
        sync(&new_dir.join(path)).map_err(failed)?;
    }
    fs::rename(&new_dir, outbox_dir).map_err(failed)?;
    sync(state_dir).map_err(failed)?;
    Ok(())
}

fn open_files(outbox_dir: &Path) -> Result<Outbox, OutboxError> {
    let db_dir = outbox_dir.join("sled");
    let db = sled::Config::new()
        .path(&db_dir)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None)
        .open()
        .map_err(|source| OutboxError::Database {
            path: outbox_dir.to_owned(),
            step: "open",
            source,
        })?;
    let log = File::open(db_dir.join("db")).map_err(|source| OutboxError::Sync {
        path: outbox_dir.to_owned(),
        source,
    })?;
    Ok(Outbox {
        outbox_dir: outbox_dir.to_owned(),
        bodies: Bodies::open(&outbox_dir.join("bodies"))?,
        db,
        log,
        rows: Rows::default(),
    })
}

fn owner(device: DeviceId) -> Vec<u8> {
    let mut owner = vec![FORMAT];
    owner.extend_from_slice(device.as_bytes());
    owner
}

fn read_rows(outbox: &Outbox) -> Result<Rows, OutboxError> {
    let database = |source| OutboxError::Database {
        path: outbox.outbox_dir.clone(),
        step: "read",
        source,
    };
    let decode = |bytes: &[u8]| {
        PendingRecord::decode(bytes)
            .map_err(|error| error.to_string())
            .and_then(Pending::try_from)
            .map_err(|what| outbox.damaged(what))
    };
    let next = outbox.db.get(NEXT).map_err(database)?;
    let next = next
        .and_then(|bytes| <[u8; 8]>::try_from(bytes.as_ref()).ok())
        .map(u64::from_be_bytes)
        .ok_or_else(|| outbox.damaged("the next sequence is missing".to_owned()))?;
    let mut rows = Rows {
        next: Sequence(next),
        anew: outbox.db.contains_key(ANEW).map_err(database)?,
        ..Rows::default()
    };
    if let Some(latest) = outbox.db.get(LATEST).map_err(database)? {
        rows.latest = decode(&latest)?.sections;
    }
    for row in outbox.db.scan_prefix([ROW]) {
        let report = decode(&row.map_err(database)?.1)?;
        if report.sequence >= rows.next {
            return Err(outbox.damaged("a report is ahead of its row".to_owned()));
        }
        rows.pending.insert(report.sequence, report);
    }
    Ok(rows)
}

/// Moves the outbox to a name of its own beside itself.
fn set_aside(outbox_dir: &Path) -> Result<(), PathError> {
    let failed = |source| PathError::Write {
        path: outbox_dir.to_owned(),
        source,
    };
    if !outbox_dir.exists() {
        return Ok(());
    }
    let names: Vec<PathBuf> = (1..=ASIDE_MAX)
        .map(|number| outbox_dir.with_extension(format!("damaged-{number}")))
        .collect();
    let free = names.iter().find(|path| !path.exists());
    let Some(name) = free.or(names.last()) else {
        return Ok(());
    };
    if name.exists() {
        fs::remove_dir_all(name).map_err(failed)?;
    }
    fs::rename(outbox_dir, name).map_err(failed)
}

/// An error with its causes, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        line.push_str(": ");
        line.push_str(&inner.to_string());
        cause = inner.source();
    }
    line
}
