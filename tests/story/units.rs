//! The unit files as they are shipped, started by a real systemd: a guest whose first process it is.
//!
//! Touches guests under qemu and a folder among the build's own. Must never start a unit but those of the
//! packages and the one that tells the story.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sekisho_tests::guest::initrd::Initrd;
use sekisho_tests::guest::kernel::Kernel;
use sekisho_tests::guest::vm::{Drive, Guest};
use sekisho_tests::guest::{missing, run};
use sekisho_tests::powercut::TOOLS;
use sekisho_tests::programs;
use sekisho_tests::skip::skipped;

/// How long the guest may take for one step, on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(300);

const MODULES: [&str; 6] = [
    "virtio_pci",
    "virtio_blk",
    "nf_tables",
    "nft_fib_inet",
    "nft_reject_inet",
    "nft_ct",
];

const USERS: &str = "root:x:0:0:root:/root:/bin/sh\n\
                     sekisho-agent:x:990:990::/var/lib/sekisho-agent:/bin/false\n\
                     sekisho-collector:x:991:991::/var/lib/sekisho-collector:/bin/false\n";
const GROUPS: &str = "root:x:0:\nsekisho-agent:x:990:\nsekisho-collector:x:991:\n";
const MANAGER: &str = "[Manager]\nDefaultStandardOutput=inherit\nShowStatus=no\n\
                       LogTarget=console\nLogLevel=warning\nCtrlAltDelBurstAction=none\n";
const STORY: &str = "\
[Unit]
DefaultDependencies=no
After=network-pre.target sekisho-isolation.service
[Service]
Type=oneshot
ExecStart=/bin/sh /story
StandardOutput=tty
TTYPath=/dev/ttyS0
";

/// The machine's files: systemd of this system, the units, the programs.
fn pack(dir: &Path, kernel: &Kernel) -> PathBuf {
    let mut initrd = Initrd::new(dir, kernel, &MODULES).unwrap();
    for (path, program) in [
        ("usr/bin/sekisho-agent", programs::agent()),
        ("usr/bin/sekisho-collector", programs::collector()),
        ("usr/sbin/nft", "/usr/sbin/nft".into()),
        ("lib/systemd/systemd", "/lib/systemd/systemd".into()),
        ("bin/systemctl", "/bin/systemctl".into()),
    ] {
        initrd.program(path, &program).unwrap();
    }
    for entry in std::fs::read_dir("/lib/systemd/system").unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_file() && (name.ends_with(".target") || name.ends_with(".slice")) {
            initrd.file(
                &format!("lib/systemd/system/{name}"),
                std::fs::read(&path).unwrap(),
            );
        }
    }
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/linux");
    for (unit, wanted_by) in [
        ("sekisho-agent.service", "multi-user.target"),
        ("sekisho-isolation.service", "sysinit.target"),
        ("sekisho-collector.service", "multi-user.target"),
        ("sekisho-enroll.service", "multi-user.target"),
        ("sekisho-enroll.path", "multi-user.target"),
    ] {
        let text = std::fs::read_to_string(shipped.join(unit)).unwrap();
        assert!(text.contains(&format!("WantedBy={wanted_by}")), "{unit}");
        initrd.file(&format!("lib/systemd/system/{unit}"), &text);
        initrd.link(
            &format!("etc/systemd/system/{wanted_by}.wants/{unit}"),
            &format!("/lib/systemd/system/{unit}"),
        );
    }
    for (path, text) in [
        ("etc/passwd", USERS),
        ("etc/group", GROUPS),
        ("etc/hostname", "guest\n"),
        ("etc/machine-id", "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e\n"),
        ("etc/os-release", "ID=guest\n"),
        ("etc/systemd/system.conf", MANAGER),
        ("etc/systemd/system/story.service", STORY),
        ("story", include_str!("units/story.sh")),
        ("usr/bin/mdatp", include_str!("units/mdatp.sh")),
    ] {
        initrd.file(path, text);
    }
    initrd.link(
        "etc/systemd/system/default.target",
        "/lib/systemd/system/multi-user.target",
    );
    initrd.link(
        "etc/systemd/system/multi-user.target.wants/story.service",
        "/etc/systemd/system/story.service",
    );
    initrd.pack(include_str!("units/system.sh")).unwrap()
}

