//! What the guest boots: a kernel of the distribution, and an initrd with busybox and the writer.
//!
//! Touches a folder of its own, and the package archive when there is no kernel yet. Must never install
//! anything on the machine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use super::{STARTED, run};

/// In the order in which they are loaded. ext4 is built into the kernel.
const MODULES: [&str; 6] = [
    "drivers/virtio/virtio_ring",
    "drivers/virtio/virtio",
    "drivers/virtio/virtio_pci_modern_dev",
    "drivers/virtio/virtio_pci_legacy_dev",
    "drivers/virtio/virtio_pci",
    "drivers/block/virtio_blk",
];

/// The kernel image in `dir`, out of Debian's package for virtual machines.
///
/// # Errors
/// When the package cannot be fetched or unpacked.
pub fn kernel(dir: &Path) -> anyhow::Result<PathBuf> {
    let unpacked = dir.join("kernel");
    if !unpacked.join("boot").is_dir() {
        let depends = Command::new("apt-cache")
            .args(["depends", "linux-image-cloud-amd64"])
            .output()
            .context("asking apt-cache for linux-image-cloud-amd64")?;
        let depends = String::from_utf8_lossy(&depends.stdout).into_owned();
        let package = depends
            .lines()
            .find_map(|line| line.trim().strip_prefix("Depends: "))
            .context("there is no package linux-image-cloud-amd64; run apt-get update")?;
        run(Command::new("apt-get")
            .args(["download", package])
            .current_dir(dir))?;
        let fetched = file_with(dir, "linux-image-", ".deb")?;
        run(Command::new("dpkg-deb")
            .arg("-x")
            .arg(fetched)
            .arg(&unpacked))?;
    }
    file_with(&unpacked.join("boot"), "vmlinuz-", "")
}

/// Packs the initrd.
///
/// # Errors
/// When busybox, a module or a library of the writer is missing.
pub fn initrd(dir: &Path, writer: &Path) -> anyhow::Result<PathBuf> {
    let mut archive = Archive::default();
    for folder in ["dev", "proc", "mnt", "bin"] {
        archive.folder(folder);
    }
    let busybox = Path::new("/bin/busybox");
    archive.file(
        "bin/busybox",
        &std::fs::read(busybox).context("busybox-static is missing")?,
    );
    let stripped = dir.join("writer");
    run(Command::new("strip").arg("-o").arg(&stripped).arg(writer))?;
    archive.file("bin/writer", &std::fs::read(&stripped)?);
    for library in libraries(writer)? {
        archive.file(library.trim_start_matches('/'), &std::fs::read(&library)?);
    }
    let modules = dir.join("kernel/lib/modules");
    let modules = file_with(&modules, "", "")?.join("kernel");
    let mut load = String::new();
    for (number, module) in MODULES.iter().enumerate() {
        let name = format!("m{number}.ko");
        let bytes = std::fs::read(modules.join(format!("{module}.ko")))
            .with_context(|| format!("the kernel has no module {module}"))?;
        archive.file(&name, &bytes);
        load.push_str(&format!("/bin/busybox insmod /{name}\n"));
    }
    let init = format!(
        "#!/bin/busybox sh\n\
         /bin/busybox mount -t devtmpfs dev /dev\n\
         /bin/busybox mount -t proc proc /proc\n\
         {load}\
         /bin/busybox mount -t ext4 /dev/vda /mnt || echo 'no disk'\n\
         seed=$(/bin/busybox sed 's/.*load_seed=\\([0-9]*\\).*/\\1/' /proc/cmdline)\n\
         echo '{STARTED}'\n\
         /bin/writer write /mnt/store 24 \"$seed\"\n\
         echo 'writer ended'\n\
         /bin/busybox sleep 1000\n"
    );
    archive.file("init", init.as_bytes());
    let path = dir.join("initrd");
    std::fs::write(&path, archive.end())?;
    Ok(path)
}

/// The libraries a program is linked with, its loader among them, as `ldd` tells.
fn libraries(program: &Path) -> anyhow::Result<BTreeSet<String>> {
    let output = Command::new("ldd")
        .arg(program)
        .output()
        .context("starting ldd")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let found: BTreeSet<String> = text
        .split_whitespace()
        .filter(|word| word.starts_with('/'))
        .map(str::to_owned)
        .collect();
    ensure!(!found.is_empty(), "ldd found no libraries: {text}");
    Ok(found)
}

fn file_with(dir: &Path, start: &str, end: &str) -> anyhow::Result<PathBuf> {
    std::fs::read_dir(dir)
        .with_context(|| format!("reading {}", dir.display()))?
        .filter_map(Result::ok)
        .find(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with(start) && name.ends_with(end)
        })
        .map(|entry| entry.path())
        .with_context(|| format!("there is no {start}*{end} in {}", dir.display()))
}

/// An archive in the format "newc" of cpio, which the kernel unpacks
/// (<https://docs.kernel.org/driver-api/early-userspace/buffer-format.html>).
#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    folders: BTreeSet<String>,
    entries: u32,
}

impl Archive {
    fn folder(&mut self, path: &str) {
        if self.folders.insert(path.to_owned()) {
            self.entry(path, 0o040_755, &[]);
        }
    }

    fn file(&mut self, path: &str, content: &[u8]) {
        for (at, _) in path.match_indices('/') {
            self.folder(path.get(..at).unwrap_or_default());
        }
        self.entry(path, 0o100_755, content);
    }

    fn entry(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.entries = self.entries.saturating_add(1);
        let size = content.len();
        let header = format!(
            "070701{:08x}{mode:08x}{:08x}{:08x}{:08x}{:08x}{size:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}",
            self.entries,
            0,
            0,
            1,
            0,
            0,
            0,
            0,
            0,
            path.len() + 1,
            0
        );
        self.bytes.extend_from_slice(header.as_bytes());
        self.bytes.extend_from_slice(path.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(content);
        self.pad();
    }

    fn pad(&mut self) {
        while !self.bytes.len().is_multiple_of(4) {
            self.bytes.push(0);
        }
    }

    fn end(mut self) -> Vec<u8> {
        self.entry("TRAILER!!!", 0, &[]);
        self.bytes
    }
}
