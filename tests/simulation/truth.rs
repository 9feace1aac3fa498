//! What was acknowledged and what was ordered, and whether the world still agrees with it.
//!
//! Touches the store, reading only. Must never take anybody's word for what can be looked up.

use std::collections::BTreeMap;

use sekisho_collector::audit::entry::{self, AuditEntry};
use sekisho_collector::response::ResponseError;
use sekisho_collector::store::Store;
use sekisho_policy::id::{DeviceId, Generation, Sequence};
use sekisho_policy::order::{Access, Order};
use sekisho_policy::time::Timestamp;

use crate::door::wait;
use crate::laptop::Laptop;
use crate::time;

/// What came of something that a person asked for.
pub(crate) type Outcome = Result<Done, ResponseError>;

/// What a person was told is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Done {
    Ordered(Vec<(DeviceId, Generation)>),
    Applied(u64),
    Other,
}

/// The order a firewall is narrow by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bound {
    generation: Generation,
    until: Option<Timestamp>,
}

/// What was said to be done.
#[derive(Default)]
pub(crate) struct Truth {
    /// Reports acknowledged, and how many of them were looked up when the collector last came back.
    acknowledged: Vec<(DeviceId, Sequence)>,
    looked_up: usize,
    last: BTreeMap<DeviceId, Sequence>,
    ordered: Vec<(DeviceId, Generation)>,
    orders: BTreeMap<DeviceId, Generation>,
    policy: u64,
    held: BTreeMap<DeviceId, Generation>,
    /// Things that people asked for and were refused.
    refused: u64,
    /// Reports that stood in for others, and those before which others are missing.
    pub(crate) gaps: u64,
}

impl Truth {
    /// A report is being acknowledged: it must be on disk.
    pub(crate) fn acknowledged(&mut self, store: &dyn Store, device: DeviceId, sequence: Sequence) {
        look_up(store, device, sequence);
        let last = self.last.entry(device).or_default();
        *last = sequence.max(*last);
        self.acknowledged.push((device, sequence));
    }

    /// A person was answered.
    pub(crate) fn answered(&mut self, outcome: Outcome) {
        match outcome {
            Ok(Done::Ordered(given)) => {
                for (device, generation) in given {
                    let last = self.orders.entry(device).or_default();
                    *last = generation.max(*last);
                    let order = (device, generation);
                    assert!(!self.ordered.contains(&order), "{order:?} is given twice");
                    self.ordered.push(order);
                }
            }
            Ok(Done::Applied(version)) => self.policy = self.policy.max(version),
            Ok(Done::Other) => {}
            Err(_) => self.refused += 1,
        }
    }

    /// The collector has come back: everything that was acknowledged since this was last asked must be
    /// there.
    pub(crate) fn nothing_is_missing(&mut self, store: &dyn Store) {
        for (device, sequence) in &self.acknowledged[self.looked_up..] {
            look_up(store, *device, *sequence);
        }
        self.looked_up = self.acknowledged.len();
        for (device, last) in &self.last {
            let posture = wait(store.posture_fetch(*device)).expect("readable");
            let held = posture.map(|posture| posture.sequence);
            assert!(held >= Some(*last), "{device}: {held:?} of {last}");
        }
        for (device, last) in &self.orders {
            let order = wait(store.order_fetch(*device)).expect("readable");
            let held = order.map(|order| order.generation);
            assert!(held >= Some(*last), "{device}: {held:?} of {last}");
        }
        let policy = wait(store.policy_current()).expect("readable");
        let version = policy.map_or(0, |policy| policy.version);
        assert!(version >= self.policy, "policy {} is gone", self.policy);
    }

    /// An agent has started from its memory: an order that could not be written down is lost.
    pub(crate) fn started(&mut self, laptop: &Laptop) {
        self.held.insert(laptop.device, laptop.kept);
    }

    /// A laptop was given an order: it never goes back to an earlier one.
    pub(crate) fn ordered(&mut self, laptop: &Laptop) {
        let Some(agent) = &laptop.agent else { return };
        let order = agent.cycle.view(laptop.now()).order;
        let holds = order.map_or(Generation(0), |order| order.generation);
        let before = self.held.entry(laptop.device).or_default();
        assert!(
            holds >= *before,
            "{}: {holds} after {before}",
            laptop.device
        );
        *before = holds;
    }

    /// Counts, for people.
    pub(crate) fn told(&self) -> String {
        format!(
            "{} reports acknowledged, {} orders given, {} requests of people refused, {} gaps named",
            self.acknowledged.len(),
            self.ordered.len(),
            self.refused,
            self.gaps,
        )
    }

