//! The files of a package, as they will lie on the machine.
//!
//! Touches a temporary folder. Must never let anything in that is not dated by the package's moment.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::epoch::Epoch;
use crate::step;

/// A tree of files that is being filled.
#[derive(Debug)]
pub(super) struct Tree {
    dir: PathBuf,
}

impl Tree {
    /// An empty one in `dir`, which is made.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub(super) fn new(dir: PathBuf) -> Result<Self> {
        make(&dir)?;
        Ok(Self { dir })
    }

    /// Where it is.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Puts a file in, below folders that all may enter.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn put(&self, path: &str, content: impl AsRef<[u8]>, mode: u32) -> Result<PathBuf> {
        let mut above = self.dir.clone();
        let (folders, _) = path.rsplit_once('/').unwrap_or(("", path));
        for folder in folders.split('/').filter(|folder| !folder.is_empty()) {
            above.push(folder);
            make(&above)?;
        }
        let file = self.dir.join(path);
        fs::write(&file, content).with_context(|| file.display().to_string())?;
        set_mode(&file, mode)?;
        Ok(file)
    }

    /// Puts a file in as `gzip` leaves it, without its name and its time.
    ///
    /// # Errors
    /// When it cannot be written or `gzip` fails.
    pub(super) fn put_packed(&self, path: &str, content: impl AsRef<[u8]>) -> Result<()> {
        let file = self.put(path, content, 0o644)?;
        step::quiet(Command::new("gzip").args(["-9n", "-f"]).arg(&file))
    }

    /// Puts a program in, without the names of what is in it.
    ///
    /// # Errors
    /// When it is not there, or `strip` fails.
    pub(super) fn put_program(&self, path: &str, from: &Path) -> Result<PathBuf> {
        let content = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        let file = self.put(path, content, 0o755)?;
        let mut strip = Command::new("strip");
        strip.args([
            "--strip-unneeded",
            "--remove-section=.comment",
            "--remove-section=.note",
        ]);
        step::quiet(strip.arg(&file))?;
        Ok(file)
    }

    /// Every file, by its path from the tree's top, in order.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub(super) fn files(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut folders = vec![self.dir.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let below = path.strip_prefix(&self.dir)?;
                    found.push(below.display().to_string());
                }
            }
        }
        found.sort();
        Ok(found)
    }

    /// Dates everything, folders too.
    ///
    /// # Errors
    /// When `touch` fails.
    pub(super) fn date(&self, epoch: &Epoch) -> Result<()> {
        let mut find = Command::new("find");
        find.arg(&self.dir).args(["-exec", "touch", "-h", "-d"]);
        step::quiet(find.arg(epoch.date()).args(["{}", "+"]))
    }
}

fn make(dir: &Path) -> Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    fs::create_dir(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    set_mode(dir, 0o755)
}

/// Whatever this user's umask is.
fn set_mode(path: &Path, mode: u32) -> Result<()> {
    fs::set_permissions(path, Permissions::from_mode(mode))
        .with_context(|| path.display().to_string())
}
