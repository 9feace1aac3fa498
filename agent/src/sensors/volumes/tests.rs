//! Captured storage stacks read by the real walker, and the storage of the machine at hand.
//!
//! Touches temporary folders, and `/proc` and `/sys` of this machine.

mod special;
mod tree;

use super::*;
use crate::sensors::Root;
use sekisho_policy::facts::{Encryption, EncryptionKind, Exemption, PlainReason};
use tree::Tree;

const LUKS2: &str = "CRYPT-LUKS2-2b7ab8d3c0ae4d3fb8c4a3f2e1d0c9b8-root";
const LUKS1: &str = "CRYPT-LUKS1-2b7ab8d3c0ae4d3fb8c4a3f2e1d0c9b8-old";
const LVM: &str = "LVM-abcdefghijklmnopqrstuvwxyz012345";

fn encrypted(kind: EncryptionKind) -> Reading<Encryption> {
    Reading::Known(Encryption::Encrypted(kind))
}

fn plain(reason: PlainReason) -> Reading<Encryption> {
    Reading::Known(Encryption::Plain(reason))
}

/// One disk with two partitions.
fn laptop() -> Tree {
    let tree = Tree::new();
    tree.disk("8:0", "sda", 500_000)
        .partition("8:1", "sda", "sda1", 512)
        .partition("8:2", "sda", "sda2", 400_000);
    tree
}

#[test]
fn a_file_system_on_a_partition_is_plain() {
    let mut tree = laptop();
    let volume = tree.mount("8:2", "/", "ext4", "/dev/sda2").volume("/");
    assert_eq!(volume.encryption, plain(PlainReason::NoEncryption));
    assert_eq!(volume.size_bytes, Some(400_000 * 1024 * 1024));
    assert_eq!(volume.removable, Reading::Known(false));
    let disk = "8:0 /sys/devices/pci0000:00/ata1/block/sda";
    assert!(
        volume.evidence.iter().any(|seen| seen.value == disk),
        "{volume:?}"
    );
}

#[test]
fn luks_on_a_partition_is_encrypted() {
    let mut tree = laptop();
    tree.layer("253:0", "dm-0", Some(LUKS2), &["sda2"]);
    let volume = tree
        .mount("253:0", "/", "ext4", "/dev/mapper/root")
        .volume("/");
    assert_eq!(volume.encryption, encrypted(EncryptionKind::Luks2));
    let told = |source: &str| {
        let found = volume.evidence.iter().find(|seen| seen.source == source);
        found.map(|seen| seen.value.clone())
    };
    assert_eq!(told("/sys/block/dm-0/dm/uuid").as_deref(), Some(LUKS2));
    assert_eq!(
        told("dmsetup table").as_deref(),
        Some("cipher not readable without root")
    );
}

#[test]
fn luks_that_is_being_encrypted_is_not_taken_for_encrypted_without_root() {
    for (helper, under_way) in [("home-hotzone-forward", true), ("home_dif", false)] {
        let mut tree = Tree::new();
        tree.disk("8:0", "sda", 100_000)
            .partition("8:1", "sda", "sda1", 99_000)
            .layer("253:1", "dm-1", Some("CRYPT-SUBDEV-2b7a-x"), &["sda1"])
            .layer("253:0", "dm-0", Some("CRYPT-LUKS2-2b7a-home"), &["dm-1"])
            .write("sys/devices/virtual/block/dm-1/dm/name", helper);
        tree.mount("253:0", "/", "ext4", "/dev/mapper/map-dm-0");
        let unknown = matches!(
            tree.volume("/").encryption,
            Reading::Unknown(Why::NotPermitted(_))
        );
        assert_eq!(unknown, under_way, "{helper}");
    }
}

