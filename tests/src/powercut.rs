//! The power-cut rig: a guest under qemu writes to a disk that forgets what it was not told to keep; its
//! power is cut in mid-write, again and again; what the disk kept is read after each cut.
//!
//! Touches a folder of its own, qemu and e2fsprogs. Must never be kinder than a real disk: writes since
//! the last flush survive at random, in no order, and may be torn at a sector.

pub mod disk;
pub mod subject;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};

use crate::dice::Dice;
use crate::guest::initrd::Initrd;
use crate::guest::kernel::Kernel;
use crate::guest::run;
use crate::guest::vm::{Drive, Guest};
use disk::{Blow, Disk, Fate};
use subject::Subject;

/// Bytes of the guest's disk.
const DISK_BYTES: u64 = 192 * 1024 * 1024;
/// Cuts that one disk goes through at most before the next begins anew.
const CUTS_MAX: u64 = 5;
/// How long a guest may take until it acknowledges something, on a machine that does other things too.
const BOOT_PATIENCE: Duration = Duration::from_secs(240);
/// How long it is waited for a request that the power can go with.
const BLOW_PATIENCE: Duration = Duration::from_secs(60);
/// What the guest's script says when the program it runs has ended.
const ENDED: &str = "the program has ended";

/// Programs that the rig needs.
pub const TOOLS: [&str; 8] = [
    "qemu-system-x86_64",
    "mkfs.ext4",
    "e2fsck",
    "debugfs",
    "dpkg-deb",
    "busybox",
    "ldd",
    "strip",
];

/// A rig that is ready to play rounds.
#[derive(Debug)]
pub struct Rig<S> {
    dir: PathBuf,
    kernel: Kernel,
    initrd: PathBuf,
    subject: S,
    life: Option<Life>,
}

/// A disk between its first start and its last cut.
#[derive(Debug)]
struct Life {
    /// What was said on it since its start.
    said: String,
    cuts_left: u64,
}

/// What one round came to.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Things acknowledged since the disk's first start, all of which are there after the cut.
    pub acknowledged: usize,
    /// What the disk went through.
    pub disk: Fate,
}

impl<S: Subject> Rig<S> {
    /// Makes ready in `dir`: fetches a kernel if there is none, and packs the subject's programs.
    ///
    /// # Errors
    /// What cannot be had, and how to get it.
    pub fn prepare(dir: &Path, subject: S) -> anyhow::Result<Self> {
        let dir = dir.join(subject.name());
        if dir.exists() {
            std::fs::remove_dir_all(&dir)?;
        }
        std::fs::create_dir_all(dir.join("seeded"))?;
        let kernel = Kernel::fetch(&dir.with_file_name("kernel"))?;
        let mut initrd = Initrd::new(&dir, &kernel, &["virtio_pci", "virtio_blk"])?;
        for (name, program) in subject.programs() {
            initrd.program(&format!("bin/{name}"), &program)?;
        }
        // ext4 is built into the kernel.
        let initrd = initrd.pack(&format!(
            "if mount -t ext4 /dev/vda /mnt; then\n\
             {}\n\
             else echo 'no disk'\n\
             fi\n\
             echo '{ENDED}'\n\
             sleep 1000\n",
            subject.command()
        ))?;
        subject.seed(&dir.join("seeded"))?;
        Ok(Self {
            dir,
            kernel,
            initrd,
            subject,
            life: None,
        })
    }

    /// Plays one round: on the disk that the last one left, or on a new one.
    ///
    /// # Errors
    /// What is missing or altered after the cut; or what kept the round from being played.
    pub fn round(&mut self, seed: u64) -> anyhow::Result<Round> {
        let mut dice = Dice::new(seed);
        let image = self.dir.join("disk.img");
        // Only a disk that has stood the round goes into the next one.
        let mut life = match self.life.take() {
            Some(life) => life,
            None => self.begin(&image, &mut dice)?,
        };
        let fate = self.live(&image, &mut life, &mut dice)?;
        let acknowledged = self
            .inspect(&image, &life.said)
            .map_err(|error| self.keep(&image, &life.said, seed, error))?;
        life.cuts_left = life.cuts_left.saturating_sub(1);
        self.life = (life.cuts_left > 0).then_some(life);
        Ok(Round {
            acknowledged,
            disk: fate,
        })
    }

