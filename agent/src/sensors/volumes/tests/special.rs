//! Swap, memory, boot partitions, removable and unused media, and tables that are broken.
//!
//! Touches temporary folders.

use super::tree::Tree;
use super::{LUKS2, encrypted, laptop, plain};
use crate::sensors::volumes::combine::{State, combine};
use crate::sensors::volumes::walk::Walk;
use crate::sensors::volumes::*;
use sekisho_policy::facts::{Encryption, EncryptionKind, Exemption, PlainReason};

const EFI: &str = "E:ID_FS_TYPE=vfat\nE:ID_PART_ENTRY_TYPE=c12a7328-f81f-11d2-ba4b-00c93ec93b11\n";

/// `/` on LUKS, the first partition free.
fn luks_laptop() -> Tree {
    let mut tree = laptop();
    tree.layer("253:0", "dm-0", Some(LUKS2), &["sda2"]);
    tree.mount("253:0", "/", "ext4", "/dev/mapper/root");
    tree
}

#[test]
fn plain_swap_beside_an_encrypted_root_is_seen() {
    let mut tree = luks_laptop();
    tree.swap("/dev/sda1", "partition");
    let swap = tree.volume("/dev/sda1");
    assert_eq!(swap.encryption, plain(PlainReason::NoEncryption));
    assert_eq!(swap.exemption, None);
    assert_eq!(swap.filesystem, "swap");
}

#[test]
fn swap_with_a_random_key_is_encrypted() {
    let mut tree = luks_laptop();
    tree.layer("253:1", "dm-1", Some("CRYPT-PLAIN-swap"), &["sda1"]);
    tree.swap("/dev/dm-1", "partition");
    assert_eq!(
        tree.volume("/dev/dm-1").encryption,
        encrypted(EncryptionKind::PlainDmCrypt)
    );
}

#[test]
fn a_swap_file_follows_the_file_system_it_lies_on() {
    let mut tree = luks_laptop();
    tree.mount(
        "8:1",
        "/mnt/plain disk".replace(' ', "\\040").as_str(),
        "ext4",
        "/dev/sda1",
    );
    tree.swap("/swapfile", "file")
        .swap("/mnt/plain\\040disk/swap", "file");
    assert_eq!(
        tree.volume("/swapfile").encryption,
        encrypted(EncryptionKind::Luks2)
    );
    assert_eq!(
        tree.volume("/mnt/plain disk/swap").encryption,
        plain(PlainReason::NoEncryption)
    );
}

#[test]
fn swap_in_compressed_memory_never_reaches_a_disk_unless_it_is_written_back() {
    let mut tree = luks_laptop();
    tree.layer("251:0", "zram0", None, &[]);
    tree.write("sys/devices/virtual/block/zram0/backing_dev", "none\n");
    tree.swap("/dev/zram0", "partition");
    assert_eq!(tree.volume("/dev/zram0").exemption, Some(Exemption::Memory));
    tree.write("sys/devices/virtual/block/zram0/backing_dev", "/dev/sda1\n");
    let swap = tree.volume("/dev/zram0");
    assert_eq!(swap.exemption, None);
    assert_eq!(swap.encryption, plain(PlainReason::NoEncryption));
}

#[test]
fn an_efi_partition_is_exempt_by_its_type_and_not_by_its_name() {
    let mut tree = luks_laptop();
    tree.udev("8:1", EFI);
    tree.mount("8:1", "/boot/efi", "vfat", "/dev/sda1");
    assert_eq!(
        tree.volume("/boot/efi").exemption,
        Some(Exemption::EfiSystem)
    );

    let mut named = luks_laptop();
    named.mount("8:1", "/efi", "vfat", "/dev/sda1");
    assert_eq!(named.volume("/efi").exemption, None);
}

#[test]
fn a_large_volume_does_not_become_a_boot_partition_by_its_mount_point() {
    let mut tree = laptop();
    tree.mount("8:1", "/boot", "ext4", "/dev/sda1")
        .mount("8:2", "/boot/data", "ext4", "/dev/sda2");
    assert_eq!(tree.volume("/boot").exemption, Some(Exemption::Boot));
    assert_eq!(tree.volume("/boot/data").exemption, None);
}

