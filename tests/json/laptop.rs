//! A laptop with something to tell under every heading, and what its commands print.
//!
//! Touches the cast. Must never answer for the agent.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;

use sekisho_tests::laptop::Laptop;
use sekisho_tests::machine::Machine;
use sekisho_tests::world::{World, said};
use serde_json::{Value, json};

use crate::page::{Page, Type};
use crate::shape::Comparison;

/// A laptop with ClamAV, whose daemon answers, and a package that was built from another's source.
pub(crate) fn protected(world: &World) -> Laptop {
    let aiko = world.laptop("aiko");
    let machine = aiko.machine();
    machine.write("usr/sbin/clamd", "");
    finds_malware(machine);
    let header = "tests/fuzz/corpus/cvd_header/daily";
    let header = fs::read(format!("{}/../{header}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    machine.write("var/lib/clamav/daily.cvd", header);
    machine.write(
        "var/lib/dpkg/status",
        "Package: libzstd1\nStatus: install ok installed\nSource: zstd (1.5.7)\n\
         Architecture: amd64\nVersion: 1.5.7-1\n\n\
         Package: base-files\nStatus: install ok installed\n\
         Architecture: amd64\nVersion: 1\n\n",
    );
    guarded(machine);
    let socket = machine.root_dir().join("run/clamav/clamd.ctl");
    fs::create_dir_all(socket.parent().unwrap()).unwrap();
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        listener
            .incoming()
            .for_each(|stream| answer(stream.unwrap()))
    });
    aiko
}

/// A Microsoft Defender that remembers scans and detections.
fn finds_malware(machine: &Machine) {
    machine.write("usr/bin/mdatp", "");
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../agent/testdata");
    for (captured, sample) in [
        ("mdatp-health.json", "defender/health-active.json"),
        (
            "mdatp-threats.json",
            "antivirus/constructed/mdatp-threats.json",
        ),
        ("mdatp-scans.json", "antivirus/constructed/mdatp-scans.json"),
    ] {
        let answer = fs::read(format!("{samples}/{sample}")).unwrap();
        machine.write(&format!("var/lib/sekisho-capture/{captured}"), answer);
    }
}

