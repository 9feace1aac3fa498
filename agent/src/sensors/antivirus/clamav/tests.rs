//! A small clamd on a real socket, a real clamd where one can be started, and what is made of them.
//!
//! Touches temporary folders, sockets in them, and a clamd of its own.

use super::*;
use sekisho_policy::time::Timestamp;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

fn sample() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/testdata/clamav/daily.cud"
    ))
}

/// A captured system with ClamAV, its definitions and a process table.
fn installed() -> (tempfile::TempDir, Root) {
    let tree = tempfile::tempdir().unwrap();
    for folder in [
        "usr/sbin",
        "var/lib/clamav",
        "run/clamav",
        "etc/clamav",
        "proc/1",
        "proc/77",
    ] {
        fs::create_dir_all(tree.path().join(folder)).unwrap();
    }
    fs::write(tree.path().join("usr/sbin/clamd"), "").unwrap();
    fs::write(tree.path().join("proc/1/comm"), "systemd\n").unwrap();
    fs::copy(sample(), tree.path().join("var/lib/clamav/daily.cld")).unwrap();
    let root = Root::at(tree.path());
    (tree, root)
}

/// Answers each command as told, one connection after the other, as clamd does.
fn serve(tree: &Path, answers: &[(&'static str, &'static str)]) {
    let listener = UnixListener::bind(tree.join("run/clamav/clamd.ctl")).unwrap();
    let answers: BTreeMap<_, _> = answers.iter().copied().collect();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut command = [0; 64];
            let count = stream.read(&mut command).unwrap();
            let command = String::from_utf8_lossy(&command[..count]).into_owned();
            let answer = answers.get(command.trim_matches(['z', '\0'])).copied();
            stream
                .write_all(answer.unwrap_or("UNKNOWN COMMAND").as_bytes())
                .unwrap();
            stream.write_all(b"\0").unwrap();
        }
    });
}

fn read_product(root: &Root) -> AntivirusProduct {
    ClamAv.read(root)
}

const OF_HEADER: Timestamp = Timestamp::from_secs(1_795_384_403);

#[test]
fn definitions_that_clamd_has_loaded_have_the_date_of_their_header() {
    let (tree, root) = installed();
    let version = "ClamAV 1.4.3/27000/Sun Nov 22 21:53:23 2026";
    serve(tree.path(), &[("PING", "PONG"), ("VERSION", version)]);
    let product = read_product(&root);
    assert_eq!(product.running, Reading::Known(true));
    assert_eq!(product.engine_version, Reading::Known("1.4.3".to_owned()));
    let definitions = product.definitions.known().unwrap();
    assert_eq!(definitions.version, "27000");
    assert_eq!(definitions.built_at, OF_HEADER);
}

#[test]
fn fresh_files_do_not_make_old_loaded_definitions_fresh() {
    let (tree, root) = installed();
    let version = "ClamAV 1.4.3/26990/Thu Nov 12 08:00:00 2026";
    serve(tree.path(), &[("PING", "PONG"), ("VERSION", version)]);
    let product = read_product(&root);
    let definitions = product.definitions.known().unwrap();
    assert_eq!(definitions.version, "26990");
    assert_eq!(definitions.built_at.to_string(), "2026-11-11T18:00:00Z");
}

#[test]
fn a_header_alone_is_no_proof() {
    let (_tree, root) = installed();
    let product = read_product(&root);
    assert_eq!(product.running, Reading::Known(false));
    assert!(matches!(
        product.definitions,
        Reading::Unknown(Why::ToolMissing(why)) if why.contains("27000")
    ));
}

#[test]
fn a_clamd_that_keeps_its_version_to_itself_leaves_the_definitions_unknown() {
    let (tree, root) = installed();
    serve(
        tree.path(),
        &[("PING", "PONG"), ("VERSION", "COMMAND UNAVAILABLE")],
    );
    assert!(matches!(
        read_product(&root).definitions,
        Reading::Unknown(Why::Unsupported(why)) if why.contains("EnableVersionCommand")
    ));
}

