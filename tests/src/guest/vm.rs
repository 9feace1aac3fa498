//! A guest that runs: booted, heard line by line, cut off.
//!
//! Touches the qemu it started. Must never outlive its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::{Context, bail};

use super::kernel::Kernel;
use crate::clock;

/// A disk of a guest.
#[derive(Debug, Clone, Copy)]
pub enum Drive<'a> {
    /// Behind a socket, as a network block device.
    Served(&'a Path),
    /// A file with its sectors.
    Image(&'a Path),
}

/// A running guest.
#[derive(Debug)]
pub struct Guest {
    qemu: Child,
    lines: Receiver<String>,
    heard: String,
}

impl Guest {
    /// Starts one. The drives become `/dev/vda`, `/dev/vdb` and so on; `words` go to the kernel, which
    /// makes variables of the script of those with `=`.
    ///
    /// # Errors
    /// When qemu cannot be started.
    pub fn boot(
        kernel: &Kernel,
        initrd: &Path,
        words: &str,
        drives: &[Drive<'_>],
    ) -> anyhow::Result<Self> {
        let mut qemu = Command::new("qemu-system-x86_64");
        qemu.args([
            "-accel", "tcg", "-cpu", "max", "-m", "768", "-smp", "1", "-display", "none",
        ])
        .args(["-nodefaults", "-no-reboot", "-serial", "stdio"])
        .arg("-kernel")
        .arg(kernel.image_path())
        .arg("-initrd")
        .arg(initrd)
        .arg("-append")
        .arg(format!(
            // On a busy machine the kernel finds that the emulated timer does not tick, and gives up.
            "console=ttyS0 quiet panic=-1 no_timer_check random.trust_cpu=on mitigations=off {words}"
        ));
        for (number, drive) in drives.iter().enumerate() {
            let node = match drive {
                Drive::Served(socket) => {
                    format!(
                        "driver=nbd,server.type=unix,server.path={}",
                        socket.display()
                    )
                }
                Drive::Image(path) => {
                    format!(
                        "driver=raw,file.driver=file,file.filename={}",
                        path.display()
                    )
                }
            };
            qemu.args(["-blockdev", &format!("{node},node-name=disk{number}")]);
            let device = format!("virtio-blk-pci,drive=disk{number},write-cache=on");
            qemu.args(["-device", &device]);
        }
        let mut qemu = qemu
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .context("starting qemu-system-x86_64 (Debian: qemu-system-x86)")?;
        let said = qemu.stdout.take().context("qemu has no output")?;
        let (tell, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(said).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                // The guest may have been given up.
                if tell.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Self {
            qemu,
            lines,
            heard: String::new(),
        })
    }

    /// The next line the guest says; `None` when it says nothing for so long.
    ///
    /// # Errors
    /// When it has ended, with all it said.
    pub fn next_line(&mut self, patience: Duration) -> anyhow::Result<Option<String>> {
        match self.lines.recv_timeout(patience) {
            Ok(line) => {
                self.heard.push_str(&line);
                self.heard.push('\n');
                Ok(Some(line))
            }
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                bail!("the guest has ended by itself:\n{}", self.heard)
            }
        }
    }

    /// Hears the guest out until it says a line that pleases, and gives that line.
    ///
    /// # Errors
    /// When it ends first, or says none within `patience`.
    pub fn until(
        &mut self,
        patience: Duration,
        mut pleases: impl FnMut(&str) -> bool,
    ) -> anyhow::Result<String> {
        let begun = clock::instant();
        while let Some(left) = patience.checked_sub(begun.elapsed()) {
            if let Some(line) = self.next_line(left)?
                && pleases(&line)
            {
                return Ok(line);
            }
        }
        bail!("the guest kept silent:\n{}", self.heard)
    }

    /// Cuts its power off, and gives all it said until then.
    ///
    /// # Errors
    /// When it cannot be ended.
    pub fn cut(mut self) -> anyhow::Result<String> {
        self.qemu.kill()?;
        self.qemu.wait()?;
        for line in self.lines.iter() {
            self.heard.push_str(&line);
            self.heard.push('\n');
        }
        Ok(std::mem::take(&mut self.heard))
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // It may have been ended already, and nothing can be done about one that cannot.
        drop(self.qemu.kill());
        drop(self.qemu.wait());
    }
}
