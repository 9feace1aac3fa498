//! What the store refuses is not passed off as recorded: the races behind that, one by one.
//!
//! Touches temporary folders. Must never ask the collector what it thinks: only the store and what a
//! laptop is told count.

use std::collections::BTreeSet;

use sekisho_agent::cycle::Greeting;
use sekisho_agent::link::parcel::{message, messages};
use sekisho_agent::outbox::{Packed, Pending};
use sekisho_collector::record::Posture;
use sekisho_collector::store::StoreError;
use sekisho_policy::id::{Generation, Sequence};
use sekisho_policy::order::{Access, Enforcement};
use sekisho_policy::reading::Reading;
use sekisho_proto::message::FromAgentBody;
use sekisho_proto::wire;
use sekisho_proto::wire::from_collector::Body;
use sekisho_tests::store_load::lane_id;

use crate::centre::{Centre, Deed, Running};
use crate::door::wait;
use crate::laptop::Laptop;
use crate::{machine, network, time};

/// One laptop on one connection, whose collector commits when it is told to.
struct Line {
    _dir: tempfile::TempDir,
    centre: Centre,
    laptop: Laptop,
}

impl Line {
    fn attached() -> Self {
        time::set(time::BEGINNING);
        let dir = crate::folder();
        let centre = Centre::new(&dir.path().join("collector"));
        let order_key = *centre.keys.orders.public_key();
        let laptop = Laptop::new(dir.path(), 0, lane_id(0), order_key);
        centre.knows(&laptop, 0);
        let mut line = Self {
            _dir: dir,
            centre,
            laptop,
        };
        let device = line.laptop.device;
        line.running().connected(1, device);
        let hello = network::hello(
            &line.laptop,
            Greeting {
                thread: Vec::new(),
                policy: None,
                generation: Generation(0),
                resolve: true,
            },
        );
        line.says([hello]);
        let welcomed = line.commits();
        assert!(welcomed.iter().any(|said| matches!(said, Body::Welcome(_))));
        line
    }

    fn running(&mut self) -> &mut Running {
        self.centre.running.as_mut().expect("it runs")
    }

    fn says(&mut self, said: impl IntoIterator<Item = wire::FromAgent>) -> Vec<Body> {
        for message in said {
            self.running().hears(1, Ok(message));
        }
        self.hears()
    }

    /// What the laptop is told until the collector waits.
    fn hears(&mut self) -> Vec<Body> {
        let mut heard = Vec::new();
        while let Some(deeds) = self.running().step() {
            heard.extend(deeds.into_iter().filter_map(|deed| match deed {
                Deed::Said(_, said) => said.body,
                Deed::Ended(_, why) => panic!("the stream has ended: {why}"),
                Deed::Answered(_) => None,
            }));
        }
        heard
    }

    fn commits(&mut self) -> Vec<Body> {
        self.running().store.commit(usize::MAX);
        self.hears()
    }

    fn refuses_one(&mut self) -> Vec<Body> {
        let busy = StoreError::Busy { retry_after_ms: 1 };
        self.running().store.refuse(1, &busy);
        self.hears()
    }

    fn posture(&self) -> Posture {
        let posture = wait(self.centre.store().posture_fetch(self.laptop.device));
        posture.expect("readable").expect("a posture")
    }
}

/// The first report, as it travels.
fn report() -> Vec<wire::FromAgent> {
    let packed = Packed::of(&machine::facts(0)).expect("facts pack");
    let (sections, frames) = (packed.digests(), packed.missing(&BTreeSet::new()));
    let report = Pending {
        sequence: Sequence(1),
        taken_at: time::now(),
        folded_from: None,
        sections,
    };
    let frame = |digest| {
        let mut found = frames.iter().filter(|section| section.digest == digest);
        found.next().map(|section| section.frame.clone()).ok_or(())
    };
    messages(
        time::now(),
        &report,
        &std::collections::BTreeMap::new(),
        frame,
    )
    .expect("all are here")
}

/// An account of an isolation.
fn account() -> wire::FromAgent {
    let account = Enforcement {
        desired: (Generation(1), Access::Isolated),
        applied: Reading::Known(Access::Isolated),
        verified: Reading::Known(Access::Isolated),
        probes: Vec::new(),
        observed_at: time::now(),
        lifted_until: None,
        reasserted: 0,
        gaps: Vec::new(),
        refused: 0,
        last_refused: None,
    };
    message(time::now(), FromAgentBody::Enforcement(account))
}

fn is_ack(said: &Body) -> bool {
    matches!(said, Body::Ack(_))
}

#[test]
fn a_report_that_comes_twice_is_not_acknowledged_before_it_is_recorded() {
    let timers = crate::timers();
    let _entered = timers.enter();
    let mut line = Line::attached();
    let twice = report().into_iter().chain(report());
    assert!(!line.says(twice).iter().any(is_ack));
    let told = line.refuses_one();
    assert!(!told.iter().any(is_ack), "{told:?}");
    assert_eq!(line.posture().sequence, Sequence(0));
    assert!(
        line.commits().iter().any(is_ack),
        "the second is taken for itself"
    );
    assert_eq!(line.posture().sequence, Sequence(1));
}

#[test]
fn an_account_does_not_record_the_report_before_it_that_is_refused() {
    let timers = crate::timers();
    let _entered = timers.enter();
    let mut line = Line::attached();
    line.says(report());
    line.says([account()]);
    line.refuses_one();
    line.commits();
    let posture = line.posture();
    assert!(posture.enforcement.is_some(), "the account is recorded");
    assert_eq!(posture.sequence, Sequence(0), "the report is not");
    assert!(posture.sections.is_empty());
}

#[test]
fn an_account_that_was_refused_is_recorded_with_the_next_sign_of_life() {
    let timers = crate::timers();
    let _entered = timers.enter();
    let mut line = Line::attached();
    line.says([account()]);
    line.refuses_one();
    assert_eq!(line.posture().enforcement, None);
    line.says([message(time::now(), FromAgentBody::Pulse(1))]);
    line.commits();
    let recorded = line.posture().enforcement.expect("an account");
    assert_eq!(recorded.applied, Reading::Known(Access::Isolated));
}

#[test]
fn what_only_a_newer_agent_says_is_passed_over_and_its_reports_are_taken() {
    let timers = crate::timers();
    let _entered = timers.enter();
    let mut line = Line::attached();
    line.says([message(time::now(), FromAgentBody::NotKnown)]);
    line.says(report());
    assert!(line.commits().iter().any(is_ack));
}
