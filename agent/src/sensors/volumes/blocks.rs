//! The block devices of the machine and how they lie on one another, as `/sys/dev/block` shows them.
//!
//! Touches nothing. Must never follow a link by itself: it is a table that others walk.

use std::collections::{BTreeMap, BTreeSet};

use super::mountinfo::unescape;

/// One block device.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Block {
    /// `major:minor`.
    pub(super) device: String,
    /// Kernel name, such as `nvme0n1p3` or `dm-0`.
    pub(super) name: String,
    /// Its place in sysfs, such as `/sys/devices/pci0000:00/…/block/sda/sda1`.
    pub(super) path: String,
    /// The disk it is a partition of.
    pub(super) disk: Option<String>,
    /// Name and UUID of a device-mapper device.
    pub(super) mapper: Option<(String, String)>,
    /// The file behind a loop device that is set up.
    pub(super) backing_file: Option<String>,
    /// The device zram writes cold pages to.
    pub(super) writeback: Option<String>,
    /// The devices it lies on.
    pub(super) slaves: Vec<String>,
    /// Size in bytes; `None` when it was not told.
    pub(super) size_bytes: Option<u64>,
    /// Whether the kernel calls its medium removable.
    pub(super) removable: bool,
    /// What udev found out about it.
    pub(super) udev: Option<Udev>,
}

/// The keys of udev's records that are read.
const KEYS: [&str; 3] = ["ID_PART_ENTRY_TYPE=", "ID_FS_TYPE=", "ID_FS_VERSION="];

/// What udev's database says of a device, `/run/udev/data/bMAJ:MIN`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Udev {
    /// GPT type GUID or MBR type (`0xef`) of the partition.
    pub(super) partition_type: Option<String>,
    /// What blkid took the contents for, such as `ext4` or `crypto_LUKS`.
    pub(super) filesystem: Option<String>,
    /// The version blkid tells with it; `1` or `2` for LUKS.
    pub(super) version: Option<String>,
    /// Whether a disc is in the optical drive, as `cdrom_id` tells.
    pub(super) has_disc: bool,
}

impl Udev {
    /// The lines that are read; others name serial numbers and labels.
    pub(super) fn only_what_is_read(record: &[u8]) -> Vec<u8> {
        let lines = record.split_inclusive(|&byte| byte == b'\n');
        let read = lines.filter(|line| {
            let line = line.strip_prefix(b"E:").unwrap_or_default();
            KEYS.iter().any(|key| line.starts_with(key.as_bytes()))
        });
        read.flatten().copied().collect()
    }

    /// Reads one record of the database. The format is udev's own; the keys are those of blkid.
    pub(super) fn parse(text: &str) -> Self {
        let value = |key: &str| {
            text.lines()
                .find_map(|line| {
                    line.strip_prefix("E:")?
                        .strip_prefix(key)?
                        .strip_prefix('=')
                })
                .filter(|value| !value.is_empty())
                .map(|value| unescape(value.as_bytes()))
        };
        Self {
            partition_type: value("ID_PART_ENTRY_TYPE").map(|kind| kind.to_ascii_lowercase()),
            filesystem: value("ID_FS_TYPE"),
            version: value("ID_FS_VERSION"),
            has_disc: value("ID_CDROM_MEDIA").is_some_and(|flag| flag == "1"),
        }
    }
}

impl Block {
    /// Whether the device is memory and no disk.
    pub(super) fn is_memory(&self) -> bool {
        self.name.starts_with("ram") || (self.name.starts_with("zram") && self.writeback.is_none())
    }

    /// Whether its bytes lie on another machine.
    pub(super) fn is_remote(&self) -> bool {
        ["nbd", "rbd", "drbd"]
            .iter()
            .any(|prefix| self.name.starts_with(prefix))
    }

    /// Whether it is an optical drive.
    pub(super) fn is_optical(&self) -> bool {
        self.name
            .strip_prefix("sr")
            .is_some_and(|number| number.bytes().all(|one| one.is_ascii_digit()))
    }

