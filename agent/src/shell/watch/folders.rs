//! Folders whose files change, as the kernel announces it.
//!
//! Touches inotify(7). Must never ask to be told of files that are merely opened: every program that starts
//! opens something in `/etc`.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use inotify::{EventMask, Inotify, WatchDescriptor, WatchMask};
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::Silent;

/// Bytes of announcements that are taken at once; the longest takes less than 300.
const AT_ONCE: usize = 4096;

/// The watches; dropping it ends them.
pub(super) struct Watched(AbortHandle);

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Tells when something changes in one of the folders that `matters`.
pub(super) fn watch<P: AsRef<Path>>(
    folders: impl IntoIterator<Item = P>,
    tell: Arc<Notify>,
    silent: &Silent,
    matters: impl Fn(&Path) -> bool + Send + 'static,
) -> Option<Watched> {
    let folders: Vec<P> = folders.into_iter().collect();
    let not_told = |folder: &Path, error: &io::Error| {
        let folder = folder.display();
        silent.add(&folder.to_string());
        tracing::info!(%folder, %error, "changes are not announced; the timer reads");
    };
    let inotify = match Inotify::init() {
        Ok(inotify) => inotify,
        Err(error) => {
            let folders = folders.iter().map(AsRef::as_ref);
            folders.for_each(|folder| not_told(folder, &error));
            return None;
        }
    };
    let mut watched = HashMap::new();
    let changes = WatchMask::CREATE
        | WatchMask::DELETE
        | WatchMask::MODIFY
        | WatchMask::CLOSE_WRITE
        | WatchMask::MOVE
        | WatchMask::ATTRIB;
    for folder in folders {
        let folder = folder.as_ref();
        match inotify.watches().add(folder, changes) {
            Ok(watch) => drop(watched.insert(watch, folder.to_owned())),
            Err(error) => not_told(folder, &error),
        }
    }
    let heard = tokio::spawn(async move {
        let error = hear(inotify, &watched, &tell, matters).await;
        tracing::warn!(?error, "changes are announced no more; the timer reads");
    });
    Some(Watched(heard.abort_handle()))
}

/// Listens until the kernel gives no more.
#[expect(
    deprecated,
    reason = "its successor is unsafe to call; the descriptor is open for as long as the watches"
)]
async fn hear(
    inotify: Inotify,
    watched: &HashMap<WatchDescriptor, PathBuf>,
    tell: &Notify,
    matters: impl Fn(&Path) -> bool,
) -> io::Result<()> {
    let mut inotify = AsyncFd::new(inotify)?;
    loop {
        let mut ready = inotify.readable_mut().await?;
        let mut buffer = [0; AT_ONCE];
        let read = ready.try_io(|inotify| {
            let mut told = false;
            for event in inotify.get_mut().read_events(&mut buffer)? {
                // Announcements were lost: anything may have changed.
                told |= event.mask.contains(EventMask::Q_OVERFLOW)
                    || watched.get(&event.wd).is_some_and(|folder| {
                        matters(
                            &event
                                .name
                                .map_or_else(|| folder.clone(), |name| folder.join(name)),
                        )
                    });
            }
            Ok(told)
        });
        match read {
            Ok(Ok(true)) => tell.notify_one(),
            Ok(Err(error)) => return Err(error),
            Ok(Ok(false)) | Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[tokio::test]
    async fn a_file_that_is_opened_is_no_change_and_one_that_is_replaced_is() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("status");
        std::fs::write(&file, "one").unwrap();
        let tell = Arc::new(Notify::new());
        let only = file.clone();
        let watched = watch(
            [dir.path()],
            Arc::clone(&tell),
            &Silent::default(),
            move |path| path == only,
        );
        assert!(watched.is_some());
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "one");
        std::fs::write(dir.path().join("other"), "two").unwrap();
        let told = timeout(Duration::from_millis(100), tell.notified());
        assert!(told.await.is_err());
        std::fs::write(dir.path().join("new"), "two").unwrap();
        std::fs::rename(dir.path().join("new"), &file).unwrap();
        let told = timeout(Duration::from_secs(20), tell.notified());
        assert!(told.await.is_ok());
    }

    #[tokio::test]
    async fn a_folder_that_cannot_be_watched_is_told_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let gone = dir.path().join("gone");
        let silent = Silent::default();
        let folders = [dir.path().to_owned(), gone.clone()];
        let watched = watch(folders, Arc::new(Notify::new()), &silent, |_| true);
        assert!(watched.is_some());
        assert_eq!(silent.places(), [gone.display().to_string()]);
    }
}
