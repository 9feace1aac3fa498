//! The kernel a guest boots, and its modules: Debian's for virtual machines, out of its package.
//!
//! Touches a folder of its own, and the package archive once. Must never install anything.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use super::{entry_with, run};

/// A kernel with its modules.
#[derive(Debug)]
pub struct Kernel {
    image_path: PathBuf,
    /// Every module by its name, with `_` for `-`.
    modules: BTreeMap<String, PathBuf>,
}

impl Kernel {
    /// The kernel in `dir`, fetched when it is not there. Several processes may ask for it at once.
    ///
    /// # Errors
    /// When the package cannot be fetched or unpacked.
    pub fn fetch(dir: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let lock = File::create(dir.join("lock"))?;
        lock.lock()?;
        let unpacked = dir.join("unpacked");
        if !unpacked.join("boot").is_dir() {
            fetch(dir)?;
        }
        let mut modules = BTreeMap::new();
        find_modules(&unpacked.join("lib/modules"), &mut modules)?;
        Ok(Self {
            image_path: entry_with(&unpacked.join("boot"), "vmlinuz-", "")?,
            modules,
        })
    }

    /// The kernel's image.
    #[must_use]
    pub fn image_path(&self) -> &Path {
        &self.image_path
    }

    /// The named modules and what they depend on, in the order in which they are loaded.
    ///
    /// # Errors
    /// When the kernel has no such module.
    pub fn modules(&self, wanted: &[&str]) -> anyhow::Result<Vec<PathBuf>> {
        let mut order = Vec::new();
        for name in wanted {
            self.with_what_it_needs(name, &mut order)?;
        }
        Ok(order)
    }

    fn with_what_it_needs(&self, name: &str, order: &mut Vec<PathBuf>) -> anyhow::Result<()> {
        let path = self
            .modules
            .get(&name.replace('-', "_"))
            .with_context(|| format!("the kernel has no module {name}"))?;
        if order.contains(path) {
            return Ok(());
        }
        for needed in needs(&std::fs::read(path)?) {
            self.with_what_it_needs(&needed, order)?;
        }
        order.push(path.clone());
        Ok(())
    }
}

fn fetch(dir: &Path) -> anyhow::Result<()> {
    let depends = Command::new("apt-cache")
        .args(["depends", "linux-image-cloud-amd64"])
        .output()
        .context("asking apt-cache for linux-image-cloud-amd64")?;
    let depends = String::from_utf8_lossy(&depends.stdout).into_owned();
    let package = depends
        .lines()
        .find_map(|line| line.trim().strip_prefix("Depends: "))
        .context("apt knows no package linux-image-cloud-amd64; run apt-get update")?;
    run(Command::new("apt-get")
        .args(["download", package])
        .current_dir(dir))?;
    let fetched = entry_with(dir, "linux-image-", ".deb")?;
    // Under its name only once it is whole.
    let unpacking = dir.join("unpacking");
    run(Command::new("dpkg-deb")
        .arg("-x")
        .arg(&fetched)
        .arg(&unpacking))?;
    std::fs::rename(&unpacking, dir.join("unpacked"))?;
    Ok(())
}

fn find_modules(dir: &Path, found: &mut BTreeMap<String, PathBuf>) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            find_modules(&entry.path(), found)?;
        } else if let Some(name) = entry.file_name().to_string_lossy().strip_suffix(".ko") {
            found.insert(name.replace('-', "_"), entry.path());
        }
    }
    ensure!(dir.is_dir(), "{} is no folder", dir.display());
    Ok(())
}

/// What a module says it depends on: `depends=` in its section `.modinfo`, which is text between zeros.
fn needs(module: &[u8]) -> Vec<String> {
    const KEY: &[u8] = b"\0depends=";
    let at = module.windows(KEY.len()).position(|window| window == KEY);
    let text = at
        .and_then(|at| module.get(at.saturating_add(KEY.len())..))
        .and_then(|rest| rest.split(|byte| *byte == 0).next())
        .unwrap_or_default();
    String::from_utf8_lossy(text)
        .split(',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_module_needs_is_read_from_it() {
        let module = b"\x7fELF\0license=GPL\0depends=virtio_ring,virtio\0name=virtio_blk\0";
        assert_eq!(needs(module), ["virtio_ring", "virtio"]);
        assert!(needs(b"\0depends=\0").is_empty());
        assert!(needs(b"nothing").is_empty());
    }
}
