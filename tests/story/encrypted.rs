//! A laptop with real encrypted disks: a guest whose kernel has `dm-crypt`, and the agent in it.
//!
//! Touches a guest under qemu and a folder among the build's own. Must never show the agent anything but
//! what that kernel shows.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use sekisho_tests::guest::initrd::Initrd;
use sekisho_tests::guest::kernel::Kernel;
use sekisho_tests::guest::missing;
use sekisho_tests::guest::vm::{Drive, Guest};
use sekisho_tests::powercut::TOOLS;
use sekisho_tests::programs;
use sekisho_tests::skip::skipped;
use serde_json::Value;

/// How long the guest may take for one step, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(240);

/// What the guest does before each check. `vda` is the disk of the home folders, `vdb` a second one.
const STEPS: &str = "\
export DM_DISABLE_UDEV=1
mkdir -p /home /data
printf 'a key' > /run/key
luks() { cryptsetup luksFormat -q --pbkdf-force-iterations 1000 --key-file /run/key \"$@\"; }
open() { cryptsetup open --key-file /run/key $1 $2; }
on() { mke2fs -q $1 && mount -t ext4 $1 $2; }
check() { echo \"check $1 $(sekisho-agent check --json)\"; }

luks --type luks2 --pbkdf pbkdf2 /dev/vda && open /dev/vda home && on /dev/mapper/home /home
check encrypted
on /dev/vdb /data
check plain-disk
umount /data
mkswap /dev/vdb && swapon /dev/vdb
check plain-swap
swapoff /dev/vdb
luks --type luks1 /dev/vdb && open /dev/vdb data && on /dev/mapper/data /data
check luks1
umount /data
cryptsetup close data
dmsetup create data --table \"0 65536 crypt cipher_null-ecb - 0 /dev/vdb 0\" && on /dev/mapper/data /data
check null-cipher
umount /data
dmsetup remove data
dmsetup create data --table \"0 65536 linear /dev/vdb 0\" && on /dev/mapper/data /data
check linear
";

#[test]
fn the_kernel_is_believed_about_which_disks_are_encrypted() {
    if let Some(tool) = missing(&[&TOOLS[..], &["cryptsetup", "dmsetup"]].concat()) {
        skipped(&format!("{tool} is not installed"));
        return;
    }
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("encrypted");
    std::fs::create_dir_all(&dir).unwrap();
    let kernel = Kernel::fetch(&dir.with_file_name("powercut-rig").join("kernel")).unwrap();
    let modules = [
        "virtio_pci",
        "virtio_blk",
        "dm_crypt",
        "xts",
        "ecb",
        "essiv",
        "algif_skcipher",
        "algif_hash",
    ];
    let mut initrd = Initrd::new(&dir, &kernel, &modules).unwrap();
    for (path, program) in [
        ("bin/sekisho-agent", programs::agent()),
        ("sbin/cryptsetup", "/usr/sbin/cryptsetup".into()),
        ("sbin/dmsetup", "/usr/sbin/dmsetup".into()),
    ] {
        initrd.program(path, &program).unwrap();
    }
    let initrd = initrd
        .pack(&format!("{STEPS}echo 'the end'\nsleep 1000\n"))
        .unwrap();
    let disks = ["home.img", "data.img"].map(|name| dir.join(name));
    for disk in &disks {
        File::create(disk)
            .unwrap()
            .set_len(64 * 1024 * 1024)
            .unwrap();
    }
    let drives = disks.each_ref().map(|disk| Drive::Image(disk));
    let mut guest = Guest::boot(&kernel, &initrd, "", &drives).unwrap();
    let mut next = |name: &str| {
        let start = format!("check {name} ");
        let line = guest
            .until(PATIENCE, |line| {
                line.starts_with("check ") || line == "the end"
            })
            .unwrap();
        let json = line
            .strip_prefix(&start)
            .unwrap_or_else(|| panic!("not {name}: {line}"));
        let checked: Value = serde_json::from_str(json).unwrap();
        let findings = checked["findings"].as_array().unwrap();
        let disk = findings
            .iter()
            .find(|finding| finding["rule"] == "disk-encrypted");
        disk.unwrap().clone()
    };

    let disk = next("encrypted");
    assert_eq!(disk["outcome"], "pass", "{disk}");
    assert!(disk.to_string().contains("CRYPT-LUKS2"), "{disk}");
    let disk = next("plain-disk");
    assert_eq!(disk["outcome"], "fail", "{disk}");
    assert!(disk["cause"].to_string().contains("/data"), "{disk}");
    let disk = next("plain-swap");
    assert_eq!(disk["outcome"], "fail", "{disk}");
    assert!(disk["cause"].to_string().contains("vdb"), "{disk}");
    let disk = next("luks1");
    assert_eq!(disk["outcome"], "pass", "{disk}");
    assert!(disk.to_string().contains("CRYPT-LUKS1"), "{disk}");
    for generous in ["null-cipher", "linear"] {
        let disk = next(generous);
        assert_eq!(disk["outcome"], "fail", "{generous}: {disk}");
        assert!(disk["cause"].to_string().contains("/data"), "{disk}");
    }
}
