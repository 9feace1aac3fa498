//! Encryption of disks, where a name, a setting or one leg of several looks like it.
//!
//! Touches temporary folders. Must never take an outcome for granted that the case did not bring about.

use crate::laptop::{Laptop, MOUNTS, SWAPS, TABLES};
use crate::{Case, judge};

const ROOT: (&str, &str, &str, &str) = ("254:0", "/", "ext4", "/dev/mapper/map-dm-0");
const RULE: &str = "disk-encrypted";

const CASES: &[Case] = &[
    (
        "a plain disk",
        |of| of.mounted(&[("8:2", "/", "ext4", "/dev/sda2")]),
        RULE,
        "fail",
    ),
    (
        "LVM over one leg of LUKS and a plain one",
        |of| {
            of.disk("8:32", "sdc");
            of.layer("254:1", "dm-1", "LVM-00", &["dm-0", "sdc"]);
            of.mounted(&[("254:1", "/", "ext4", "/dev/mapper/vg-root")]);
        },
        RULE,
        "fail",
    ),
    (
        "LVM over two legs of LUKS",
        |of| {
            of.disk("8:32", "sdc");
            of.layer("254:2", "dm-2", "CRYPT-LUKS2-01-other", &["sdc"]);
            of.layer("254:1", "dm-1", "LVM-00", &["dm-0", "dm-2"]);
            of.add(TABLES, "map-dm-2: 0 1024 crypt aes-xts-plain64\n");
            of.mounted(&[("254:1", "/", "ext4", "/dev/mapper/vg-root")]);
        },
        RULE,
        "pass",
    ),
    (
        "a btrfs with one plain member",
        |of| {
            of.disk("8:32", "sdc");
            of.write("sys/fs/btrfs/0a/devices/dm-0", "");
            of.write("sys/fs/btrfs/0a/devices/sdc", "");
            of.mounted(&[("0:30", "/", "btrfs", "/dev/mapper/map-dm-0")]);
        },
        RULE,
        "fail",
    ),
    (
        "plain swap beside an encrypted root",
        |of| {
            of.partition("8:3", "sda", "sda3");
            of.add(SWAPS, "/dev/sda3 partition 1048576 0 -2\n");
        },
        RULE,
        "fail",
    ),
    (
        "swap with a random key",
        |of| {
            of.partition("8:3", "sda", "sda3");
            of.layer("254:1", "dm-1", "CRYPT-PLAIN-swap", &["sda3"]);
            of.add(TABLES, "map-dm-1: 0 1024 crypt aes-xts-plain64\n");
            of.add(SWAPS, "/dev/dm-1 partition 1048576 0 -2\n");
        },
        RULE,
        "pass",
    ),
    (
        "dm-verity, which keeps from changes and not from readers",
        |of| {
            of.partition("8:3", "sda", "sda3");
            of.layer("254:1", "dm-1", "CRYPT-VERITY-00-usr", &["sda3"]);
            of.mounted(&[ROOT, ("254:1", "/srv", "ext4", "/dev/mapper/usr")]);
        },
        RULE,
        "fail",
    ),
    (
        "LUKS with the cipher that is none",
        |of| of.write(TABLES, "map-dm-0: 0 1024 crypt cipher_null-ecb\n"),
        RULE,
        "fail",
    ),
    (
        "LUKS whose encryption is under way",
        |of| {
            of.write(
                TABLES,
                "map-dm-0: 0 8 crypt aes-xts-plain64\nmap-dm-0: 8 8 linear 8:2\n",
            )
        },
        RULE,
        "fail",
    ),
    (
        "encryption by the drive itself, of which the system sees nothing",
        |of| {
            of.write(
                "sys/devices/virtual/block/dm-0/dm/uuid",
                "CRYPT-LUKS2-OPAL-00-root\n",
            )
        },
        RULE,
        "unknown",
    ),
    (
        "a layer that cryptsetup may invent yet",
        |of| {
            of.write(
                "sys/devices/virtual/block/dm-0/dm/uuid",
                "CRYPT-NEW-00-root\n",
            )
        },
        RULE,
        "unknown",
    ),
    (
        "a device with a name as LUKS has them, and without its mark",
        |of| {
            of.write("sys/devices/virtual/block/dm-0/dm/uuid", "LVM-00\n");
            of.write("sys/devices/virtual/block/dm-0/dm/name", "luks-0a1b2c\n");
            of.mounted(&[("254:0", "/", "ext4", "/dev/mapper/luks-0a1b2c")]);
        },
        RULE,
        "fail",
    ),
    (
        "a large partition that nobody has mounted, with data on it",
        |of| {
            of.partition("8:3", "sda", "sda3");
            of.write("run/udev/data/b8:3", "E:ID_FS_TYPE=ext4\n");
        },
        RULE,
        "fail",
    ),
    (
        "an image on the encrypted disk",
        |of| {
            let path = "sys/devices/virtual/block/loop0";
            of.layer("7:0", "loop0", "", &[]);
            of.remove(&format!("{path}/dm"));
            of.write(&format!("{path}/loop/backing_file"), "/srv/image\n");
            of.mounted(&[ROOT, ("7:0", "/mnt", "ext4", "/dev/loop0")]);
        },
        RULE,
        "pass",
    ),
    (
        "a table of mounts that breaks off",
        |of| of.write(MOUNTS, "1 0 254:0 / / rw"),
        RULE,
        "unknown",
    ),
    (
        "no table of mounts",
        |of| of.remove(MOUNTS),
        RULE,
        "unknown",
    ),
    (
        "a mounted device that the kernel does not name",
        |of| of.mounted(&[ROOT, ("9:9", "/srv", "ext4", "/dev/md9")]),
        RULE,
        "unknown",
    ),
];

