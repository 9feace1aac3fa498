//! Restoring: a backup is checked whole, filled into a folder beside the store's, and put in its place.
//!
//! Touches the backup, and the folders of a store that is not there yet. Must never let a store be opened
//! before all of it is verified and on the device, whenever the power goes.
//!
//! What it changes: the restoring stands in the audit log, and no device is bound to the thread that the
//! backup knows. A device that has connected since the backup holds a later one, and would pass for a clone.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use sekisho_policy::merkle::leaf_hash;

use super::backup::{END, FIRST_LINE};
use super::group::{Group, LogState, entries};
use super::rows::{Rows, Unsynced, Writes, behind};
use super::{change, disk, keys};
use crate::audit::{AuditHead, Frontier, HeadSigner, LogPublicKey, is_backup_of};
use crate::limits::KEY_BYTES_MAX;
use crate::record::AuditEvent;
use crate::store::StoreError;

/// Bytes of a value past which a length is taken for damage.
const VALUE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Rows put back at once.
const BATCH: usize = 500;
/// Bytes of rows after which they are put back, however few.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

/// Makes the store in `dir` from a backup whose audit log `signer` signed, and tells the head of that log.
/// `dir` may be missing or empty. `event` tells the audit log who restored it.
/// `progress` is told the bytes read so far and the bytes to read in all. Blocks.
///
/// # Errors
/// [`StoreError::Conflict`] when the folder is not empty; [`StoreError::Corrupt`] when the backup is not
/// as it was written, or its audit log does not verify; [`StoreError::Disk`]. There is then no store.
pub fn restore(
    backup: &Path,
    dir: &Path,
    signer: &dyn HeadSigner,
    event: AuditEvent,
    mut progress: impl FnMut(u64, u64),
) -> Result<AuditHead, StoreError> {
    let refused = |path: &Path, e: &io::Error| StoreError::Disk {
        path: path.display().to_string(),
        cause: e.to_string(),
    };
    if holds_something(dir).map_err(|e| refused(dir, &e))? {
        return Err(StoreError::Conflict(format!(
            "{} is not empty; restore into a folder of its own",
            dir.display()
        )));
    }
    // It is read twice: the digest first, so that a damaged file leaves everything as it was.
    let length = fs::metadata(backup).map_err(|e| refused(backup, &e))?.len();
    let total = length.saturating_mul(2);
    let key = signer.public_key();
    read(backup, &key, |_, _| Ok(()), |done| progress(done, total))?;
    let aside = beside(dir);
    if aside.exists() {
        // A restore that a power cut broke off.
        fs::remove_dir_all(&aside).map_err(|e| refused(&aside, &e))?;
    }
    let restored = fill(backup, &key, &aside, |done| {
        progress(length.saturating_add(done), total)
    })
    .and_then(|rows| {
        let head = verified(backup, &rows, &key)?;
        begin_anew(&rows, signer, event)?;
        Ok(head)
    });
    let settled = restored.and_then(|head| {
        settle(&aside, dir).map_err(|e| refused(dir, &e))?;
        Ok(head)
    });
    if settled.is_err() && aside.exists() {
        fs::remove_dir_all(&aside).map_err(|e| refused(&aside, &e))?;
    }
    settled
}

fn holds_something(dir: &Path) -> io::Result<bool> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Where the store is made.
fn beside(dir: &Path) -> PathBuf {
    let mut aside = dir.as_os_str().to_owned();
    aside.push(".restoring");
    PathBuf::from(aside)
}

/// Puts all files of the closed database on the device, and then the folder in its place.
fn settle(aside: &Path, dir: &Path) -> io::Result<()> {
    for file in disk::files(aside)? {
        File::open(file)?.sync_all()?;
    }
    File::open(aside)?.sync_all()?;
    fs::rename(aside, dir)?;
    File::open(dir.parent().unwrap_or_else(|| Path::new(".")))?.sync_all()
}

fn fill(
    backup: &Path,
    key: &LogPublicKey,
    dir: &Path,
    progress: impl FnMut(u64),
) -> Result<Rows, StoreError> {
    let _lock = disk::lock(dir)?;
    let rows = disk::make(dir)?;
    let (mut batch, mut bytes) = (Writes::new(), 0_usize);
    let put = |key: &[u8], value: &[u8]| {
        batch.insert(key.to_vec(), Some(Bytes::copy_from_slice(value)));
        bytes = bytes.saturating_add(value.len());
        if batch.len() >= BATCH || bytes >= BATCH_BYTES {
            bytes = 0;
            commit(&rows, &std::mem::take(&mut batch))?;
        }
        Ok(())
    };
    read(backup, key, put, progress)?;
    commit(&rows, &batch)?;
    Ok(rows)
}

/// Unbinds devices from their threads, and puts down the restoring.
fn begin_anew(rows: &Rows, signer: &dyn HeadSigner, event: AuditEvent) -> Result<(), StoreError> {
    let mut log = LogState::read(rows)?;
    let (from, to) = keys::all(keys::POSTURES);
    let mut postures = Vec::new();
    rows.scan(&from, &to, |key, _| {
        postures.push(key.to_vec());
        Ok(true)
    })?;
    for round in postures.chunks(BATCH) {
        let mut group = Group::begin(rows, &log);
        for key in round {
            change::posture_unbind(&mut group, key)?;
        }
        log = end(rows, group, signer)?;
    }
    let mut group = Group::begin(rows, &log);
    group.audit(&[event]);
    end(rows, group, signer).map(|_| ())
}