/// A release that lacks an update, a desktop, a firewall, a firmware, a chip and an administrator.
fn guarded(machine: &Machine) {
    machine.is_on_wifi_with_a_vpn();
    let lists = "var/lib/apt/lists/security.example_debian-security_dists_trixie-security";
    let release =
        "Suite: stable-security\nCodename: trixie-security\nDate: Tue, 24 Nov 2026 00:34:33 UTC\n";
    machine.write(&format!("{lists}_InRelease"), release);
    machine.write(
        &format!("{lists}_main_binary-amd64_Packages"),
        "Package: libzstd1\nArchitecture: amd64\nVersion: 1.5.7-1+deb13u1\n\n",
    );
    let session = "UID=1000\nUSER=aiko\nTYPE=wayland\nCLASS=user\nDESKTOP=KDE\n";
    machine.write("run/systemd/sessions/2", session);
    machine.write(
        "etc/passwd",
        "root:x:0:0::/root:/bin/sh\naiko:x:1000:1000::/home/aiko:/bin/sh\n",
    );
    machine.write("etc/group", "sudo:x:27:aiko\n");
    machine.write("etc/nsswitch.conf", "passwd: files sss\n");
    machine.write("var/lib/sekisho-capture/nft.json", r#"{"nftables": []}"#);
    let variable = "SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";
    machine.write(
        &format!("sys/firmware/efi/efivars/{variable}"),
        [6, 0, 0, 0, 1],
    );
    machine.write("sys/class/tpm/tpm0/tpm_version_major", "2\n");
}

/// Answers as clamd(8) does: commands and answers end in a zero byte.
fn answer(mut stream: std::os::unix::net::UnixStream) {
    let mut asked = [0; 32];
    let count = stream.read(&mut asked).unwrap_or(0);
    let answer: &[u8] = match &asked[..count] {
        b"zPING\0" => b"PONG\0",
        b"zVERSION\0" => b"ClamAV 1.4.3/27800/Sun Nov 22 09:40:00 2026\0",
        _ => b"UNKNOWN COMMAND\0",
    };
    // Whoever asked may be gone.
    drop(stream.write_all(answer));
}

/// What the laptop prints to a program.
#[track_caller]
pub(crate) fn asked(laptop: &Laptop, typed: &[&str]) -> Value {
    let output = laptop.type_in(&[typed, &["--json"]].concat());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{typed:?}: {error}: {}", said(&output)))
}

/// What `self-test` writes for whoever asked for it.
fn tried(laptop: &Laptop, dir: &Path) -> Value {
    let file = dir.join("self-test.json");
    let output = laptop.type_in(&["self-test", "--full", "--json", file.to_str().unwrap()]);
    let text =
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{error}: {}", said(&output)));
    serde_json::from_str(&text).unwrap()
}

/// No fact leaves a laptop that the list for employees does not name, and it names none that is not there.
fn told_to_employees(collected: &Value) {
    let items = collected["items"].as_array().unwrap().iter();
    let named = items.flat_map(|item| item["fields"].as_array().unwrap());
    let mut named: Vec<&str> = named.map(|field| field.as_str().unwrap()).collect();
    named.sort_unstable();
    let mut there = Vec::new();
    leaves(&Page::read(), "Facts", "", &mut there);
    there.sort();
    assert_eq!(named, there, "sekisho-agent collected");
}

fn leaves(page: &Page, shape: &str, before: &str, found: &mut Vec<String>) {
    for field in page.fields(shape) {
        let path = format!("{before}{}", field.name);
        match inner(&field.holds) {
            Some(shape) if shape != "Evidence" => {
                leaves(page, shape, &format!("{path}."), found);
            }
            _ => found.push(path),
        }
    }
}

/// The shape that a type holds, however wrapped.
fn inner(holds: &Type) -> Option<&str> {
    match holds {
        Type::Shape(shape) => Some(shape),
        Type::List(of) | Type::Map(of) | Type::Reading(of) => inner(of),
        Type::OneOf(any) => any.iter().find_map(inner),
        Type::Text
        | Type::Integer
        | Type::Flag
        | Type::Time
        | Type::Id
        | Type::Digest
        | Type::Hex
        | Type::Base64
        | Type::Null
        | Type::Word(_) => None,
    }
}

/// It checks itself, enrols, and says how it stands; before that it says that it does not run.
pub(crate) fn enrols(comparison: &mut Comparison, world: &World, aiko: &mut Laptop) {
    let status = asked(aiko, &["status"]);
    assert_eq!(status["error"]["code"], "not_running", "{status}");
    comparison.has_shape("Failed", &status);

    let token = world.token(&["--uses", "5"]);
    let place = world.enrolment_address();
    let enrolled = asked(aiko, &["enroll", "--collector", &place, "--token", &token]);
    comparison.printed("sekisho-agent enroll", &enrolled);
    aiko.start();
    world.until_device("aiko", "/posture/sequence", &json!(1));

    comparison.printed("sekisho-agent check", &asked(aiko, &["check"]));
    let captures = tempfile::tempdir().unwrap();
    let folder = captures.path().join("capture");
    let folder = folder.to_str().unwrap();
    // What may be opened and is no file cannot be had.
    fs::create_dir_all(aiko.machine().root_dir().join("etc/dconf/profile/user")).unwrap();
    fs::create_dir_all(aiko.machine().root_dir().join("etc/xdg/kscreenlockerrc")).unwrap();
    comparison.printed("sekisho-agent capture", &asked(aiko, &["capture", folder]));
    let captured = asked(aiko, &["check", "--from", folder]);
    comparison.printed("sekisho-agent check", &captured);
    assert_eq!(captured["captured"]["by_hand"], false, "{captured}");
    let collected = asked(aiko, &["collected"]);
    comparison.printed("sekisho-agent collected", &collected);
    told_to_employees(&collected);
    comparison.printed("sekisho-agent status", &asked(aiko, &["status"]));
    comparison.printed("sekisho-agent self-test", &tried(aiko, captures.path()));
    for name in ["kenji", "yui"] {
        let laptop = world.laptop(name);
        asked(
            &laptop,
            &["enroll", "--collector", &place, "--token", &token],
        );
    }
}
