//! The one async loop: turns actions into IO and IO into events.
//!
//! Touches everything, through its rooms. Must never decide: what is to be done comes from the cycle.

mod firewall;
mod gather;
mod health;
mod lift;
mod local;
#[cfg_attr(unix, path = "shell/manager.rs")]
#[cfg_attr(windows, path = "shell/windows/manager.rs")]
mod manager;
mod place;
mod recall;
mod talk;
mod turns;
#[cfg_attr(windows, path = "shell/windows/unattended.rs")]
mod unattended;
#[cfg_attr(windows, path = "shell/windows/watch.rs")]
mod watch;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::mpsc;
use tonic::transport::Channel;

use sekisho_policy::time::Span;
use sekisho_proto::convert::Marks;
use sekisho_proto::json::FindingJson;

use crate::clock;
use crate::config::Config;
use crate::cycle::place::Sighting;
use crate::cycle::{Action, Cycle, Event, Now};
use crate::enforce::lift::Lift;
use crate::identity::tls::{FloorClock, with_certificate};
use crate::identity::{Identity, IdentityError};
use crate::limits::LINK_QUEUE_MAX;
use crate::link::{Link, Told};
use crate::memory::Memory;
use crate::outbox::{Outbox, Section};
use crate::paths::Paths;
use crate::topics::Topics;

pub use firewall::{AtBoot, enforce_at_boot, way_to_collector};
pub use local::{Answer, BasisAnswer, NewsAnswer, Question, StatusAnswer, Watching, ask};
pub(crate) use place::put_place;
pub use recall::{lock, remembered, unreadable};
pub(crate) use watch::Changes;

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// The service manager or a person asked for it.
    Stopped,
    /// The device has another identity.
    Reenrolled,
}

/// What the rooms tell the loop.
#[derive(Debug)]
enum Message {
    Gathered(Result<Box<gather::Read>, String>),
    /// Nothing when the networks were the same, and nobody was asked.
    Sighted(u64, Option<Sighting>),
    Reconciled(Box<(firewall::Firewall, sekisho_policy::order::Enforcement)>),
    Looked(Box<firewall::Firewall>, bool),
    Renewed(Result<Vec<Vec<u8>>, String>),
    Asked(Question, u32, tokio::sync::oneshot::Sender<Answer>),
}

/// The running agent of one identity.
struct Shell {
    paths: Paths,
    identity: Identity,
    memory: Memory,
    outbox: Outbox,
    cycle: Cycle,
    reader: gather::Reader,
    health: health::Health,
    firewall: turns::Turns<firewall::Firewall>,
    marks: Option<Marks>,
    frames: Vec<Section>,
    lift: Lift,
    config_trouble: Option<String>,
    /// Which version was taken back at an upgrade, and why.
    upgrade_trouble: Option<String>,
    /// What the user should hear of, by the last judgement of the laptop's own.
    concerns: Option<Vec<FindingJson>>,
    known: Vec<IpAddr>,
    floor: Arc<FloorClock>,
    tls: Arc<rustls::ClientConfig>,
    link: Option<Link>,
    channel: Option<Channel>,
    epoch: u64,
    tell: mpsc::Sender<Message>,
    told: mpsc::Sender<(u64, Told)>,
}

