//! A desktop session of the story: a real message bus, and on it a notification server that writes down
//! what it is shown.
//!
//! Touches a folder and the bus it started there. Must never speak to the agent.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use zbus::connection::Builder;
use zbus::{Connection, OwnedVariant};

use crate::child::Child;
use crate::eventually::eventually;

/// One notification as the server got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What the server calls it.
    pub id: u32,
    /// The heading.
    pub title: String,
    /// The text.
    pub body: String,
    /// 0 low, 1 normal, 2 critical.
    pub urgency: u8,
}

#[derive(Debug, Default)]
struct Screen {
    shown: Vec<Shown>,
    closed: Vec<u32>,
    ids: u32,
}

struct Server(Arc<Mutex<Screen>>);

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned(), "body-markup".to_owned()]
    }

    #[expect(clippy::too_many_arguments, reason = "as the specification has it")]
    fn notify(
        &self,
        _app_name: String,
        replaces_id: u32,
        _app_icon: String,
        summary: String,
        body: String,
        _actions: Vec<String>,
        hints: HashMap<String, OwnedVariant>,
        _expire_timeout: i32,
    ) -> u32 {
        let mut screen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        screen.ids += 1;
        let id = if replaces_id == 0 {
            screen.ids
        } else {
            replaces_id
        };
        let urgency = hints
            .get("urgency")
            .and_then(|hint| u8::try_from(hint).ok());
        screen.shown.push(Shown {
            id,
            title: summary,
            body,
            urgency: urgency.unwrap_or(1),
        });
        id
    }

    fn close_notification(&self, id: u32) {
        let mut screen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        screen.closed.push(id);
    }
}

/// A session.
#[derive(Debug)]
pub struct Desktop {
    address: String,
    bus: Child,
    screen: Arc<Mutex<Screen>>,
    _runtime: tokio::runtime::Runtime,
    _server: Connection,
}

impl Desktop {
    /// Begins a session in this folder.
    ///
    /// # Panics
    /// When there is no bus to be had.
    #[must_use]
    #[track_caller]
    pub fn new(dir: &Path) -> Self {
        let socket = dir.join("bus");
        let address = format!("unix:path={}", socket.display());
        let mut daemon = Command::new("dbus-daemon");
        daemon.args(["--session", "--nofork", "--nopidfile", "--address"]);
        let bus = Child::start("dbus-daemon", daemon.arg(&address), &dir.join("bus.log"));
        eventually("the session's bus is there", || {
            socket.exists().then_some(()).ok_or_else(|| bus.log())
        });
        let screen = Arc::new(Mutex::new(Screen::default()));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap_or_else(|error| panic!("runtime: {error}"));
        let server = runtime.block_on(
            Builder::address(&*address)
                .serve_at(
                    "/org/freedesktop/Notifications",
                    Server(Arc::clone(&screen)),
                )
                .name("org.freedesktop.Notifications")
                .build(),
        );
        Self {
            address,
            bus,
            screen,
            _runtime: runtime,
            _server: server.unwrap_or_else(|error| panic!("{error}")),
        }
    }

    /// The address of its bus, as programs of the session have it in their environment.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// All that was shown, in its order.
    #[must_use]
    pub fn shown(&self) -> Vec<Shown> {
        let screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        screen.shown.clone()
    }

    /// Waits until something is shown whose title holds the word.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn until_shown(&self, word: &str) -> Shown {
        eventually(&format!("{word:?} is shown"), || {
            let shown = self.shown();
            let found = shown.iter().rev().find(|one| one.title.contains(word));
            found.cloned().ok_or_else(|| format!("{shown:?}"))
        })
    }

    /// Waits until it is taken away.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn until_taken_away(&self, id: u32) {
        eventually("a notification is taken away", || {
            let screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
            let closed = &screen.closed;
            closed
                .contains(&id)
                .then_some(())
                .ok_or_else(|| format!("{closed:?}"))
        });
    }

    /// The user logs out.
    pub fn ends(self) {
        self.bus.kill();
    }
}