#[test]
fn lvm_on_luks_is_encrypted_with_its_swap() {
    let mut tree = laptop();
    tree.layer("253:0", "dm-0", Some(LUKS2), &["sda2"])
        .layer("253:1", "dm-1", Some(LVM), &["dm-0"])
        .layer("253:2", "dm-2", Some(LVM), &["dm-0"]);
    tree.mount("253:1", "/", "ext4", "/dev/mapper/vg-root")
        .swap("/dev/dm-2", "partition");
    assert_eq!(
        tree.volume("/").encryption,
        encrypted(EncryptionKind::Luks2)
    );
    assert_eq!(
        tree.volume("/dev/dm-2").encryption,
        encrypted(EncryptionKind::Luks2)
    );
}

#[test]
fn luks_on_lvm_is_encrypted() {
    let mut tree = laptop();
    tree.layer("253:0", "dm-0", Some(LVM), &["sda2"]).layer(
        "253:1",
        "dm-1",
        Some(LUKS1),
        &["dm-0"],
    );
    tree.mount("253:1", "/", "ext4", "/dev/mapper/old");
    assert_eq!(
        tree.volume("/").encryption,
        encrypted(EncryptionKind::Luks1)
    );
}

#[test]
fn lvm_over_one_encrypted_and_one_plain_disk_is_not_encrypted() {
    let mut tree = laptop();
    tree.disk("8:16", "sdb", 1000)
        .layer("253:0", "dm-0", Some(LUKS2), &["sda2"])
        .layer("253:1", "dm-1", Some(LVM), &["dm-0", "sdb"]);
    tree.mount("253:1", "/", "ext4", "/dev/mapper/vg-root");
    let leg = PlainReason::PlainLeg("sdb".to_owned());
    assert_eq!(tree.volume("/").encryption, plain(leg));
}

#[test]
fn a_mirror_of_two_luks_disks_is_encrypted() {
    let mut tree = laptop();
    tree.disk("8:16", "sdb", 1000)
        .layer("253:0", "dm-0", Some(LUKS2), &["sda2"])
        .layer("253:1", "dm-1", Some(LUKS2), &["sdb"])
        .layer("9:0", "md0", None, &["dm-0", "dm-1"]);
    tree.mount("9:0", "/", "ext4", "/dev/md0");
    assert_eq!(
        tree.volume("/").encryption,
        encrypted(EncryptionKind::Luks2)
    );
}

#[test]
fn different_kinds_under_different_legs_are_called_mixed() {
    let mut tree = laptop();
    tree.disk("8:16", "sdb", 1000)
        .layer("253:0", "dm-0", Some(LUKS2), &["sda2"])
        .layer("253:1", "dm-1", Some(LUKS1), &["sdb"])
        .layer("9:0", "md0", None, &["dm-0", "dm-1"]);
    tree.mount("9:0", "/", "ext4", "/dev/md0");
    assert_eq!(
        tree.volume("/").encryption,
        encrypted(EncryptionKind::Mixed)
    );
}

#[test]
fn a_btrfs_with_one_plain_member_is_not_encrypted() {
    let mut tree = laptop();
    tree.disk("8:16", "sdb", 1000)
        .layer("253:0", "dm-0", Some(LUKS2), &["sda2"])
        .btrfs("c0ffee", &["dm-0", "sdb"]);
    tree.mount("0:30", "/", "btrfs", "/dev/mapper/map-dm-0");
    let leg = PlainReason::PlainLeg("sdb".to_owned());
    assert_eq!(tree.volume("/").encryption, plain(leg));
}

#[test]
fn a_btrfs_whose_members_cannot_be_found_is_unknown() {
    let mut tree = laptop();
    tree.mount("0:30", "/", "btrfs", "/dev/mapper/lost");
    assert!(matches!(tree.volume("/").encryption, Reading::Unknown(_)));
}

#[test]
fn verity_is_integrity_and_the_data_beside_it_is_judged_by_itself() {
    let mut tree = laptop();
    tree.layer("253:0", "dm-0", Some("CRYPT-VERITY-00-usr"), &["sda1"])
        .layer("253:1", "dm-1", Some(LUKS2), &["sda2"]);
    tree.mount("253:0", "/", "ext4", "/dev/mapper/usr").mount(
        "253:1",
        "/var",
        "ext4",
        "/dev/mapper/data",
    );
    assert_eq!(
        tree.volume("/").encryption,
        plain(PlainReason::IntegrityOnly)
    );
    assert_eq!(
        tree.volume("/var").encryption,
        encrypted(EncryptionKind::Luks2)
    );
}

