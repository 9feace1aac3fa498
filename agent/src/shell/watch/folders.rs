//! Folders whose files change, as the kernel announces it; those that are not there yet by the folders above them.
//!
//! Touches inotify(7). Must never ask to be told of files that are merely opened: every program that starts
//! opens something in `/etc`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use inotify::{EventMask, Events, Inotify, WatchDescriptor, WatchMask, Watches};
use tokio::io::unix::AsyncFd;
use tokio::task::AbortHandle;

use super::places::Spot;
use super::{Silent, Touched};
use crate::topics::Topics;

/// Bytes of announcements that are taken at once; the longest takes less than 300.
const AT_ONCE: usize = 4096;
/// How often the folders are looked over again because some came meanwhile.
const LOOKS_MAX: usize = 8;

/// The watches; dropping it ends them.
pub(super) struct Watched(AbortHandle);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Tells what is touched when a file of one of the spots changes. What the spots are is asked again whenever one of
/// their folders comes or goes, or a link among them leads elsewhere.
pub(super) fn watch(
    wanted: impl Fn() -> Vec<Spot> + Send + 'static,
    tell: Arc<Touched>,
    silent: &Silent,
) -> Option<Watched> {
    let inotify = match Inotify::init() {
        Ok(inotify) => inotify,
        Err(error) => {
            silent.add_all(&wanted());
            tracing::info!(%error, "changes of files are not announced; the timer reads");
            return None;
        }
    };
    let mut folders = Folders {
        watches: inotify.watches(),
        wanted,
        silent: silent.clone(),
        spots: Vec::new(),
        watched: BTreeMap::new(),
    };
    // What is there now is read at the start.
    let _there = folders.look();
    let (quiet, spots) = (silent.clone(), folders.spots.clone());
    let heard = tokio::spawn(async move {
        let error = hear(inotify, folders, &tell).await;
        quiet.add_all(&spots);
        tracing::warn!(?error, "changes are announced no more; the timer reads");
    });
    Some(Watched(heard.abort_handle()))
}

struct Folders<W> {
    watches: Watches,
    wanted: W,
    silent: Silent,
    spots: Vec<Spot>,
    /// Two paths may lead to one folder, which has one watch.
    watched: BTreeMap<PathBuf, Watch>,
}

struct Watch {
    id: WatchDescriptor,
    /// The parts of missing folders that would come in it.
    awaited: Vec<OsString>,
    /// Whether it is the folder of a spot itself.
    is_spot: bool,
}

/// What one announcement asks for.
#[derive(Default)]
struct Told {
    touched: Option<Topics>,
    /// Folders came or went.
    look_again: bool,
}

impl<W: Fn() -> Vec<Spot>> Folders<W> {
    /// Watches what is wanted and is there, and for what is missing the folder in which it would come. Gives what is
    /// touched by folders that came.
    fn look(&mut self) -> Option<Topics> {
        let mut touched = None;
        // A folder may come between being looked for and the one above it being watched.
        for _ in 0..LOOKS_MAX {
            self.spots = (self.wanted)();
            let mut wanted: BTreeMap<PathBuf, (Vec<OsString>, bool)> = BTreeMap::new();
            for spot in &self.spots {
                let (there, missing) = deepest(&spot.folder);
                let name = spot.folder.display().to_string();
                match missing.map(|part| there.join(part).symlink_metadata()) {
                    // Something is in its place that is no folder, such as a link to nowhere.
                    Some(Ok(_)) => self.silent.add(&name),
                    Some(Err(_)) | None => self.silent.remove(&name),
                }
                let entry = wanted.entry(there.to_owned()).or_default();
                entry.1 |= missing.is_none();
                entry.0.extend(missing.map(OsStr::to_owned));
            }
            let gone: Vec<_> = self.watched.keys().cloned().collect();
            for folder in gone.iter().filter(|folder| !wanted.contains_key(*folder)) {
                self.give_up(folder);
            }
            let mut came = false;
            for (folder, (awaited, is_spot)) in wanted {
                let before = self.watched.get(&folder);
                let was_spot = before.is_some_and(|watch| watch.is_spot);
                let is_new = before.is_none() || is_spot && !was_spot;
                came |= is_new;
                let id = match before {
                    Some(watch) if !is_new => watch.id.clone(),
                    Some(_) | None => match self.add(&folder, is_spot) {
                        Some(id) => id,
                        None => continue,
                    },
                };
                if is_spot && !was_spot {
                    touched = both(touched, Some(self.touched_in(&folder)));
                }
                let watch = Watch {
                    id,
                    awaited,
                    is_spot,
                };
                self.watched.insert(folder, watch);
            }
            if !came {
                break;
            }
        }
        touched
    }