    /// Whether it is an optical drive with a disc that holds files. A drive tells a size even when empty.
    pub(super) fn has_disc(&self) -> bool {
        let udev = self.udev.as_ref();
        self.is_optical() && udev.is_some_and(|udev| udev.has_disc && udev.filesystem.is_some())
    }

    /// Whether the medium can be carried away: the kernel says so, or it hangs on USB.
    pub(super) fn is_removable(&self) -> bool {
        self.removable || self.path.contains("/usb")
    }
}

/// Every block device, by kernel name and by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Blocks {
    by_name: BTreeMap<String, Block>,
    names: BTreeMap<String, String>,
}

impl Blocks {
    /// Puts the devices in a table.
    pub(super) fn new(blocks: impl IntoIterator<Item = Block>) -> Self {
        let by_name: BTreeMap<String, Block> = blocks
            .into_iter()
            .map(|block| (block.name.clone(), block))
            .collect();
        let names = by_name
            .values()
            .map(|block| (block.device.clone(), block.name.clone()))
            .collect();
        Self { by_name, names }
    }

    /// The device of a kernel name.
    pub(super) fn named(&self, name: &str) -> Option<&Block> {
        self.by_name.get(name)
    }

    /// The device of a number.
    pub(super) fn numbered(&self, device: &str) -> Option<&Block> {
        self.named(self.names.get(device)?)
    }

    /// The device that `/dev/mapper/NAME`, `/dev/VG/LV` or `/dev/NAME` stands for.
    pub(super) fn at(&self, path: &str) -> Option<&Block> {
        let name = path.strip_prefix("/dev/")?;
        if let Some(block) = self.named(name) {
            return Some(block);
        }
        // Device mapper doubles the dashes in the names of groups and volumes.
        let mapped = match name.strip_prefix("mapper/") {
            Some(mapped) => mapped.to_owned(),
            None => {
                let (group, volume) = name.split_once('/')?;
                format!("{}-{}", group.replace('-', "--"), volume.replace('-', "--"))
            }
        };
        self.by_name.values().find(|block| {
            block
                .mapper
                .as_ref()
                .is_some_and(|(name, _)| *name == mapped)
        })
    }

    /// Every device, by kernel name.
    pub(super) fn all(&self) -> impl Iterator<Item = &Block> {
        self.by_name.values()
    }

    /// The devices on which another device or a partition lies.
    pub(super) fn carrying(&self) -> BTreeSet<&str> {
        self.all()
            .flat_map(|block| block.slaves.iter().chain(block.disk.as_ref()))
            .map(String::as_str)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_udev_is_read() {
        let record = "S:disk/by-uuid/1\nE:ID_FS_TYPE=crypto_LUKS\nE:ID_FS_VERSION=2\nE:ID_PART_ENTRY_TYPE=C12A7328-F81F-11D2-BA4B-00C93EC93B11\nE:ID_FS_LABEL=\n";
        let udev = Udev::parse(record);
        assert_eq!(udev.filesystem.as_deref(), Some("crypto_LUKS"));
        assert_eq!(udev.version.as_deref(), Some("2"));
        assert_eq!(
            udev.partition_type.as_deref(),
            Some("c12a7328-f81f-11d2-ba4b-00c93ec93b11")
        );
        assert_eq!(Udev::parse(""), Udev::default());
    }

    #[test]
    fn a_logical_volume_is_found_by_either_of_its_paths() {
        let blocks = Blocks::new([Block {
            device: "253:0".to_owned(),
            name: "dm-0".to_owned(),
            mapper: Some(("my--group-home".to_owned(), "LVM-x".to_owned())),
            ..Block::default()
        }]);
        assert!(blocks.at("/dev/mapper/my--group-home").is_some());
        assert!(blocks.at("/dev/my-group/home").is_some());
        assert!(blocks.at("/dev/dm-0").is_some());
        assert!(blocks.at("/dev/sda").is_none());
        assert!(blocks.numbered("253:0").is_some());
    }
}
