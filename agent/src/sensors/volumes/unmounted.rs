//! Partitions and disks that hold data and that nothing uses at the moment.
//!
//! Touches nothing. Must never list what holds no data: empty drives, the gaps of partition tables.

use std::collections::BTreeSet;

use sekisho_policy::facts::{Encryption, EncryptionKind, Exemption, Place, Volume};
use sekisho_policy::reading::{Reading, Why};

use super::blocks::Block;
use super::exempt;
use super::header::Header;
use super::kinds::Kind;
use super::walk::Walk;
use super::{Seen, kinds};
use crate::limits::{BLANK_PARTITION_BYTES, BOOT_VOLUME_BYTES_MAX};

/// Prefixes of devices that are no medium of their own: memory, floppies, flash boot areas, and loops over files
/// that are listed elsewhere.
const NO_MEDIA: &[&str] = &["ram", "zram", "loop", "fd", "mtdblock"];

/// The devices that nothing uses and nothing lies on, by kernel name.
pub(super) fn idle(seen: &Seen) -> Vec<&Block> {
    let carrying = seen.blocks.carrying();
    let used = used(seen);
    seen.blocks
        .all()
        .filter(|block| {
            let medium = !NO_MEDIA.iter().any(|prefix| block.name.starts_with(prefix))
                && (!block.is_optical() || block.has_disc())
                && !block.name.contains("boot")
                && !block.name.contains("rpmb");
            medium
                && block.size_bytes.unwrap_or(0) > 0
                && !carrying.contains(block.name.as_str())
                && !used.contains(block.name.as_str())
        })
        .collect()
}

/// Every idle device with what is known of its contents.
pub(super) fn volumes(seen: &Seen) -> Vec<Volume> {
    let pools = seen
        .mounts
        .all()
        .iter()
        .any(|mount| Kind::of(mount) == Kind::Zfs);
    idle(seen)
        .into_iter()
        .filter_map(|block| volume(seen, block, pools))
        .collect()
}

fn used(seen: &Seen) -> BTreeSet<&str> {
    let mut walk = Walk::new(seen);
    for mount in seen.mounts.all() {
        // A mount that is not listed, such as a snap's, uses its device as well.
        if kinds::counts(mount) || !mount.device.starts_with("0:") {
            walk.mount(mount);
        }
    }
    for swap in seen.swaps.known().into_iter().flatten() {
        if let Some(name) = swap.path.strip_prefix("/dev/") {
            walk.device(name);
        }
    }
    walk.passed().collect()
}

fn volume(seen: &Seen, block: &Block, pools: bool) -> Option<Volume> {
    let (source, header) = contents(seen, block);
    let small = block
        .size_bytes
        .is_some_and(|size| size <= BLANK_PARTITION_BYTES);
    let mut walk = Walk::new(seen);
    walk.device(&block.name);
    match &header {
        Reading::Known(Header::Blank) => return None,
        Reading::Known(Header::Unrecognized) | Reading::Absent if small => return None,
        // The datasets of the pool are listed themselves.
        Reading::Known(Header::Member("zfs_member")) if pools => return None,
        Reading::Known(_) | Reading::Absent | Reading::Unknown(_) => {}
    }
    let encryption = judged(&header, walk.encryption());
    let filesystem = match header {
        Reading::Known(Header::Plain(name)) if !name.is_empty() => name.to_owned(),
        Reading::Known(_) | Reading::Absent | Reading::Unknown(_) => {
            told(block).unwrap_or_default()
        }
    };
    walk.note(&source, describe(&header, &filesystem));
    let efi = exempt::is_efi(block)
        && block
            .size_bytes
            .is_some_and(|size| size <= BOOT_VOLUME_BYTES_MAX);
    // Nobody writes to a finished disc.
    let disc = block.is_optical() && filesystem == "iso9660";
    let exemption = match (efi, disc) {
        (true, _) => Some(Exemption::EfiSystem),
        (false, true) => Some(Exemption::ReadOnlyImage),
        (false, false) => None,
    };
    Some(Volume {
        place: Place::Unmounted(block.name.clone()),
        device: block.device.clone(),
        source: format!("/dev/{}", block.name.replace('!', "/")),
        filesystem,
        size_bytes: block.size_bytes,
        removable: walk.removable(),
        exemption,
        encryption,
        evidence: walk.evidence(),
    })
}

/// What the contents say of the encryption, over what the stack beneath says of it.
fn judged(header: &Reading<Header>, beneath: Reading<Encryption>) -> Reading<Encryption> {
    let contents = match header {
        Reading::Known(Header::Plain(_)) => return beneath,
        Reading::Known(Header::Luks(1)) => return encrypted(EncryptionKind::Luks1),
        Reading::Known(Header::Luks(2)) => return encrypted(EncryptionKind::Luks2),
        Reading::Known(Header::Luks(version)) => {
            Why::Unreadable(format!("LUKS of version {version}"))
        }
        Reading::Known(Header::BitLocker) => Why::Unsupported(
            "BitLocker; whether its protection is on cannot be told from here".to_owned(),
        ),
        Reading::Known(Header::Member(kind)) => {
            Why::Unsupported(format!("a member of {kind} that is not in use"))
        }
        Reading::Known(Header::Unrecognized | Header::Blank) | Reading::Absent => {
            Why::Unreadable("it holds something, and nothing that is known".to_owned())
        }
        Reading::Unknown(why) => why.clone(),
    };
    match beneath {
        Reading::Known(Encryption::Encrypted(kind)) => encrypted(kind),
        Reading::Known(Encryption::Plain(_)) | Reading::Absent | Reading::Unknown(_) => {
            Reading::Unknown(contents)
        }
    }
}

/// What is known of the contents, and who told it: udev where it runs, else the bytes themselves.
fn contents(seen: &Seen, block: &Block) -> (String, Reading<Header>) {
    if let (Some(udev), Some(kind)) = (&block.udev, told(block)) {
        return (
            format!("/run/udev/data/b{}", block.device),
            Reading::Known(Header::named(&kind, udev.version.as_deref())),
        );
    }
    let header = match seen.headers.get(&block.name) {
        Some(header) => header.clone(),
        None => Reading::Unknown(Why::NotAsked),
    };
    (format!("/dev/{}", block.name), header)
}

fn told(block: &Block) -> Option<String> {
    block.udev.as_ref()?.filesystem.clone()
}

fn describe(header: &Reading<Header>, filesystem: &str) -> String {
    match header {
        Reading::Known(Header::Luks(version)) => format!("LUKS{version}"),
        Reading::Known(Header::BitLocker) => "BitLocker".to_owned(),
        Reading::Known(Header::Member(kind)) => (*kind).to_owned(),
        Reading::Known(Header::Plain(_)) => filesystem.to_owned(),
        Reading::Known(Header::Blank) => "blank".to_owned(),
        Reading::Known(Header::Unrecognized) | Reading::Absent => "unrecognized".to_owned(),
        Reading::Unknown(why) => why.to_string(),
    }
}

fn encrypted(kind: EncryptionKind) -> Reading<Encryption> {
    Reading::Known(Encryption::Encrypted(kind))
}
