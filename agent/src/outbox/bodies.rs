//! The bodies of sections, each in a file named after its digest.
//!
//! Touches the bodies folder. Must never return a body that is not the one that was put there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use sekisho_policy::id::Fingerprint;
use sekisho_proto::limits::SECTION_COMPRESSED_BYTES_MAX;

use crate::paths::{self, PathError};

/// SHA-256 of the frame, before it.
const SUM_BYTES: usize = 32;

/// The bodies that are here, with their sizes in bytes.
#[derive(Debug)]
pub(super) struct Bodies {
    bodies_dir: PathBuf,
    sizes: BTreeMap<Fingerprint, u64>,
}

impl Bodies {
    /// Lists the folder, or makes it. Files that are no bodies are removed: they are scratch files of a
    /// write that a power cut ended.
    pub(super) fn open(bodies_dir: &Path) -> Result<Self, PathError> {
        paths::make_dir(bodies_dir, 0o700)?;
        let failed = |source| PathError::Read {
            path: bodies_dir.to_owned(),
            source,
        };
        let mut sizes = BTreeMap::new();
        for entry in fs::read_dir(bodies_dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            match name.to_str().and_then(|name| name.parse().ok()) {
                Some(digest) => {
                    sizes.insert(digest, entry.metadata().map_err(failed)?.len());
                }
                None => paths::remove_small(&entry.path())?,
            }
        }
        Ok(Self {
            bodies_dir: bodies_dir.to_owned(),
            sizes,
        })
    }

    /// Bytes a body takes; `None` when it is not here.
    pub(super) fn size(&self, digest: Fingerprint) -> Option<u64> {
        self.sizes.get(&digest).copied()
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }

    /// The digests of all bodies.
    pub(super) fn digests(&self) -> BTreeSet<Fingerprint> {
        self.sizes.keys().copied().collect()
    }

    /// Writes a body durably, unless it is here.
    pub(super) fn keep(&mut self, digest: Fingerprint, frame: &[u8]) -> Result<(), PathError> {
        if self.sizes.contains_key(&digest) {
            return Ok(());
        }
        let mut bytes = Sha256::digest(frame).to_vec();
        bytes.extend_from_slice(frame);
        paths::write_small(&self.path(digest), &bytes)?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.sizes.insert(digest, size);
        Ok(())
    }

    /// Reads a body back; `None` when it is not here or is not what was put there.
    pub(super) fn read(&self, digest: Fingerprint) -> Result<Option<Vec<u8>>, PathError> {
        let max = SECTION_COMPRESSED_BYTES_MAX.saturating_add(SUM_BYTES);
        let Some(bytes) = paths::read_small(&self.path(digest), max)? else {
            return Ok(None);
        };
        let Some((sum, frame)) = bytes.split_first_chunk::<SUM_BYTES>() else {
            return Ok(None);
        };
        let fits = sum.as_slice() == Sha256::digest(frame).as_slice();
        Ok(fits.then(|| frame.to_vec()))
    }

    /// Removes every body that is not named.
    pub(super) fn keep_only(&mut self, named: &BTreeSet<Fingerprint>) {
        let gone: Vec<_> = self
            .sizes
            .keys()
            .filter(|at| !named.contains(at))
            .copied()
            .collect();
        for digest in gone {
            if let Err(error) = self.remove(digest) {
                tracing::warn!(%digest, %error, "cannot remove a body that is not needed");
            }
        }
    }

    /// Gives up a body that cannot be read. Its file is replaced when it comes again.
    pub(super) fn forget(&mut self, digest: Fingerprint) {
        if let Err(error) = self.remove(digest) {
            tracing::warn!(%digest, %error, "cannot remove a body that cannot be read");
        }
        self.sizes.remove(&digest);
    }

    fn remove(&mut self, digest: Fingerprint) -> std::io::Result<()> {
        match fs::remove_file(self.path(digest)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        self.sizes.remove(&digest);
        Ok(())
    }

    fn path(&self, digest: Fingerprint) -> PathBuf {
        self.bodies_dir.join(digest.to_string())
    }
}
