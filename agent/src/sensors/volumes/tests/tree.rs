//! Builds a captured system in a temporary folder: `/sys/dev/block` with its links, mounts, swap
//! areas and udev records, laid out as a Linux kernel does.
//!
//! Touches a temporary folder. Must never be cleverer than sysfs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use sekisho_policy::facts::Volume;
use sekisho_policy::reading::Reading;
use tempfile::TempDir;

use crate::sensors::Root;

/// A captured system that is being built.
pub(super) struct Tree {
    folder: TempDir,
    mounts: String,
    swaps: String,
}

impl Tree {
    pub(super) fn new() -> Self {
        let tree = Self {
            folder: tempfile::tempdir().unwrap(),
            mounts: String::new(),
            swaps: "Filename Type Size Used Priority\n".to_owned(),
        };
        fs::create_dir_all(tree.at("sys/dev/block")).unwrap();
        tree
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(super) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn device(&self, number: &str, path: &str, mib: u64) {
        fs::create_dir_all(self.at(path)).unwrap();
        self.write(&format!("{path}/size"), format!("{}\n", mib * 2048));
        let link = self.at(&format!("sys/dev/block/{number}"));
        symlink(format!("../../../{path}"), link).unwrap();
    }

    /// A disk on a PCI bus.
    pub(super) fn disk(&self, number: &str, name: &str, mib: u64) -> &Self {
        let path = format!("sys/devices/pci0000:00/ata1/block/{name}");
        self.device(number, &path, mib);
        self.write(&format!("{path}/removable"), "0\n");
        fs::create_dir_all(self.at(&format!("{path}/slaves"))).unwrap();
        self
    }

    /// A stick on USB, whose own `removable` says 0, as many do.
    pub(super) fn stick(&self, number: &str, name: &str, mib: u64) -> &Self {
        let path = format!("sys/devices/pci0000:00/usb1/1-1/block/{name}");
        self.device(number, &path, mib);
        self.write(&format!("{path}/removable"), "0\n");
        self
    }

    /// A partition of a disk on a PCI bus.
    pub(super) fn partition(&self, number: &str, disk: &str, name: &str, mib: u64) -> &Self {
        let path = format!("sys/devices/pci0000:00/ata1/block/{disk}/{name}");
        self.device(number, &path, mib);
        self.write(&format!("{path}/partition"), "1\n");
        self
    }

    /// A device that lies on others: device mapper with a UUID, else RAID or zram.
    pub(super) fn layer(&self, number: &str, name: &str, uuid: Option<&str>, on: &[&str]) -> &Self {
        let path = format!("sys/devices/virtual/block/{name}");
        self.device(number, &path, 1000);
        for slave in on {
            let link = self.at(&format!("{path}/slaves/{slave}"));
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            symlink(format!("../../{slave}"), link).unwrap();
        }
        if let Some(uuid) = uuid {
            self.write(&format!("{path}/dm/uuid"), format!("{uuid}\n"));
            self.write(&format!("{path}/dm/name"), format!("map-{name}\n"));
        }
        self
    }

    /// A loop device over a file.
    pub(super) fn over_file(&self, number: &str, name: &str, file: &str) -> &Self {
        self.layer(number, name, None, &[]);
        let path = format!("sys/devices/virtual/block/{name}/loop/backing_file");
        self.write(&path, format!("{file}\n"));
        self
    }

    /// What udev's blkid said of a device.
    pub(super) fn udev(&self, number: &str, record: &str) -> &Self {
        self.write(&format!("run/udev/data/b{number}"), record);
        self
    }

    pub(super) fn btrfs(&self, id: &str, members: &[&str]) -> &Self {
        for member in members {
            self.write(&format!("sys/fs/btrfs/{id}/devices/{member}"), "");
        }
        self
    }

    pub(super) fn mount(
        &mut self,
        number: &str,
        point: &str,
        filesystem: &str,
        source: &str,
    ) -> &mut Self {
        self.mount_with(number, point, filesystem, source, "rw")
    }

    pub(super) fn mount_with(
        &mut self,
        number: &str,
        point: &str,
        filesystem: &str,
        source: &str,
        options: &str,
    ) -> &mut Self {
        self.mounts += &format!(
            "1 0 {number} / {point} rw,relatime shared:1 - {filesystem} {source} {options}\n"
        );
        self
    }

    pub(super) fn swap(&mut self, path: &str, kind: &str) -> &mut Self {
        self.swaps += &format!("{path}  {kind}  1048576  0  -2\n");
        self
    }

    /// Reads the system with the real reader.
    pub(super) fn read(&self) -> Reading<Vec<Volume>> {
        self.write("proc/1/mountinfo", &self.mounts);
        self.write("proc/swaps", &self.swaps);
        super::super::read(&Root::at(self.folder.path()))
    }

    /// The volume at a place, which must be there once.
    #[track_caller]
    pub(super) fn volume(&self, name: &str) -> Volume {
        use sekisho_policy::facts::Place;
        let Reading::Known(volumes) = self.read() else {
            panic!("{:?}", self.read())
        };
        let mut found: Vec<Volume> = volumes
            .into_iter()
            .filter(|volume| match &volume.place {
                Place::Mounted(place) | Place::Swap(place) | Place::Unmounted(place) => {
                    place == name
                }
            })
            .collect();
        assert_eq!(found.len(), 1, "{name}: {:?}", self.read());
        found.remove(0)
    }
}
