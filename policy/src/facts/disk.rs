//! The volumes of a laptop that can hold user data, and what lies between their files and the disk.
//!
//! Touches nothing. Must never take a setting for evidence: what counts is the stack of block
//! devices that is in use.

use super::Evidence;
use crate::reading::Reading;

/// One volume: a mounted file system, a swap area, or a data partition nobody has mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Where it is in use.
    pub place: Place,
    /// `major:minor` of the device the file system lives on; `0:N` for anonymous ones.
    pub device: String,
    /// The source as mountinfo names it.
    pub source: String,
    /// The file system type, as the kernel names it; `swap` for swap, empty when not known.
    pub filesystem: String,
    /// Size in bytes; `None` when it was not told.
    pub size_bytes: Option<u64>,
    /// Whether the medium can be carried away from the machine.
    pub removable: Reading<bool>,
    /// Why this volume need not be encrypted, if there is a reason that lies in what it is.
    pub exemption: Option<Exemption>,
    /// Whether what is written here reaches the disk encrypted.
    pub encryption: Reading<Encryption>,
    /// The stack from the file system down to the disk, as it was walked.
    pub evidence: Vec<Evidence>,
}

/// Where a volume is in use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Mounted at this path. Other mounts of the same device are in the evidence.
    Mounted(String),
    /// In use as swap.
    Swap(String),
    /// A partition or disk that nothing uses, by its kernel name.
    Unmounted(String),
}

/// Whether all that is written to a volume is encrypted before it reaches a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// Every path down to a disk goes through encryption.
    Encrypted(EncryptionKind),
    /// At least one path down to a disk does not.
    Plain(PlainReason),
}

/// What encrypts a volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EncryptionKind {
    /// dm-crypt with a LUKS1 header.
    Luks1,
    /// dm-crypt with a LUKS2 header.
    Luks2,
    /// dm-crypt without a header, as for swap with a random key.
    PlainDmCrypt,
    /// Another dm-crypt format: VeraCrypt, BitLocker, FileVault2 or loop-AES opened on Linux.
    OtherDmCrypt,
    /// ZFS native encryption with its key loaded.
    Zfs,
    /// BitLocker with protection on.
    BitLocker,
    /// File-based encryption (fscrypt) of this tree; names and contents, not metadata.
    Fscrypt,
    /// Several of the above, under different legs.
    Mixed,
}

/// Why a volume counts as not encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlainReason {
    /// Nothing on the way down encrypts.
    NoEncryption,
    /// Some legs of a LVM, RAID or btrfs are encrypted, and this one is not.
    PlainLeg(String),
    /// There is a dm-crypt layer, and its cipher is `cipher_null`.
    CipherNull,
    /// What looks like encryption only checks integrity (dm-verity, dm-integrity).
    IntegrityOnly,
    /// Encryption is still being laid over the volume; a part of it is plain.
    UnderWay,
    /// It is encrypted, and the key lies beside in the clear until protection is resumed (BitLocker).
    Suspended,
}

/// Why a volume need not be encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exemption {
    /// The EFI system partition, known by its partition type.
    EfiSystem,
    /// `/boot`: it holds the kernel and must be readable before a key is there.
    Boot,
    /// A read-only image such as a snap.
    ReadOnlyImage,
    /// It lives in memory and is gone without power (tmpfs, zram).
    Memory,
    /// It is not on this machine (NFS, CIFS and the like); listed, judged by other rules.
    Network,
}

impl Place {
    /// The name of the kind of place in machine-readable output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Mounted(_) => "mounted",
            Self::Swap(_) => "swap",
            Self::Unmounted(_) => "unmounted",
        }
    }

    /// The mount point, the swap's path, or the kernel's name of the device.
    #[must_use]
    pub const fn at(&self) -> &str {
        match self {
            Self::Mounted(at) | Self::Swap(at) | Self::Unmounted(at) => at.as_str(),
        }
    }
}

impl EncryptionKind {
    /// Every kind, in the order of the type.
    pub const ALL: [Self; 8] = [
        Self::Luks1,
        Self::Luks2,
        Self::PlainDmCrypt,
        Self::OtherDmCrypt,
        Self::Zfs,
        Self::BitLocker,
        Self::Fscrypt,
        Self::Mixed,
    ];

    /// The name of the kind in policy documents and machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Luks1 => "luks1",
            Self::Luks2 => "luks2",
            Self::PlainDmCrypt => "plain_dm_crypt",
            Self::OtherDmCrypt => "other_dm_crypt",
            Self::Zfs => "zfs",
            Self::BitLocker => "bitlocker",
            Self::Fscrypt => "fscrypt",
            Self::Mixed => "mixed",
        }
    }
}

impl PlainReason {
    /// The word for this reason in machine-readable output.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoEncryption => "no_encryption",
            Self::PlainLeg(_) => "plain_leg",
            Self::CipherNull => "cipher_null",
            Self::IntegrityOnly => "integrity_only",
            Self::UnderWay => "under_way",
            Self::Suspended => "suspended",
        }
    }
}

impl Exemption {
    /// The name of the exemption in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EfiSystem => "efi_system",
            Self::Boot => "boot",
            Self::ReadOnlyImage => "read_only_image",
            Self::Memory => "memory",
            Self::Network => "network",
        }
    }
}
