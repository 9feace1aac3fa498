//! What the two sides can say to each other, there and back.
//!
//! Touches bytes in memory. Must never sleep or read a clock.

use super::*;

#[test]
fn a_message_without_a_body_is_refused_by_name() {
    let refusal = FromAgent::try_from(wire::FromAgent::default()).unwrap_err();
    assert_eq!(refusal.to_string(), "body of an agent's message is missing");
}