#[test]
fn mounts_of_one_device_are_one_volume() {
    let mut tree = luks_laptop();
    tree.mount("253:0", "/srv/data", "ext4", "/dev/mapper/root")
        .mount("253:0", "/home", "ext4", "/dev/mapper/root");
    let Reading::Known(volumes) = tree.read() else {
        panic!("not read")
    };
    let mounted: Vec<_> = volumes
        .iter()
        .filter(|volume| matches!(volume.place, Place::Mounted(_)))
        .collect();
    assert_eq!(mounted.len(), 1);
    assert!(
        mounted[0]
            .evidence
            .iter()
            .any(|seen| seen.value == "also at /home, /srv/data")
    );
}

#[test]
fn a_stick_on_usb_is_removable_even_below_luks() {
    let mut tree = luks_laptop();
    tree.stick("8:16", "sdb", 8000)
        .layer("253:1", "dm-1", Some(LUKS2), &["sdb"]);
    tree.mount("253:1", "/media/stick", "ext4", "/dev/mapper/stick");
    let volume = tree.volume("/media/stick");
    assert_eq!(volume.removable, Reading::Known(true));
    assert_eq!(volume.encryption, encrypted(EncryptionKind::Luks2));
    assert_eq!(tree.volume("/").removable, Reading::Known(false));
}

#[test]
fn a_disc_is_a_medium_and_an_empty_drive_is_none() {
    let tree = luks_laptop();
    tree.disk("11:0", "sr0", 700)
        .udev("11:0", "E:ID_CDROM=1\n")
        .disk("11:1", "sr1", 700)
        .udev("11:1", "E:ID_CDROM_MEDIA=1\nE:ID_FS_TYPE=iso9660\n")
        .disk("11:2", "sr2", 4000)
        .udev("11:2", "E:ID_CDROM_MEDIA=1\nE:ID_FS_TYPE=udf\n");
    for drive in ["sr0", "sr1", "sr2"] {
        let path = format!("sys/devices/pci0000:00/ata1/block/{drive}/removable");
        tree.write(&path, "1\n");
    }
    let Reading::Known(volumes) = tree.read() else {
        panic!("not read")
    };
    let discs: Vec<_> = volumes
        .iter()
        .filter(|volume| volume.removable == Reading::Known(true))
        .map(|volume| (volume.place.at(), volume.exemption))
        .collect();
    assert_eq!(
        discs,
        [("sr1", Some(Exemption::ReadOnlyImage)), ("sr2", None)]
    );
}

#[test]
fn partitions_nobody_mounted_are_listed_with_what_udev_saw() {
    let mut tree = luks_laptop();
    tree.udev("8:1", "E:ID_FS_TYPE=ext4\n")
        .disk("8:32", "sdc", 900)
        .udev("8:32", "E:ID_FS_TYPE=crypto_LUKS\nE:ID_FS_VERSION=2\n")
        .disk("8:48", "sdd", 900)
        .udev("8:48", "E:ID_FS_TYPE=BitLocker\n")
        .layer("7:9", "loop9", None, &[]);
    tree.mount("0:5", "/proc", "proc", "proc");
    assert_eq!(
        tree.volume("sda1").encryption,
        plain(PlainReason::NoEncryption)
    );
    assert_eq!(tree.volume("sda1").filesystem, "ext4");
    assert_eq!(
        tree.volume("sdc").encryption,
        encrypted(EncryptionKind::Luks2)
    );
    assert!(matches!(tree.volume("sdd").encryption, Reading::Unknown(_)));
    let Reading::Known(volumes) = tree.read() else {
        panic!("not read")
    };
    assert_eq!(volumes.len(), 4, "{volumes:#?}");
}