#[test]
fn disks_are_encrypted_where_every_way_down_is() {
    judge(CASES);
}

const MEDIA: &str = "removable-media";

const STICKS: &[Case] = &[
    (
        "a plain stick",
        |of| {
            of.stick();
            of.mounted(&[ROOT, ("8:17", "/media/usb", "ext4", "/dev/sdb1")]);
        },
        MEDIA,
        "fail",
    ),
    (
        "a plain stick that nobody has mounted",
        |of| {
            of.stick();
            of.write("run/udev/data/b8:17", "E:ID_FS_TYPE=vfat\n");
        },
        MEDIA,
        "fail",
    ),
    (
        "a stick under LUKS",
        |of| {
            of.stick();
            of.layer("254:1", "dm-1", "CRYPT-LUKS2-00-stick", &["sdb1"]);
            of.add(TABLES, "map-dm-1: 0 1024 crypt aes-xts-plain64\n");
            of.mounted(&[ROOT, ("254:1", "/media/usb", "ext4", "/dev/dm-1")]);
        },
        MEDIA,
        "pass",
    ),
    (
        "a stick under LUKS with the cipher that is none",
        |of| {
            of.stick();
            of.layer("254:1", "dm-1", "CRYPT-LUKS2-00-stick", &["sdb1"]);
            of.add(TABLES, "map-dm-1: 0 1024 crypt cipher_null-ecb\n");
            of.mounted(&[ROOT, ("254:1", "/media/usb", "ext4", "/dev/dm-1")]);
        },
        MEDIA,
        "fail",
    ),
    (
        "a stick with the type of a partition for booting",
        |of| {
            of.stick();
            let efi =
                "E:ID_FS_TYPE=vfat\nE:ID_PART_ENTRY_TYPE=c12a7328-f81f-11d2-ba4b-00a0c93ec93b\n";
            of.write("run/udev/data/b8:17", efi);
        },
        MEDIA,
        "fail",
    ),
    (
        "an internal disk in place of a stick",
        |of| {
            of.partition("8:3", "sda", "sda3");
            of.write("run/udev/data/b8:3", "E:ID_FS_TYPE=ext4\n");
        },
        MEDIA,
        "pass",
    ),
];

#[test]
fn sticks_are_media_whatever_is_on_them() {
    judge(STICKS);
}

/// Which rule says so is the policy's business.
#[test]
fn a_plain_stick_beside_an_encrypted_disk_is_found() {
    let laptop = Laptop::new();
    laptop.stick();
    laptop.mounted(&[ROOT, ("8:17", "/media/usb", "ext4", "/dev/sdb1")]);
    let judged = laptop.judged();
    let mut findings = judged["findings"].as_array().unwrap().iter();
    let told = |finding: &&serde_json::Value| {
        finding["outcome"] == "fail" && finding.to_string().contains("/media/usb")
    };
    assert!(findings.any(|finding| told(&finding)), "{judged:#}");
}
