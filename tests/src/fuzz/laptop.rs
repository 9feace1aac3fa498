//! What a laptop's own files say: a stranger wrote some of them, and a dying disk others.
//!
//! Touches a folder of prepared files, one for each process. Must never panic but to report a fault.

use std::cell::OnceCell;
use std::thread::LocalKey;

use sekisho_agent::beacon::links;
use sekisho_agent::sensors::{Deadlines, INDEX, Root, gather};
use sekisho_policy::facts::Facts;
use sekisho_policy::reading::Reading;
use tempfile::TempDir;

use crate::machine::Machine;

thread_local! {
    static MACHINE: OnceCell<(TempDir, Machine)> = const { OnceCell::new() };
    static RPM_MACHINE: OnceCell<(TempDir, Machine)> = const { OnceCell::new() };
}

pub(super) fn dpkg_status(bytes: &[u8]) {
    read_at(&["var/lib/dpkg/status"], bytes);
}

pub(super) fn mountinfo(bytes: &[u8]) {
    read_at(&["proc/1/mountinfo", "proc/self/mountinfo"], bytes);
}

/// The uuid of the mapper device that the root file system lies on.
pub(super) fn dm_uuid(bytes: &[u8]) {
    read_at(&["sys/devices/virtual/block/dm-0/dm/uuid"], bytes);
}

pub(super) fn cvd_header(bytes: &[u8]) {
    read_at(&["var/lib/clamav/daily.cvd"], bytes);
}

pub(super) fn rpm_database(bytes: &[u8]) {
    read_at(&["var/lib/rpm/rpmdb.sqlite"], bytes);
}

/// What apt keeps of a security archive, and the archive's own words.
const APT: &str = "var/lib/apt/lists/security.example_debian-security_dists_trixie-security";
const APT_RELEASE: &str =
    "Suite: stable-security\nCodename: trixie-security\nDate: Tue, 24 Nov 2026 00:34:33 UTC\n";

pub(super) fn apt_release(bytes: &[u8]) {
    read_at(&[&format!("{APT}_InRelease")], bytes);
}

pub(super) fn apt_packages(bytes: &[u8]) {
    read_at(&[&format!("{APT}_main_binary-amd64_Packages")], bytes);
}

pub(super) fn os_release(bytes: &[u8]) {
    read_at(&["etc/os-release"], bytes);
}

/// Two desktops of one user, so that both kinds of settings are read.
const GNOME: &str = "UID=1000\nUSER=aiko\nTYPE=wayland\nCLASS=user\nDESKTOP=gnome\n";
const KDE: &str = "UID=1000\nUSER=aiko\nTYPE=wayland\nCLASS=user\nDESKTOP=KDE\n";

pub(super) fn dconf_database(bytes: &[u8]) {
    read_at(
        &["home/aiko/.config/dconf/user", "etc/dconf/db/local"],
        bytes,
    );
}

pub(super) fn gschemas(bytes: &[u8]) {
    read_at(&["usr/share/glib-2.0/schemas/gschemas.compiled"], bytes);
}

pub(super) fn kscreenlockerrc(bytes: &[u8]) {
    read_at(
        &[
            "etc/xdg/kscreenlockerrc",
            "home/aiko/.config/kscreenlockerrc",
        ],
        bytes,
    );
}

pub(super) fn logind_session(bytes: &[u8]) {
    read_at(&["run/systemd/sessions/3"], bytes);
}

/// Where the listing of a captured firewall lies.
const NFT: &str = "var/lib/sekisho-capture/nft.json";
const SECURE_BOOT: &str =
    "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

pub(super) fn nft_listing(bytes: &[u8]) {
    read_at(&[NFT], bytes);
}

pub(super) fn group_file(bytes: &[u8]) {
    read_at(&["etc/group"], bytes);
}

pub(super) fn passwd_file(bytes: &[u8]) {
    read_at(&["etc/passwd"], bytes);
}

pub(super) fn nsswitch(bytes: &[u8]) {
    read_at(&["etc/nsswitch.conf"], bytes);
}

pub(super) fn secure_boot(bytes: &[u8]) {
    read_at(&[SECURE_BOOT], bytes);
}

const DNF: &str = "var/cache/dnf/updates-1";
const REPOMD: &str = r#"<repomd><data type="updateinfo"><location
    href="repodata/updateinfo.xml"/><timestamp>1795629662</timestamp></data></repomd>"#;

pub(super) fn repomd(bytes: &[u8]) {
    read_in(
        &RPM_MACHINE,
        &[&format!("{DNF}/repodata/repomd.xml")],
        bytes,
    );
}

pub(super) fn updateinfo(bytes: &[u8]) {
    read_in(
        &RPM_MACHINE,
        &[&format!("{DNF}/repodata/updateinfo.xml")],
        bytes,
    );
}

/// Every answer of the kernel about networks: each reader takes the messages that are its own.
pub(super) fn netlink_answer(bytes: &[u8]) {
    const NAMES: [&str; 11] = [
        "links",
        "addresses",
        "routes",
        "route-ipv4-0",
        "route-ipv4-1",
        "route-ipv6-0",
        "route-ipv6-1",
        "nl80211",
        "nl80211-interfaces",
        "nl80211-scan-3",
        "xfrm-policies",
    ];
    let paths = NAMES.map(|name| format!("var/lib/sekisho-capture/netlink/{name}"));
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    read_at(&paths, bytes);
    drop(links::told(bytes, bytes, &|_| false));
}