/// What the guest says behind a word.
fn hear(guest: &mut Guest, word: &str) -> String {
    let line = guest
        .until(PATIENCE, |line| line.starts_with("said "))
        .unwrap();
    let said = line.strip_prefix(&format!("said {word}"));
    said.unwrap_or_else(|| panic!("not {word}: {line}"))
        .trim()
        .to_owned()
}

#[test]
fn systemd_keeps_the_agent_and_isolates_before_the_network() {
    if let Some(tool) = missing(&TOOLS) {
        skipped(&format!("{tool} is not installed"));
        return;
    }
    if !Path::new("/lib/systemd/systemd").exists() {
        skipped("systemd is not installed");
        return;
    }
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("units");
    std::fs::create_dir_all(&dir).unwrap();
    let kernel = Kernel::fetch(&dir.with_file_name("powercut-rig").join("kernel")).unwrap();
    let initrd = pack(&dir, &kernel);
    let disk = dir.join("var.img");
    File::create(&disk)
        .unwrap()
        .set_len(128 * 1024 * 1024)
        .unwrap();
    run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(&disk)).unwrap();
    let boot = || Guest::boot(&kernel, &initrd, "", &[Drive::Image(&disk)]).unwrap();

    let mut guest = boot();
    let first = hear(&mut guest, "boot");
    assert!(!first.contains("sekisho"), "{first}");
    let collector = hear(&mut guest, "collector");
    for part in [
        "Uid:991991991991",
        "CapBnd:0000000000000000",
        "NoNewPrivs:1",
    ] {
        assert!(collector.contains(part), "{part} is not in {collector}");
    }
    // The file was written after the units had started, and holds no token any more.
    assert_eq!(
        hear(&mut guest, "enrolled"),
        "success SEKISHO_COLLECTOR=127.0.0.1:7444"
    );
    let judged = hear(&mut guest, "judged");
    assert_eq!(judged, "\"standing\": \"grace\"");
    // The sandbox lets a product's program be asked.
    assert_eq!(hear(&mut guest, "antivirus"), "mdatp health appVersion");
    assert_eq!(hear(&mut guest, "ordered"), "0");
    keeps_isolated(&mut guest);
    // As a laptop whose battery is taken out.
    guest.cut().unwrap();
    run(Command::new("e2fsck").args(["-f", "-y"]).arg(&disk)).unwrap();

    let mut guest = boot();
    let second = hear(&mut guest, "boot");
    assert!(second.contains("active"), "{second}");
    assert!(second.contains("chain isolated"), "{second}");
    keeps_isolated(&mut guest);
}

/// One life of the agent under systemd, with the isolation ordered.
fn keeps_isolated(guest: &mut Guest) {
    let rules = "chain isolated table inet sekisho";
    let mut agent = hear(guest, "");
    if let Some(after_order) = agent.strip_prefix("after-order") {
        assert_eq!(after_order.trim(), rules);
        agent = hear(guest, "");
    }
    // CAP_NET_ADMIN is bit 12 (linux/capability.h).
    for part in [
        "agent Uid:990990990990",
        "CapEff:0000000000001000",
        "CapBnd:0000000000001000",
    ] {
        assert!(agent.contains(part), "{part} is not in {agent}");
    }
    assert!(agent.contains("NoNewPrivs:1"), "{agent}");
    assert_eq!(hear(guest, "flushed"), "");
    assert_eq!(hear(guest, "put-back"), rules);
    assert_eq!(hear(guest, "another"), format!("active {rules}"));
    assert_eq!(hear(guest, "end"), "");
}
