//! A laptop: the real cycle over a real outbox and memory on disk, with a firewall and clocks that are
//! made up.
//!
//! Touches its own folder. Must never decide anything that the cycle decides, nor remember across a
//! restart what is not on disk.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use sekisho_agent::cycle::order::Held;
use sekisho_agent::cycle::{Action, Cycle, Desire, Event, Gathered, Greeting, Now, Start};
use sekisho_agent::identity::Validity;
use sekisho_agent::limits::OUTBOX_REPORTS_MAX;
use sekisho_agent::link::parcel::{message, messages};
use sekisho_agent::memory::{Memory, Slot};
use sekisho_agent::outbox::{Outbox, OutboxError, Packed, Section};
use sekisho_agent::shell::remembered;
use sekisho_agent::topics::{Topic, Topics};
use sekisho_policy::document::Policy;
use sekisho_policy::facts::{Facts, SectionKind};
use sekisho_policy::id::{DeviceId, Fingerprint, Generation};
use sekisho_policy::order::{Access, Enforcement};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::convert::Marks;
use sekisho_proto::message::FromAgentBody;
use sekisho_proto::wire;
use sekisho_tests::dice::Dice;

use crate::machine;
use crate::time;
use crate::truth::Bound;

/// Names a connection among all there ever were.
pub(crate) type LinkId = u64;

/// Seconds between two readings that nothing announces.
const CHECK_INTERVAL_SECS: u32 = 900;
/// How often an agent may wake by itself within a second.
const WAKES_MAX: u32 = 20;
/// What the disk says when it is full.
const FULL: &str = "no space left on device";

/// What the agent wants of the world around it.
pub(crate) enum Wish {
    Connect(Greeting),
    HangUp(LinkId),
    Say(LinkId, Vec<wire::FromAgent>),
    Gather,
    Reconcile(Desire),
    Renew,
    /// It died in the middle of what it was doing.
    Died,
}

/// A laptop, switched on or off.
pub(crate) struct Laptop {
    pub(crate) device: DeviceId,
    /// What the firewall lets through, and the order it is narrow by.
    pub(crate) kernel: Access,
    pub(crate) bound: Option<Bound>,
    pub(crate) disk_full: bool,
    /// The firewall refuses what it is told.
    pub(crate) nft_fails: bool,
    /// It reaches nobody.
    pub(crate) offline: bool,
    /// How far its clock is ahead.
    pub(crate) skew: Span,
    /// Counts its starts; what is meant for an earlier one is lost.
    pub(crate) life: u32,
    /// When the agent wants to be woken, and when it is going to be.
    pub(crate) wake_at: Timestamp,
    pub(crate) wake_planned: Timestamp,
    /// Actions it will still carry out before it dies.
    pub(crate) dies_after: Option<u32>,
    pub(crate) validity: Validity,
    pub(crate) agent: Option<Agent>,
    /// The generation on disk; 0 when what was there is damaged.
    pub(crate) kept: Generation,
    facts: Facts,
    booted_at: Timestamp,
    /// The second it last woke in, and how often in it.
    woken: (i64, u32),
    dir: PathBuf,
    memory: Memory,
    order_keys: Vec<[u8; 32]>,
}

/// The running agent.
pub(crate) struct Agent {
    pub(crate) cycle: Cycle,
    pub(crate) outbox: Outbox,
    pub(crate) link: Option<LinkId>,
    /// The policy it judges by; `None` for the one it came with.
    pub(crate) policy: Option<String>,
    frames: Vec<Section>,
}

