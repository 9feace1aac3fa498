//! Announcements of change: package and definition databases, mounts, and this device's identity.
//!
//! Touches inotify(7) and /proc/self/mountinfo. Must never be relied on: what announces nothing is
//! read by the timer, and an announcement says only that it is time to read.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;

use crate::paths::Paths;
use crate::sensors::Root;

/// Folders whose files are replaced as facts change. Packages replace files by renaming, so the
/// folder is watched and not the file.
const FOLDERS: [&str; 12] = [
    "/var/lib/dpkg",
    "/var/lib/rpm",
    "/usr/lib/sysimage/rpm",
    "/var/lib/clamav",
    "/var/lib/flatpak/app",
    "/var/lib/snapd/snaps",
    "/var/lib/apt/lists",
    "/run/systemd/sessions",
    "/etc/dconf/db",
    "/etc/dconf/profile",
    "/etc/xdg",
    ETC,
];
const ETC: &str = "/etc";
/// The files in `/etc` itself that facts are read from; others change for many reasons.
const ETC_FILES: [&str; 4] = ["os-release", "passwd", "group", "nsswitch.conf"];
/// Changed by the kernel with every mount and unmount, of another container too (proc(5)).
const MOUNTS: &str = "/proc/self/mountinfo";

/// The watches of one agent.
pub(super) struct Changes {
    facts: Arc<Notify>,
    identity: Arc<Notify>,
    /// Held, because dropping it ends its watches.
    _watchers: Vec<RecommendedWatcher>,
}

impl Changes {
    /// Begins to watch what can be watched; the rest is left to the timer.
    pub(super) fn start(paths: &Paths, root: &Root) -> Self {
        let (facts, identity) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let mut watchers = Vec::new();
        let folders = FOLDERS.map(|folder| root.path(folder));
        let there = folders.into_iter().filter(|folder| folder.is_dir());
        let etc = root.path(ETC);
        let matters = move |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str());
            path.parent() != Some(&*etc) || name.is_some_and(|name| ETC_FILES.contains(&name))
        };
        watchers.extend(watch(there, Arc::clone(&facts), matters));
        let name = paths.identity_path();
        let mine = move |path: &Path| path == name;
        watchers.extend(watch([paths.state_dir()], Arc::clone(&identity), mine));
        tokio::spawn(mounts(Arc::clone(&facts)));
        Self {
            facts,
            identity,
            _watchers: watchers,
        }
    }

    /// Waits until a fact may have changed. Announcements that come together count once.
    pub(super) async fn facts(&self) {
        self.facts.notified().await;
    }

    /// Waits until this device has another identity.
    pub(super) async fn identity(&self) {
        self.identity.notified().await;
    }
}

fn watch<P: AsRef<Path>>(
    folders: impl IntoIterator<Item = P>,
    tell: Arc<Notify>,
    matters: impl Fn(&Path) -> bool + Send + 'static,
) -> Option<RecommendedWatcher> {
    let told = move |event: notify::Result<notify::Event>| {
        let told = match event {
            // Opening and reading is no change, and the agent's own reading would announce itself.
            Ok(event) if event.kind.is_access() => false,
            // Announcements were lost: anything may have changed.
            Ok(event) => event.need_rescan() || event.paths.iter().any(|path| matters(path)),
            Err(_) => true,
        };
        if told {
            tell.notify_one();
        }
    };
    let mut watcher = notify::recommended_watcher(told)
        .inspect_err(|error| tracing::info!(%error, "changes are not announced; the timer reads"))
        .ok()?;
    for folder in folders {
        if let Err(error) = watcher.watch(folder.as_ref(), RecursiveMode::NonRecursive) {
            let folder = folder.as_ref().display();
            tracing::info!(%folder, %error, "changes are not announced; the timer reads");
        }
    }
    Some(watcher)
}

#[expect(
    deprecated,
    reason = "its successor is unsafe to call; a File keeps its descriptor open as both demand"
)]
async fn mounts(tell: Arc<Notify>) {
    let opened = File::open(MOUNTS)
        .ok()
        .and_then(|file| AsyncFd::with_interest(file, Interest::PRIORITY | Interest::ERROR).ok());
    let Some(file) = opened else {
        tracing::info!("mounts are not announced; the timer reads");
        return;
    };
    loop {
        let ready = file.ready(Interest::PRIORITY | Interest::ERROR).await;
        let Ok(mut ready) = ready else { return };
        ready.clear_ready();
        tell.notify_one();
    }
}
