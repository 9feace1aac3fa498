//! The decisions of one agent, told as a row of events.
//!
//! Touches nothing. Must never look into the cycle: only what it answers counts.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each helper picks the one action it asks about"
)]

mod certificate;
mod enforced;
mod need;
mod place;
mod refused;
mod register;
mod thread;

use super::order::Held;
use super::*;
use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::Generation;
use sekisho_policy::order::{Access, Order};
use sekisho_proto::beacon::Beacons;
use sekisho_proto::message::{Busy, Welcome};
use sekisho_proto::order::{Request, RequestKind};

const DEVICE: DeviceId = DeviceId::from_bytes([7; 16]);
const OTHER: DeviceId = DeviceId::from_bytes([8; 16]);
const NOON: Timestamp = Timestamp(1_800_000_000_000);

/// An agent whose IO succeeds at once, unless a test says otherwise.
struct Agent {
    cycle: Cycle,
    now: Now,
    waiting: Vec<Pending>,
    next: u64,
    disk_full: bool,
    done: Vec<Action>,
}

impl Agent {
    fn new(order: Held) -> Self {
        Self::knowing(order, Timestamp(0))
    }

    /// An agent that was told a time before it started.
    fn knowing(order: Held, floor: Timestamp) -> Self {
        let now = Now {
            wall: NOON,
            boot: Span(0),
        };
        Self {
            cycle: Cycle::new(Self::remembering(order, floor)),
            now,
            waiting: Vec::new(),
            next: 1,
            disk_full: false,
            done: Vec::new(),
        }
    }

    fn remembering(order: Held, floor: Timestamp) -> Start {
        let life = Span::from_days(90);
        Start {
            device: DEVICE,
            seed: 1,
            check_interval_secs: 3600,
            order,
            thread: Vec::new(),
            policy: None,
            register: Entry::unknown(),
            requests: Vec::new(),
            floor,
            skew: None,
            verdict: None,
            lifted_until: None,
            known: Vec::new(),
            validity: Validity {
                from: NOON.after(Span::from_days(-1)),
                until: NOON.after(life),
            },
            beacons: Beacons::default(),
        }
    }

    fn attached() -> Self {
        let mut agent = Self::new(Held::Nothing);
        agent.tell(Event::Started);
        agent.read("one");
        agent.welcome(0);
        agent
    }

    fn tell(&mut self, event: Event) {
        let mut events = std::collections::VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            for action in self.cycle.handle(event, self.now) {
                events.extend(self.carry_out(&action));
                self.done.push(action);
            }
        }
    }

    fn carry_out(&mut self, action: &Action) -> Option<Event> {
        match action {
            Action::Append { gathered, .. } => {
                if self.disk_full {
                    return Some(Event::OutboxFailed("the disk is full".to_owned()));
                }
                self.waiting.push(Pending {
                    sequence: Sequence(self.next),
                    taken_at: gathered.taken_at,
                    folded_from: None,
                    sections: gathered.sections.clone(),
                });
                self.next += 1;
                Some(self.outbox())
            }
            Action::Resume(last) | Action::Acknowledge(last) => {
                self.waiting.retain(|report| report.sequence > *last);
                Some(self.outbox())
            }
            Action::Keep(slot, _) if self.disk_full => {
                Some(Event::KeepFailed(*slot, "the disk is full".to_owned()))
            }
            Action::Keep(slot, _) => Some(Event::Kept(*slot)),
            _ => None,
        }
    }

    fn outbox(&self) -> Event {
        Event::Outbox {
            first: self.waiting.first().cloned(),
            waiting: self.waiting.len(),
        }
    }

    fn pass(&mut self, secs: i64) {
        self.now.wall = self.now.wall.after(Span::from_secs(secs));
        self.now.boot = Span(self.now.boot.0 + secs * 1000);
        self.tell(Event::Woke);
    }

    fn read(&mut self, state: &str) {
        let digest = Fingerprint::of(state.as_bytes());
        self.tell(Event::Gathered(Gathered {
            taken_at: self.now.wall,
            sections: BTreeMap::from([(SectionKind::Host, digest)]),
            standing: None,
        }));
    }

    fn hear(&mut self, what: Heard) {
        let at = self.now.wall;
        self.tell(Event::Heard { at, what });
    }

    fn welcome(&mut self, last: u64) {
        self.hear(Heard::Welcome(Welcome {
            last_sequence: Sequence(last),
            ..greeted(Beacons::default())
        }));
    }

    fn order(&mut self, order: Order) {
        self.hear(Heard::Order {
            signed: vec![1],
            opened: Ok(OrderBody::State(order)),
        });
    }

    fn sent(&self) -> Vec<u64> {
        let sent = self.done.iter().filter_map(|action| match action {
            Action::SendReport { report, .. } => Some(report.sequence.0),
            _ => None,
        });
        sent.collect()
    }

    fn count(&self, is: impl Fn(&Action) -> bool) -> usize {
        self.done.iter().filter(|action| is(action)).count()
    }

    fn place(&self, is: impl Fn(&Action) -> bool) -> usize {
        self.done.iter().position(is).expect("it was done")
    }
}