impl Laptop {
    pub(crate) fn new(dir: &Path, number: u32, device: DeviceId, order_key: [u8; 32]) -> Self {
        let dir = dir.join(number.to_string());
        let memory_dir = dir.join("memory");
        std::fs::create_dir_all(&memory_dir).expect("a folder");
        Self {
            device,
            kernel: Access::Full,
            bound: None,
            disk_full: false,
            nft_fails: false,
            offline: false,
            skew: Span(0),
            life: 0,
            wake_at: Timestamp(i64::MAX),
            wake_planned: Timestamp(i64::MAX),
            dies_after: None,
            validity: machine::validity(),
            agent: None,
            kept: Generation(0),
            facts: machine::facts(number),
            booted_at: time::now(),
            woken: (0, 0),
            memory: Memory::new(&memory_dir, device),
            dir,
            order_keys: vec![order_key],
        }
    }

    /// This moment by the laptop's clocks.
    pub(crate) fn now(&self) -> Now {
        Now {
            wall: time::now().after(self.skew),
            boot: time::now().since(self.booted_at),
        }
    }

    /// What tells it from other machines.
    pub(crate) fn marks(&self) -> Marks {
        Marks::from(self.facts.host.known().expect("a host"))
    }

    /// Its facts, by digest.
    pub(crate) fn sections(&self) -> BTreeMap<SectionKind, Fingerprint> {
        Packed::of(&self.facts).expect("facts pack").digests()
    }

    /// Software comes and goes.
    pub(crate) fn installs(&mut self, dice: &mut Dice) -> Vec<Wish> {
        machine::installs(&mut self.facts, dice);
        self.tell(Event::Changed(Topics::of(&[Topic::Software])))
    }

    /// Switches the laptop on, as far as it can go without its agent: the firewall is empty, and the
    /// remembered order is put in force.
    pub(crate) fn boots(&mut self, dice: &mut Dice) {
        machine::boots(&mut self.facts, dice);
        self.booted_at = time::now();
        let held = match self.remembered().order {
            Held::Order(held) if held.ended => None,
            Held::Order(held) => Some(held.order).filter(|order| order.access != Access::Full),
            Held::Nothing | Held::Damaged(_) => None,
        };
        self.kernel = held.as_ref().map_or(Access::Full, |order| order.access);
        if let Some(bound) = self.bound.take().filter(|_| held.is_none()) {
            bound.is_lifted(self, None);
        }
        self.bound = held.as_ref().map(Bound::of);
    }

    /// Starts the agent from what is on disk.
    pub(crate) fn starts(&mut self, seed: u64) -> Vec<Wish> {
        self.life += 1;
        let mut start = self.remembered();
        start.seed = seed;
        start.check_interval_secs = CHECK_INTERVAL_SECS;
        let opened = Outbox::open(&self.dir.join("outbox"), self.device);
        self.agent = Some(Agent {
            cycle: Cycle::new(start),
            outbox: opened.expect("the outbox opens").0,
            link: None,
            policy: self
                .memory
                .recall(Slot::Policy)
                .expect("it is whole")
                .map(|text| String::from_utf8(text).expect("a text")),
            frames: Vec::new(),
        });
        self.tell(Event::Started)
    }

    /// The agent is gone. Gives the connection it had.
    pub(crate) fn dies(&mut self) -> Option<LinkId> {
        self.life += 1;
        self.dies_after = None;
        self.wake_at = Timestamp(i64::MAX);
        self.agent.take().and_then(|agent| agent.link)
    }

    /// A bad disk alters a byte of a file: of the order or the row of reports while the agent is down, of
    /// a section's body at any time.
    pub(crate) fn damages(&mut self, dice: &mut Dice) {
        let bodies = std::fs::read_dir(self.dir.join("outbox/bodies"));
        let mut paths: Vec<_> = bodies.into_iter().flatten().flatten().collect();
        paths.sort_by_key(std::fs::DirEntry::path);
        let mut paths: Vec<_> = paths.iter().map(std::fs::DirEntry::path).collect();
        if self.agent.is_none() {
            paths.extend([self.dir.join("outbox/row"), self.dir.join("memory/order")]);
        }
        let count = u64::try_from(paths.len()).expect("a small number");
        let drawn = usize::try_from(dice.between(0, count)).expect("a small number");
        let Some(path) = paths.get(drawn).filter(|path| path.exists()) else {
            return;
        };
        let mut bytes = std::fs::read(path).expect("readable");
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        std::fs::write(path, bytes).expect("writable");
        if path.ends_with("memory/order") {
            self.kept = Generation(0);
        }
    }