    /// How many reports were acknowledged and how many orders given.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.acknowledged.len(), self.ordered.len())
    }

    /// The audit log, entry by entry: every order is there, and every report that is not recorded is
    /// named by the one after it.
    pub(crate) fn log_is_whole(&mut self, store: &dyn Store) {
        let mut named = BTreeMap::new();
        let mut orders = BTreeMap::new();
        let mut actions = BTreeMap::<String, u64>::new();
        for entry in entries(store) {
            assert_ne!(entry.action, "device.clone_noticed", "{entry:?}");
            assert_ne!(entry.action, "report.superseded", "{entry:?}");
            *actions.entry(entry.action.clone()).or_default() += 1;
            if let (Some(device), Some(sequence)) = (entry.device, number(&entry, "sequence"))
                && let Some(first) =
                    number(&entry, "folded_from").or_else(|| number(&entry, "missing_from"))
            {
                named.insert((device, Sequence(sequence)), Sequence(first));
            }
            if entry.action == "order.issued" {
                for order in issued(&entry) {
                    *orders.entry(order).or_default() += 1;
                }
            }
        }
        for order in &self.ordered {
            assert_eq!(orders.get(order), Some(&1_u64), "{order:?} in the log");
        }
        for device in self.last.keys() {
            let mut due = Sequence(1);
            for sequence in history(store, *device) {
                let gap = named.remove(&(*device, sequence));
                let is_gap = sequence > due;
                assert_eq!(
                    gap,
                    is_gap.then_some(due),
                    "{device}: the gap before {sequence}: {:#?}",
                    entries(store)
                        .filter(|entry| entry.device == Some(*device))
                        .collect::<Vec<_>>()
                );
                self.gaps += u64::from(is_gap);
                due = Sequence(sequence.0 + 1);
            }
        }
        assert!(named.is_empty(), "gaps that are none: {named:?}");
        println!("{actions:?}");
    }
}

impl Bound {
    /// What a narrow order binds to.
    pub(crate) const fn of(order: &Order) -> Self {
        Self {
            generation: order.generation,
            until: order.until,
        }
    }

    /// The firewall was opened under this order: only its end, a later order or the loss of what was on
    /// disk may do that.
    pub(crate) fn is_lifted(self, laptop: &Laptop, by: Option<&Order>) {
        let is_over = self.until.is_some_and(|until| until <= time::now());
        let is_released = by.is_some_and(|order| {
            order.generation > self.generation && order.access_at(time::now()) == Access::Full
        });
        // What could not be written down is lost with the process.
        let was_never_kept = laptop.kept < self.generation;
        let was_released = laptop.kept > self.generation && by.is_none();
        assert!(
            is_over || is_released || was_never_kept || was_released,
            "{}: the isolation of {self:?} was lifted under {by:?}",
            laptop.device
        );
    }
}

/// The reports recorded of a device, in their order.
fn history(store: &dyn Store, device: DeviceId) -> Vec<Sequence> {
    let mut all: Vec<Sequence> = Vec::new();
    loop {
        let from = Sequence(all.last().map_or(1, |last| last.0 + 1));
        let page = wait(store.report_history(device, from, 500)).expect("readable");
        if page.is_empty() {
            return all;
        }
        all.extend(page.iter().map(|report| report.sequence));
    }
}

fn entries(store: &dyn Store) -> impl Iterator<Item = AuditEntry> {
    let size = wait(store.audit_root()).expect("readable").size;
    let pages = (0..size).step_by(500);
    pages.flat_map(move |from| {
        let page = wait(store.audit_entries(from, 500)).expect("readable");
        let decoded = page
            .iter()
            .map(|bytes| entry::decode(bytes).expect("an entry"));
        decoded.collect::<Vec<_>>()
    })
}

fn detail<'a>(entry: &'a AuditEntry, name: &str) -> Option<&'a str> {
    let found = entry.details.iter().find(|(other, _)| other == name);
    found.map(|(_, value)| value.as_str())
}

fn number(entry: &AuditEntry, name: &str) -> Option<u64> {
    detail(entry, name).map(|text| text.parse().expect("a number"))
}

/// The orders that an entry tells of.
fn issued(entry: &AuditEntry) -> Vec<(DeviceId, Generation)> {
    if let Some(device) = entry.device {
        let generation = number(entry, "generation").expect("a generation");
        return vec![(device, Generation(generation))];
    }
    let devices = detail(entry, "devices").expect("devices").split(' ');
    devices
        .map(|one| {
            let (device, generation) = one.split_once('@').expect("a device and a generation");
            let generation = generation.parse().expect("a generation");
            (device.parse().expect("a device"), Generation(generation))
        })
        .collect()
}

fn look_up(store: &dyn Store, device: DeviceId, sequence: Sequence) {
    let history = wait(store.report_history(device, sequence, 1)).expect("readable");
    let found = history.first().map(|report| report.sequence);
    assert_eq!(
        found,
        Some(sequence),
        "{device}: an acknowledged report is not on disk"
    );
}