fn greeted(beacons: Beacons) -> Welcome {
    Welcome {
        thread: vec![1],
        register: Entry::unknown(),
        last_sequence: Sequence(0),
        sections: Vec::new(),
        pulse_secs: 60,
        beacons,
    }
}

fn isolation(generation: u64, until: Option<Timestamp>) -> Order {
    Order {
        device: DEVICE,
        generation: Generation(generation),
        access: Access::Isolated,
        reason: "malware".to_owned(),
        issued_at: NOON,
        until,
        incident: None,
        allow: Vec::new(),
    }
}

fn reconciled(order: &Order) -> Event {
    use sekisho_policy::reading::Reading;
    Event::Reconciled(Enforcement {
        desired: (order.generation, order.access),
        applied: Reading::Known(order.access),
        verified: Reading::Known(order.access),
        probes: Vec::new(),
        observed_at: NOON,
        lifted_until: None,
        reasserted: 0,
        gaps: Vec::new(),
        refused: 0,
        last_refused: None,
    })
}

fn desires(agent: &Agent) -> Vec<Desire> {
    let desires = agent.done.iter().filter_map(|action| match action {
        Action::Reconcile(desire) => Some(desire.clone()),
        _ => None,
    });
    desires.collect()
}

#[test]
fn a_first_report_is_sent_after_the_thread_is_on_disk_and_gone_after_its_acknowledgement() {
    let mut agent = Agent::attached();
    assert_eq!(agent.sent(), [1]);
    let kept = agent.place(|action| matches!(action, Action::Keep(Slot::Thread, _)));
    let sent = agent.place(|action| matches!(action, Action::SendReport { .. }));
    assert!(kept < sent);
    agent.hear(Heard::Ack(Ack {
        sequence: Sequence(1),
        standing: Some(Standing::Compliant),
    }));
    assert!(agent.waiting.is_empty());
}

#[test]
fn an_agent_sleeps_while_its_first_facts_are_read() {
    let mut agent = Agent::new(Held::Nothing);
    agent.tell(Event::Started);
    agent.tell(reconciled(&isolation(0, None)));
    assert!(agent.cycle.next_wake(agent.now) > agent.now.boot);
}

#[test]
fn what_the_collector_has_is_not_sent_again_after_a_break() {
    let mut agent = Agent::attached();
    agent.tell(Event::Broken {
        why: "cut".to_owned(),
        retry_after: None,
    });
    agent.pass(400);
    agent.welcome(1);
    assert_eq!(
        agent.sent(),
        [1],
        "the acknowledgement was lost, the report was not"
    );
    assert!(agent.waiting.is_empty());
}

#[test]
fn a_report_that_was_not_received_is_sent_again_after_a_break() {
    let mut agent = Agent::attached();
    agent.tell(Event::Broken {
        why: "cut".to_owned(),
        retry_after: None,
    });
    agent.pass(400);
    agent.welcome(0);
    assert_eq!(agent.sent(), [1, 1]);
}

#[test]
fn a_busy_collector_is_given_its_time() {
    let mut agent = Agent::attached();
    agent.hear(Heard::Busy(Busy {
        sequence: Sequence(1),
        retry_after_ms: 10_000,
        reason: String::new(),
    }));
    agent.pass(9);
    assert_eq!(agent.sent(), [1]);
    agent.pass(20);
    assert_eq!(agent.sent(), [1, 1]);
}

#[test]
fn a_silent_collector_is_left_and_tried_again() {
    let mut agent = Agent::attached();
    agent.hear(Heard::Ack(Ack {
        sequence: Sequence(1),
        standing: None,
    }));
    agent.pass(61);
    assert_eq!(
        agent.count(|action| matches!(action, Action::SendPulse(_))),
        1
    );
    agent.pass(21);
    assert!(agent.done.contains(&Action::Disconnect));
    agent.pass(10);
    assert_eq!(
        agent.count(|action| matches!(action, Action::Connect(_))),
        2
    );
}

#[test]
fn an_order_is_on_disk_before_the_firewall_is_touched() {
    let mut agent = Agent::attached();
    agent.tell(reconciled(&isolation(0, None)));
    agent.done.clear();
    agent.order(isolation(1, None));
    let kept = agent.place(|action| matches!(action, Action::Keep(Slot::Order, _)));
    let put = agent.place(|action| matches!(action, Action::Reconcile(_)));
    assert!(kept < put);
}

#[test]
fn an_order_is_put_in_force_although_the_disk_is_full() {
    let mut agent = Agent::attached();
    agent.tell(reconciled(&isolation(0, None)));
    agent.disk_full = true;
    agent.done.clear();
    agent.order(isolation(1, None));
    let desire = desires(&agent).pop().unwrap();
    assert_eq!(desire.order.unwrap().generation, Generation(1));
    agent.disk_full = false;
    agent.done.clear();
    agent.pass(61);
    assert_eq!(
        agent.count(|action| matches!(action, Action::Keep(Slot::Order, _))),
        1
    );
}