    /// Keeps the disk and what was said on it: the seed alone does not tell when the power went.
    fn keep(&self, image: &Path, said: &str, seed: u64, error: anyhow::Error) -> anyhow::Error {
        let kept = self.dir.with_file_name(format!("failed-{seed}"));
        let noted = std::fs::copy(image, kept.with_extension("img"))
            .and_then(|_| std::fs::write(kept.with_extension("acks"), said));
        let kept = kept.display();
        match noted {
            Ok(()) => error.context(format!(
                "the disk is kept as {kept}.img, its words as {kept}.acks"
            )),
            Err(cause) => error.context(format!("the disk cannot be kept as {kept}.img: {cause}")),
        }
    }

    fn begin(&self, image: &Path, dice: &mut Dice) -> anyhow::Result<Life> {
        std::fs::File::create(image)?.set_len(DISK_BYTES)?;
        run(Command::new("mkfs.ext4")
            .args(["-q", "-F", "-d"])
            .arg(self.dir.join("seeded"))
            .arg(image))?;
        Ok(Life {
            said: String::new(),
            cuts_left: dice.between(1, CUTS_MAX + 1),
        })
    }

    /// From switching on to the cut.
    fn live(&self, image: &Path, life: &mut Life, dice: &mut Dice) -> anyhow::Result<Fate> {
        // As every boot does: a superblock that was cut in two is mended from its copy. Without a disk the
        // subject would write to the guest's memory, and all it says there would be missing afterwards.
        run(Command::new("e2fsck").args(["-f", "-y"]).arg(image))?;
        let socket = self.dir.join("disk.sock");
        let disk = Disk::serve(image, &socket)?;
        let words = format!("seed={}", dice.roll());
        let drive = Drive::Served(&socket);
        let mut guest = Guest::boot(&self.kernel, &self.initrd, &words, &[drive])?;
        // Before the first acknowledgement there is nothing to lose.
        guest
            .until(BOOT_PATIENCE, |line| line.ends_with(" ."))
            .context("nothing was acknowledged")?;
        disk.expect(Blow {
            after: dice.between(0, self.subject.requests()),
            least: usize::try_from(dice.between(1, 8))?,
            at_flush: dice.chance(70),
            late: 0,
        });
        // One that never comes is no failure of the subject: the power goes nevertheless.
        let struck = disk.is_struck(BLOW_PATIENCE);
        let said = guest.cut()?;
        life.said.push_str(&said);
        let fate = disk.cut(dice)?;
        ensure!(
            !said.contains(ENDED),
            "the guest's program ended by itself (struck: {struck}):\n{said}"
        );
        Ok(fate)
    }

    /// Plays back the file system's journal, as the next boot would, and looks into what is there.
    fn inspect(&self, image: &Path, said: &str) -> anyhow::Result<usize> {
        let copy = self.dir.join("inspected.img");
        std::fs::copy(image, &copy)?;
        run(Command::new("e2fsck")
            .args(["-E", "journal_only", "-y"])
            .arg(&copy))?;
        let found = self.dir.join("found");
        if found.exists() {
            std::fs::remove_dir_all(&found)?;
        }
        std::fs::create_dir(&found)?;
        run(Command::new("debugfs")
            .args(["-R", &format!("rdump / {}", found.display())])
            .arg(&copy))?;
        // What cannot be read at all ends in a panic of the database or of the cast.
        catch_unwind(AssertUnwindSafe(|| self.subject.check(&found, said))).unwrap_or_else(
            |panic| {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                Err(anyhow!("{}", text.unwrap_or("a panic without a word")))
            },
        )
    }
}
