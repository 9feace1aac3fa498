//! A collector that asks for sections it does not hold.
//!
//! Touches nothing.

use super::*;
use crate::limits::{GATHER_PAUSE_SECS, NEEDS_MAX};
use sekisho_proto::message::Need;

#[test]
fn sections_that_the_collector_needs_are_sent_again_a_few_times() {
    let mut agent = Agent::attached();
    let section = (SectionKind::Host, Fingerprint::of(b"one"));
    let need = || {
        Heard::Need(Need {
            sequence: Sequence(1),
            sections: vec![section],
        })
    };
    for times in 1..=NEEDS_MAX {
        agent.hear(need());
        let again = usize::try_from(times).unwrap() + 1;
        assert_eq!(agent.sent().len(), again, "asked for {times} times");
    }
    assert!(!agent.done.contains(&Action::Disconnect));
    agent.hear(need());
    assert!(agent.done.contains(&Action::Disconnect));
}

#[test]
fn what_the_collector_turned_out_not_to_hold_is_not_left_out_again() {
    let mut agent = Agent::attached();
    agent.hear(Heard::Ack(Ack {
        sequence: Sequence(1),
        standing: None,
    }));
    agent.pass(GATHER_PAUSE_SECS + 3600);
    agent.read("one");
    let held = |agent: &Agent| {
        let sent = agent.done.iter().rev().find_map(|action| match action {
            Action::SendReport { held, .. } => Some(held.clone()),
            _ => None,
        });
        sent.unwrap()
    };
    assert!(held(&agent).contains_key(&SectionKind::Host));
    agent.hear(Heard::Need(Need {
        sequence: Sequence(2),
        sections: vec![(SectionKind::Host, Fingerprint::of(b"one"))],
    }));
    assert_eq!(agent.sent(), [1, 2, 2]);
    assert!(!held(&agent).contains_key(&SectionKind::Host));
}
