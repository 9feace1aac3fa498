//! A certificate that has ended by the collector's clock alone.
//!
//! Touches nothing.

use super::*;

#[test]
fn a_clock_that_fell_back_does_not_keep_an_ended_certificate_from_being_renewed() {
    let mut agent = Agent::new(Held::Nothing);
    agent.tell(Event::Started);
    agent.read("one");
    let connects = |action: &Action| matches!(action, Action::Connect(_));
    assert_eq!(
        agent.count(connects),
        1,
        "by its own clock it has not ended"
    );
    agent.tell(Event::CertificateEnded);
    agent.tell(Event::Broken {
        why: "received fatal alert: CertificateExpired".to_owned(),
        retry_after: None,
    });
    agent.pass(3_600);
    assert!(agent.done.contains(&Action::Renew { expired: true }));
    assert_eq!(agent.count(connects), 1);
    let from = NOON.after(Span::from_days(100));
    agent.tell(Event::Renewed(Validity {
        from,
        until: from.after(Span::from_days(90)),
    }));
    assert_eq!(agent.count(connects), 2, "the new one is used");
}