/// Runs the agent until it is asked to stop. A device that is not enrolled waits for that, and one that
/// is enrolled anew goes on with its new identity.
///
/// # Errors
/// What keeps the agent from running at all: folders, a second agent, a damaged identity.
pub async fn run(paths: &Paths, config: &Config) -> anyhow::Result<()> {
    paths.create()?;
    let _lock = recall::lock(paths)?;
    let changes = watch::Changes::start(paths, &config.root);
    let mut questions = local::Desk::open(paths)?;
    let mut stop = manager::Stop::listen()?;
    let mut unattended = unattended::Enrolment::new();
    let mut waits = false;
    loop {
        let identity = match Identity::load(paths) {
            Ok(identity) => identity,
            Err(IdentityError::NotEnrolled) => {
                manager::ready("not enrolled");
                // Whoever asks anything would else write into the log.
                if !std::mem::replace(&mut waits, true) {
                    tracing::info!(
                        "this device is not enrolled; waiting for: sekisho-agent enroll"
                    );
                }
                unattended.begin(paths, &config.root);
                questions.tell(Answer::NotEnrolled {
                    why: unattended.why_not(),
                });
                tokio::select! {
                    () = stop.asked() => {
                        manager::stopping();
                        return Ok(());
                    }
                    () = changes.identity() => continue,
                    () = unattended.done() => continue,
                    () = questions.refuse(|| unattended.why_not()) => continue,
                }
            }
            Err(error) => return Err(error.into()),
        };
        waits = false;
        unattended.end(paths);
        let (tell, mut messages) = mpsc::channel(LINK_QUEUE_MAX);
        let (told, mut links) = mpsc::channel(LINK_QUEUE_MAX);
        let health = health::Health::begun(clock::now(), changes.silent().clone());
        let mut shell = Shell::new(paths, config, identity, health, tell, told)?;
        shell.happened(Event::Started);
        manager::ready("running");
        let mut watch = firewall::Watch::new();
        let ended = loop {
            let wake = shell.wake();
            let watched = config.enforce && shell.limits_access();
            if !watched {
                watch.close();
            }
            tokio::select! {
                () = stop.asked() => break Ended::Stopped,
                () = changes.identity() => {
                    if !shell.identity.is_on_disk(paths) {
                        break Ended::Reenrolled;
                    }
                }
                Some(message) = messages.recv() => shell.message(message),
                Some((epoch, told)) = links.recv() => shell.told(epoch, told),
                (question, user, answer) = questions.next() => {
                    shell.message(Message::Asked(question, user, answer));
                }
                () = changes.links(), if shell.cycle.knows_beacons() => shell.happened(Event::LinksTouched),
                touched = changes.facts() => shell.happened(Event::Changed(touched)),
                () = watch.disturbed(), if watched => shell.disturbed(),
                () = tokio::time::sleep(wake) => shell.woke(),
            }
            questions.tell(shell.news());
            manager::alive();
        };
        if ended == Ended::Stopped {
            manager::stopping();
            tracing::info!("stopped");
            return Ok(());
        }
        tracing::info!("the identity has changed; starting anew with it");
    }
}

impl Shell {
    fn new(
        paths: &Paths,
        config: &Config,
        identity: Identity,
        health: health::Health,
        tell: mpsc::Sender<Message>,
        told: mpsc::Sender<(u64, Told)>,
    ) -> anyhow::Result<Self> {
        let memory = Memory::new(&paths.memory_dir(), identity.device);
        let (outbox, aside) = Outbox::open(&paths.outbox_dir(), identity.device)
            .context("the outbox cannot be opened")?;
        if let Some(why) = aside {
            tracing::error!(why, "the outbox could not be read and was set aside");
        }
        let mut recalled = recall::recall(&memory, &identity, config)?;
        let floor = Arc::new(FloorClock::default());
        let tls = with_certificate(&identity, Arc::clone(&floor))?;
        let firewall = firewall::Firewall::new(config.enforce, &identity, &recalled.known);
        Ok(Self {
            paths: paths.clone(),
            reader: gather::Reader::new(&mut recalled, config.root.clone()),
            health,
            cycle: Cycle::new(recalled.start),
            known: recalled.known,
            firewall: turns::Turns::new(firewall),
            marks: None,
            frames: Vec::new(),
            lift: recalled.lift,
            config_trouble: config.trouble.clone(),
            upgrade_trouble: recall::taken_back(paths),
            concerns: None,
            link: None,
            channel: None,
            epoch: 0,
            identity,
            memory,
            outbox,
            floor,
            tls,
            tell,
            told,
        })
    }

    fn woke(&mut self) {
        let lifted = self.advance_lift();
        self.happened(Event::Woke);
        if let Some(event) = lifted {
            self.happened(event);
        }
    }

    fn wake(&self) -> Duration {
        let now = now();
        let left = self.cycle.next_wake(now).0.saturating_sub(now.boot.0);
        let left = self.lift_due_in().map_or(left, |lift| left.min(lift.0));
        let left = Duration::from_millis(u64::try_from(left).unwrap_or(0));
        // The watchdog is fed from this loop and from nowhere else.
        manager::fed_every().map_or(left, |fed| left.min(fed))
    }

