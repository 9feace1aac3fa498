//! Where the laptop is, as its cycle decides it from what beacons answer.
//!
//! Touches nothing. Must never wait for time to pass.

use sekisho_policy::facts::NetworkPlace;
use sekisho_policy::reading::{Reading, Why};

use super::*;
use crate::cycle::place::{LinkAnswer, NoAnswer, Sighting};

const INSIDE: Reading<NetworkPlace> = Reading::Known(NetworkPlace::Inside);
const OUTSIDE: Reading<NetworkPlace> = Reading::Known(NetworkPlace::Outside);

fn beacons(port: u16) -> Beacons {
    Beacons {
        addresses: vec![([10, 1, 2, 3], port).into()],
        pins: vec![Fingerprint::of(b"key")],
    }
}

/// An agent that remembers a beacon and has started.
fn started() -> Agent {
    let mut agent = Agent::new(Held::Nothing);
    agent.cycle = Cycle::new(Start {
        beacons: beacons(7445),
        ..Agent::remembering(Held::Nothing, Timestamp(0))
    });
    agent.tell(Event::Started);
    agent
}

fn over(networks: &str, answers: &[Result<(), NoAnswer>]) -> Sighting {
    Sighting {
        networks: vec![networks.to_owned()],
        leads_out: true,
        links: Ok(answers
            .iter()
            .map(|answer| LinkAnswer {
                link: "eth0".to_owned(),
                answer: answer.clone(),
            })
            .collect()),
    }
}

fn nobody() -> Result<(), NoAnswer> {
    Err(NoAnswer::NotThere("10.1.2.3:7445: refused".to_owned()))
}

impl Agent {
    fn questions(&self) -> Vec<u64> {
        let asked = self.done.iter().filter_map(|action| match action {
            Action::FindPlace { number, .. } => Some(*number),
            _ => None,
        });
        asked.collect()
    }

    /// The networks on which nobody need be asked, by the last question.
    fn unless(&self) -> Option<Vec<String>> {
        let asked = self.done.iter().rev().find_map(|action| match action {
            Action::FindPlace { unless, .. } => Some(unless.clone()),
            _ => None,
        });
        asked.expect("a question")
    }

    /// Answers the question that was asked last, as the shell does.
    fn sees(&mut self, sighting: Sighting) {
        let number = *self.questions().last().expect("a question");
        if self.unless().as_ref() == Some(&sighting.networks) {
            self.tell(Event::SameNetworks { number });
        } else {
            self.tell(Event::Sighted { number, sighting });
        }
    }

    fn finds(&mut self, networks: &str, answers: &[Result<(), NoAnswer>]) {
        self.sees(over(networks, answers));
    }

    fn welcome_with(&mut self, beacons: Beacons) {
        self.hear(Heard::Welcome(greeted(beacons)));
    }

    fn stands(&self) -> Reading<NetworkPlace> {
        self.cycle.place(self.now)
    }

    fn why(&self) -> Why {
        match self.stands() {
            Reading::Unknown(why) => why,
            other => panic!("{other:?}"),
        }
    }
}

fn inside() -> Agent {
    let mut agent = started();
    agent.finds("office", &[Ok(())]);
    assert_eq!(agent.stands(), INSIDE);
    agent
}

#[test]
fn a_laptop_that_knows_of_no_beacon_asks_nobody_and_knows_nothing() {
    let mut agent = Agent::new(Held::Nothing);
    agent.tell(Event::Started);
    agent.tell(Event::LinksTouched);
    agent.pass(2000);
    assert_eq!(agent.questions(), Vec::<u64>::new());
    assert_eq!(agent.stands(), Reading::Absent);
}

#[test]
fn one_answer_is_enough_for_inside_and_no_reading_goes_before_it() {
    let mut agent = started();
    assert_eq!(agent.questions().len(), 1);
    assert_eq!(agent.count(|action| matches!(action, Action::Gather(_))), 0);
    agent.finds("office", &[Ok(())]);
    assert_eq!(agent.stands(), INSIDE);
    assert_eq!(agent.count(|action| matches!(action, Action::Gather(_))), 1);
}

#[test]
fn a_question_without_an_answer_keeps_no_reading_waiting_for_long() {
    let mut agent = started();
    agent.pass(3);
    assert_eq!(agent.count(|action| matches!(action, Action::Gather(_))), 0);
    agent.pass(1);
    assert_eq!(agent.count(|action| matches!(action, Action::Gather(_))), 1);
    assert!(matches!(agent.why(), Why::TimedOut(_)));
    agent.pass(600);
    assert_eq!(agent.questions().len(), 2, "it is asked again");
    agent.tell(Event::Sighted {
        number: 1,
        sighting: over("office", &[Ok(())]),
    });
    assert_ne!(
        agent.stands(),
        INSIDE,
        "an answer to a question long given up"
    );
}

