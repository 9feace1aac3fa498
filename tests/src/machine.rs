//! The files of a laptop: what the agent reads instead of those of the machine the story is told
//! on.
//!
//! Touches the folder it is given. Must never be read by anything but a real agent.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// A folder that looks like the root of a laptop.
#[derive(Debug)]
pub struct Machine {
    root_dir: PathBuf,
}

impl Machine {
    /// A Debian laptop with one encrypted disk, its own serial number, and a list of packages.
    ///
    /// # Panics
    /// When the folder cannot be written.
    #[must_use]
    pub fn new(root_dir: &Path, hostname: &str) -> Self {
        let machine = Self {
            root_dir: root_dir.to_owned(),
        };
        machine.write("proc/sys/kernel/hostname", format!("{hostname}\n"));
        machine.write("proc/sys/kernel/osrelease", "6.12.0-amd64\n");
        machine.write("proc/sys/kernel/arch", "x86_64\n");
        machine.write(
            "proc/swaps",
            "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
        );
        machine.write(
            "etc/os-release",
            "ID=debian\nVERSION_ID=\"13\"\nVERSION_CODENAME=trixie\nPRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\n",
        );
        machine.write("sys/class/dmi/id/sys_vendor", "Kakeashi\n");
        machine.write("sys/class/dmi/id/product_name", "Hayate 14\n");
        machine.is_the_machine(hostname);
        machine.encrypts_its_disk();
        machine.has_packages(&["base-files"]);
        machine
    }

    /// The folder.
    #[must_use]
    pub fn root_dir(&self) -> &Path {
        &self.root_dir
    }

    /// Gives it the hardware and the installation of the machine of this name.
    pub fn is_the_machine(&self, name: &str) {
        let mark = name.bytes().fold(0_u64, |sum, byte| {
            sum.wrapping_mul(31).wrapping_add(byte.into())
        });
        self.write("etc/machine-id", format!("{mark:032x}\n"));
        self.write(
            "sys/class/dmi/id/product_uuid",
            format!("4c4c4544-0042-2010-8020-{:012x}\n", mark >> 16),
        );
        self.write("sys/class/dmi/id/product_serial", format!("KH{mark:X}\n"));
        self.write(
            "proc/sys/kernel/random/boot_id",
            format!("5f0c7d7a-0000-4000-8000-{:012x}\n", mark >> 16),
        );
    }

    /// Its root file system lies on LUKS.
    pub fn encrypts_its_disk(&self) {
        self.has_disk();
        let mapper = "sys/devices/virtual/block/dm-0";
        self.write(
            &format!("{mapper}/dm/uuid"),
            "CRYPT-LUKS2-0a1b2c3d4e5f60718293a4b5c6d7e8f9-root\n",
        );
        self.write(&format!("{mapper}/dm/name"), "root\n");
        self.write(&format!("{mapper}/size"), "1000000\n");
        fs::create_dir_all(self.root_dir.join(mapper).join("slaves")).ok();
        self.link(
            &format!("{mapper}/slaves/sda2"),
            "../../../../pci0000:00/ata1/block/sda/sda2",
        );
        self.link("sys/dev/block/254:0", "../../devices/virtual/block/dm-0");
        self.is_mounted("254:0", "/dev/mapper/root");
    }

    /// Its root file system lies on the bare disk.
    pub fn leaves_its_disk_plain(&self) {
        self.has_disk();
        self.is_mounted("8:2", "/dev/sda2");
    }

    /// These packages and no others are installed.
    pub fn has_packages(&self, names: &[&str]) {
        let entries = names.iter().map(|name| {
            format!(
                "Package: {name}\nStatus: install ok installed\nMaintainer: Aiko <aiko@example.jp>\n\
                 Architecture: amd64\nVersion: 1.0-1\nDescription: {name}\n\n"
            )
        });
        self.write("var/lib/dpkg/status", entries.collect::<String>());
    }

    /// It is connected to a Wi-Fi, with a VPN over it, and asks a resolver.
    pub fn is_on_wifi_with_a_vpn(&self) {
        const VPN: &[u8] = include_bytes!("../fuzz/corpus/netlink_answer/vpn");
        const WIFI: &[u8] = include_bytes!("../fuzz/corpus/netlink_answer/wifi");
        let answer = |name: &str, bytes: &[u8]| {
            self.write(&format!("var/lib/sekisho-capture/netlink/{name}"), bytes);
        };
        for name in ["links", "addresses", "routes"] {
            answer(name, VPN);
        }
        for way in ["ipv4-0", "ipv4-1", "ipv6-0", "ipv6-1"] {
            answer(&format!("route-{way}"), VPN);
        }
        for name in ["nl80211", "nl80211-interfaces", "nl80211-scan-3"] {
            answer(name, WIFI);
        }
        self.write("etc/resolv.conf", "nameserver 192.0.2.1\n");
    }

    /// Writes a file below the root, whole or not at all.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root_dir.join(path);
        let new = path.with_extension("new");
        let written = fs::create_dir_all(path.parent().unwrap_or(&path))
            .and_then(|()| fs::write(&new, content))
            .and_then(|()| fs::rename(&new, &path));
        written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    fn has_disk(&self) {
        let disk = "sys/devices/pci0000:00/ata1/block/sda";
        self.write(&format!("{disk}/size"), "2000000\n");
        self.write(&format!("{disk}/removable"), "0\n");
        self.write(&format!("{disk}/sda2/size"), "1000000\n");
        self.write(&format!("{disk}/sda2/partition"), "2\n");
        self.link(
            "sys/dev/block/8:0",
            "../../devices/pci0000:00/ata1/block/sda",
        );
        self.link(
            "sys/dev/block/8:2",
            "../../devices/pci0000:00/ata1/block/sda/sda2",
        );
    }

    fn is_mounted(&self, device: &str, source: &str) {
        let line = format!("29 1 {device} / / rw,relatime shared:1 - ext4 {source} rw\n");
        self.write("proc/1/mountinfo", &line);
        self.write("proc/self/mountinfo", &line);
    }

    fn link(&self, path: &str, to: &str) {
        let path = self.root_dir.join(path);
        if path.is_symlink() {
            return;
        }
        let linked =
            fs::create_dir_all(path.parent().unwrap_or(&path)).and_then(|()| symlink(to, &path));
        linked.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}
