//! Orders that the firewall refused, and clocks so far off that nothing seems to hold.
//!
//! Touches nothing.

use sekisho_policy::reading::{Reading, Why};

use super::*;

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
fn an_isolated_agent_sleeps_although_its_clock_lags_behind_the_end_of_the_isolation() {
    let order = isolation(3, Some(NOON.after(Span::from_secs(60))));
    let mut agent = Agent::new(Held::Order(Box::new(HeldOrder {
        signed: vec![1],
        remaining: Some(Span::from_secs(60)),
        elapsed: Span::from_secs(50),
        order: order.clone(),
    })));
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
