//! What keeps a collector from serving, and who tries to keep its places: a port that is taken, a disk that
//! is full, a folder that is in use, and peers that dawdle.
//!
//! Touches temporary folders, loopback, and a small file system in memory where it may mount one.

use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::{Collector, PROGRAM, ends, run};

/// Longer than any deadline of the collector: a peer that is still served then is held for ever.
const PATIENCE: Duration = Duration::from_secs(90);

fn made() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("c");
    assert!(run(&home, &["init"]).status.success());
    (dir, home)
}

#[test]
fn a_port_that_is_taken_is_named_and_the_next_start_is_clean() {
    let (dir, home) = made();
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();
    for (option, free) in [("--agents", "--enrolment"), ("--enrolment", "--agents")] {
        let refused = run(&home, &["serve", option, &taken, free, "127.0.0.1:0"]);
        ends(&refused, 1, &format!("cannot listen on {taken}"));
        ends(&refused, 1, "another program may hold it");
    }
    drop(Collector::serving(dir));
}

#[test]
fn a_folder_that_holds_something_is_left_as_it_is() {
    let (_dir, home) = made();
    let key = fs::read(home.join("keys/order.key")).unwrap();
    ends(&run(&home, &["init"]), 1, "there is a collector in");
    assert_eq!(fs::read(home.join("keys/order.key")).unwrap(), key);
    fs::remove_file(home.join("collector.toml")).unwrap();
    ends(&run(&home, &["init"]), 1, "interrupted `init`");
    let other = tempfile::tempdir().unwrap();
    fs::write(other.path().join("letters.txt"), "to aiko").unwrap();
    ends(&run(other.path(), &["init"]), 1, "letters.txt");
    assert_eq!(fs::read_dir(other.path()).unwrap().count(), 1);
}

/// Whatever of it the disk has no room for, `init` says so and leaves nothing; with room it is made.
#[test]
fn a_full_disk_at_init_is_told_and_nothing_half_made_is_left() {
    let dir = tempfile::tempdir().unwrap();
    let disk = dir.path();
    let mounted = |options: &str| {
        let mount = ["-t", "tmpfs", "-o", options, "sekisho-test"];
        let mount = Command::new("mount").args(mount).arg(disk).status();
        mount.is_ok_and(|status| status.success())
    };
    if !mounted("size=4k") {
        println!("SKIPPED: this user may not mount a file system");
        let ci = std::env::var_os("SEKISHO_CI");
        assert!(ci.is_none(), "CI must run as root");
        return;
    }
    let _mounted = Mounted(disk);
    let home = disk.join("c");
    let mut refused = 0;
    for kib in (4..100_000).step_by(12) {
        assert!(mounted(&format!("remount,size={kib}k")), "{kib} KiB");
        let made = run(&home, &["init"]);
        if made.status.success() {
            break;
        }
        refused += 1;
        ends(&made, 1, "No space left");
        let left: Vec<_> = fs::read_dir(disk).unwrap().collect();
        assert!(left.is_empty(), "{kib} KiB: {left:?} is left");
    }
    assert!(refused >= 5, "the disk was too small {refused} times");
    ends(&run(&home, &["init"]), 1, "there is a collector in");
    ends(&run(&home, &["status"]), 2, "sekisho-collector serve");
}

/// A file system that is unmounted whatever happens.
struct Mounted<'a>(&'a Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        // A test that failed has more to say than this.
        let _ = Command::new("umount").arg(self.0).status();
    }
}

/// Where a served collector listens, as the system knows it.
fn listeners(collector: &Collector) -> Vec<SocketAddr> {
    let log = fs::read_to_string(collector.dir.path().join("log")).unwrap();
    let addresses = log.lines().filter_map(|line| {
        let (_, rest) = line.split_once("address=")?;
        rest.split_whitespace().next()?.parse().ok()
    });
    addresses.collect()
}

/// Each opens a connection, says a part of what it should, and waits for the other side to lose patience.
#[test]
fn a_peer_that_dawdles_is_let_go_at_every_door_while_others_are_served() {
    let collector = Collector::new();
    let [agents, enrolment] = listeners(&collector)[..] else {
        panic!("the log names no listeners");
    };
    let begun: &[u8] = b"\x16\x03\x01\x02\x00";
    let mut dawdlers: Vec<Box<dyn Read + Send>> = Vec::new();
    for address in [agents, enrolment] {
        for said in [&b""[..], begun] {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            stream.write_all(said).unwrap();
            dawdlers.push(Box::new(stream));
        }
    }
    let socket = collector.dir.path().join("c/admin.sock");
    for said in [&b""[..], b"GET /v1/status HTTP/1.1\r\nHost: coll"] {
        let mut stream = UnixStream::connect(&socket).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(said).unwrap();
        dawdlers.push(Box::new(stream));
    }
    let waiting: Vec<_> = dawdlers
        .into_iter()
        .map(|mut stream| std::thread::spawn(move || stream.read_to_end(&mut Vec::new())))
        .collect();
    ends(&collector.run(&["token", "list"]), 0, "made by init");
    for (number, ended) in waiting.into_iter().enumerate() {
        match ended.join().unwrap() {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => panic!("dawdler {number} is still held: {error}"),
        }
    }
    let told = || {
        let log = collector.json(&["audit", "entries"]).to_string();
        log.contains("no handshake within")
    };
    // It is put down after the connection has ended.
    let patience = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        told()
    });
    assert!(patience, "the audit log does not tell of them");
    ends(&collector.run(&["token", "list"]), 0, "made by init");
}

/// The handshake is made, and then nothing is said.
#[test]
fn a_connection_on_which_nothing_is_asked_is_closed() {
    let collector = Collector::new();
    let [_, enrolment] = listeners(&collector)[..] else {
        panic!("the log names no listeners");
    };
    let mut client = Command::new("openssl")
        .args(["s_client", "-quiet", "-alpn", "h2", "-connect"])
        .arg(enrolment.to_string())
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // Its input stays open: the client has no reason of its own to end.
    let keys = client.stdin.take();
    let mut said = Vec::new();
    client
        .stdout
        .take()
        .unwrap()
        .read_to_end(&mut said)
        .unwrap();
    assert!(!said.is_empty(), "there was no HTTP/2: {PROGRAM}");
    drop(keys);
    client.wait().unwrap();
}
