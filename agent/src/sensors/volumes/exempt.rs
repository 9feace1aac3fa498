//! Which volumes need not be encrypted because of what they are.
//!
//! Touches nothing. Must never exempt a volume for the name of its mount point alone.

use sekisho_policy::facts::Exemption;

use super::Seen;
use super::blocks::Block;
use super::kinds::Kind;
use super::mountinfo::Mount;
use crate::limits::BOOT_VOLUME_BYTES_MAX;

/// The GPT type of an EFI system partition (UEFI specification, 5.3.3), and its MBR type.
const EFI_TYPES: &[&str] = &["c12a7328-f81f-11d2-ba4b-00c93ec93b11", "0xef"];

/// The exemption of a mounted volume.
pub(super) fn mounted(seen: &Seen, mount: &Mount, size_bytes: Option<u64>) -> Option<Exemption> {
    match Kind::of(mount) {
        Kind::Memory => return Some(Exemption::Memory),
        Kind::Network => return Some(Exemption::Network),
        Kind::Image => return Some(Exemption::ReadOnlyImage),
        // Without an upper directory there is nothing that could be written to.
        Kind::Overlay if mount.super_option("upperdir").is_none() => {
            return Some(Exemption::ReadOnlyImage);
        }
        Kind::Block | Kind::Btrfs | Kind::Overlay | Kind::Zfs | Kind::Other => {}
    }
    let block = seen.blocks.numbered(&mount.device);
    // A disc that is mounted to be written to is a medium like any other.
    if block.is_some_and(Block::is_optical) && mount.is_read_only() {
        return Some(Exemption::ReadOnlyImage);
    }
    let small = size_bytes.is_some_and(|size| size <= BOOT_VOLUME_BYTES_MAX);
    let boot = mount.point == "/boot" || mount.point.starts_with("/boot/");
    if block.is_some_and(is_efi) && small {
        Some(Exemption::EfiSystem)
    } else if boot && small {
        Some(Exemption::Boot)
    } else {
        block.and_then(zram)
    }
}

/// The exemption of a device that is memory.
pub(super) fn zram(block: &Block) -> Option<Exemption> {
    block.is_memory().then_some(Exemption::Memory)
}

/// Whether the partition table calls the device an EFI system partition.
pub(super) fn is_efi(block: &Block) -> bool {
    block
        .udev
        .as_ref()
        .and_then(|udev| udev.partition_type.as_deref())
        .is_some_and(|kind| EFI_TYPES.contains(&kind))
}
