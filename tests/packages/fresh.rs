//! A fresh Debian in a folder, and what is done inside it.
//!
//! Touches a folder among the build's own, and the package archive when there is none yet. Must never leave anything
//! mounted.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sekisho_tests::guest::{missing, run};
use sekisho_tests::skip::skipped;
use tempfile::TempDir;

/// The release that the packages are made for.
const SUITE: &str = "bookworm";
/// What stands before a command inside: its own `/proc`, which goes with it. Its process is the command itself, so
/// that it can be ended.
const INSIDE: &str = "mount -t proc proc \"$0/proc\" && exec chroot \"$0\" \"$@\"";

/// A copy of the fresh system; gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Fresh {
    dir: TempDir,
    /// Words before every command: how to enter the network it is in.
    network: Vec<String>,
}

impl Fresh {
    /// A system of its own on that network; `None`, and said, where there can be none.
    #[track_caller]
    pub(crate) fn new(network: Vec<String>) -> Option<Self> {
        if !nix::unistd::geteuid().is_root() {
            skipped("needs root to make a fresh Debian");
            return None;
        }
        let tools = [
            "debootstrap",
            "unshare",
            "chroot",
            "dpkg-shlibdeps",
            "rpmbuild",
        ];
        if let Some(tool) = missing(&tools) {
            skipped(&format!("{tool} is not installed"));
            return None;
        }
        let dir = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let root = dir.path().join("root");
        run(Command::new("cp").arg("-a").arg(pristine()).arg(&root)).unwrap();
        Some(Self { dir, network })
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    /// A path of it, as this machine has it.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root().join(path.trim_start_matches('/'))
    }

    /// Whether there is something, a link that leads nowhere too.
    pub(crate) fn has(&self, path: &str) -> bool {
        fs::symlink_metadata(self.path(path)).is_ok()
    }

    #[track_caller]
    pub(crate) fn read(&self, path: &str) -> String {
        let read = fs::read_to_string(self.path(path));
        read.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// A program, and what it is told, inside.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut all = self.network.iter().map(String::as_str).chain(["unshare"]);
        let mut command = Command::new(all.next().unwrap());
        command
            .args(all)
            .args(["--mount", "sh", "-ec", INSIDE])
            .arg(self.root())
            .args(words)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("DEBIAN_FRONTEND", "noninteractive");
        command
    }

    /// Runs it as root, however it ends.
    #[track_caller]
    pub(crate) fn tries(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs it as root, and gives what it printed; it must succeed.
    #[track_caller]
    pub(crate) fn does(&self, words: &[&str]) -> String {
        let output = self.tries(words);
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{words:?}: {text}");
        text
    }

    /// Installs, upgrades or takes back: whatever the package is to what is there. Nobody is there to be asked.
    #[track_caller]
    pub(crate) fn installs(&self, package: &Path) -> String {
        let output = self.tries_to_install(package);
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{}: {text}", package.display());
        text
    }

    /// The same, however it ends.
    #[track_caller]
    pub(crate) fn tries_to_install(&self, package: &Path) -> Output {
        let name = package.file_name().unwrap();
        fs::copy(package, self.path("tmp").join(name)).unwrap();
        let inside = format!("/tmp/{}", name.to_string_lossy());
        self.tries(&["dpkg", "--force-unsafe-io", "--install", &inside])
    }
}

/// The fresh system that others are copied from.
fn pristine() -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fresh-debian");
    fs::create_dir_all(&dir).unwrap();
    let lock = File::create(dir.join("lock")).unwrap();
    lock.lock().unwrap();
    let root = dir.join(SUITE);
    if !root.is_dir() {
        let making = dir.join("making");
        if making.exists() {
            fs::remove_dir_all(&making).unwrap();
        }
        run(Command::new("debootstrap")
            .args(["--variant=minbase", "--include=nftables,systemd", SUITE])
            .arg(&making))
        .unwrap();
        // Under its name only once it is whole.
        fs::rename(&making, &root).unwrap();
    }
    root
}
