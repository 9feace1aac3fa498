//! Orders that the firewall refused, and clocks so far off that nothing seems to hold.
//!
//! Touches nothing.

use sekisho_policy::reading::{Reading, Why};

use super::super::order::HeldOrder;
use super::*;
use crate::memory::record::OrderRecord;

/// An account of a firewall that refused.
fn refused(order: &Order) -> Event {
    let Event::Reconciled(account) = reconciled(order) else {
        unreachable!("it is an account");
    };
    Event::Reconciled(Enforcement {
        applied: Reading::Unknown(Why::Unreadable("nft refused".to_owned())),
        ..account
    })
}

/// An isolation until then, remembered with that much of its term left to run.
pub(super) fn held(until: Timestamp, left: Span) -> Held {
    Held::Order(Box::new(HeldOrder {
        order: isolation(3, Some(until)),
        signed: vec![1],
        remaining: Some(left),
        elapsed: Span(0),
        met_at: Vec::new(),
        ended: false,
    }))
}

/// The same, put down as ended.
fn over(held: Held) -> Held {
    let Held::Order(mut held) = held else {
        unreachable!("it is an order");
    };
    held.ended = true;
    Held::Order(held)
}

/// The order as it was last put down.
fn put_down(agent: &Agent) -> OrderRecord {
    let mut kept = agent.done.iter().filter_map(|action| match action {
        Action::Keep(Slot::Order, body) => Some(OrderRecord::decode(body.as_slice()).unwrap()),
        _ => None,
    });
    kept.next_back().unwrap()
}

/// An agent with an open firewall.
fn attached() -> Agent {
    let mut agent = Agent::attached();
    agent.tell(reconciled(&Order {
        access: Access::Full,
        ..isolation(0, None)
    }));
    agent
}

#[test]
fn a_release_that_the_firewall_refused_is_tried_again_until_it_is_done() {
    let mut agent = attached();
    let held = isolation(3, None);
    agent.order(held.clone());
    agent.tell(reconciled(&held));
    let release = Order {
        access: Access::Full,
        ..isolation(4, None)
    };
    agent.order(release.clone());
    for tries in 1..10 {
        agent.tell(refused(&release));
        let before = desires(&agent).len();
        let waits = (1..400).find(|_| {
            agent.pass(1);
            desires(&agent).len() > before
        });
        assert!(
            waits.is_some_and(|waits| waits <= 300),
            "{waits:?} s after {tries} tries"
        );
        assert_eq!(desires(&agent).last().unwrap().order, Some(release.clone()));
    }
    agent.tell(reconciled(&release));
    let before = desires(&agent).len();
    agent.pass(3600);
    assert_eq!(desires(&agent).len(), before, "it is done");
}

#[test]
fn a_refused_isolation_is_tried_again_within_seconds() {
    let mut agent = attached();
    let held = isolation(3, None);
    agent.order(held.clone());
    agent.tell(refused(&held));
    let before = desires(&agent).len();
    agent.pass(5);
    assert_eq!(desires(&agent).len(), before + 1);
}

#[test]
fn a_release_by_code_ends_when_that_is_told_however_wrong_the_clock_is() {
    for off in [Span::from_days(1), Span::from_days(-1)] {
        let mut agent = attached();
        let held = isolation(3, None);
        agent.order(held.clone());
        agent.tell(reconciled(&held));
        let heard_at = NOON;
        agent.now.wall = NOON.after(off);
        agent.tell(Event::Heard {
            at: heard_at,
            what: Heard::Pulse(1),
        });
        let until = agent.now.wall.after(Span::from_hours(4));
        agent.tell(Event::Lifted(Some(until)));
        let desire = desires(&agent).pop().expect("it is lifted");
        assert_eq!(desire.lifted_until, Some(until), "off by {off:?}");
        agent.tell(reconciled(&held));
        agent.tell(Event::Lifted(None));
        let desire = desires(&agent).pop().expect("it is closed");
        assert_eq!(desire.lifted_until, None, "off by {off:?}");
        assert_eq!(agent.cycle.view(agent.now).access, Access::Isolated);
    }
}

