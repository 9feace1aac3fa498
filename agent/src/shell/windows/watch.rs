//! Announcements of change on Windows: this device's identity, the networks, and of the service control manager, which
//! tells of the clock, of resumes and of logins. All else is read by the timer.
//!
//! Touches the state folder, by the system's notices of its files, and those of the networks. Must never be relied on: an announcement says
//! only that it is time to read.

#[path = "../watch/compare.rs"]
mod compare;
#[path = "../watch/touched.rs"]
mod touched;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

use crate::paths::Paths;
use crate::sensors::Root;
use crate::topics::{Topic, Topics};
use crate::win::network::Notices;
use crate::win::service::{self, Notice};

use compare::compare;
use touched::Touched;

/// What changes without a notice, by the name that reports give it.
const FACTS: &str = "windows";
/// The notices of adapters, addresses and routes.
const NETWORKS: &str = "iphlpapi";
/// How long notices that belong together are waited for: an adapter that comes up announces itself a dozen times.
const CALM: Duration = Duration::from_secs(1);
/// The part of the registry of who logs in is loaded, and with it what they have installed and chosen.
const LOGINS: Topics = Topics::of(&[Topic::Software, Topic::ScreenLocks]);

/// Places whose changes do not announce themselves, by their own names.
#[derive(Debug, Clone, Default)]
pub(super) struct Silent(Arc<Mutex<Vec<String>>>);

impl Silent {
    fn add(&self, place: String) {
        let mut places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.push(place);
    }

    /// All of them at this moment.
    pub(super) fn places(&self) -> Vec<String> {
        let places = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        places.clone()
    }
}

/// The watches of one agent.
pub(crate) struct Changes {
    facts: Arc<Touched>,
    links: Arc<Notify>,
    identity: Arc<Notify>,
    silent: Silent,
    /// Held, because dropping it ends its watch.
    _watcher: Option<RecommendedWatcher>,
}

impl Changes {
    /// Begins to watch what can be watched; the rest is left to the timer.
    pub(crate) fn start(paths: &Paths, root: &Root) -> Self {
        let (facts, identity) = (Arc::<Touched>::default(), Arc::new(Notify::new()));
        tokio::spawn(noticed(Arc::clone(&facts)));
        let silent = Silent::default();
        silent.add(FACTS.to_owned());
        let links = Arc::new(Notify::new());
        match Notices::open() {
            Ok(notices) => {
                let (touched, tell) = (Arc::clone(&links), Arc::clone(&facts));
                tokio::spawn(networks(notices, root.clone(), touched, tell));
            }
            Err(error) => {
                tracing::info!(%error, "changes of the network are not announced; the timer reads");
                silent.add(NETWORKS.to_owned());
            }
        }
        let watcher = watch(paths, Arc::clone(&identity)).inspect_err(|error| {
            tracing::warn!(%error, "a new identity is not announced; start the agent anew after enrolling");
            silent.add(paths.state_dir().display().to_string());
        });
        Self {
            facts,
            links,
            identity,
            silent,
            _watcher: watcher.ok(),
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
        self.identity.notified().await;
    }
}

/// Hears of links, addresses and routes, a second's worth at a time, and tells when the networks are other ones.
async fn networks(notices: Notices, root: Root, touched: Arc<Notify>, tell: Arc<Touched>) {
    let calm = Notify::new();
    let listen = async {
        loop {
            notices.next().await;
            touched.notify_one();
            sleep(CALM).await;
            // What came meanwhile is news as well, and whoever was told before may have looked already.
            touched.notify_one();
            calm.notify_one();
        }
    };
    tokio::join!(listen, compare(root, &calm, &tell));
}

/// Hears the service control manager; says nothing where a person runs the agent.
async fn noticed(tell: Arc<Touched>) {
    let mut notices = service::notices();
    loop {
        tell.tell(match notices.recv().await {
            // No fact is another for it, but what follows from the time is.
            Ok(Notice::ClockSet) => Topics::NONE,
            // Anything may have happened to it meanwhile, or to what was told while nobody heard.
            Ok(Notice::Resumed) | Err(RecvError::Lagged(_)) => Topics::ALL,
            Ok(Notice::Sessions) => LOGINS,
            Err(RecvError::Closed) => return,
        });
    }
}

fn watch(paths: &Paths, tell: Arc<Notify>) -> notify::Result<RecommendedWatcher> {
    let name = paths.identity_path().file_name().map(ToOwned::to_owned);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // An error is an overrun: notices were lost, which says as much as they did.
        let mine = event.map_or(true, |event| {
            let mut paths = event.paths.iter();
            paths.any(|path| path.file_name() == name.as_deref())
        });
        if mine {
            tell.notify_one();
        }
    })?;
    watcher.watch(paths.state_dir(), RecursiveMode::NonRecursive)?;
    Ok(watcher)
}
