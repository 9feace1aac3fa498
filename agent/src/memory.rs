//! What the agent must remember across a power cut: order, thread, policy, register entry, clock.
//!
//! Touches the memory folder. Must never guess at a damaged file: it is reported, and whoever needed
//! it decides with that in mind.

pub mod record;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use thiserror::Error;

use sekisho_policy::id::DeviceId;

use crate::limits::MEMORY_BYTES_MAX;
use crate::paths::{self, PathError};

/// First bytes of every file, with the version of the format.
const MAGIC: &[u8; 8] = b"sekisho1";
/// Magic, SHA-256 of what follows, device id.
const HEADER_BYTES: usize = 8 + 32 + 16;

/// One thing that is remembered, in a file of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// The addresses at which the collector was met: an isolated device resolves no names.
    Addresses,
    /// What tells the internal network from any other.
    Beacons,
    /// A break-glass release: codes used, end of the release.
    BreakGlass,
    /// The measured skew, and the newest time heard from the collector.
    Clock,
    /// The order in force, as it was signed, and how long it has been in force.
    Order,
    /// The policy document.
    Policy,
    /// What the register says of this device.
    Register,
    /// The requests carried out lately.
    Requests,
    /// Since when this laptop finds which rule broken.
    Since,
    /// What tells this device from a copy of it.
    Thread,
    /// What the collector last judged.
    Verdict,
}

impl Slot {
    /// Every slot, in the order of their names.
    pub const ALL: [Self; 11] = [
        Self::Addresses,
        Self::Beacons,
        Self::BreakGlass,
        Self::Clock,
        Self::Order,
        Self::Policy,
        Self::Register,
        Self::Requests,
        Self::Since,
        Self::Thread,
        Self::Verdict,
    ];

    /// The name of the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Addresses => "addresses",
            Self::Beacons => "beacons",
            Self::BreakGlass => "break-glass",
            Self::Clock => "clock",
            Self::Order => "order",
            Self::Policy => "policy",
            Self::Register => "register",
            Self::Requests => "requests",
            Self::Since => "since",
            Self::Thread => "thread",
            Self::Verdict => "verdict",
        }
    }
}

/// A file of the memory that cannot be used.
#[derive(Debug, Error)]
pub enum MemoryError {
    /// It cannot be read or written.
    #[error(transparent)]
    Path(#[from] PathError),
    /// Its checksum does not fit: it was altered, or the disk failed. It is left where it is.
    #[error("{path} is damaged: {what}; the agent goes on without it and tells the collector")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        what: &'static str,
    },
}

/// The memory of one device.
#[derive(Debug, Clone)]
pub struct Memory {
    memory_dir: PathBuf,
    device: DeviceId,
}

impl Memory {
    /// The memory in a folder that is there. Files of another device in it count as not there.
    #[must_use]
    pub fn new(memory_dir: &Path, device: DeviceId) -> Self {
        Self {
            memory_dir: memory_dir.to_owned(),
            device,
        }
    }

    /// Whose memory it is.
    #[must_use]
    pub const fn device(&self) -> DeviceId {
        self.device
    }

    /// Writes one thing down; it is on disk, through a power cut, when this returns.
    ///
    /// # Errors
    /// [`MemoryError::Path`]; what was remembered before still is.
    pub fn keep(&self, slot: Slot, body: &[u8]) -> Result<(), MemoryError> {
        let bytes = seal(slot.name(), self.device, body);
        Ok(paths::write_small(&self.path(slot), &bytes)?)
    }

    /// Reads one thing back; `None` when nothing was kept for this device.
    ///
    /// # Errors
    /// [`MemoryError`] when the file cannot be read or is damaged.
    pub fn recall(&self, slot: Slot) -> Result<Option<Vec<u8>>, MemoryError> {
        let path = self.path(slot);
        let Some(bytes) = paths::read_small(&path, MEMORY_BYTES_MAX)? else {
            return Ok(None);
        };
        let (device, body) = unseal(slot.name(), &bytes).map_err(|what| MemoryError::Damaged {
            path: path.clone(),
            what,
        })?;
        Ok((device == self.device).then(|| body.to_owned()))
    }

    /// Forgets one thing.
    ///
    /// # Errors
    /// [`MemoryError::Path`].
    pub fn forget(&self, slot: Slot) -> Result<(), MemoryError> {
        Ok(paths::remove_small(&self.path(slot))?)
    }

    fn path(&self, slot: Slot) -> PathBuf {
        self.memory_dir.join(slot.name())
    }
}

/// Puts a body into the form of a file that is called `name`.
#[must_use]
pub fn seal(name: &str, device: DeviceId, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES.saturating_add(body.len()));
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&checksum(name, device, body));
    bytes.extend_from_slice(device.as_bytes());
    bytes.extend_from_slice(body);
    bytes
}

/// Takes the body and its device out of a file that is called `name`.
///
/// # Errors
/// What does not fit, when the file is damaged or another.
pub fn unseal<'a>(name: &str, bytes: &'a [u8]) -> Result<(DeviceId, &'a [u8]), &'static str> {
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or("it does not begin as one of its kind")?;
    let (sum, rest) = rest.split_first_chunk::<32>().ok_or("it is cut short")?;
    let (device, body) = rest.split_first_chunk::<16>().ok_or("it is cut short")?;
    let device = DeviceId::from_bytes(*device);
    if *sum != checksum(name, device, body) {
        return Err("its checksum does not fit");
    }
    Ok((device, body))
}

/// The name is part of the sum, so that one file cannot stand in for another.
fn checksum(name: &str, device: DeviceId, body: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(name)
        .chain_update([0])
        .chain_update(device.as_bytes())
        .chain_update(body)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceId = DeviceId::from_bytes([7; 16]);

    #[test]
    fn what_was_kept_is_remembered_by_the_same_device_only() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory::new(dir.path(), DEVICE);
        assert!(memory.recall(Slot::Thread).unwrap().is_none());
        memory.keep(Slot::Thread, b"thread").unwrap();
        assert_eq!(memory.recall(Slot::Thread).unwrap().unwrap(), b"thread");
        let other = Memory::new(dir.path(), DeviceId::from_bytes([8; 16]));
        assert!(other.recall(Slot::Thread).unwrap().is_none());
    }

    #[test]
    fn any_single_altered_or_missing_byte_is_reported_as_damage() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory::new(dir.path(), DEVICE);
        memory.keep(Slot::Order, b"an order").unwrap();
        let path = dir.path().join("order");
        let whole = std::fs::read(&path).unwrap();
        for at in 0..whole.len() {
            let mut altered = whole.clone();
            altered[at] ^= 1;
            std::fs::write(&path, &altered).unwrap();
            let error = memory.recall(Slot::Order).unwrap_err();
            assert!(
                matches!(error, MemoryError::Damaged { .. }),
                "byte {at}: {error}"
            );
            std::fs::write(&path, &whole[..at]).unwrap();
            assert!(memory.recall(Slot::Order).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn one_file_cannot_stand_in_for_another() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory::new(dir.path(), DEVICE);
        memory.keep(Slot::Requests, b"x").unwrap();
        std::fs::rename(dir.path().join("requests"), dir.path().join("order")).unwrap();
        assert!(memory.recall(Slot::Order).is_err());
    }
}
