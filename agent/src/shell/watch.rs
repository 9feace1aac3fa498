//! Announcements of change: package and definition databases, logins, mounts, networks, the clock, and this
//! device's identity; and which facts each of them touches.
//!
//! Touches inotify(7), netlink, /proc/self/mountinfo and a timer that is never due. Must never be relied on: what
//! announces nothing is read by the timer, and an announcement says only that it is time to read.

mod clock;
mod compare;
mod folders;
mod network;
mod places;
mod touched;

use std::collections::BTreeSet;
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;

use crate::paths::Paths;
use crate::sensors::Root;
use crate::topics::{Topic, Topics};

use clock::Jump;
use folders::{Watched, watch};
use places::{Logins, Spot, spots};
use touched::Touched;

/// Changed by the kernel with every mount and unmount, of another container too (proc(5)).
const MOUNTS: &str = "/proc/self/mountinfo";
const MOUNTED: Topics = Topics::of(&[Topic::Volumes]);
/// The kernel's notices of links, addresses, routes and rules.
const NETWORKS: &str = "rtnetlink";
/// The timer that a jump of the clock cancels.
const CLOCK: &str = "timerfd";

/// Places whose changes do not announce themselves, by their own names.
#[derive(Debug, Clone, Default)]
pub(super) struct Silent(Arc<Mutex<BTreeSet<String>>>);

impl Silent {
    fn add(&self, place: &str) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.insert(place.to_owned());
    }

    fn add_all(&self, spots: &[Spot]) {
        let folders = spots.iter().map(|spot| spot.folder.display().to_string());
        folders.for_each(|folder| self.add(&folder));
    }

    fn remove(&self, place: &str) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.remove(place);
    }

    /// All of them at this moment.
    pub(super) fn places(&self) -> Vec<String> {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.iter().cloned().collect()
    }
}

/// The watches of one agent.
pub(crate) struct Changes {
    facts: Arc<Touched>,
    links: Arc<Notify>,
    identity: Arc<Touched>,
    silent: Silent,
    /// Held, because dropping it ends its watches.
    _watchers: Vec<Watched>,
}

impl Changes {
    /// Begins to watch what can be watched; the rest is left to the timer.
    pub(crate) fn start(paths: &Paths, root: &Root) -> Self {
        let (facts, identity) = (Arc::<Touched>::default(), Arc::<Touched>::default());
        let silent = Silent::default();
        let mut watchers = Vec::new();
        let (logins, of) = (Arc::new(Logins::of(root)), root.clone());
        let wanted = move || spots(&of, &logins);
        watchers.extend(watch(wanted, Arc::clone(&facts), &silent));
        let (folder, name) = (paths.state_dir().to_owned(), paths.identity_path());
        let mine = move || vec![Spot::file(&folder, &name, Topics::NONE)];
        watchers.extend(watch(mine, Arc::clone(&identity), &silent));
        let (tell, quiet) = (Arc::clone(&facts), silent.clone());
        tokio::spawn(async move {
            mounts(tell).await;
            quiet.add(MOUNTS);
        });
        let (tell, quiet) = (Arc::clone(&facts), silent.clone());
        tokio::spawn(async move {
            let jumped = |jump| {
                tell.tell(match jump {
                    // No fact is another for it, but what follows from the time is.
                    Jump::Set => Topics::NONE,
                    // Anything may have happened to it meanwhile.
                    Jump::Resumed => Topics::ALL,
                });
            };
            if let Err(error) = clock::jumps(jumped).await {
                tracing::info!(%error, "jumps of the clock are not announced; the timer reads");
                quiet.add(CLOCK);
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

    /// Waits until facts may have changed, and says which. Announcements that come together count once.
    pub(crate) async fn facts(&self) -> Topics {
        self.facts.wait().await
    }

    /// Waits until something about the links was announced.
    pub(super) async fn links(&self) {
        self.links.notified().await;
    }

    /// Waits until this device has another identity.
    pub(super) async fn identity(&self) {
        self.identity.wait().await;
    }
}

#[expect(
    deprecated,
    reason = "its successor is unsafe to call; a File keeps its descriptor open as both demand"
)]
async fn mounts(tell: Arc<Touched>) {
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
        tell.tell(MOUNTED);
    }
}