#[test]
fn partitions_udev_does_not_know_are_told_by_their_first_bytes() {
    let tree = luks_laptop();
    tree.disk("8:32", "sdc", 900)
        .disk("8:48", "sdd", 900)
        .disk("8:64", "sde", 900);
    let sample = |name: &str| {
        let path = format!("{}/testdata/headers/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(path).unwrap()
    };
    tree.write("dev/sda1", sample("ext4.bin"));
    tree.write("dev/sdc", sample("luks1.bin"));
    tree.write("dev/sdd", [0; 70_000]);
    tree.write("dev/sde", [0xa5; 70_000]);
    assert_eq!(
        tree.volume("sda1").encryption,
        plain(PlainReason::NoEncryption)
    );
    assert_eq!(tree.volume("sda1").filesystem, "ext4");
    assert_eq!(
        tree.volume("sdc").encryption,
        encrypted(EncryptionKind::Luks1)
    );
    assert!(matches!(tree.volume("sde").encryption, Reading::Unknown(_)));
    let Reading::Known(volumes) = tree.read() else {
        panic!("not read")
    };
    assert!(
        !volumes
            .iter()
            .any(|volume| volume.place == Place::Unmounted("sdd".to_owned()))
    );
}

#[test]
fn network_memory_and_image_mounts_are_told_apart() {
    let mut tree = luks_laptop();
    tree.over_file("7:1", "loop1", "/var/lib/snapd/snaps/core.snap");
    tree.mount("0:40", "/mnt/server", "nfs4", "server:/share")
        .mount("0:41", "/tmp", "tmpfs", "tmpfs")
        .mount("0:42", "/run/user/1000", "tmpfs", "tmpfs")
        .mount("7:1", "/snap/core/1", "squashfs", "/dev/loop1")
        .mount("0:43", "/mnt/vault", "fuse.gocryptfs", "/home/aiko/vault")
        .mount_with(
            "0:44",
            "/live",
            "overlay",
            "overlay",
            "rw,lowerdir=/a,upperdir=/home/up,workdir=/w",
        );
    assert_eq!(
        tree.volume("/mnt/server").exemption,
        Some(Exemption::Network)
    );
    assert_eq!(tree.volume("/tmp").exemption, Some(Exemption::Memory));
    assert!(matches!(
        tree.volume("/mnt/vault").encryption,
        Reading::Unknown(_)
    ));
    assert_eq!(tree.volume("/mnt/vault").exemption, None);
    assert_eq!(
        tree.volume("/live").encryption,
        encrypted(EncryptionKind::Luks2)
    );
    let Reading::Known(volumes) = tree.read() else {
        panic!("not read")
    };
    let named = |name: &str| {
        volumes
            .iter()
            .any(|one| one.place == Place::Mounted(name.to_owned()))
    };
    assert!(!named("/run/user/1000") && !named("/snap/core/1"));
}

#[test]
fn a_zfs_dataset_without_the_tool_is_unknown() {
    let mut tree = laptop();
    tree.mount("0:50", "/", "zfs", "rpool/ROOT");
    assert!(matches!(
        tree.volume("/").encryption,
        Reading::Unknown(Why::ToolMissing(tool)) if tool == "/usr/sbin/zfs"
    ));
}

#[test]
fn a_broken_table_makes_the_fact_unknown_and_never_empty() {
    let tree = luks_laptop();
    assert!(tree.read().known().is_some());
    let mut cut = luks_laptop();
    cut.swap("/dev/sda1", "partition lots");
    assert!(matches!(cut.read(), Reading::Unknown(Why::Unreadable(why)) if why.contains("line")));
}

/// What a table of the kernel says of a LUKS device, as root sees it.
fn by_table(table: &str) -> Reading<Encryption> {
    let seen = Seen {
        mounts: Mounts::parse(b"1 0 253:0 / / rw - ext4 /dev/mapper/x rw\n").unwrap(),
        blocks: Blocks::new([
            blocks::Block {
                device: "253:0".to_owned(),
                name: "dm-0".to_owned(),
                mapper: Some(("x".to_owned(), LUKS2.to_owned())),
                slaves: vec!["sda".to_owned()],
                ..blocks::Block::default()
            },
            blocks::Block {
                device: "8:0".to_owned(),
                name: "sda".to_owned(),
                ..blocks::Block::default()
            },
        ]),
        swaps: Reading::Absent,
        btrfs: BTreeMap::new(),
        tables: Reading::Known(dm::parse_tables(table)),
        zfs: BTreeMap::new(),
        headers: BTreeMap::new(),
        fscrypt: Vec::new(),
    };
    let mut walk = Walk::new(&seen);
    walk.device("dm-0");
    walk.encryption()
}

#[test]
fn a_luks_device_with_a_null_cipher_or_half_done_is_not_encrypted() {
    assert_eq!(
        by_table("x: 0 100 crypt aes-xts-plain64 :64:logon:x 0 8:0 32768\n"),
        encrypted(EncryptionKind::Luks2)
    );
    assert_eq!(
        by_table("x: 0 100 crypt cipher_null-ecb - 0 8:0 32768\n"),
        plain(PlainReason::CipherNull)
    );
    assert_eq!(
        by_table("x: 0 50 crypt aes-xts-plain64 - 0 8:0 0\nx: 50 50 linear 8:0 50\n"),
        plain(PlainReason::UnderWay)
    );
}

#[test]
fn legs_of_memory_alone_have_no_encryption_to_tell() {
    let leg = combine::Leg {
        name: "zram0".to_owned(),
        state: State::Memory,
    };
    assert_eq!(combine(&[leg]), Reading::Absent);
    assert!(matches!(combine(&[]), Reading::Unknown(_)));
}