    /// Hands an event to the cycle, and does what it says until nothing is left to do.
    fn happened(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for action in self.cycle.handle(event, now()) {
                events.extend(self.carry_out(action));
            }
        }
    }

    fn carry_out(&mut self, action: Action) -> Option<Event> {
        match action {
            Action::Connect(greeting) => return self.connect(greeting),
            Action::Disconnect => {
                self.link = None;
                self.channel = None;
            }
            Action::Gather(topics) => self.gather(topics),
            Action::FindPlace {
                number,
                beacons,
                unless,
            } => self.find_place(number, beacons, unless),
            Action::Append { gathered, sending } => {
                let frames = std::mem::take(&mut self.frames);
                let (at, sections) = (gathered.taken_at, gathered.sections);
                let done = self.outbox.append(at, sections, &frames, sending);
                return Some(self.after_outbox(done.map(|_| ())));
            }
            Action::Resume(last) => {
                let done = self.outbox.resume(last);
                return Some(self.after_outbox(done));
            }
            Action::Acknowledge(last) => {
                let done = self.outbox.acknowledge(last);
                return Some(self.after_outbox(done));
            }
            Action::FoldFirst => {
                let done = self.outbox.fold_first();
                return Some(self.after_outbox(done));
            }
            Action::SendReport { report, held } => return self.send_report(&report, &held),
            Action::SendPulse(number) => return self.send_pulse(number),
            Action::SendEnforcement(account) => return self.send_enforcement(account),
            Action::Keep(slot, body) => {
                return Some(match self.memory.keep(slot, &body) {
                    Ok(()) => Event::Kept(slot),
                    Err(error) => Event::KeepFailed(slot, chain(&error)),
                });
            }
            Action::Reconcile(desire) => self.reconcile(desire),
            Action::AdoptPolicy(text) => return self.adopt(&text),
            Action::RaiseFloor(to) => self.floor.raise(to),
            Action::Renew { expired } => self.renew(expired),
            Action::Warn(what) => tracing::warn!("{what}"),
        }
        None
    }

    fn message(&mut self, message: Message) {
        match message {
            Message::Gathered(Ok(mut read)) => {
                self.judged(&mut read);
                if read.topics == Topics::ALL {
                    self.health.read(read.gathered.taken_at);
                }
                self.marks = read.marks.or(self.marks.take());
                self.frames = read.frames;
                self.happened(Event::Gathered(read.gathered));
            }
            Message::Sighted(number, sighting) => {
                self.happened(match sighting {
                    Some(sighting) => Event::Sighted { number, sighting },
                    None => Event::SameNetworks { number },
                });
            }
            Message::Gathered(Err(why)) => self.happened(Event::GatherFailed(why)),
            Message::Reconciled(done) => {
                let (firewall, account) = *done;
                self.reconciled(firewall, account);
            }
            Message::Looked(firewall, holds) => self.looked(*firewall, holds),
            Message::Renewed(done) => {
                let event = match done.and_then(|chain| self.take_chain(chain)) {
                    Ok(validity) => Event::Renewed(validity),
                    Err(why) => Event::RenewalFailed(why),
                };
                self.happened(event);
            }
            Message::Asked(question, user, answer) => {
                let (said, event) = self.answer(question, user);
                // Whoever asked may be gone.
                let _ = answer.send(said);
                if let Some(event) = event {
                    self.happened(event);
                }
            }
        }
    }

    fn told(&mut self, epoch: u64, told: Told) {
        // A link that was given up has nothing more to say.
        if epoch != self.epoch || self.link.is_none() {
            return;
        }
        match told {
            Told::Met(address, channel) => {
                tracing::info!(%address, "attached to the collector");
                self.channel = Some(channel);
                if let Some(event) = self.met(address) {
                    self.happened(event);
                }
            }
            Told::CertificateEnded => self.happened(Event::CertificateEnded),
            Told::Heard(at, what, _room) => self.happened(Event::Heard { at, what }),
            Told::Broken { why, retry_after } => {
                self.link = None;
                self.channel = None;
                tracing::info!(why, "the link to the collector is down");
                self.happened(Event::Broken { why, retry_after });
            }
        }
    }

    fn limits_access(&self) -> bool {
        self.cycle.limits_access()
    }

    fn after_outbox(&self, done: Result<(), crate::outbox::OutboxError>) -> Event {
        match done {
            Ok(()) => Event::Outbox {
                first: self.outbox.first().cloned(),
                waiting: self.outbox.len(),
            },
            Err(error) => Event::OutboxFailed(chain(&error)),
        }
    }
}

/// This moment by both clocks.
#[must_use]
pub fn now() -> Now {
    Now {
        wall: clock::now(),
        boot: Span(clock::since_boot().0),
    }
}

/// An error with its causes, in one line.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !line.ends_with(&text) {
            line.push_str(": ");
            line.push_str(&text);
        }
        cause = inner.source();
    }
    line
}