#[test]
fn by_a_clock_that_is_a_year_ahead_one_certificate_is_asked_for_and_used() {
    let mut agent = Agent::new(Held::Nothing);
    let ahead = Span::from_days(365);
    agent.now.wall = NOON.after(ahead);
    agent.tell(Event::Started);
    agent.read("one");
    let renewals = |agent: &Agent| agent.count(|action| matches!(action, Action::Renew { .. }));
    assert_eq!(renewals(&agent), 1);
    agent.tell(Event::Renewed(Validity {
        from: NOON,
        until: NOON.after(Span::from_days(90)),
    }));
    assert_eq!(renewals(&agent), 1);
    let connects = agent.count(|action| matches!(action, Action::Connect(_)));
    assert_eq!(connects, 1, "the new certificate is used");
}

#[test]
fn an_agent_sleeps_although_its_clock_is_past_the_end_of_its_certificate() {
    let mut agent = Agent::attached();
    agent.now.wall = NOON.after(Span::from_days(365));
    agent.tell(Event::Heard {
        at: NOON,
        what: Heard::Pulse(1),
    });
    agent.read("two");
    let sleeps = agent.cycle.next_wake(agent.now).0 - agent.now.boot.0;
    assert!(sleeps >= 1000, "{sleeps} ms");
    let renews = |action: &Action| matches!(action, Action::Renew { .. });
    assert_eq!(agent.count(renews), 0, "the collector's time counts");
}

#[test]
fn an_isolation_that_cannot_be_read_any_more_ends_when_the_collector_says_that_it_has_ended() {
    let mut agent = Agent::new(Held::Damaged("its checksum does not fit".to_owned()));
    agent.tell(Event::Started);
    agent.read("one");
    agent.welcome(0);
    assert_eq!(desires(&agent), [], "the firewall stays as it is");
    agent.order(isolation(3, Some(NOON.after(Span::from_secs(-1)))));
    let desire = desires(&agent).pop().expect("the firewall is opened");
    assert!(desire.ended, "{desire:?}");
    assert_eq!(desire.order.unwrap().generation, Generation(3));
}

#[test]
fn an_order_that_has_ended_does_not_come_back_after_an_offline_restart() {
    let until = NOON.after(Span::from_secs(60));
    let mut agent = attached();
    agent.order(isolation(3, Some(until)));
    agent.tell(reconciled(&isolation(3, Some(until))));
    agent.pass(59);
    assert!(!put_down(&agent).ended);
    agent.pass(1);
    assert!(desires(&agent).pop().unwrap().ended);
    assert!(put_down(&agent).ended, "it is put down at once");

    let mut agent = Agent::new(over(held(until, Span::from_secs(60))));
    agent.now.wall = NOON.after(Span::from_days(-30));
    agent.tell(Event::Started);
    assert!(desires(&agent).pop().unwrap().ended, "by what was put down");
}

#[test]
fn a_collector_whose_clock_once_ran_ahead_ends_no_later_order_by_a_restart() {
    let until = NOON.after(Span::from_hours(4));
    let tomorrow = NOON.after(Span::from_days(1));
    let mut agent = Agent::knowing(held(until, Span::from_hours(4)), tomorrow);
    agent.tell(Event::Started);
    assert!(!desires(&agent).pop().unwrap().ended);
    agent.tell(reconciled(&isolation(3, Some(until))));
    agent.pass(4 * 3600);
    assert!(desires(&agent).pop().unwrap().ended, "both clocks say so");
}

#[test]
fn a_collector_that_has_set_its_clock_back_has_the_last_word_on_the_end_of_an_order() {
    let until = NOON.after(Span::from_hours(4));
    let order = isolation(3, Some(until));
    let mut agent = attached();
    agent.order(order.clone());
    agent.tell(reconciled(&order));
    let pulse = |at| Event::Heard {
        at,
        what: Heard::Pulse(1),
    };
    agent.tell(pulse(NOON.after(Span::from_days(1))));
    assert!(desires(&agent).pop().unwrap().ended);
    agent.tell(pulse(NOON));
    agent.tell(reconciled(&order));
    assert!(!desires(&agent).pop().unwrap().ended);
    assert!(!put_down(&agent).ended, "nor after a restart");
}

