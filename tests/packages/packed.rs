//! Packages made of this build's programs.
//!
//! Touches a temporary folder. Must never pack in another way than people do.

use std::path::{Path, PathBuf};
use std::process::Command;

use sekisho_tests::programs;
use tempfile::TempDir;

/// Everything in the packages is dated by it.
const EPOCH: &str = "1767225600";

/// A folder with packages.
#[derive(Debug)]
pub(crate) struct Packed {
    dir: TempDir,
}

impl Packed {
    /// What `cargo xtask KIND` makes under this umask, when it is told that it is this version.
    #[track_caller]
    pub(crate) fn new(kind: &str, version: &str, umask: &str) -> Self {
        let programs = programs::agent();
        Self::of_programs(kind, version, umask, programs.parent().unwrap())
    }

    /// The same of the programs in that folder.
    #[track_caller]
    pub(crate) fn of_programs(kind: &str, version: &str, umask: &str, programs: &Path) -> Self {
        let dir = TempDir::new().unwrap();
        let mut pack = Command::new("sh");
        pack.args(["-c", "umask $0; exec \"$@\"", umask])
            .arg(programs::workshop())
            .args([kind, "--quick", "--version", version, "--programs"])
            .arg(programs)
            .arg("--out")
            .arg(dir.path())
            .env("SOURCE_DATE_EPOCH", EPOCH);
        let output = pack.output().unwrap();
        assert!(
            output.status.success(),
            "{kind}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        Self { dir }
    }

    /// The package of this product.
    #[track_caller]
    pub(crate) fn of(&self, product: &str) -> PathBuf {
        self.all()
            .into_iter()
            .find(|path| {
                path.file_name()
                    .unwrap()
                    .to_string_lossy()
                    .starts_with(product)
            })
            .unwrap()
    }

    /// Every package, by name.
    pub(crate) fn all(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.dir.path()).unwrap();
        let mut all: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        all.sort();
        all
    }
}

/// What a tool prints that must succeed.
#[track_caller]
pub(crate) fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{command:?}: {text}");
    text
}

/// The files below a folder that a package would put there, with their modes and owners.
#[track_caller]
pub(crate) fn listed(package: &Path) -> String {
    printed(Command::new("dpkg-deb").arg("--contents").arg(package))
}
