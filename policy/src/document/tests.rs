//! What is taken for a policy, and what the refusals say.
//!
//! Touches nothing. Must never test a rule.

use super::*;

#[test]
fn the_shipped_policy_is_a_policy() {
    assert!(Policy::parse(Policy::shipped_text()).is_ok());
}
