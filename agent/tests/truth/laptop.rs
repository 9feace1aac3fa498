//! A laptop put together by hand, which keeps every rule of the shipped policy but the approval, and whose
//! parts a case can take away or spoil.
//!
//! Touches a temporary folder. Must never be cleverer than the system it stands for.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// When every case is judged.
const NOW: &str = "2026-11-24T06:00:00Z";
const DEVICES: &str = "sys/devices/pci0000:00/ata1/block";
const VIRTUAL: &str = "sys/devices/virtual/block";
const LISTS: &str = "var/lib/apt/lists/security.example_debian-security_dists_trixie-security";
pub(crate) const PACKAGES: &str = "var/lib/apt/lists/security.example_debian-security_dists_trixie-security_main_binary-amd64_Packages";
pub(crate) const STATUS: &str = "var/lib/dpkg/status";
pub(crate) const MOUNTS: &str = "proc/1/mountinfo";
pub(crate) const SWAPS: &str = "proc/swaps";
pub(crate) const TABLES: &str = "var/lib/sekisho-capture/dmsetup-table";
pub(crate) const VERSION: &str = "var/lib/sekisho-capture/clamd-VERSION";
pub(crate) const DEFENDER: &str = "usr/bin/mdatp";
pub(crate) const THREATS: &str = "var/lib/sekisho-capture/mdatp-threats.json";
pub(crate) const DAILY: &str = "var/lib/clamav/daily.cld";
pub(crate) const SECURE_BOOT: &str =
    "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

/// The laptop.
pub(crate) struct Laptop {
    folder: tempfile::TempDir,
}

impl Laptop {
    pub(crate) fn new() -> Self {
        let laptop = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let index = format!(
            r#"{{"format": "sekisho.capture/1", "agent_version": "0", "taken_at": "{NOW}", "host": "aiko", "by_hand": true}}"#
        );
        laptop.write("sekisho-capture.json", index);
        laptop.write("proc/sys/kernel/hostname", "aiko\n");
        laptop.write("proc/sys/kernel/osrelease", "6.12.0-9-amd64\n");
        laptop.write(
            "etc/os-release",
            "ID=debian\nVERSION_ID=\"13\"\nVERSION_CODENAME=trixie\nPRETTY_NAME=\"Debian 13\"\n",
        );
        laptop.write(SWAPS, "Filename Type Size Used Priority\n");
        laptop.disk("8:0", "sda").partition("8:2", "sda", "sda2");
        laptop.layer("254:0", "dm-0", "CRYPT-LUKS2-00-root", &["sda2"]);
        laptop.mounted(&[("254:0", "/", "ext4", "/dev/mapper/map-dm-0")]);
        laptop.write(TABLES, "map-dm-0: 0 1024 crypt aes-xts-plain64\n");
        laptop.protected();
        laptop.updated();
        laptop.locked();
        laptop.write(
            "var/lib/sekisho-capture/nft.json",
            include_str!("../../testdata/nft/ufw.json"),
        );
        laptop.write("proc/net/if_inet6", "fe80 03 40 20 80 wlan0\n");
        laptop.write(SECURE_BOOT, [6, 0, 0, 0, 1]);
        laptop
    }

