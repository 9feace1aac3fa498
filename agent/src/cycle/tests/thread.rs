//! The thread that is not on disk: nothing is said, and orders are heard.
//!
//! Touches nothing.

use super::*;

#[test]
fn while_the_thread_cannot_be_written_nothing_is_said_and_orders_are_heard() {
    let mut agent = Agent::new(Held::Nothing);
    agent.tell(Event::Started);
    agent.read("one");
    agent.tell(reconciled(&isolation(0, None)));
    agent.disk_full = true;
    agent.welcome(0);
    agent.order(isolation(1, None));
    let desire = desires(&agent).pop().unwrap();
    assert_eq!(desire.order.unwrap().generation, Generation(1));
    assert!(agent.sent().is_empty());
    assert_eq!(agent.cycle.view(agent.now).why_not, "the disk is full");
    agent.disk_full = false;
    agent.pass(KEEP_RETRY_SECS);
    assert_eq!(agent.sent(), [1]);
    assert_eq!(agent.cycle.view(agent.now).why_not, "");
}

#[test]
fn a_thread_that_could_not_be_written_is_not_written_after_its_link_has_broken() {
    let mut agent = Agent::new(Held::Nothing);
    agent.tell(Event::Started);
    agent.read("one");
    agent.disk_full = true;
    agent.welcome(0);
    agent.tell(Event::Broken {
        why: "cut".to_owned(),
        retry_after: None,
    });
    agent.disk_full = false;
    agent.done.clear();
    agent.pass(2 * KEEP_RETRY_SECS);
    assert_eq!(
        agent.count(|action| matches!(action, Action::Keep(Slot::Thread, _))),
        0
    );
}

#[test]
fn a_certificate_that_comes_while_the_thread_cannot_be_written_does_not_end_the_trying() {
    let mut agent = Agent::new(Held::Nothing);
    agent.tell(Event::Started);
    agent.read("one");
    agent.disk_full = true;
    agent.welcome(0);
    agent.tell(Event::Renewed(Validity {
        from: NOON,
        until: NOON.after(Span::from_days(90)),
    }));
    agent.disk_full = false;
    agent.pass(KEEP_RETRY_SECS);
    assert_eq!(agent.sent(), [1]);
}
