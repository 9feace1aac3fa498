//! The list of readers of facts: each on a thread of its own, each with a deadline.
//!
//! Touches the system through its topics. Must never judge a fact, and never let a slow reader
//! delay or spoil another one's answer.

#[cfg(unix)]
mod accounts;
#[cfg(unix)]
pub mod antivirus;
pub mod host;
#[cfg(unix)]
mod keyfile;
pub mod network;
pub mod platform;
#[cfg(unix)]
mod processes;
mod root;
pub mod software;
mod systems;
#[cfg(unix)]
pub mod volumes;
pub mod windows;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use sekisho_policy::facts::{Facts, Network, Platform, SectionKind};
use sekisho_policy::reading::{Reading, Why};

use systems::System;

use crate::clock;
use crate::limits::{
    ANTIVIRUS_DEADLINE, HOST_DEADLINE, NETWORK_DEADLINE, PLATFORM_DEADLINE, SOFTWARE_DEADLINE,
    UPDATES_DEADLINE, VOLUMES_DEADLINE,
};
use crate::topics::{Topic, Topics};

pub use root::{
    CaptureError, FORMAT, INDEX, Index, IndexError, Recorded, Root, SystemPath, WINDOWS,
};

/// How long each reader may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// For [`Facts::host`].
    pub host: Duration,
    /// For [`Facts::volumes`].
    pub volumes: Duration,
    /// For [`Facts::antivirus`].
    pub antivirus: Duration,
    /// For [`Facts::software`].
    pub software: Duration,
    /// For each fact of [`Facts::platform`] but the updates.
    pub platform: Duration,
    /// For the updates.
    pub updates: Duration,
    /// For each fact of [`Facts::network`].
    pub network: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            host: HOST_DEADLINE,
            volumes: VOLUMES_DEADLINE,
            antivirus: ANTIVIRUS_DEADLINE,
            software: SOFTWARE_DEADLINE,
            platform: PLATFORM_DEADLINE,
            updates: UPDATES_DEADLINE,
            network: NETWORK_DEADLINE,
        }
    }
}

/// The readers of one system. A reader that is still stuck from an earlier time is not started
/// again, so that a dead device cannot pile up threads.
#[derive(Debug)]
pub struct Sensors {
    root: Root,
    deadlines: Deadlines,
    host: Reader,
    volumes: Reader,
    antivirus: Reader,
    software: Reader,
    platform: platform::Readers,
    network: network::Readers,
}

/// Who is logged in to a desktop, as far as facts rest on it: to be compared, not shown.
#[cfg(unix)]
#[derive(Debug, PartialEq, Eq)]
pub struct LoggedIn(Option<Vec<platform::screen::Session>>);

/// Looks who is logged in to a desktop.
#[cfg(unix)]
#[must_use]
pub fn logged_in(root: &Root) -> LoggedIn {
    LoggedIn(platform::screen::logged_in(root))
}

/// Reads every fact once. Blocks until all have answered or are late.
#[must_use]
pub fn gather(root: &Root, deadlines: Deadlines) -> Facts {
    Sensors::new(root.clone(), deadlines).gather()
}

impl Sensors {
    /// Makes the readers of the system below `root`.
    #[must_use]
    pub fn new(root: Root, deadlines: Deadlines) -> Self {
        Self {
            root,
            deadlines,
            host: Reader::new("host"),
            volumes: Reader::new("volumes"),
            antivirus: Reader::new("antivirus"),
            software: Reader::new("software"),
            platform: platform::Readers::new(),
            network: network::Readers::new(),
        }
    }

    /// Reads every fact once. Blocks until all have answered or are late.
    #[must_use]
    pub fn gather(&self) -> Facts {
        let mut facts = Facts::not_asked();
        self.read(Topics::ALL, &mut facts);
        facts
    }

