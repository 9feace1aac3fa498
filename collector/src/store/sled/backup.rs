//! Backup and restore: the store as the last commit group left it, in one file under one digest.
//!
//! Touches the database, the backup file, and the empty folder that a restore fills. Must never let a
//! restored store be opened before the whole of it is verified.
//!
//! The file: a first line, then each row as the lengths of key and value (four bytes each, big-endian),
//! key and value; two lengths of all ones; and the SHA-256 of everything before.

use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};
use sled::{Batch, Tree};

use sekisho_policy::merkle::leaf_hash;

use super::disk::{self, Disk, Unsynced};
use super::group::{LogState, entries};
use super::{keys, rows};
use crate::audit::{AuditHead, Frontier, LogPublicKey};
use crate::store::StoreError;

const FIRST_LINE: &[u8] = b"sekisho backup 1\n";
/// Bytes of a key or value past which a length is taken for damage.
const FIELD_BYTES_MAX: usize = 1024 * 1024;
/// Rows put back at once.
const BATCH: usize = 500;

/// Writes every row of the tree. The file must not be there yet.
pub(super) fn write(tree: &Tree, path: &Path) -> Result<(), StoreError> {
    let refused = |e: &io::Error| StoreError::Disk {
        path: path.display().to_string(),
        cause: e.to_string(),
    };
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|e| refused(&e))?;
    let mut out = Digesting::new(BufWriter::new(file));
    out.write_all(FIRST_LINE).map_err(|e| refused(&e))?;
    for row in tree {
        let (key, value) = row.map_err(|e| disk::failed(path, e))?;
        let row = [&length(&key), &length(&value), &key[..], &value].concat();
        out.write_all(&row).map_err(|e| refused(&e))?;
    }
    out.write_all(&[0xff; 8]).map_err(|e| refused(&e))?;
    let digest = out.digest.finalize();
    let mut out = out.inner;
    out.write_all(&digest)
        .and_then(|()| out.flush())
        .and_then(|()| out.get_ref().sync_all())
        .map_err(|e| refused(&e))
}

/// Fills the empty folder `dir` from a backup and tells the head of its audit log; `None` when the log
/// is empty. Blocks.
///
/// # Errors
/// [`StoreError::Conflict`] when the folder is not empty; [`StoreError::Corrupt`] when the backup is not
/// as it was written, or its audit log does not verify; [`StoreError::Disk`].
pub fn restore(
    backup: &Path,
    dir: &Path,
    key: &LogPublicKey,
) -> Result<Option<AuditHead>, StoreError> {
    let refused = |e: &io::Error| StoreError::Disk {
        path: dir.display().to_string(),
        cause: e.to_string(),
    };
    if dir.exists()
        && std::fs::read_dir(dir)
            .map_err(|e| refused(&e))?
            .next()
            .is_some()
    {
        return Err(StoreError::Conflict(format!(
            "{} is not empty; restore into a folder of its own",
            dir.display()
        )));
    }
    // The digest first, so that a damaged file leaves the folder as it was.
    read(backup, |_, _| Ok(()))?;
    let restored = fill(backup, dir).and_then(|disk| verified(backup, disk.tree(), key));
    if restored.is_err() && dir.exists() {
        std::fs::remove_dir_all(dir).map_err(|e| refused(&e))?;
    }
    restored
}

fn fill(backup: &Path, dir: &Path) -> Result<Disk, StoreError> {
    let _lock = disk::lock(dir)?;
    let disk = Disk::open(dir)?;
    let (mut batch, mut count) = (Batch::default(), 0_usize);
    read(backup, |key, value| {
        batch.insert(key, value);
        count = count.saturating_add(1);
        if count.is_multiple_of(BATCH) {
            disk.tree()
                .apply_batch(std::mem::take(&mut batch))
                .map_err(|e| disk::failed(dir, e))?;
        }
        Ok(())
    })?;
    disk.tree()
        .apply_batch(batch)
        .map_err(|e| disk::failed(dir, e))?;
    disk.sync().map_err(|e| match e {
        Unsynced::Refused(error) | Unsynced::Lost(error) => error,
    })?;
    Ok(disk)
}

