//! The files a guest begins with: busybox, the modules it loads, and the programs it is to run.
//!
//! Touches a folder of its own.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};

use super::archive::Archive;
use super::kernel::Kernel;
use super::run;

/// An initrd that is being packed.
#[derive(Debug)]
pub struct Initrd<'a> {
    dir: &'a Path,
    archive: Archive,
    modules: Vec<PathBuf>,
}

impl<'a> Initrd<'a> {
    /// Begins one that will lie in `dir`, with busybox and these modules and what they need.
    ///
    /// # Errors
    /// When busybox or a module is missing.
    pub fn new(dir: &'a Path, kernel: &Kernel, modules: &[&str]) -> anyhow::Result<Self> {
        let mut archive = Archive::default();
        for folder in ["dev", "mnt", "proc", "run", "sys", "tmp", "var"] {
            archive.folder(folder);
        }
        let modules = kernel.modules(modules)?;
        for (number, module) in modules.iter().enumerate() {
            let bytes = std::fs::read(module).with_context(|| module.display().to_string())?;
            archive.file(&format!("modules/{number}.ko"), &bytes);
        }
        let busybox = Path::new("/bin/busybox");
        let bytes = std::fs::read(busybox).context("busybox-static is missing")?;
        archive.file("bin/busybox", &bytes);
        Ok(Self {
            dir,
            archive,
            modules,
        })
    }

    /// Adds a program of this machine, without its symbols, with the libraries it is linked with.
    ///
    /// # Errors
    /// When it or a library cannot be read.
    pub fn program(&mut self, path: &str, program: &Path) -> anyhow::Result<()> {
        let stripped = self.dir.join("stripped");
        run(Command::new("strip").arg("-o").arg(&stripped).arg(program))?;
        self.archive.file(path, &std::fs::read(&stripped)?);
        self.libraries_of(program)
    }

    /// Adds the libraries a file is linked with.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn libraries_of(&mut self, program: &Path) -> anyhow::Result<()> {
        for library in libraries(program)? {
            let bytes = std::fs::read(&library).with_context(|| library.clone())?;
            self.archive.file(library.trim_start_matches('/'), &bytes);
        }
        Ok(())
    }

    /// Adds a file.
    pub fn file(&mut self, path: &str, content: impl AsRef<[u8]>) {
        self.archive.file(path, content.as_ref());
    }

    /// Adds a symbolic link.
    pub fn link(&mut self, path: &str, to: &str) {
        self.archive.link(path, to);
    }

    /// Packs it with a script, which the guest runs by busybox's shell with its modules loaded, the usual
    /// file systems mounted and the loopback device up. The words of the kernel's command line that
    /// hold `=` are its variables. When the script ends the guest switches off.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn pack(mut self, script: &str) -> anyhow::Result<PathBuf> {
        let load: String = (0..self.modules.len())
            .map(|number| format!("insmod /modules/{number}.ko\n"))
            .collect();
        let init = format!(
            "#!/bin/busybox sh\n\
             export PATH=/bin:/sbin\n\
             /bin/busybox --install -s /bin\n\
             mount -t devtmpfs dev /dev\n\
             mount -t proc proc /proc\n\
             mount -t sysfs sys /sys\n\
             mount -t tmpfs run /run\n\
             {load}\
             ip link set lo up\n\
             {script}\n\
             poweroff -f\n"
        );
        self.archive.file("init", init.as_bytes());
        let path = self.dir.join("initrd");
        std::fs::write(&path, self.archive.end())?;
        Ok(path)
    }
}

/// The libraries a program is linked with, its loader among them, as `ldd` tells; none for a static one.
fn libraries(program: &Path) -> anyhow::Result<BTreeSet<String>> {
    let output = Command::new("ldd")
        .arg(program)
        .output()
        .context("starting ldd")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let absent = text.lines().find(|line| line.contains("not found"));
    ensure!(absent.is_none(), "{}: {absent:?}", program.display());
    let words = text.split_whitespace();
    Ok(words
        .filter(|word| word.starts_with('/') && !word.ends_with(':'))
        .map(str::to_owned)
        .collect())
}