#[test]
fn a_clamd_without_definitions_has_none() {
    let (tree, root) = installed();
    serve(
        tree.path(),
        &[("PING", "PONG"), ("VERSION", "ClamAV 1.4.3")],
    );
    assert_eq!(read_product(&root).definitions, Reading::Absent);
}

#[test]
fn a_running_clamd_is_not_real_time_protection() {
    let (tree, root) = installed();
    let settings = tree.path().join("etc/clamav/clamd.conf");
    assert_eq!(read_product(&root).realtime, Reading::Known(false));
    fs::write(&settings, "OnAccessPrevention yes\n").unwrap();
    assert_eq!(read_product(&root).realtime, Reading::Known(false));
    fs::write(tree.path().join("proc/77/comm"), "clamonacc\n").unwrap();
    let owned_by_root = nix::unistd::Uid::effective().is_root();
    assert_eq!(read_product(&root).realtime, Reading::Known(owned_by_root));
    fs::write(&settings, "OnAccessPrevention no\n").unwrap();
    assert_eq!(read_product(&root).realtime, Reading::Known(false));
}

#[test]
fn a_clamd_that_may_listen_elsewhere_is_not_said_to_be_stopped() {
    let (tree, root) = installed();
    let settings = tree.path().join("etc/clamav/clamd.conf");
    fs::write(&settings, "TCPSocket 3310\nTCPAddr localhost\n").unwrap();
    let running = read_product(&root).running;
    assert!(
        matches!(&running, Reading::Unknown(Why::Unsupported(why)) if why.contains("3310")),
        "{running:?}"
    );
    let both = "LocalSocket /run/clamav/clamd.ctl\nTCPSocket 3310\n";
    fs::write(&settings, both).unwrap();
    assert_eq!(read_product(&root).running, Reading::Known(false));
    fs::remove_file(&settings).unwrap();
    assert_eq!(read_product(&root).running, Reading::Known(false));
    // Settings that cannot be read.
    fs::create_dir(&settings).unwrap();
    let running = read_product(&root).running;
    assert!(matches!(running, Reading::Unknown(_)), "{running:?}");
}

/// Ends a clamd when the test does.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_real_clamd_with_a_database_of_its_own_is_read() {
    let Some(clamd) = Some(Path::new("/usr/sbin/clamd")).filter(|path| path.exists()) else {
        return skipped("clamd is not installed (clamav-daemon)");
    };
    let (tree, root) = installed();
    let at = |path: &str| tree.path().join(path);
    fs::remove_file(at("var/lib/clamav/daily.cld")).unwrap();
    fs::copy(sample(), at("var/lib/clamav/daily.cud")).unwrap();
    let settings = format!(
        "LocalSocket {}\nDatabaseDirectory {}\nForeground yes\nSelfCheck 0\n",
        at("run/clamav/clamd.ctl").display(),
        at("var/lib/clamav").display()
    );
    fs::write(at("real.conf"), settings).unwrap();
    let child = Command::new(clamd)
        .arg("-c")
        .arg(at("real.conf"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running(child);
    let mut product = read_product(&root);
    for _ in 0..600 {
        if product.running == Reading::Known(true) {
            break;
        }
        std::thread::park_timeout(Duration::from_millis(50));
        product = read_product(&root);
    }
    assert_eq!(product.running, Reading::Known(true), "{product:?}");
    let definitions = product.definitions.known().unwrap();
    assert_eq!(
        (definitions.version.as_str(), definitions.built_at),
        ("27000", OF_HEADER)
    );
    drop(running);
    assert_eq!(read_product(&root).running, Reading::Known(false));
}

fn skipped(reason: &str) {
    eprintln!("SKIPPED: {reason}");
    assert!(std::env::var_os("SEKISHO_CI").is_none(), "{reason}");
}
