//! Announcements of change: package and definition databases, logins, mounts, networks, the clock, and this
//! device's identity.
//!
//! Touches inotify(7), netlink, /proc/self/mountinfo and a timer that is never due. Must never be relied on: what
//! announces nothing is read by the timer, and an announcement says only that it is time to read.

mod clock;
mod folders;
mod network;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;

use crate::paths::Paths;
use crate::sensors::{LoggedIn, Root, logged_in};

use folders::{Watched, watch};

/// Folders whose files are replaced as facts change. Packages replace files by renaming, so the
/// folder is watched and not the file.
const FOLDERS: [&str; 13] = [
    "/var/lib/dpkg",
    "/var/lib/rpm",
    "/usr/lib/sysimage/rpm",
    "/var/lib/clamav",
    "/var/lib/flatpak/app",
    "/var/lib/snapd/snaps",
    "/var/lib/apt/lists",
    SESSIONS,
    "/etc/dconf/db",
    "/etc/dconf/profile",
    "/etc/xdg",
    UDEV,
    ETC,
];
/// One record for each device that udev has found. A stick that nobody mounts announces itself by this alone.
const UDEV: &str = "/run/udev/data";
const SESSIONS: &str = "/run/systemd/sessions";
const ETC: &str = "/etc";
/// The files in `/etc` itself that facts are read from; others change for many reasons.
const ETC_FILES: [&str; 4] = ["os-release", "passwd", "group", "nsswitch.conf"];
/// Changed by the kernel with every mount and unmount, of another container too (proc(5)).
const MOUNTS: &str = "/proc/self/mountinfo";
/// The kernel's notices of links, addresses, routes and rules.
const NETWORKS: &str = "rtnetlink";

/// Places whose changes do not announce themselves, by their own names.
#[derive(Debug, Clone, Default)]
pub(super) struct Silent(Arc<Mutex<BTreeSet<String>>>);

impl Silent {
    fn add(&self, place: &str) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.insert(place.to_owned());
    }

    /// All of them at this moment.
    pub(super) fn places(&self) -> Vec<String> {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.iter().cloned().collect()
    }
}

/// The watches of one agent.
pub(crate) struct Changes {
    facts: Arc<Notify>,
    links: Arc<Notify>,
    identity: Arc<Notify>,
    silent: Silent,
    /// Held, because dropping it ends its watches.
    _watchers: Vec<Watched>,
}

impl Changes {
    /// Begins to watch what can be watched; the rest is left to the timer.
    pub(crate) fn start(paths: &Paths, root: &Root) -> Self {
        let (facts, identity) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let silent = Silent::default();
        let mut watchers = Vec::new();
        let folders = FOLDERS
            .iter()
            .filter_map(|folder| root.on_this_machine(folder));
        let there = folders.filter(|folder| folder.is_dir());
        let here = |folder| root.on_this_machine(folder).unwrap_or_default();
        let (etc, udev) = (here(ETC), here(UDEV));
        let logins = Logins::of(root);
        let matters = move |path: &Path| {
            if path.parent() == Some(&*logins.folder) {
                return logins.are_others();
            }
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.unwrap_or_default();
            match path.parent() {
                Some(folder) if folder == etc => ETC_FILES.contains(&name),
                Some(folder) if folder == udev => is_block_device(name),
                Some(_) | None => true,
            }
        };
        watchers.extend(watch(there, Arc::clone(&facts), &silent, matters));
        let name = paths.identity_path();
        let mine = move |path: &Path| path == name;
        let state_dir = [paths.state_dir()];
        watchers.extend(watch(state_dir, Arc::clone(&identity), &silent, mine));
        let (tell, quiet) = (Arc::clone(&facts), silent.clone());
        tokio::spawn(async move {
            mounts(tell).await;
            quiet.add(MOUNTS);
        });
        let tell = Arc::clone(&facts);
        tokio::spawn(async move {
            if let Err(error) = clock::jumps(|| tell.notify_one()).await {
                tracing::info!(%error, "jumps of the clock are not announced; the timer reads");
            }
        });
        let links = Arc::new(Notify::new());
        let (root, quiet) = (root.clone(), silent.clone());
        let (touched, tell) = (Arc::clone(&links), Arc::clone(&facts));
        tokio::spawn(async move {
            network::watch(root, touched, tell).await;
            quiet.add(NETWORKS);
        });
        Self {
            facts,
            links,
            identity,
            silent,
            _watchers: watchers,
        }
    }

    /// What announces nothing.
    pub(super) const fn silent(&self) -> &Silent {
        &self.silent
    }

    /// Waits until a fact may have changed. Announcements that come together count once.
    pub(crate) async fn facts(&self) {
        self.facts.notified().await;
    }

    /// Waits until something about the links was announced.
    pub(super) async fn links(&self) {
        self.links.notified().await;
    }

    /// Waits until this device has another identity.
    pub(super) async fn identity(&self) {
        self.identity.notified().await;
    }
}

/// Who is logged in to a desktop. A login over the network changes no fact, and neither does a switch between
/// desktops, but logind writes both down.
struct Logins {
    folder: PathBuf,
    root: Root,
    known: Mutex<LoggedIn>,
}

impl Logins {
    fn of(root: &Root) -> Self {
        Self {
            folder: root.on_this_machine(SESSIONS).unwrap_or_default(),
            root: root.clone(),
            known: Mutex::new(logged_in(root)),
        }
    }

    fn are_others(&self) -> bool {
        let now = logged_in(&self.root);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let others = *known != now;
        *known = now;
        others
    }
}

/// Records of block devices are named by their number, as in `b8:16`.
fn is_block_device(record: &str) -> bool {
    record.strip_prefix('b').is_some_and(|number| {
        number
            .bytes()
            .all(|one| one.is_ascii_digit() || one == b':')
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_records_of_block_devices_tell_of_a_medium() {
        assert!(is_block_device("b8:16"));
        for other in ["c13:64", "n2", "+usb:1-2", "b8:16.tmp", "+backlight:b8"] {
            assert!(!is_block_device(other), "{other}");
        }
    }

    #[test]
    fn a_login_over_the_network_changes_nothing_and_one_to_a_desktop_does() {
        let tree = tempfile::tempdir().unwrap();
        let folder = tree.path().join("run/systemd/sessions");
        std::fs::create_dir_all(&folder).unwrap();
        let logins = Logins::of(&Root::at(tree.path()));
        assert_eq!(logins.folder, folder);
        let login = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
        login(
            "3",
            "UID=1000\nUSER=aiko\nTYPE=tty\nCLASS=user\nREMOTE=1\nSTATE=active\n",
        );
        assert!(!logins.are_others());
        let desktop = "UID=1000\nUSER=aiko\nTYPE=wayland\nCLASS=user\nDESKTOP=KDE\nSTATE=active\n";
        login("4", desktop);
        assert!(logins.are_others());
        assert!(!logins.are_others());
        login("4", &desktop.replace("active", "online"));
        assert!(!logins.are_others(), "another desktop is in front");
        std::fs::remove_file(folder.join("3")).unwrap();
        assert!(!logins.are_others());
        std::fs::remove_file(folder.join("4")).unwrap();
        assert!(logins.are_others());
    }
}
