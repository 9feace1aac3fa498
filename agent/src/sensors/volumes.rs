//! Disk encryption of every volume that can hold user data, by the block devices beneath it.
//!
//! Touches nothing but through `volumes/linux.rs`. Must never take the name of a device, a setting
//! or one encrypted leg for the encryption of a whole volume.

mod blocks;
mod combine;
mod dm;
mod exempt;
mod header;
mod kinds;
mod linux;
mod mountinfo;
mod swaps;
mod unmounted;
mod walk;
mod zfs;

use std::collections::BTreeMap;

use sekisho_policy::facts::{Evidence, Place, Volume};
use sekisho_policy::limits::{EVIDENCE_MAX, VOLUMES_MAX};
use sekisho_policy::reading::{Reading, Why};

use blocks::Blocks;
use dm::Segment;
use header::Header;
use kinds::Kind;
use mountinfo::{Mount, Mounts};
use swaps::Swap;
use walk::Walk;
use zfs::Dataset;

pub(super) use linux::read;

/// All that was seen of the machine's storage, before anything is made of it.
#[derive(Debug)]
struct Seen {
    mounts: Mounts,
    blocks: Blocks,
    swaps: Reading<Vec<Swap>>,
    /// Members of each btrfs that is in use, by its id.
    btrfs: BTreeMap<String, Vec<String>>,
    /// The targets of each device-mapper device, by its name there.
    tables: Reading<BTreeMap<String, Vec<Segment>>>,
    /// The encryption properties of each mounted ZFS dataset.
    zfs: BTreeMap<String, Reading<Dataset>>,
    /// What stands at the start of devices nobody uses, by kernel name.
    headers: BTreeMap<String, Reading<Header>>,
    /// Directories that fscrypt encrypts.
    fscrypt: Vec<String>,
}

/// Every volume, ordered by place.
fn assemble(seen: &Seen) -> Reading<Vec<Volume>> {
    let mut volumes: Vec<Volume> = groups(&seen.mounts)
        .into_iter()
        .map(|group| mounted(seen, &group))
        .collect();
    match &seen.swaps {
        Reading::Known(swaps) => volumes.extend(swaps.iter().map(|swap| in_swap(seen, swap))),
        // A kernel without swap support has no such file.
        Reading::Absent => {}
        Reading::Unknown(why) => return Reading::Unknown(why.clone()),
    }
    volumes.extend(unmounted::volumes(seen));
    if volumes.len() > VOLUMES_MAX {
        return Reading::Unknown(Why::TooLarge(format!(
            "{} volumes; the limit is {VOLUMES_MAX}",
            volumes.len()
        )));
    }
    volumes.sort_by(|left, right| left.place.cmp(&right.place));
    Reading::Known(volumes)
}

/// The mounts of each file system that counts, the one to name it by first.
fn groups(mounts: &Mounts) -> Vec<Vec<&Mount>> {
    let mut groups: BTreeMap<&str, Vec<&Mount>> = BTreeMap::new();
    for mount in mounts.all() {
        if kinds::counts(mount) {
            groups.entry(&mount.device).or_default().push(mount);
        }
    }
    for group in groups.values_mut() {
        group.sort_by_key(|mount| (mount.point.len(), &mount.point));
        group.dedup_by_key(|mount| &mount.point);
    }
    groups.into_values().collect()
}

fn mounted(seen: &Seen, group: &[&Mount]) -> Volume {
    let Some((first, others)) = group.split_first() else {
        return nothing();
    };
    let mut walk = Walk::new(seen);
    walk.note(
        "mountinfo",
        format!("{} {} {}", first.point, first.filesystem, first.source),
    );
    walk.mount(first);
    let also: Vec<&str> = others.iter().map(|mount| mount.point.as_str()).collect();
    if !also.is_empty() {
        walk.note("mountinfo", format!("also at {}", shortened(&also)));
    }
    for tree in &seen.fscrypt {
        if seen.mounts.holding(tree) == Some(*first) {
            walk.note(&format!("statx {tree}"), "STATX_ATTR_ENCRYPTED".to_owned());
        }
    }
    let size_bytes = walk.size_bytes(first);
    let removable = match Kind::of(first) {
        Kind::Memory | Kind::Network => Reading::Known(false),
        Kind::Block | Kind::Btrfs | Kind::Image | Kind::Overlay | Kind::Zfs | Kind::Other => {
            walk.removable()
        }
    };
    Volume {
        place: Place::Mounted(first.point.clone()),
        device: first.device.clone(),
        source: first.source.clone(),
        filesystem: first.filesystem.clone(),
        size_bytes,
        removable,
        exemption: exempt::mounted(seen, first, size_bytes),
        encryption: walk.encryption(),
        evidence: walk.evidence(),
    }
}

fn in_swap(seen: &Seen, swap: &Swap) -> Volume {
    let mut walk = Walk::new(seen);
    walk.note("/proc/swaps", format!("{} {}", swap.path, swap.kind));
    let block = swap
        .path
        .strip_prefix("/dev/")
        .and_then(|name| seen.blocks.named(name));
    let device = match (block, swap.kind.as_str()) {
        (Some(block), _) => {
            walk.device(&block.name);
            block.device.clone()
        }
        (None, "file") => {
            walk.path(&swap.path);
            seen.mounts
                .holding(&swap.path)
                .map(|mount| mount.device.clone())
                .unwrap_or_default()
        }
        (None, _) => {
            walk.lost(format!("no block device for {}", swap.path));
            String::new()
        }
    };
    Volume {
        place: Place::Swap(swap.path.clone()),
        device,
        source: swap.path.clone(),
        filesystem: "swap".to_owned(),
        size_bytes: Some(swap.size_bytes),
        removable: walk.removable(),
        exemption: block.and_then(exempt::zram),
        encryption: walk.encryption(),
        evidence: walk.evidence(),
    }
}

/// A group is never empty; this stands for one that was.
fn nothing() -> Volume {
    Volume {
        place: Place::Mounted(String::new()),
        device: String::new(),
        source: String::new(),
        filesystem: String::new(),
        size_bytes: None,
        removable: Reading::Absent,
        exemption: None,
        encryption: Reading::Unknown(Why::NotAsked),
        evidence: Vec::<Evidence>::new(),
    }
}

/// A list for evidence, cut where it would grow without end.
fn shortened(paths: &[&str]) -> String {
    let shown: Vec<&str> = paths.iter().copied().take(EVIDENCE_MAX / 4).collect();
    let left = paths.len().saturating_sub(shown.len());
    let mut text: String = shown.join(", ").chars().take(1000).collect();
    if left > 0 {
        text.push_str(&format!(" and {left} more"));
    }
    text
}

#[cfg(test)]
mod tests;