fn end(rows: &Rows, group: Group<'_>, signer: &dyn HeadSigner) -> Result<LogState, StoreError> {
    let (writes, log) = group.finish(signer);
    commit(rows, &writes)?;
    Ok(log)
}

fn commit(rows: &Rows, writes: &Writes) -> Result<(), StoreError> {
    rows.begin()?;
    // The log is put away each time: it would grow to the size of the backup, beside the store.
    let done = rows.commit(writes).and_then(|()| rows.checkpoint());
    done.map_err(|e| match e {
        Unsynced::Refused(error) | Unsynced::Lost(error) => error,
    })
}

/// Recomputes the log from its entries and checks the head that was signed over it.
fn verified(backup: &Path, rows: &Rows, key: &LogPublicKey) -> Result<AuditHead, StoreError> {
    let wrong = |cause: &str| damaged(backup, cause);
    let said = LogState::read(rows)?.root();
    let mut log = Frontier::default();
    let last = behind(&keys::entries(u64::MAX));
    rows.scan(&keys::entries(0), &last, |key, row| {
        if key != keys::entries(log.size()) {
            return Err(wrong("audit entries are missing"));
        }
        for entry in entries(row).ok_or_else(|| wrong("audit entries cannot be read"))? {
            log.push(leaf_hash(entry));
        }
        Ok(true)
    })?;
    if (log.size(), log.root()) != (said.size, said.root) {
        return Err(wrong("the audit log does not hash to its root"));
    }
    if said.size == 0 {
        return Err(wrong("it has no audit log"));
    }
    let head = rows
        .get(&keys::head(said.size))?
        .ok_or_else(|| wrong("the signed head of the audit log is missing"))?;
    let head = AuditHead::decode(&head).map_err(|e| wrong(&e.to_string()))?;
    head.verify(key).map_err(|e| wrong(&e.to_string()))?;
    if head.root == said {
        Ok(head)
    } else {
        Err(wrong("the signed head is of another audit log"))
    }
}

/// Reads a backup row by row and checks its signature at the end.
fn read(
    backup: &Path,
    signed_by: &LogPublicKey,
    mut take: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
    mut progress: impl FnMut(u64),
) -> Result<(), StoreError> {
    let cut = |e: io::Error| damaged(backup, &format!("it ends too early: {e}"));
    let file = File::open(backup).map_err(|e| StoreError::Disk {
        path: backup.display().to_string(),
        cause: e.to_string(),
    })?;
    let mut input = Digesting::new(BufReader::new(file));
    let mut first = [0; FIRST_LINE.len()];
    input.read_exact(&mut first).map_err(cut)?;
    if first != FIRST_LINE {
        return Err(damaged(backup, "it is no backup that this collector reads"));
    }
    let mut content = Vec::new();
    loop {
        let (mut key, mut value) = ([0; 4], [0; 4]);
        input.read_exact(&mut key).map_err(cut)?;
        input.read_exact(&mut value).map_err(cut)?;
        if (key, value) == (END, END) {
            break;
        }
        let mut row = vec![0; field(backup, key, KEY_BYTES_MAX)?];
        input.read_exact(&mut row).map_err(cut)?;
        content.resize(field(backup, value, VALUE_BYTES_MAX)?, 0);
        input.read_exact(&mut content).map_err(cut)?;
        take(&row, &content)?;
        progress(input.passed);
    }
    let found: [u8; 32] = input.digest.finalize().into();
    let (mut signature, mut more) = ([0; 64], Vec::new());
    input.inner.read_exact(&mut signature).map_err(cut)?;
    input.inner.take(1).read_to_end(&mut more).map_err(cut)?;
    if is_backup_of(signed_by, &found, &signature) && more.is_empty() {
        Ok(())
    } else {
        let why =
            "its signature does not fit: it was altered, or is of a collector with other keys";
        Err(damaged(backup, why))
    }
}

fn field(backup: &Path, length: [u8; 4], max: usize) -> Result<usize, StoreError> {
    usize::try_from(u32::from_be_bytes(length))
        .ok()
        .filter(|length| *length <= max)
        .ok_or_else(|| damaged(backup, "a row is longer than any row can be"))
}

fn damaged(backup: &Path, cause: &str) -> StoreError {
    StoreError::Corrupt {
        path: backup.display().to_string(),
        cause: cause.to_owned(),
    }
}

/// A reader that counts and takes the digest of what passes.
struct Digesting<T> {
    inner: T,
    digest: Sha256,
    passed: u64,
}

impl<T: Read> Digesting<T> {
    fn new(inner: T) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
            passed: 0,
        }
    }

    fn read_exact(&mut self, into: &mut [u8]) -> io::Result<()> {
        self.inner.read_exact(into)?;
        self.digest.update(&*into);
        let length = u64::try_from(into.len()).unwrap_or(u64::MAX);
        self.passed = self.passed.saturating_add(length);
        Ok(())
    }
}
