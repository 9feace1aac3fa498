//! Orders that are not taken up are told to the collector, each by its reason.
//!
//! Touches nothing.

use sekisho_policy::order::{RefusedOrder, WhyRefused};

use super::*;
use crate::cycle::NotTakenUp;

/// What the last account says of refused orders.
fn told(agent: &Agent) -> (u64, Option<RefusedOrder>) {
    let sent = agent.done.iter().rev().find_map(|action| match action {
        Action::SendEnforcement(account) => Some(account),
        _ => None,
    });
    let sent = sent.expect("an account was sent");
    (sent.refused, sent.last_refused.clone())
}

#[track_caller]
fn check(agent: &Agent, count: u64, why: WhyRefused, generation: Option<u64>) {
    let (refused, last) = told(agent);
    let last = last.expect("the last refusal");
    assert_eq!((refused, last.why), (count, why), "{}", last.detail);
    assert_eq!(last.generation, generation.map(Generation));
    assert!(!last.detail.is_empty());
}

#[test]
fn every_refused_order_is_told_with_its_reason() {
    let mut agent = Agent::attached();
    let held = Order {
        access: Access::Full,
        ..isolation(3, None)
    };
    agent.order(held.clone());
    agent.tell(reconciled(&held));
    assert_eq!(told(&agent), (0, None));

    agent.order(isolation(2, None));
    check(&agent, 1, WhyRefused::Older, Some(2));
    agent.order(Order {
        reason: "other".to_owned(),
        ..held.clone()
    });
    check(&agent, 2, WhyRefused::Conflicting, Some(3));
    agent.order(Order {
        device: DeviceId::from_bytes([9; 16]),
        ..isolation(4, None)
    });
    check(&agent, 3, WhyRefused::OtherDevice, Some(4));
    agent.order(isolation(4, Some(Timestamp(NOON.0 - 1))));
    check(&agent, 4, WhyRefused::Ended, Some(4));
    agent.hear(Heard::Order {
        signed: vec![1],
        opened: Err(NotTakenUp {
            why: WhyRefused::NotTrusted,
            generation: None,
            detail: "not signed by a key this device trusts".to_owned(),
        }),
    });
    check(&agent, 5, WhyRefused::NotTrusted, None);
    assert_eq!(
        agent.count(|action| matches!(action, Action::Warn(_))),
        5,
        "each is told to the people of this machine too"
    );
    assert_eq!(desires(&agent).last().unwrap().order, Some(held));
}

#[test]
fn a_late_request_is_refused_and_a_repeated_one_is_not() {
    let mut agent = Agent::attached();
    let held = isolation(3, None);
    agent.order(held.clone());
    agent.tell(reconciled(&held));
    let request = Request {
        device: DEVICE,
        id: [1; 16],
        kind: RequestKind::CheckNow,
        reason: String::new(),
        issued_at: NOON,
        until: None,
        incident: None,
    };
    let hear = |agent: &mut Agent, request: Request| {
        agent.hear(Heard::Order {
            signed: vec![1],
            opened: Ok(OrderBody::Request(request)),
        });
    };
    hear(&mut agent, request.clone());
    hear(&mut agent, request.clone());
    assert_eq!(told(&agent), (0, None));
    hear(
        &mut agent,
        Request {
            id: [2; 16],
            until: Some(Timestamp(NOON.0 - 1)),
            ..request
        },
    );
    check(&agent, 1, WhyRefused::Ended, None);
}
