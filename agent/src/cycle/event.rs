//! What can happen to an agent, what it can do about it, and what it starts from.
//!
//! Touches nothing. Must never hold a decision: those are `cycle.rs`'s.

use std::collections::BTreeMap;
use std::net::IpAddr;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::finding::Standing;
use sekisho_policy::id::{DeviceId, Fingerprint, Generation, Sequence};
use sekisho_policy::order::{Enforcement, Order};
use sekisho_policy::register::Entry;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::beacon::Beacons;
use sekisho_proto::message::{Ack, Busy, Need, Welcome};
use sekisho_proto::order::OrderBody;

use super::order::Held;
use super::place::Sighting;
use super::refused::NotTakenUp;
use crate::identity::Validity;
use crate::memory::Slot;
use crate::memory::record::VerdictRecord;
use crate::outbox::Pending;
use crate::topics::Topics;

/// One moment, by both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The wall clock, which anyone with the right may set.
    pub wall: Timestamp,
    /// Time since boot, suspended time among it (`CLOCK_BOOTTIME`): for all timers.
    pub boot: Span,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The agent has started.
    Started,
    /// The time that [`Cycle::next_wake`](super::Cycle::next_wake) named has come.
    Woke,
    /// Something announced that these facts may have changed; none of them where what is known is to be judged
    /// anew.
    Changed(Topics),
    /// Something about the links to networks has changed.
    LinksTouched,
    /// Beacons were asked where this laptop is.
    Sighted {
        /// The number of the question.
        number: u64,
        /// What it came to.
        sighting: Sighting,
    },
    /// Beacons were not asked, since the networks are those of the last question.
    SameNetworks {
        /// The number of the question.
        number: u64,
    },
    /// The facts were read that were to be read.
    Gathered(Gathered),
    /// They could not be read at all.
    GatherFailed(String),
    /// The outbox holds this much.
    Outbox {
        /// The report to send next.
        first: Option<Pending>,
        /// How many wait.
        waiting: usize,
    },
    /// The outbox could not do what it was asked.
    OutboxFailed(String),
    /// The body of a section of the first report is damaged.
    BodyLost(Sequence),
    /// The collector said something.
    Heard {
        /// Its clock.
        at: Timestamp,
        /// What it said.
        what: Heard,
    },
    /// The link is gone, or did not come about.
    Broken {
        /// Why, for people.
        why: String,
        /// When the collector wants to be asked again; `None` when it did not say.
        retry_after: Option<Span>,
    },
    /// By the collector's clock this device's certificate has ended.
    CertificateEnded,
    /// Something is on disk.
    Kept(Slot),
    /// Something could not be written.
    KeepFailed(Slot, String),
    /// The collector was met at an address that was not the last one; all that are known, that one first.
    Met(Vec<IpAddr>),
    /// The firewall was held against the order.
    Reconciled(Enforcement),
    /// Somebody touched the firewall.
    Disturbed,
    /// A person gave a right break-glass code, which lifts the order until then by this laptop's clock;
    /// `None` when that is over. Only who keeps the release knows: it is measured by two clocks.
    Lifted(Option<Timestamp>),
    /// The device has a new certificate.
    Renewed(Validity),
    /// It has not.
    RenewalFailed(String),
}

/// What a reading came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gathered {
    /// When it was begun, by the wall clock.
    pub taken_at: Timestamp,
    /// Every section, by digest, those among them of which nothing was read.
    pub sections: BTreeMap<SectionKind, Fingerprint>,
    /// The laptop's own judgement; `None` while it has no policy.
    pub standing: Option<Standing>,
}

