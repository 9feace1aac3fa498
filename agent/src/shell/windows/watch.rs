//! Announcements of change on Windows: this device's identity. All else is read by the timer.
//!
//! Touches the state folder, by the system's notices of its files. Must never be relied on: an announcement says
//! only that it is time to read.

use std::sync::Arc;

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

use crate::paths::Paths;
use crate::sensors::Root;
use crate::topics::Topics;

/// What changes without a notice, by the name that reports give it.
const FACTS: &str = "windows";

/// Places whose changes do not announce themselves, by their own names.
#[derive(Debug, Clone, Default)]
pub(super) struct Silent(Arc<[String]>);

impl Silent {
    /// All of them at this moment.
    pub(super) fn places(&self) -> Vec<String> {
        self.0.to_vec()
    }
}

/// The watches of one agent.
pub(crate) struct Changes {
    identity: Arc<Notify>,
    silent: Silent,
    /// Held, because dropping it ends its watch.
    _watcher: Option<RecommendedWatcher>,
}

impl Changes {
    /// Begins to watch what can be watched; the rest is left to the timer.
    pub(crate) fn start(paths: &Paths, _: &Root) -> Self {
        let identity = Arc::new(Notify::new());
        let mut silent = vec![FACTS.to_owned()];
        let watcher = watch(paths, Arc::clone(&identity)).inspect_err(|error| {
            tracing::warn!(%error, "a new identity is not announced; start the agent anew after enrolling");
            silent.push(paths.state_dir().display().to_string());
        });
        Self {
            identity,
            silent: Silent(silent.into()),
            _watcher: watcher.ok(),
        }
    }

    /// What announces nothing.
    pub(super) const fn silent(&self) -> &Silent {
        &self.silent
    }

    /// Waits until facts may have changed, which nothing announces.
    pub(crate) async fn facts(&self) -> Topics {
        std::future::pending().await
    }

    /// Waits until something about the links was announced, which nothing is.
    pub(super) async fn links(&self) {
        std::future::pending().await
    }

    /// Waits until this device has another identity.
    pub(super) async fn identity(&self) {
        self.identity.notified().await;
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