#[test]
fn from_inside_it_takes_two_silences_five_seconds_apart() {
    let mut agent = inside();
    agent.pass(600);
    agent.finds("office", &[nobody()]);
    assert_eq!(agent.stands(), INSIDE);
    agent.pass(4);
    assert_eq!(agent.questions().len(), 2);
    agent.pass(4);
    assert_eq!(agent.questions().len(), 3);
    agent.finds("office", &[nobody()]);
    assert_eq!(agent.stands(), OUTSIDE);
}

#[test]
fn a_beacon_that_is_back_after_one_silence_leaves_the_laptop_inside() {
    let mut agent = inside();
    agent.pass(600);
    agent.finds("office", &[nobody()]);
    agent.pass(8);
    agent.finds("office", &[Ok(())]);
    assert_eq!(agent.stands(), INSIDE);
    agent.pass(600);
    agent.finds("office", &[nobody()]);
    assert_eq!(agent.stands(), INSIDE, "the silence before is forgotten");
}

#[test]
fn on_another_network_it_is_not_inside_for_a_moment() {
    let mut agent = inside();
    agent.tell(Event::LinksTouched);
    agent.pass(10);
    agent.finds("café", &[nobody()]);
    assert!(
        matches!(agent.why(), Why::TimedOut(_)),
        "and not outside yet"
    );
    agent.pass(8);
    agent.finds("café", &[nobody()]);
    assert_eq!(agent.stands(), OUTSIDE);
    agent.tell(Event::LinksTouched);
    agent.pass(10);
    agent.finds("home", &[nobody()]);
    assert_eq!(agent.stands(), OUTSIDE, "it was outside before");
}

#[test]
fn many_announcements_are_one_question_and_seldom_more() {
    let mut agent = inside();
    agent.pass(60);
    let before = agent.questions().len();
    for _ in 0..50 {
        agent.tell(Event::LinksTouched);
    }
    assert_eq!(agent.questions().len(), before);
    agent.pass(3);
    assert_eq!(agent.questions().len(), before + 1);
    agent.finds("office", &[Ok(())]);
    for _ in 0..30 {
        agent.tell(Event::LinksTouched);
        agent.pass(1);
        agent.finds("office", &[Ok(())]);
    }
    assert!(
        agent.questions().len() <= before + 12,
        "{:?}",
        agent.questions()
    );
    let reports = agent.count(|action| matches!(action, Action::Append { .. }));
    assert_eq!(reports, 0, "the place has not changed");
}

#[test]
fn announcements_on_the_same_networks_ask_no_beacon_and_put_off_no_question() {
    let mut agent = inside();
    for _ in 0..50 {
        agent.tell(Event::LinksTouched);
        agent.pass(10);
        assert_eq!(agent.unless(), Some(vec!["office".to_owned()]));
        agent.finds("office", &[nobody()]);
    }
    assert_eq!(agent.stands(), INSIDE, "nobody was asked");
    agent.pass(100);
    assert_eq!(agent.unless(), None, "the timer asks all the same");
    agent.finds("office", &[nobody()]);
    agent.pass(8);
    agent.finds("office", &[nobody()]);
    assert_eq!(agent.stands(), OUTSIDE);
}

#[test]
fn without_a_network_or_a_way_out_the_place_is_unknown() {
    let mut agent = started();
    agent.sees(Sighting {
        networks: Vec::new(),
        leads_out: false,
        links: Ok(Vec::new()),
    });
    assert!(matches!(agent.why(), Why::Unreadable(_)));
    agent.pass(600);
    agent.sees(Sighting {
        leads_out: false,
        ..over("cable", &[nobody()])
    });
    assert!(matches!(agent.why(), Why::Unreadable(_)));
    agent.pass(600);
    let refused = Why::NotPermitted("SO_BINDTODEVICE".to_owned());
    agent.finds("office", &[Err(NoAnswer::Unknown(refused.clone()))]);
    assert_eq!(agent.why(), refused);
}

#[test]
fn who_is_on_another_network_beside_the_internal_one_is_outside() {
    let mut agent = started();
    agent.finds("both", &[Ok(()), nobody()]);
    assert_eq!(agent.stands(), OUTSIDE);
}

#[test]
fn what_was_found_does_not_outlive_a_sleep() {
    let mut agent = inside();
    // The timers of the loop stand still while the laptop sleeps, so nothing has woken the cycle.
    agent.now.boot = Span(agent.now.boot.0 + Span::from_hours(8).0);
    assert!(matches!(agent.why(), Why::TimedOut(_)));
    agent.tell(Event::Woke);
    assert_eq!(agent.questions().len(), 2, "it is asked at once");
    agent.finds("office", &[nobody()]);
    assert!(
        matches!(agent.why(), Why::TimedOut(_)),
        "a silence has proved nothing"
    );
    agent.pass(8);
    agent.finds("office", &[nobody()]);
    assert_eq!(agent.stands(), OUTSIDE);
}