/// What a collector can say, its orders opened.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// The answer to a hello.
    Welcome(Welcome),
    /// A report is on disk.
    Ack(Ack),
    /// A report named sections that are not held.
    Need(Need),
    /// A report cannot be taken now.
    Busy(Busy),
    /// An order, with the bytes that were signed.
    Order {
        /// The encoded `SignedOrder`.
        signed: Vec<u8>,
        /// What it says; the reason when it cannot be opened.
        opened: Result<OrderBody, NotTakenUp>,
    },
    /// The text of the policy document in force.
    Policy(String),
    /// The answer to a pulse.
    Pulse(u64),
    /// What the register says of the device.
    Register(Entry),
}

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Reach the collector and say hello.
    Connect(Greeting),
    /// Give the link up.
    Disconnect,
    /// Read these facts, put them beside the others as they were last read, and judge all.
    Gather(Topics),
    /// Ask beacons where this laptop is.
    FindPlace {
        /// The number of the question.
        number: u64,
        /// Where to ask, and whom to believe.
        beacons: Beacons,
        /// Networks on which nobody need be asked.
        unless: Option<Vec<String>>,
    },
    /// Put what was gathered into the outbox; `sending` is on its way and must stay.
    Append {
        /// What was gathered.
        gathered: Gathered,
        /// The report on its way.
        sending: Option<Sequence>,
    },
    /// Take the collector's word for what it has.
    Resume(Sequence),
    /// Drop what the collector has.
    Acknowledge(Sequence),
    /// Fold the first report, which cannot be sent, into its successor.
    FoldFirst,
    /// Send a report, with the bodies of the sections that the collector does not hold.
    SendReport {
        /// The report.
        report: Pending,
        /// What the collector holds.
        held: BTreeMap<SectionKind, Fingerprint>,
    },
    /// Send a sign of life.
    SendPulse(u64),
    /// Send an account of the order in force.
    SendEnforcement(Enforcement),
    /// Write something down.
    Keep(Slot, Vec<u8>),
    /// Hold the firewall against what is desired.
    Reconcile(Desire),
    /// Judge by this policy from now on and write it down, if it is one.
    AdoptPolicy(String),
    /// Raise the floor under the clock that certificates are judged by.
    RaiseFloor(Timestamp),
    /// Ask for a new certificate; `expired` when the present one has ended.
    Renew {
        /// Whether the present one has ended.
        expired: bool,
    },
    /// Tell the people of this machine.
    Warn(String),
}

/// What the cycle puts into a hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// What the last welcome gave.
    pub thread: Vec<u8>,
    /// The policy held.
    pub policy: Option<Fingerprint>,
    /// The order held.
    pub generation: Generation,
    /// Whether names can be resolved under the order held.
    pub resolve: bool,
}

/// What the firewall shall be held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desire {
    /// The order; `None` when there never was one.
    pub order: Option<Order>,
    /// Whether its end has come by every clock that counts.
    pub ended: bool,
    /// A break-glass code lifts it until then.
    pub lifted_until: Option<Timestamp>,
}

/// What a cycle starts from: what was remembered.
#[derive(Debug, Clone)]
pub struct Start {
    /// This device.
    pub device: DeviceId,
    /// Drawn anew at each start.
    pub seed: u64,
    /// Seconds between two readings of all facts.
    pub check_interval_secs: u32,
    /// The order.
    pub order: Held,
    /// What the last welcome gave.
    pub thread: Vec<u8>,
    /// Digest of the policy document.
    pub policy: Option<Fingerprint>,
    /// What the register says.
    pub register: Entry,
    /// Requests carried out lately.
    pub requests: Vec<[u8; 16]>,
    /// The newest time heard.
    pub floor: Timestamp,
    /// How far this clock is ahead.
    pub skew: Option<Span>,
    /// What was judged last.
    pub verdict: Option<VerdictRecord>,
    /// The end of a break-glass release.
    pub lifted_until: Option<Timestamp>,
    /// Where the collector was met, the last place first.
    pub known: Vec<IpAddr>,
    /// When the certificate holds.
    pub validity: Validity,
    /// What tells the internal network from any other.
    pub beacons: Beacons,
}