    fn add(&mut self, folder: &Path, is_spot: bool) -> Option<WatchDescriptor> {
        let comes_or_goes = WatchMask::CREATE
            | WatchMask::MOVE
            | WatchMask::DELETE
            | WatchMask::MOVE_SELF
            | WatchMask::ONLYDIR
            | WatchMask::MASK_ADD;
        let changes = WatchMask::MODIFY | WatchMask::CLOSE_WRITE | WatchMask::ATTRIB;
        let mask = match is_spot {
            true => comes_or_goes | changes,
            false => comes_or_goes,
        };
        let name = folder.display().to_string();
        match self.watches.add(folder, mask) {
            Ok(id) => Some(id),
            Err(error) => {
                self.silent.add(&name);
                tracing::info!(folder = name, %error, "changes are not announced; the timer reads");
                None
            }
        }
    }

    fn give_up(&mut self, folder: &Path) {
        let Some(gone) = self.watched.remove(folder) else {
            return;
        };
        let is_used = self.watched.values().any(|watch| watch.id == gone.id);
        if !is_used {
            // It may be gone already, and its watch with it.
            drop(self.watches.remove(gone.id));
        }
    }

    /// All that a change of any file of the folder would touch.
    fn touched_in(&self, folder: &Path) -> Topics {
        let of = self.spots.iter().filter(|spot| spot.folder == folder);
        of.fold(Topics::NONE, |all, spot| all.and(spot.touches))
    }

    fn told(&self, id: &WatchDescriptor, mask: EventMask, name: Option<&OsStr>) -> Told {
        let mut told = Told::default();
        if mask.contains(EventMask::Q_OVERFLOW) {
            // Announcements were lost: anything may have changed.
            return Told {
                touched: Some(Topics::ALL),
                look_again: true,
            };
        }
        let watched = self.watched.iter().filter(|(_, watch)| watch.id == *id);
        for (folder, watch) in watched {
            let Some(name) = name else {
                // The folder itself was moved, removed or closed to others.
                told.look_again = true;
                if watch.is_spot {
                    told.touched = both(told.touched, Some(self.touched_in(folder)));
                }
                continue;
            };
            told.look_again |= watch.awaited.iter().any(|part| part == name);
            let name = name.to_string_lossy();
            let here = self.spots.iter().filter(|spot| spot.folder == *folder);
            for spot in here.filter(|spot| spot.matters(&name)) {
                told.look_again |= spot.leads_on;
                told.touched = both(told.touched, Some(spot.touches));
            }
        }
        told
    }

    /// Forgets a watch whose folder is no longer where it was.
    fn ended(&mut self, id: &WatchDescriptor) {
        self.watched.retain(|_, watch| watch.id != *id);
        // The kernel has ended it already where the folder was removed.
        drop(self.watches.remove(id.clone()));
    }

    /// Takes what the kernel has told, and looks at the folders again where some came or went.
    fn take(&mut self, events: Events<'_>) -> Option<Topics> {
        let mut touched: Option<Topics> = None;
        let mut look_again = false;
        for event in events {
            let told = self.told(&event.wd, event.mask, event.name);
            look_again |= told.look_again;
            touched = both(touched, told.touched);
            if event
                .mask
                .intersects(EventMask::IGNORED | EventMask::MOVE_SELF)
            {
                self.ended(&event.wd);
            }
        }
        if look_again {
            touched = both(touched, self.look());
        }
        touched
    }
}

/// Listens until the kernel gives no more.
#[expect(
    deprecated,
    reason = "its successor is unsafe to call; the descriptor is open for as long as the watches"
)]
async fn hear<W: Fn() -> Vec<Spot>>(
    inotify: Inotify,
    mut folders: Folders<W>,
    tell: &Touched,
) -> io::Result<()> {
    let mut inotify = AsyncFd::new(inotify)?;
    loop {
        let mut ready = inotify.readable_mut().await?;
        let mut buffer = [0; AT_ONCE];
        let read = ready.try_io(|inotify| {
            let events = inotify.get_mut().read_events(&mut buffer)?;
            Ok(folders.take(events))
        });
        match read {
            Ok(Ok(Some(touched))) => tell.tell(touched),
            Ok(Err(error)) => return Err(error),
            Ok(Ok(None)) | Err(_) => {}
        }
    }
}

fn both(one: Option<Topics>, other: Option<Topics>) -> Option<Topics> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.and(other)),
        (one, other) => one.or(other),
    }
}

/// The deepest folder of the path that is there, and the part of the path that is missing in it.
fn deepest(path: &Path) -> (&Path, Option<&OsStr>) {
    let mut missing = None;
    for there in path.ancestors() {
        if there.is_dir() {
            return (there, missing);
        }
        missing = there.file_name();
    }
    (Path::new("/"), missing)
}

#[cfg(test)]
mod tests;