/// Recomputes the log from its entries and checks the head that was signed over it.
fn verified(
    backup: &Path,
    tree: &Tree,
    key: &LogPublicKey,
) -> Result<Option<AuditHead>, StoreError> {
    let wrong = |cause: &str| damaged(backup, cause);
    let said = LogState::read(tree).map_err(|cause| wrong(&cause))?.root();
    let mut log = Frontier::default();
    for row in tree.range(keys::entries(0)..=keys::entries(u64::MAX)) {
        let (key, row) = row.map_err(|e| disk::failed(backup, e))?;
        let row = rows::value(tree, &key, row).map_err(|e| disk::failed(backup, e))?;
        if key != keys::entries(log.size()) {
            return Err(wrong("audit entries are missing"));
        }
        for entry in entries(&row).ok_or_else(|| wrong("audit entries cannot be read"))? {
            log.push(leaf_hash(entry));
        }
    }
    if (log.size(), log.root()) != (said.size, said.root) {
        return Err(wrong("the audit log does not hash to its root"));
    }
    if said.size == 0 {
        return Ok(None);
    }
    let head = rows::fetch(tree, &keys::head(said.size))
        .map_err(|e| disk::failed(backup, e))?
        .ok_or_else(|| wrong("the signed head of the audit log is missing"))?;
    let head = AuditHead::decode(&head).map_err(|e| wrong(&e.to_string()))?;
    head.verify(key).map_err(|e| wrong(&e.to_string()))?;
    if head.root == said {
        Ok(Some(head))
    } else {
        Err(wrong("the signed head is of another audit log"))
    }
}

/// Reads a backup row by row and checks its digest at the end.
fn read(
    backup: &Path,
    mut take: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
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
    loop {
        let (mut key, mut value) = ([0; 4], [0; 4]);
        input.read_exact(&mut key).map_err(cut)?;
        input.read_exact(&mut value).map_err(cut)?;
        if (key, value) == ([0xff; 4], [0xff; 4]) {
            break;
        }
        let mut row = vec![0; field(backup, key)?];
        input.read_exact(&mut row).map_err(cut)?;
        let mut content = vec![0; field(backup, value)?];
        input.read_exact(&mut content).map_err(cut)?;
        take(&row, &content)?;
    }
    let found: [u8; 32] = input.digest.finalize().into();
    let (mut said, mut more) = ([0; 32], Vec::new());
    input.inner.read_exact(&mut said).map_err(cut)?;
    input.inner.read_to_end(&mut more).map_err(cut)?;
    if found == said && more.is_empty() {
        Ok(())
    } else {
        Err(damaged(backup, "its digest does not fit; it was altered"))
    }
}

fn field(backup: &Path, length: [u8; 4]) -> Result<usize, StoreError> {
    usize::try_from(u32::from_be_bytes(length))
        .ok()
        .filter(|length| *length <= FIELD_BYTES_MAX)
        .ok_or_else(|| damaged(backup, "a row is longer than any row can be"))
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}

fn damaged(backup: &Path, cause: &str) -> StoreError {
    StoreError::Corrupt {
        path: backup.display().to_string(),
        cause: cause.to_owned(),
    }
}

/// A reader or writer that takes the digest of what passes.
struct Digesting<T> {
    inner: T,
    digest: Sha256,
}

impl<T> Digesting<T> {
    fn new(inner: T) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
        }
    }
}

impl<T: Write> Digesting<T> {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.digest.update(bytes);
        self.inner.write_all(bytes)
    }
}

impl<T: Read> Digesting<T> {
    fn read_exact(&mut self, into: &mut [u8]) -> io::Result<()> {
        self.inner.read_exact(into)?;
        self.digest.update(into);
        Ok(())
    }
}
