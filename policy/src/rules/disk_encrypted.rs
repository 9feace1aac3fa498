//! M3, under construction on this branch: the outcome is unknown.
//!
//! Touches nothing. Must never pass.

use super::{Case, Found, Rule};
use crate::finding::{Clause, Message, Outcome};

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "disk-encrypted",
    clause: Clause {
        promise: "M3",
        edition_2013: "A.6.2.1(3)",
        edition_2022: "8.1, 8.24",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters;

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, _case: &Case<'_>) -> Found {
        Found::new(Outcome::Unknown, Message::new("why-not_asked"))
    }
}