#[test]
fn integrity_over_luks_is_encrypted() {
    let mut tree = laptop();
    tree.layer("253:0", "dm-0", Some(LUKS2), &["sda2"]).layer(
        "253:1",
        "dm-1",
        Some("CRYPT-INTEGRITY-x"),
        &["dm-0"],
    );
    tree.mount("253:1", "/", "ext4", "/dev/mapper/x");
    assert_eq!(
        tree.volume("/").encryption,
        encrypted(EncryptionKind::Luks2)
    );
}

#[test]
fn encryption_by_the_drive_itself_is_unknown() {
    let mut tree = laptop();
    tree.layer("253:0", "dm-0", Some("CRYPT-LUKS2-OPAL-00-x"), &["sda2"]);
    tree.mount("253:0", "/", "ext4", "/dev/mapper/x");
    assert!(matches!(
        tree.volume("/").encryption,
        Reading::Unknown(Why::Unsupported(why)) if why.contains("OPAL")
    ));
}

#[test]
fn an_image_on_an_encrypted_volume_is_encrypted() {
    let mut tree = laptop();
    tree.layer("253:0", "dm-0", Some(LUKS2), &["sda2"])
        .over_file("7:0", "loop0", "/home/aiko/disk.img");
    tree.mount("253:0", "/", "ext4", "/dev/mapper/root")
        .mount("7:0", "/mnt", "ext4", "/dev/loop0");
    assert_eq!(
        tree.volume("/mnt").encryption,
        encrypted(EncryptionKind::Luks2)
    );
}

#[test]
fn loops_nested_beyond_the_limit_and_circles_are_unknown() {
    let mut tree = laptop();
    tree.mount("8:2", "/", "ext4", "/dev/sda2");
    for at in 0..20 {
        let below = if at == 0 {
            "/base".to_owned()
        } else {
            format!("/m{:02}", at - 1)
        };
        tree.over_file(
            &format!("7:{at}"),
            &format!("loop{at}"),
            &format!("{below}/image"),
        );
        tree.mount(
            &format!("7:{at}"),
            &format!("/m{at:02}"),
            "ext4",
            "/dev/loop",
        );
    }
    assert_eq!(
        tree.volume("/m02").encryption,
        plain(PlainReason::NoEncryption)
    );
    assert!(matches!(
        tree.volume("/m19").encryption,
        Reading::Unknown(Why::Unreadable(why)) if why.contains("limit of 16")
    ));
    let mut circle = laptop();
    circle.over_file("7:0", "loop0", "/round/image");
    circle.mount("7:0", "/round", "ext4", "/dev/loop0");
    assert!(matches!(
        circle.volume("/round").encryption,
        Reading::Unknown(_)
    ));
}

#[test]
fn a_device_that_sysfs_does_not_know_is_unknown() {
    let mut tree = laptop();
    tree.mount("8:99", "/", "ext4", "/dev/sdz");
    assert!(matches!(tree.volume("/").encryption, Reading::Unknown(_)));
}

#[test]
fn the_storage_of_this_machine_is_read_and_well_formed() {
    let Reading::Known(volumes) = read(&Root::live()) else {
        panic!("{:?}", read(&Root::live()))
    };
    assert!(
        volumes
            .iter()
            .any(|volume| volume.place == Place::Mounted("/".to_owned()))
    );
    for volume in &volumes {
        assert!(!volume.evidence.is_empty(), "{volume:?}");
        assert!(volume.evidence.len() <= EVIDENCE_MAX);
    }
    let exempt = volumes
        .iter()
        .filter(|one| one.exemption == Some(Exemption::EfiSystem));
    assert!(exempt.count() <= 4);
}