pub(super) fn resolv_conf(bytes: &[u8]) {
    read_at(
        &["etc/resolv.conf", "run/systemd/resolve/resolv.conf"],
        bytes,
    );
}

/// Reads the whole laptop with these files in place of what it has there.
pub(super) fn read_with(files: &[(&str, &[u8])]) {
    read_files(&MACHINE, files);
}

/// Reads the whole laptop with these bytes in place of those files.
fn read_at(paths: &[&str], bytes: &[u8]) {
    read_in(&MACHINE, paths, bytes);
}

/// The list of a captured system, over files of a stranger's choice.
pub(super) fn capture_index(bytes: &[u8]) {
    MACHINE.with(|machine| {
        let (_, machine) = machine.get_or_init(of_dpkg);
        machine.write(INDEX, bytes);
        if let Ok(root) = Root::captured(machine.root_dir()) {
            check(&gather(&root, Deadlines::default()));
        }
        drop(std::fs::remove_file(machine.root_dir().join(INDEX)));
    });
}

/// Two packages, as rpm has them.
const RPM_DATABASE: &[u8] = include_bytes!("../../../agent/testdata/rpm/rpmdb.sqlite");

/// A laptop that lives by rpm.
fn of_rpm() -> (TempDir, Machine) {
    let dir = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let machine = Machine::new(dir.path(), "aiko");
    let status = machine.root_dir().join("var/lib/dpkg/status");
    std::fs::remove_file(status).unwrap_or_else(|error| panic!("{error}"));
    machine.write("usr/lib/sysimage/rpm/rpmdb.sqlite", RPM_DATABASE);
    machine.write(&format!("{DNF}/repodata/repomd.xml"), REPOMD);
    machine.write(
        &format!("{DNF}/repodata/updateinfo.xml"),
        "<updates></updates>",
    );
    (dir, machine)
}

fn of_dpkg() -> (TempDir, Machine) {
    let dir = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let machine = Machine::new(dir.path(), "aiko");
    // Without its program ClamAV counts as not installed, and its files are not read.
    machine.write("usr/sbin/clamd", "");
    machine.write(&format!("{APT}_InRelease"), APT_RELEASE);
    machine.write("etc/group", "sudo:x:27:aiko\n");
    machine.write("run/systemd/sessions/1", GNOME);
    machine.write("run/systemd/sessions/2", KDE);
    machine.write("etc/passwd", "aiko:x:1000:1000::/home/aiko:/bin/bash\n");
    machine.write("etc/dconf/profile/user", "user-db:user\nsystem-db:local\n");
    machine.write(&format!("{APT}_main_binary-amd64_Packages"), "");
    (dir, machine)
}

type Prepared = LocalKey<OnceCell<(TempDir, Machine)>>;

fn read_in(which: &'static Prepared, paths: &[&str], bytes: &[u8]) {
    let files: Vec<_> = paths.iter().map(|path| (*path, bytes)).collect();
    read_files(which, &files);
}

fn read_files(which: &'static Prepared, files: &[(&str, &[u8])]) {
    which.with(|machine| {
        let (_, machine) = machine.get_or_init(|| match std::ptr::eq(which, &RPM_MACHINE) {
            true => of_rpm(),
            false => of_dpkg(),
        });
        let before = files
            .iter()
            .map(|(path, _)| std::fs::read(machine.root_dir().join(path)).ok());
        let before: Vec<_> = before.collect();
        for (path, bytes) in files {
            machine.write(path, bytes);
        }
        check(&gather(&Root::at(machine.root_dir()), Deadlines::default()));
        for ((path, _), before) in files.iter().zip(before) {
            match before {
                Some(before) => machine.write(path, before),
                None => drop(std::fs::remove_file(machine.root_dir().join(path))),
            }
        }
    });
}

pub(super) fn check(facts: &Facts) {
    assert!(!broke_off(&facts.host), "{facts:?}");
    assert!(!broke_off(&facts.volumes), "{:?}", facts.volumes);
    assert!(!broke_off(&facts.antivirus), "{:?}", facts.antivirus);
    assert!(!broke_off(&facts.software), "{:?}", facts.software);
    let Reading::Known(platform) = &facts.platform else {
        panic!("{:?}", facts.platform);
    };
    assert!(!broke_off(&platform.release), "{platform:?}");
    assert!(!broke_off(&platform.updates), "{platform:?}");
    assert!(!broke_off(&platform.screen_locks), "{platform:?}");
    assert!(!broke_off(&platform.firewall), "{platform:?}");
    assert!(!broke_off(&platform.secure_boot), "{platform:?}");
    assert!(!broke_off(&platform.administrators), "{platform:?}");
    let Reading::Known(network) = &facts.network else {
        panic!("{:?}", facts.network);
    };
    assert!(!broke_off(&network.links), "{network:?}");
    assert!(!broke_off(&network.wifi), "{network:?}");
}

/// A reader that panicked is reported as one that broke off.
fn broke_off<T>(reading: &Reading<T>) -> bool {
    matches!(reading, Reading::Unknown(why) if why.detail().ends_with("broke off"))
}
