//! A file system of the story's own, that fills up and breaks as disks do.
//!
//! Touches an image beside the folder it is mounted on, and unmounts it. Must never fill or break one
//! that it did not make.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::mount::{MntFlags, umount2};

use crate::ran::ran;
use crate::skip::skipped;

/// What takes the room that is left.
const BALLAST: &str = "ballast";

/// A mounted file system; gone when it is dropped.
#[derive(Debug)]
pub struct Volume {
    dir: PathBuf,
    image: PathBuf,
}

impl Volume {
    /// Mounts one of this size on a folder, which is made.
    ///
    /// # Panics
    /// When it cannot be made: see [`may_mount`].
    #[must_use]
    #[track_caller]
    pub fn mounted_on(dir: &Path, mebibytes: u64) -> Self {
        let image = dir.with_extension("image");
        let made = fs::create_dir_all(dir)
            .and_then(|()| File::create(&image))
            .and_then(|file| file.set_len(mebibytes * 1024 * 1024));
        made.unwrap_or_else(|error| panic!("{}: {error}", image.display()));
        // Nothing is reserved for root, whom the story's programs run as.
        ran(Command::new("mkfs.ext4")
            .args(["-q", "-m", "0"])
            .arg(&image));
        let volume = Self {
            dir: dir.to_owned(),
            image,
        };
        volume.mount();
        volume
    }

    /// Takes all the room that is left.
    ///
    /// # Panics
    /// When writing ends with another error than that the disk is full.
    #[track_caller]
    pub fn fill(&self) {
        let path = self.dir.join(BALLAST);
        let mut file =
            File::create(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for piece in [[0_u8; 65_536].as_slice(), &[0; 1024]] {
            let error = loop {
                if let Err(error) = file.write_all(piece).and_then(|()| file.sync_data()) {
                    break error;
                }
            };
            assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
        }
    }

    /// Gives back what [`Self::fill`] took.
    ///
    /// # Panics
    /// When it cannot.
    #[track_caller]
    pub fn make_room(&self) {
        let path = self.dir.join(BALLAST);
        fs::remove_file(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Breaks it: the kernel finds an error in it and lets nobody write any more, whoever has files open.
    ///
    /// # Panics
    /// When the kernel does not.
    #[track_caller]
    pub fn breaks(&self) {
        let device = self.device();
        let trigger = format!("/sys/fs/ext4/{device}/trigger_fs_error");
        fs::write(&trigger, "the story's").unwrap_or_else(|error| panic!("{trigger}: {error}"));
        let error = File::create(self.dir.join(BALLAST)).map(drop);
        let kind = error.as_ref().map_err(std::io::Error::kind);
        assert_eq!(kind, Err(ErrorKind::ReadOnlyFilesystem));
    }

    /// Mends it, as an administrator does: nobody may have a file open on it.
    ///
    /// # Panics
    /// When it cannot be unmounted, mended or mounted again.
    #[track_caller]
    pub fn is_mended(&self) {
        ran(Command::new("umount").arg(&self.dir));
        let checked = Command::new("e2fsck").arg("-fy").arg(&self.image).output();
        let code = checked.as_ref().map(|output| output.status.code());
        // 1: errors were found, and mended.
        assert!(matches!(code, Ok(Some(0 | 1))), "e2fsck: {checked:?}");
        self.mount();
    }

    #[track_caller]
    fn mount(&self) {
        let options = "loop,errors=remount-ro";
        ran(Command::new("mount")
            .args(["-t", "ext4", "-o", options])
            .args([&self.image, &self.dir]));
    }

    /// Name of the block device it is mounted from.
    #[track_caller]
    fn device(&self) -> String {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let here = format!(" {} ", self.dir.display());
        let line = mounts.lines().rfind(|line| line.contains(&here));
        let source = line
            .and_then(|line| line.split_once(" - ext4 /dev/"))
            .and_then(|(_, source)| source.split(' ').next());
        source.map_or_else(
            || panic!("{} is not mounted", self.dir.display()),
            str::to_owned,
        )
    }
}

impl Drop for Volume {
    fn drop(&mut self) {
        // Processes of the story may still have files open; the last one to close takes the device with it.
        let _ = umount2(&self.dir, MntFlags::MNT_DETACH);
    }
}

/// Whether this process may mount file systems; says so when it may not.
#[must_use]
#[track_caller]
pub fn may_mount() -> bool {
    let has_loop = Path::new("/dev/loop-control").exists();
    if nix::unistd::geteuid().is_root() && has_loop {
        return true;
    }
    skipped("needs root and loop devices to mount a file system");
    false
}