#[test]
fn an_answer_that_waited_while_the_laptop_slept_tells_nothing() {
    let mut agent = started();
    agent.now.boot = Span(agent.now.boot.0 + Span::from_hours(8).0);
    agent.finds("office", &[Ok(())]);
    assert!(matches!(agent.why(), Why::TimedOut(_)));
}

#[test]
fn the_agent_sleeps_while_a_reading_waits_for_a_beacon() {
    let mut agent = started();
    agent.tell(reconciled(&isolation(0, None)));
    assert_eq!(agent.count(|action| matches!(action, Action::Gather(_))), 0);
    assert!(agent.cycle.next_wake(agent.now) > agent.now.boot);
}

#[test]
fn when_the_collector_is_back_its_beacon_is_asked_soon() {
    let mut agent = inside();
    agent.read("one");
    agent.pass(600);
    agent.finds("office", &[nobody()]);
    agent.pass(8);
    agent.finds("office", &[nobody()]);
    assert_eq!(agent.stands(), OUTSIDE);
    agent.welcome_with(beacons(7445));
    agent.pass(30);
    agent.finds("office", &[Ok(())]);
    assert_eq!(agent.stands(), INSIDE);
}

#[test]
fn under_an_isolation_nobody_is_asked_and_the_place_is_unknown_until_the_release() {
    let mut agent = inside();
    agent.read("one");
    agent.welcome_with(beacons(7445));
    agent.order(isolation(3, None));
    let asked = agent.questions().len();
    assert!(matches!(agent.why(), Why::NotPermitted(_)));
    for _ in 0..20 {
        agent.tell(Event::LinksTouched);
        agent.pass(600);
    }
    assert_eq!(agent.questions().len(), asked);
    let release = Order {
        access: Access::Full,
        ..isolation(4, None)
    };
    agent.order(release);
    assert_eq!(agent.questions().len(), asked + 1);
}

#[test]
fn with_a_certificate_that_has_ended_the_place_is_unknown_and_not_outside() {
    let mut agent = inside();
    agent.pass(91 * 86_400);
    let asked = agent.questions().len();
    let Why::NotPermitted(why) = agent.why() else {
        panic!("{:?}", agent.why());
    };
    assert!(why.contains("certificate"), "{why}");
    agent.pass(3600);
    assert_eq!(agent.questions().len(), asked);
    agent.tell(Event::Renewed(Validity {
        from: agent.now.wall,
        until: agent.now.wall.after(Span::from_days(90)),
    }));
    assert_eq!(agent.questions().len(), asked + 1);
}

#[test]
fn a_key_that_is_rotated_leaves_the_laptop_where_it_is() {
    let mut agent = inside();
    agent.read("one");
    let now = beacons(7445);
    let rotated = Beacons {
        pins: vec![now.pins[0], Fingerprint::of(b"next")],
        ..now
    };
    agent.welcome_with(rotated);
    let kept = agent.count(|action| matches!(action, Action::Keep(Slot::Beacons, _)));
    assert_eq!(kept, 1);
    assert_eq!(agent.stands(), INSIDE);
    agent.pass(30);
    assert_eq!(agent.questions().len(), 2, "it is asked soon");
    agent.finds("office", &[nobody()]);
    assert_eq!(agent.stands(), INSIDE, "one silence is none");
    // A key that shares nothing with what was known proves nothing of before.
    agent.welcome_with(Beacons {
        pins: vec![Fingerprint::of(b"another")],
        ..beacons(7445)
    });
    assert_ne!(agent.stands(), INSIDE);
}

#[test]
fn beacons_that_the_collector_tells_are_kept_and_asked_at_once() {
    let mut agent = inside();
    agent.read("one");
    agent.welcome_with(beacons(7446));
    let kept = agent.count(|action| matches!(action, Action::Keep(Slot::Beacons, _)));
    assert_eq!(kept, 1);
    assert_eq!(agent.questions().len(), 2);
    assert_ne!(
        agent.stands(),
        INSIDE,
        "another beacon has proved nothing yet"
    );
    let without_key = Beacons {
        pins: Vec::new(),
        ..beacons(7446)
    };
    agent.welcome_with(without_key);
    assert!(matches!(agent.why(), Why::Unreadable(why) if why.contains("key")));
    agent.welcome_with(Beacons::default());
    assert_eq!(agent.stands(), Reading::Absent);
}
