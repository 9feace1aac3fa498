//! Which files below a folder are opened, by whoever it is, as the kernel tells it (inotify(7)).
//!
//! Touches the folder by watching it alone. Must never open a file in it.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use inotify::{EventMask, Inotify, WatchDescriptor, WatchMask};

/// A watch on a folder and all below it, as they are now.
#[derive(Debug)]
pub struct Opens {
    inotify: Inotify,
    folders: Vec<(WatchDescriptor, PathBuf)>,
}

impl Opens {
    /// Begins to watch.
    ///
    /// # Panics
    /// When a folder cannot be watched.
    #[must_use]
    pub fn below(root: &Path) -> Self {
        let inotify = Inotify::init().unwrap_or_else(|error| panic!("{error}"));
        let mut opens = Self {
            inotify,
            folders: Vec::new(),
        };
        opens.watch(root, Path::new(""));
        opens.since();
        opens
    }

    fn watch(&mut self, root: &Path, inner: &Path) {
        let folder = root.join(inner);
        let look = || -> io::Result<(WatchDescriptor, Vec<OsString>)> {
            let id = self.inotify.watches().add(&folder, WatchMask::OPEN)?;
            let mut inside = Vec::new();
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    inside.push(entry.file_name());
                }
            }
            Ok((id, inside))
        };
        let (id, inside) = look().unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        self.folders.push((id, inner.to_owned()));
        for name in inside {
            self.watch(root, &inner.join(name));
        }
    }

    /// The files that were opened since it was last asked, and how often. Folders are left out.
    ///
    /// # Panics
    /// When the kernel has lost some.
    pub fn since(&mut self) -> BTreeMap<String, u32> {
        let mut opened = BTreeMap::new();
        let mut buffer = [0; 16 * 1024];
        loop {
            let events = match self.inotify.read_events(&mut buffer) {
                Ok(events) => events,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return opened,
                Err(error) => panic!("{error}"),
            };
            for event in events {
                assert!(!event.mask.contains(EventMask::Q_OVERFLOW), "some are lost");
                let mut folders = self.folders.iter();
                let folder = folders.find(|(id, _)| *id == event.wd);
                let is_folder = event.mask.contains(EventMask::ISDIR);
                let Some((_, folder)) = folder.filter(|_| !is_folder) else {
                    continue;
                };
                let file = folder.join(event.name.unwrap_or(OsStr::new("")));
                *opened.entry(file.display().to_string()).or_default() += 1;
            }
        }
    }
}
