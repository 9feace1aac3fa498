//! Which files tell of which facts.
//!
//! Touches the links at `/etc/resolv.conf`, and logind's notes of sessions. Must never name fewer facts than a
//! file's change can touch: nobody else tells of it before the timer.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::sensors::{LoggedIn, Root, logged_in};
use crate::topics::{Topic, Topics};

const ETC: &str = "/etc";
const SESSIONS: &str = "/run/systemd/sessions";
const RESOLVER: &str = "resolv.conf";
/// Links behind links that are followed: the kernel's own limit (path_resolution(7)).
const LINKS_MAX: usize = 40;

/// A package brings or takes an antivirus, the system's release, a desktop and its defaults.
const PACKAGES: Topics = Topics::of(&[
    Topic::Software,
    Topic::Updates,
    Topic::Host,
    Topic::Release,
    Topic::Antivirus,
    Topic::ScreenLocks,
]);
const SOFTWARE: Topics = Topics::of(&[Topic::Software]);
const UPDATES: Topics = Topics::of(&[Topic::Updates]);
const ANTIVIRUS: Topics = Topics::of(&[Topic::Antivirus]);
const LOCKS: Topics = Topics::of(&[Topic::ScreenLocks]);
const VOLUMES: Topics = Topics::of(&[Topic::Volumes]);
const NETWORK: Topics = Topics::of(&[Topic::Network]);
const ADMINISTRATORS: Topics = Topics::of(&[Topic::Administrators]);
/// Homes are in it too, in which settings and software lie.
const ACCOUNTS: Topics = Topics::of(&[Topic::Administrators, Topic::ScreenLocks, Topic::Software]);
const SYSTEM: Topics = Topics::of(&[Topic::Host, Topic::Release, Topic::Updates]);

/// Which of a folder's files.
#[derive(Debug, Clone, Copy)]
enum Files {
    Any,
    Named(&'static str),
    BlockDevices,
    Sessions,
}

/// Packages replace files by renaming, so folders are watched and not files.
const PLACES: [(&str, Files, Topics); 21] = [
    ("/var/lib/dpkg", Files::Named("status"), PACKAGES),
    ("/var/lib/rpm", Files::Any, PACKAGES),
    ("/usr/lib/sysimage/rpm", Files::Any, PACKAGES),
    ("/var/lib/flatpak/app", Files::Any, SOFTWARE),
    ("/var/lib/snapd/snaps", Files::Any, SOFTWARE),
    ("/var/lib/apt/lists", Files::Any, UPDATES),
    ("/var/lib/clamav", Files::Any, ANTIVIRUS),
    ("/etc/clamav", Files::Any, ANTIVIRUS),
    ("/etc/clamd.d", Files::Any, ANTIVIRUS),
    (SESSIONS, Files::Sessions, LOCKS),
    ("/etc/dconf/db", Files::Any, LOCKS),
    ("/etc/dconf/profile", Files::Any, LOCKS),
    ("/etc/xdg", Files::Named("kscreenlockerrc"), LOCKS),
    // One record for each device that udev has found. A stick that nobody mounts announces itself by this alone.
    ("/run/udev/data", Files::BlockDevices, VOLUMES),
    // Where systemd-resolved keeps the servers that it asks.
    ("/run/systemd/resolve", Files::Named(RESOLVER), NETWORK),
    (ETC, Files::Named(RESOLVER), NETWORK),
    (ETC, Files::Named("os-release"), SYSTEM),
    (ETC, Files::Named("passwd"), ACCOUNTS),
    (ETC, Files::Named("group"), ADMINISTRATORS),
    (ETC, Files::Named("nsswitch.conf"), ADMINISTRATORS),
    (ETC, Files::Named("clamd.conf"), ANTIVIRUS),
];

type Matters = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// Files of one folder, and the facts that a change of them touches.
#[derive(Clone)]
pub(super) struct Spot {
    pub(super) folder: PathBuf,
    pub(super) touches: Topics,
    /// Whether it may be a link to another spot.
    pub(super) leads_on: bool,
    matters: Matters,
}

impl Spot {
    /// One file.
    pub(super) fn file(folder: &Path, file: &Path, touches: Topics) -> Self {
        let name = file.file_name().map(OsString::from).unwrap_or_default();
        Self {
            folder: folder.to_owned(),
            touches,
            leads_on: false,
            matters: Arc::new(move |other| other == name),
        }
    }