    fn at(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn add(&self, path: &str, text: &str) {
        let before = fs::read_to_string(self.at(path)).unwrap();
        self.write(path, before + text);
    }

    /// Another text in place of one, which must be there.
    pub(crate) fn change(&self, path: &str, from: &str, to: &str) {
        let before = fs::read_to_string(self.at(path)).unwrap();
        assert!(before.contains(from), "{path}: {before}");
        self.write(path, before.replace(from, to));
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = self.at(path);
        fs::remove_dir_all(&path)
            .or_else(|_| fs::remove_file(&path))
            .unwrap();
    }

    fn device(&self, number: &str, path: &str) {
        self.write(&format!("{path}/size"), "200000000\n");
        fs::create_dir_all(self.at(&format!("{path}/slaves"))).unwrap();
        self.link(
            &format!("sys/dev/block/{number}"),
            Path::new("/").join(path),
        );
    }

    fn link(&self, from: &str, to: impl AsRef<Path>) {
        let from = self.at(from);
        fs::create_dir_all(from.parent().unwrap()).unwrap();
        symlink(to, from).unwrap();
    }

    pub(crate) fn disk(&self, number: &str, name: &str) -> &Self {
        self.device(number, &format!("{DEVICES}/{name}"));
        self
    }

    pub(crate) fn partition(&self, number: &str, disk: &str, name: &str) -> &Self {
        let path = format!("{DEVICES}/{disk}/{name}");
        self.device(number, &path);
        self.write(&format!("{path}/partition"), "1\n");
        self
    }

    /// A stick with one partition.
    pub(crate) fn stick(&self) -> &Self {
        let disk = "sys/devices/pci0000:00/usb1/1-1/block/sdb";
        self.device("8:16", disk);
        self.write(&format!("{disk}/removable"), "1\n");
        self.device("8:17", &format!("{disk}/sdb1"));
        self.write(&format!("{disk}/sdb1/partition"), "1\n");
        self
    }

    /// A device of the device mapper, named `map-NAME` there.
    pub(crate) fn layer(&self, number: &str, name: &str, uuid: &str, on: &[&str]) -> &Self {
        let path = format!("{VIRTUAL}/{name}");
        self.device(number, &path);
        for slave in on {
            self.link(&format!("{path}/slaves/{slave}"), format!("../../{slave}"));
        }
        self.write(&format!("{path}/dm/uuid"), format!("{uuid}\n"));
        self.write(&format!("{path}/dm/name"), format!("map-{name}\n"));
        self
    }

    /// These file systems and no others: device, point, type, source.
    pub(crate) fn mounted(&self, mounts: &[(&str, &str, &str, &str)]) {
        let lines = mounts.iter().map(|(device, point, kind, source)| {
            format!("1 0 {device} / {point} rw - {kind} {source} rw\n")
        });
        self.write(MOUNTS, lines.collect::<String>());
    }

    fn protected(&self) {
        self.write("usr/sbin/clamd", "");
        self.write(
            "etc/clamav/clamd.conf",
            "LocalSocket /run/clamav/clamd.ctl\n",
        );
        self.write("proc/1/comm", "systemd\n");
        self.write("var/lib/sekisho-capture/clamd-PING", "PONG\0");
        self.write(VERSION, "ClamAV 1.4.3/27800/Sun Nov 22 09:40:00 2026\0");
        // 2026-11-22T09:40:00Z
        self.write(DAILY, header(27800, 1_795_340_400));
    }

    /// A Defender in order, which has found nothing, beside what is there.
    pub(crate) fn defender(&self) {
        self.write(DEFENDER, "");
        let health = include_str!("../../testdata/defender/health-active.json");
        self.write("var/lib/sekisho-capture/mdatp-health.json", health);
        self.write(THREATS, r#"{"threats": {"scans": []}}"#);
        self.write("var/lib/sekisho-capture/mdatp-scans.json", "[]");
    }

    /// Malware that Defender has found, with what became of it.
    pub(crate) fn found(&self, history: &str) {
        let threat = format!(r#"{{"threat": {{"name": "Eicar"}}, "history": {history}}}"#);
        let list = format!(r#"{{"threats": {{"scans": [{{"threats": [{threat}]}}]}}}}"#);
        self.write(THREATS, list);
    }

    fn updated(&self) {
        let package = |name: &str| {
            format!(
                "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.0-1\n\n"
            )
        };
        let packages = ["base-files", "openssl", "linux-image-6.12.0-9-amd64"].map(package);
        self.write(STATUS, packages.concat());
        let release = "Suite: stable-security\nCodename: trixie-security\nDate: Mon, 23 Nov 2026 00:34:33 UTC\n";
        self.write(&format!("{LISTS}_InRelease"), release);
        self.write(
            PACKAGES,
            "Package: openssl\nArchitecture: amd64\nVersion: 2.0-1\n\n",
        );
    }

    fn locked(&self) {
        self.write(
            "etc/passwd",
            "root:x:0:0::/root:/bin/sh\naiko:x:1000:1000::/home/aiko:/bin/sh\n",
        );
        self.write("etc/group", "sudo:x:27:aiko\n");
        self.write("etc/nsswitch.conf", "passwd: files systemd\n");
        self.write(
            "run/systemd/sessions/2",
            "UID=1000\nUSER=aiko\nTYPE=wayland\nCLASS=user\nDESKTOP=KDE\n",
        );
        self.write(
            "etc/xdg/kscreenlockerrc",
            "[Daemon][$i]\nAutolock=true\nTimeout=10\nLockGrace=5\nRequirePassword=true\n",
        );
    }

    /// What `check --from` says of each rule.
    pub(crate) fn judged(&self) -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_sekisho-agent"))
            .args(["check", "--json", "--from"])
            .arg(self.folder.path())
            .env("SEKISHO_STATE_DIR", self.at("none"))
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }
}

/// The header of a database of ClamAV.
pub(crate) fn header(version: u64, built: i64) -> String {
    let text = format!(
        "ClamAV-VDB:22 Nov 2026 09-40 +0000:{version}:2076000:90:{}:x:svc:{built}",
        "a".repeat(32)
    );
    format!("{text:<512}")
}
