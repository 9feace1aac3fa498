//! The power-cut rig: a guest under qemu writes to a store on a disk that forgets what it was not told
//! to keep; its power is cut at a random moment; what the disk kept is read afterwards.
//!
//! Touches a folder of its own, qemu and e2fsprogs. Must never be kinder than a real disk: writes since
//! the last flush survive at random, in no order, and may be torn at a sector.

pub mod disk;
pub mod guest;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, bail, ensure};

use crate::dice::Dice;
use crate::store_load::{Acked, check, open};
use disk::{Disk, Fate};

/// Bytes of the guest's disk.
const DISK_BYTES: u64 = 192 * 1024 * 1024;

/// What the guest says when its writer starts.
pub const STARTED: &str = "writer starts";

/// A rig that is ready to play rounds.
#[derive(Debug)]
pub struct Rig {
    dir: PathBuf,
    kernel: PathBuf,
    initrd: PathBuf,
}

/// What one round came to.
#[derive(Debug)]
pub struct Round {
    /// Things acknowledged before the cut, all of which were there after it.
    pub acknowledged: usize,
    /// What the disk went through.
    pub disk: Fate,
}

impl Rig {
    /// Makes ready in `dir`: fetches a kernel if there is none, and packs `writer` with its libraries.
    ///
    /// # Errors
    /// What cannot be had, and how to get it.
    pub fn prepare(dir: &Path, writer: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(dir)?;
        let kernel = guest::kernel(dir)?;
        let initrd = guest::initrd(dir, writer)?;
        Ok(Self {
            dir: dir.to_owned(),
            kernel,
            initrd,
        })
    }

    /// Plays one round on an empty disk.
    ///
    /// # Errors
    /// What is missing or altered after the cut; or what kept the round from being played.
    pub fn round(&self, seed: u64) -> anyhow::Result<Round> {
        let mut dice = Dice::new(seed);
        let image = self.dir.join("disk.img");
        make_filesystem(&image)?;
        let socket = self.dir.join("disk.sock");
        let disk = Disk::serve(&image, &socket)?;
        let mut qemu = self.boot(&socket, dice.roll())?;
        let heard = listen(&mut qemu, Duration::from_millis(dice.between(0, 6000)));
        // The blow comes at a moment of its own, whatever the guest is at.
        qemu.kill()?;
        qemu.wait()?;
        let acks = heard?;
        let fate = disk.cut(&mut dice)?;
        let acknowledged = self.inspect(&image, &acks)?;
        Ok(Round {
            acknowledged,
            disk: fate,
        })
    }

    fn boot(&self, socket: &Path, seed: u64) -> anyhow::Result<Child> {
        let drive = format!(
            "driver=nbd,server.type=unix,server.path={},node-name=disk",
            socket.display()
        );
        Command::new("qemu-system-x86_64")
            .args([
                "-accel", "tcg", "-cpu", "max", "-m", "512", "-smp", "1", "-display", "none",
            ])
            .args(["-nodefaults", "-no-reboot", "-serial", "stdio"])
            .arg("-kernel")
            .arg(&self.kernel)
            .arg("-initrd")
            .arg(&self.initrd)
            .arg("-append")
            .arg(format!("console=ttyS0 quiet panic=-1 load_seed={seed}"))
            .args(["-blockdev", &drive])
            .args(["-device", "virtio-blk-pci,drive=disk,write-cache=on"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("starting qemu-system-x86_64 (Debian: qemu-system-x86)")
    }

    /// Plays back the file system's journal, as the next boot would, and looks into the store.
    fn inspect(&self, image: &Path, acks: &str) -> anyhow::Result<usize> {
        run(Command::new("e2fsck")
            .args(["-E", "journal_only", "-y"])
            .arg(image))?;
        let out = self.dir.join("found");
        if out.exists() {
            std::fs::remove_dir_all(&out)?;
        }
        std::fs::create_dir(&out)?;
        run(Command::new("debugfs")
            .args(["-R", &format!("rdump /store {}", out.display())])
            .arg(image))?;
        let runtime = tokio::runtime::Runtime::new()?;
        runtime.block_on(async {
            let store = open(&out.join("store"))?;
            check::check(&store, acks).await
        })
    }
}

fn make_filesystem(image: &Path) -> anyhow::Result<()> {
    let file = std::fs::File::create(image)?;
    file.set_len(DISK_BYTES)?;
    run(Command::new("mkfs.ext4").args(["-q", "-F"]).arg(image))
}

/// Hears the guest out until `after` has passed since its first acknowledgement; gives back what was
/// acknowledged until then.
fn listen(qemu: &mut Child, after: Duration) -> anyhow::Result<String> {
    let said = qemu.stdout.take().context("qemu has no output")?;
    let heard = Arc::new(Mutex::new(String::new()));
    let (started, starts) = std::sync::mpsc::channel();
    let into = Arc::clone(&heard);
    std::thread::spawn(move || {
        for line in BufReader::new(said).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            // Before the first acknowledgement there is nothing to lose.
            if Acked::read(&line).is_some() {
                // The round may have been given up.
                let _ = started.send(());
            }
            let mut heard = into.lock().unwrap_or_else(PoisonError::into_inner);
            heard.push_str(line.trim_end());
            heard.push('\n');
        }
    });
    let begun = starts.recv_timeout(Duration::from_secs(180));
    if begun.is_ok() {
        std::thread::sleep(after);
    }
    let heard = heard.lock().unwrap_or_else(PoisonError::into_inner).clone();
    if begun.is_err() {
        bail!("the guest's writer acknowledged nothing:\n{heard}");
    }
    ensure!(
        !heard.contains("writer ended"),
        "the writer ended by itself:\n{heard}"
    );
    Ok(heard)
}

pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("starting {name}"))?;
    // e2fsck tells of a journal it has played back by status 1.
    let fine = output.status.success() || (name == "e2fsck" && output.status.code() == Some(1));
    ensure!(
        fine,
        "{name} failed: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