    /// Whether the change of this file of the folder is one.
    pub(super) fn matters(&self, name: &str) -> bool {
        (self.matters)(name)
    }
}

/// All that is watched of a system that runs here.
pub(super) fn spots(root: &Root, logins: &Arc<Logins>) -> Vec<Spot> {
    let mut spots = Vec::new();
    for (folder, files, touches) in PLACES {
        let Some(folder) = root.on_this_machine(folder) else {
            continue;
        };
        let matters: Matters = match files {
            Files::Any => Arc::new(|_| true),
            Files::Named(name) => Arc::new(move |other| other == name),
            Files::BlockDevices => Arc::new(is_block_device),
            Files::Sessions => {
                let logins = Arc::clone(logins);
                Arc::new(move |_| logins.are_others())
            }
        };
        let is_resolver = matches!(files, Files::Named(RESOLVER));
        spots.push(Spot {
            folder,
            touches,
            leads_on: is_resolver,
            matters,
        });
    }
    if let Some(resolver) = root.on_this_machine(&format!("{ETC}/{RESOLVER}")) {
        spots.extend(behind(resolver, NETWORK));
    }
    spots
}

/// What a link leads to, step by step: whoever writes the file replaces it there.
fn behind(mut link: PathBuf, touches: Topics) -> Vec<Spot> {
    let mut spots = Vec::new();
    while let Ok(target) = std::fs::read_link(&link) {
        let folder = link.parent().unwrap_or(Path::new("/"));
        link = folder.join(target);
        if spots.len() == LINKS_MAX {
            break;
        }
        let folder = link.parent().unwrap_or(Path::new("/"));
        spots.push(Spot {
            leads_on: true,
            ..Spot::file(folder, &link, touches)
        });
    }
    spots
}

/// Who is logged in to a desktop. A login over the network changes no fact, and neither does a switch between
/// desktops, but logind writes both down.
pub(super) struct Logins {
    root: Root,
    known: Mutex<LoggedIn>,
}

impl Logins {
    pub(super) fn of(root: &Root) -> Self {
        Self {
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

    #[test]
    fn a_change_touches_what_is_read_from_the_file_and_nothing_else() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::at(tree.path());
        std::fs::create_dir_all(tree.path().join("etc")).unwrap();
        std::fs::create_dir_all(tree.path().join("run/far")).unwrap();
        std::os::unix::fs::symlink("../run/near.conf", tree.path().join("etc/resolv.conf"))
            .unwrap();
        std::os::unix::fs::symlink("far/it", tree.path().join("run/near.conf")).unwrap();
        let logins = Arc::new(Logins::of(&root));
        let touched = |folder: &str, name: &str| {
            let folder = tree.path().join(folder);
            let all = spots(&root, &logins);
            let of = all.iter().filter(|spot| spot.folder == folder);
            let told = of.filter(|spot| spot.matters(name));
            told.fold(Topics::NONE, |all, spot| all.and(spot.touches))
        };
        assert_eq!(touched("var/lib/dpkg", "status"), PACKAGES);
        assert_eq!(touched("var/lib/dpkg", "lock-frontend"), Topics::NONE);
        assert_eq!(touched("etc", "group"), ADMINISTRATORS);
        assert_eq!(touched("etc", "mtab"), Topics::NONE);
        assert_eq!(touched("etc/dconf/db", "local"), LOCKS);
        assert_eq!(touched("run/udev/data", "b8:16"), VOLUMES);
        let resolver = ["etc", "etc/../run", "etc/../run/far"];
        for (folder, name) in resolver.into_iter().zip(["resolv.conf", "near.conf", "it"]) {
            assert_eq!(touched(folder, name), NETWORK, "{folder}/{name}");
        }
    }
}