    /// Reads these facts once and leaves the others as they are. Blocks until all have answered or are late.
    pub fn read(&self, topics: Topics, facts: &mut Facts) {
        // A platform that is unknown as a whole has no parts to be left as they are.
        let topics = match facts.platform {
            Reading::Known(_) => topics,
            Reading::Absent | Reading::Unknown(_) => topics.whole(SectionKind::Platform),
        };
        let (started, deadlines) = (clock::instant(), &self.deadlines);
        let lists = Arc::new(software::Lists::of(&self.root));
        let wanted = |topic| topics.has(topic).then_some(&self.root);
        let system = System::of(&self.root);
        let host = wanted(Topic::Host).map(|root| self.host.start(root, system.host));
        let volumes = wanted(Topic::Volumes).map(|root| self.volumes.start(root, system.volumes));
        let antivirus =
            wanted(Topic::Antivirus).map(|root| self.antivirus.start(root, system.antivirus));
        let software = wanted(Topic::Software).map(|root| {
            let lists = Arc::clone(&lists);
            let read = move |root: &Root| (system.software)(root, lists);
            self.software.start(root, read)
        });
        let platform = self.platform.start(&self.root, topics, system, &lists);
        // Whoever has them last may take them apart.
        drop(lists);
        let network = wanted(Topic::Network).map(|root| self.network.start(root));
        put(host, started, deadlines.host, &mut facts.host);
        put(volumes, started, deadlines.volumes, &mut facts.volumes);
        put(
            antivirus,
            started,
            deadlines.antivirus,
            &mut facts.antivirus,
        );
        put(software, started, deadlines.software, &mut facts.software);
        if topics.touch(SectionKind::Platform) {
            let mut known = match &mut facts.platform {
                Reading::Known(known) => known.clone(),
                Reading::Absent | Reading::Unknown(_) => Platform::not_asked(),
            };
            platform.wait(started, deadlines, &mut known);
            facts.platform = Reading::Known(known);
        }
        if let Some(network) = network {
            facts.network = Reading::Known(network.wait(started, deadlines));
        }
    }

    /// Reads the networks alone. Blocks until they have answered or are late.
    #[must_use]
    pub fn network(&self) -> Network {
        let started = clock::instant();
        self.network
            .start(&self.root)
            .wait(started, &self.deadlines)
    }
}

#[derive(Debug)]
struct Reader {
    name: &'static str,
    busy: Arc<AtomicBool>,
}

struct Started<T> {
    name: &'static str,
    answer: Result<mpsc::Receiver<Reading<T>>, Why>,
}

impl Reader {
    fn new(name: &'static str) -> Self {
        Self {
            name,
            busy: Arc::new(AtomicBool::new(false)),
        }
    }

    fn start<T: Send + 'static>(
        &self,
        root: &Root,
        read: impl FnOnce(&Root) -> Reading<T> + Send + 'static,
    ) -> Started<T> {
        let name = self.name;
        if self.busy.swap(true, Ordering::AcqRel) {
            let why = format!("the reader of {name} is stuck since an earlier time");
            return Started {
                name,
                answer: Err(Why::TimedOut(why)),
            };
        }
        if root.index().is_some_and(|index| index.late.contains(name)) {
            self.busy.store(false, Ordering::Release);
            let why = format!("{name} was not read to its end at the capture");
            return Started {
                name,
                answer: Err(Why::TimedOut(why)),
            };
        }
        let (tell, answer) = mpsc::channel();
        let (root, busy) = (root.for_fact(name), Arc::clone(&self.busy));
        root.begin();
        let spawned = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let _free = Free(busy);
                let reading = read(&root);
                root.finish();
                // A late answer finds nobody waiting.
                drop(tell.send(reading));
            });
        let answer = match spawned {
            Ok(_detached) => Ok(answer),
            Err(error) => {
                self.busy.store(false, Ordering::Release);
                Err(Why::Unreadable(format!(
                    "no thread to read {name}: {error}"
                )))
            }
        };
        Started { name, answer }
    }
}

/// Puts what was begun to be read in its place by its deadline.
fn put<T>(begun: Option<Started<T>>, started: Instant, deadline: Duration, place: &mut Reading<T>) {
    if let Some(begun) = begun {
        *place = begun.wait(started, deadline);
    }
}

/// Says that the reader may be started again, even when it broke off.
struct Free(Arc<AtomicBool>);

impl Drop for Free {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl<T> Started<T> {
    fn wait(self, started: Instant, deadline: Duration) -> Reading<T> {
        let answer = match self.answer {
            Ok(answer) => answer,
            Err(why) => return Reading::Unknown(why),
        };
        let left = deadline.saturating_sub(clock::instant().duration_since(started));
        match answer.recv_timeout(left) {
            Ok(reading) => reading,
            Err(mpsc::RecvTimeoutError::Timeout) => Reading::Unknown(Why::TimedOut(format!(
                "{} took longer than {} ms",
                self.name,
                deadline.as_millis()
            ))),
            Err(mpsc::RecvTimeoutError::Disconnected) => Reading::Unknown(Why::Unreadable(
                format!("the reader of {} broke off", self.name),
            )),
        }
    }
}

#[cfg(test)]
mod tests;