#[test]
fn an_isolated_agent_sleeps_although_its_clock_lags_behind_the_end_of_the_isolation() {
    let until = NOON.after(Span::from_secs(60));
    let order = isolation(3, Some(until));
    let mut agent = Agent::new(held(until, Span::from_secs(10)));
    agent.now.wall = NOON.after(Span::from_days(-30));
    agent.tell(Event::Started);
    agent.read("one");
    for _ in 0..30 {
        agent.pass(60);
        agent.tell(reconciled(&order));
        let sleeps = agent.cycle.next_wake(agent.now).0 - agent.now.boot.0;
        assert!(sleeps > 0, "{sleeps} ms");
    }
}

#[test]
fn an_isolation_is_over_when_the_one_that_took_its_place_ended_before_it_arrived() {
    let mut agent = attached();
    let held = isolation(3, None);
    agent.order(held.clone());
    agent.tell(reconciled(&held));
    agent.order(isolation(5, Some(NOON)));
    let desire = desires(&agent).pop().expect("the firewall is opened");
    assert!(desire.ended, "{desire:?}");
}

#[test]
fn a_collector_met_elsewhere_during_an_isolation_is_noted_with_it_and_let_through() {
    let mut agent = attached();
    let held = isolation(3, None);
    agent.order(held.clone());
    agent.tell(reconciled(&held));
    agent.disk_full = true;
    agent.done.clear();
    let met: Vec<std::net::IpAddr> = vec!["192.0.2.7".parse().unwrap()];
    agent.tell(Event::Met(met));
    assert_eq!(desires(&agent).len(), 1, "the way is laid anew");
    agent.disk_full = false;
    agent.done.clear();
    agent.pass(61);
    let lists = |action: &Action| matches!(action, Action::Keep(Slot::Addresses, _));
    assert_eq!(
        agent.count(lists),
        1,
        "it is written as soon as there is room"
    );
    let noted = |action: &Action| match action {
        Action::Keep(Slot::Order, body) => {
            let record = OrderRecord::decode(body.as_slice()).unwrap();
            record.met_at == ["192.0.2.7"]
        }
        _ => false,
    };
    assert_eq!(agent.count(noted), 1);
}

#[test]
fn an_account_that_may_have_been_lost_with_a_silent_link_is_sent_again() {
    let mut agent = attached();
    let held = isolation(3, None);
    agent.order(held.clone());
    agent.tell(reconciled(&held));
    let sends = |agent: &Agent| agent.count(|action| matches!(action, Action::SendEnforcement(_)));
    let before = sends(&agent);
    while agent.count(|action| *action == Action::Disconnect) == 0 {
        agent.pass(10);
    }
    agent.pass(600);
    agent.welcome(1);
    assert_eq!(sends(&agent), before + 1);
}

#[test]
fn what_could_not_be_written_is_written_as_it_is_by_then() {
    let mut agent = attached();
    let held = isolation(3, None);
    agent.disk_full = true;
    agent.order(held.clone());
    agent.tell(reconciled(&held));
    agent.disk_full = false;
    agent.done.clear();
    let ahead = Span::from_secs(KEEP_RETRY_SECS);
    agent.now.wall = agent.now.wall.after(ahead);
    agent.now.boot = Span(agent.now.boot.0 + ahead.0);
    // The next order comes as the first is due to be written again.
    agent.order(isolation(
        4,
        Some(agent.now.wall.after(Span::from_hours(1))),
    ));
    assert!(put_down(&agent).remaining_ms.is_some());
}

#[test]
fn an_order_is_remembered_as_soon_as_the_disk_has_room_for_a_report() {
    let mut agent = Agent::attached();
    agent.tell(reconciled(&isolation(0, None)));
    agent.disk_full = true;
    agent.read("two");
    agent.order(isolation(1, None));
    agent.disk_full = false;
    agent.done.clear();
    agent.read("three");
    let kept = |action: &Action| matches!(action, Action::Keep(Slot::Order, _));
    assert_eq!(agent.count(kept), 1);
}