#[test]
fn an_older_order_and_one_for_another_device_change_nothing() {
    let mut agent = Agent::attached();
    agent.tell(reconciled(&isolation(0, None)));
    agent.order(isolation(5, None));
    agent.tell(reconciled(&isolation(5, None)));
    agent.done.clear();
    agent.order(Order {
        access: Access::Full,
        ..isolation(4, None)
    });
    agent.order(Order {
        device: OTHER,
        access: Access::Full,
        ..isolation(9, None)
    });
    assert!(desires(&agent).is_empty());
    assert_eq!(agent.count(|action| matches!(action, Action::Warn(_))), 2);
}

#[test]
fn an_order_does_not_end_because_the_user_sets_the_clock() {
    let until = NOON.after(Span::from_hours(2));
    let mut agent = Agent::new(enforced::held(until, Span::from_hours(2)));
    agent.tell(Event::Started);
    agent.tell(reconciled(&isolation(1, Some(until))));
    agent.now.wall = NOON.after(Span::from_days(365));
    agent.pass(1);
    assert!(desires(&agent).iter().all(|desire| !desire.ended));
    agent.pass(2 * 3600);
    assert!(desires(&agent).pop().unwrap().ended, "both clocks say so");
}

#[test]
fn an_order_that_cannot_be_read_leaves_the_firewall_as_it_is() {
    let mut agent = Agent::new(Held::Damaged("torn".to_owned()));
    agent.tell(Event::Started);
    agent.pass(1000);
    assert!(desires(&agent).is_empty());
    agent.read("one");
    agent.welcome(0);
    agent.order(isolation(3, None));
    assert_eq!(
        desires(&agent).len(),
        1,
        "the collector has repeated itself"
    );
}

#[test]
fn a_request_is_carried_out_once() {
    let mut agent = Agent::attached();
    let request = Request {
        device: DEVICE,
        id: [1; 16],
        kind: RequestKind::CheckNow,
        reason: String::new(),
        issued_at: NOON,
        until: None,
        incident: None,
    };
    let heard = || Heard::Order {
        signed: vec![1],
        opened: Ok(OrderBody::Request(request.clone())),
    };
    agent.done.clear();
    agent.hear(heard());
    agent.read("one");
    agent.hear(heard());
    assert_eq!(agent.count(|action| matches!(action, Action::Gather(_))), 1);
    let appended = agent.count(|action| matches!(action, Action::Append { .. }));
    assert_eq!(
        appended, 1,
        "a demanded reading is reported although nothing changed"
    );
}

#[test]
fn a_new_policy_is_followed_by_a_report_within_its_spread() {
    let mut agent = Agent::attached();
    agent.hear(Heard::Policy("one".to_owned()));
    agent.pass(10);
    agent.read("one");
    agent.done.clear();
    agent.hear(Heard::Policy("two".to_owned()));
    agent.pass(crate::limits::REPORT_SPREAD_SECS);
    agent.read("one");
    let appended = agent.count(|action| matches!(action, Action::Append { .. }));
    assert_eq!(appended, 1);
}

#[test]
fn a_full_disk_is_told_once_and_what_was_read_is_reported_when_there_is_room() {
    let mut agent = Agent::attached();
    agent.disk_full = true;
    agent.tell(Event::Changed(Topics::ALL));
    agent.pass(30);
    agent.read("two");
    agent.pass(61);
    agent.read("two");
    let told = agent.count(|action| matches!(action, Action::Warn(_)));
    assert_eq!(told, 1);
    agent.disk_full = false;
    agent.pass(61);
    agent.read("two");
    assert_eq!(agent.waiting.len(), 2);
}

#[test]
fn a_link_that_is_up_comes_up_anew_with_a_new_certificate() {
    let mut agent = Agent::attached();
    agent.tell(Event::Renewed(Validity {
        from: NOON,
        until: NOON.after(Span::from_days(90)),
    }));
    let given_up = agent.place(|action| *action == Action::Disconnect);
    let connects = |action: &Action| matches!(action, Action::Connect(_));
    assert_eq!(agent.count(connects), 2);
    let again = agent.done.iter().rposition(connects).unwrap();
    assert!(given_up < again);
    agent.welcome(0);
    assert_eq!(agent.sent(), [1, 1], "it goes on where it was");
}

#[test]
fn a_certificate_is_renewed_in_time_and_after_its_end() {
    let mut agent = Agent::attached();
    agent.hear(Heard::Ack(Ack {
        sequence: Sequence(1),
        standing: None,
    }));
    agent.pass(70 * 86_400);
    assert!(agent.done.contains(&Action::Renew { expired: false }));
    let mut sleeper = Agent::new(Held::Nothing);
    sleeper.now.wall = NOON.after(Span::from_days(200));
    sleeper.tell(Event::Started);
    sleeper.read("one");
    assert!(sleeper.done.contains(&Action::Renew { expired: true }));
    assert_eq!(
        sleeper.count(|action| matches!(action, Action::Connect(_))),
        0
    );
}
