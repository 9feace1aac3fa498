//! What the register says is followed by a report: when it changes, and when its dates pass.
//!
//! Touches nothing. Must never look into the cycle: only what it answers counts.

use sekisho_policy::exception::Exception;
use sekisho_policy::finding::RuleId;
use sekisho_policy::register::Registration;

use super::*;

#[test]
fn an_approval_is_followed_by_a_report_although_nothing_changed_here() {
    let mut agent = Agent::attached();
    agent.read("one");
    agent.done.clear();
    let approved = Entry {
        registration: Some(Registration::Approved),
        ..Entry::unknown()
    };
    agent.hear(Heard::Register(approved));
    agent.read("one");
    let appended = agent.count(|action| matches!(action, Action::Append { .. }));
    assert_eq!(appended, 1);
}

#[test]
fn an_exception_is_followed_by_a_report_as_it_begins_and_as_it_ends() {
    let mut agent = Agent::attached();
    agent.read("one");
    let exception = Exception {
        rule: RuleId("disk-encrypted".to_owned()),
        expression: None,
        owner: String::new(),
        reason: String::new(),
        approver: String::new(),
        from: NOON.after(Span::from_secs(100)),
        until: NOON.after(Span::from_secs(500)),
    };
    agent.done.clear();
    agent.hear(Heard::Register(Entry {
        exceptions: vec![exception],
        ..Entry::unknown()
    }));
    agent.read("one");
    let at_once = agent.count(|action| matches!(action, Action::Append { .. }));
    assert_eq!(at_once, 0, "a group's exception reaches many at once");
    // One as the device hears of it, one as it begins, one as it ends.
    for (wait, reports) in [(30, 1), (20, 1), (250, 0), (30, 1)] {
        agent.done.clear();
        agent.pass(wait);
        agent.read("one");
        agent.pass(crate::limits::REPORT_SPREAD_SECS);
        agent.read("one");
        let appended = agent.count(|action| matches!(action, Action::Append { .. }));
        assert_eq!(appended, reports, "after {wait} s more");
    }
}