    /// It wakes by itself. One that does so without end burns the battery.
    pub(crate) fn wakes_up(&mut self) -> Vec<Wish> {
        let second = time::now().secs();
        let (last, often) = self.woken;
        self.woken = (second, if last == second { often + 1 } else { 1 });
        if self.woken.1 > WAKES_MAX {
            let agent = self.agent.as_ref().expect("it runs");
            let view = agent.cycle.view(self.now());
            panic!("{} wakes without end: {view:?}", self.device);
        }
        self.tell(Event::Woke)
    }

    /// Hands an event to the cycle, and carries out what it says until nothing is left to do.
    pub(crate) fn tell(&mut self, event: Event) -> Vec<Wish> {
        let mut wishes = Vec::new();
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let now = self.now();
            let Some(agent) = &mut self.agent else {
                return wishes;
            };
            for action in agent.cycle.handle(event, now) {
                if let Some(left) = &mut self.dies_after {
                    let Some(fewer) = left.checked_sub(1) else {
                        wishes.push(Wish::Died);
                        return wishes;
                    };
                    *left = fewer;
                }
                events.extend(self.carry_out(action, &mut wishes));
            }
        }
        let now = self.now();
        if let Some(agent) = &self.agent {
            let wait = agent.cycle.next_wake(now).0.saturating_sub(now.boot.0);
            self.wake_at = time::now().after(Span(wait.max(1)));
        }
        wishes
    }

    /// Everything was read, as it is at this moment.
    pub(crate) fn gathered(&mut self) -> Vec<Wish> {
        let taken_at = self.now().wall;
        let Some(agent) = &mut self.agent else {
            return Vec::new();
        };
        let packed = Packed::of(&self.facts).expect("facts pack");
        agent.frames = packed.missing(&agent.outbox.bodies());
        let sections = packed.digests();
        self.tell(Event::Gathered(Gathered {
            taken_at,
            sections,
            standing: None,
        }))
    }

    /// The firewall is held against what is desired, and refuses or does it.
    pub(crate) fn enforces(&mut self, desire: &Desire) {
        if self.nft_fails {
            return;
        }
        self.kernel = asked(desire).1;
        let by = desire.order.as_ref();
        if self.kernel != Access::Full {
            self.bound = by.map(Bound::of);
        } else if let Some(bound) = self.bound.take() {
            bound.is_lifted(self, by);
        }
    }

    /// The account of that.
    pub(crate) fn reconciled(&mut self, desire: &Desire) -> Vec<Wish> {
        let applied = if self.nft_fails {
            Reading::Unknown(Why::Unreadable("nft refused".to_owned()))
        } else {
            Reading::Known(self.kernel)
        };
        self.tell(Event::Reconciled(Enforcement {
            desired: asked(desire),
            applied: applied.clone(),
            verified: applied,
            probes: Vec::new(),
            observed_at: self.now().wall,
            lifted_until: desire.lifted_until,
            reasserted: 0,
            gaps: Vec::new(),
            refused: 0,
            last_refused: None,
        }))
    }

    fn remembered(&self) -> Start {
        remembered(&self.memory, self.validity, &self.order_keys).0
    }

    fn carry_out(&mut self, action: Action, wishes: &mut Vec<Wish>) -> Option<Event> {
        let wall = self.now().wall;
        let agent = self.agent.as_mut()?;
        match action {
            Action::Connect(greeting) => wishes.push(Wish::Connect(greeting)),
            Action::Disconnect => wishes.extend(agent.link.take().map(Wish::HangUp)),
            Action::Gather(_) => wishes.push(Wish::Gather),
            // No collector of the story tells of a beacon.
            Action::FindPlace { .. } => {}
            Action::Append { gathered, sending } => {
                let frames = std::mem::take(&mut agent.frames);
                let (at, sections) = (gathered.taken_at, gathered.sections);
                return Some(
                    self.outbox(|outbox| outbox.append(at, sections, &frames, sending).map(drop)),
                );
            }
            Action::Resume(last) => return Some(self.outbox(|outbox| outbox.resume(last))),
            Action::Acknowledge(last) => {
                return Some(self.outbox(|outbox| outbox.acknowledge(last)));
            }
            Action::FoldFirst => return Some(self.outbox(Outbox::fold_first)),
            Action::SendReport { report, held } => {
                let body = |digest| agent.outbox.body_or_forget(digest);
                return match messages(wall, &report, &held, body) {
                    Ok(said) => self.say(said, wishes),
                    Err(_) => Some(Event::BodyLost(report.sequence)),
                };
            }
            Action::SendPulse(number) => {
                return self.say(vec![message(wall, FromAgentBody::Pulse(number))], wishes);
            }
            Action::SendEnforcement(account) => {
                let account = message(wall, FromAgentBody::Enforcement(account));
                return self.say(vec![account], wishes);
            }
            Action::Keep(slot, body) => return Some(self.keep(slot, &body)),
            Action::Reconcile(desire) => wishes.push(Wish::Reconcile(desire)),
            Action::Renew { .. } => wishes.push(Wish::Renew),
            Action::AdoptPolicy(text) => {
                Policy::parse(&text).expect("a policy");
                let kept = self.keep(Slot::Policy, text.as_bytes());
                self.agent.as_mut()?.policy = Some(text);
                return Some(kept);
            }
            Action::RaiseFloor(_) | Action::Warn(_) => {}
        }
        None
    }

    fn outbox(&mut self, act: impl FnOnce(&mut Outbox) -> Result<(), OutboxError>) -> Event {
        let Some(agent) = self.agent.as_mut().filter(|_| !self.disk_full) else {
            return Event::OutboxFailed(FULL.to_owned());
        };
        let before = agent.outbox.next_sequence();
        let done = act(&mut agent.outbox);
        let next = agent.outbox.next_sequence();
        assert!(next >= before, "sequence {next} is given after {before}");
        assert!(
            agent.outbox.len() <= OUTBOX_REPORTS_MAX,
            "it is not bounded"
        );
        match done {
            Ok(()) => Event::Outbox {
                first: agent.outbox.first().cloned(),
                waiting: agent.outbox.len(),
            },
            Err(error) => Event::OutboxFailed(error.to_string()),
        }
    }

    fn keep(&mut self, slot: Slot, body: &[u8]) -> Event {
        if self.disk_full {
            return Event::KeepFailed(slot, FULL.to_owned());
        }
        self.memory.keep(slot, body).expect("the memory is written");
        if slot == Slot::Order {
            let Held::Order(held) = self.remembered().order else {
                panic!("{}: an order that was kept is not remembered", self.device);
            };
            let generation = held.order.generation;
            assert!(generation >= self.kept, "{generation} after {}", self.kept);
            self.kept = generation;
        }
        Event::Kept(slot)
    }

    fn say(&self, said: Vec<wire::FromAgent>, wishes: &mut Vec<Wish>) -> Option<Event> {
        match self.agent.as_ref().and_then(|agent| agent.link) {
            Some(link) => {
                wishes.push(Wish::Say(link, said));
                None
            }
            None => Some(Event::Broken {
                why: "the link takes no more".to_owned(),
                retry_after: None,
            }),
        }
    }
}

/// Generation and access that are desired.
fn asked(desire: &Desire) -> (Generation, Access) {
    match &desire.order {
        None => (Generation(0), Access::Full),
        Some(order) if desire.ended => (order.generation, Access::Full),
        Some(order) => (order.generation, order.access),
    }
}
