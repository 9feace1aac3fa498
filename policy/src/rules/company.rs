//! Rules that the company wrote itself: expressions over the same facts, in the Common Expression
//! Language (CEL, <https://cel.dev>).
//!
//! Touches the facts, the register's entry and the time of a case. Must never let an expression pass
//! that could not be evaluated: that is unknown, with the reason.

mod compile;
mod culprits;
mod evaluate;
mod expression;
mod fields;
mod tree;
mod variables;
mod version;

use self::culprits::Culprits;
use self::evaluate::Untold;
use super::{Case, Found};
use crate::facts::Evidence;
use crate::finding::{Message, Outcome, OwnRule, Wording};
use crate::limits::EXPRESSION_COST_MAX;

pub use self::expression::{Expression, InvalidExpression};
pub use self::fields::Shape;
pub use self::variables::{VARIABLES, Variable};

/// What the name of a company's rule begins with in findings, so that it is never taken for a rule of
/// the product.
pub const PREFIX: &str = "company.";

/// One rule as the company wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// Its name in findings, with [`PREFIX`].
    pub id: String,
    /// Its title and the clause it serves.
    pub named: OwnRule,
    /// How to mend a break of it.
    pub remedy: Wording,
    /// What must be true of a laptop.
    pub expression: Expression,
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        let lines = self.expression.written().lines().map(str::trim);
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        let written = Evidence::new("expression", lines.join(" "));
        match self.expression.evaluate(case) {
            Ok(true) => Found::new(Outcome::Pass, Message::new("company-ok")).resting_on([written]),
            Ok(false) => {
                let culprits = self.expression.culprits(case);
                let more = (culprits.more > 0)
                    .then(|| Evidence::new("more evidence left out", culprits.more.to_string()));
                Found::new(Outcome::Fail, broken_by(&culprits))
                    .mended_by(said("company-fix", &self.remedy))
                    .resting_on(std::iter::once(written).chain(culprits.told).chain(more))
            }
            Err(untold) => self.untold(&untold).resting_on([written]),
        }
    }

    fn untold(&self, untold: &Untold) -> Found {
        let (cause, remedy) = match untold {
            Untold::Fact(fact, why) => (
                Message::new("company-unknown")
                    .with("fact", fact)
                    .because(why),
                super::remedy_for(why),
            ),
            Untold::Absent(fact) => (
                Message::new("company-absent").with("fact", fact),
                Message::new("remedy-rule"),
            ),
            Untold::Nothing(list) => (
                Message::new("company-nothing").with("list", *list),
                Message::new("remedy-unknown"),
            ),
            Untold::Number => (Message::new("company-number"), Message::new("remedy-rule")),
            Untold::TooCostly => (
                Message::new("company-costly").with("max", EXPRESSION_COST_MAX.to_string()),
                Message::new("remedy-rule"),
            ),
        };
        Found::new(Outcome::Unknown, cause).mended_by(remedy)
    }
}

fn broken_by(culprits: &Culprits) -> Message {
    match culprits.told.split_first() {
        Some((first, rest)) => {
            let names: Vec<&str> = rest.iter().map(|seen| seen.source.as_str()).collect();
            let others = rest.len().saturating_add(culprits.more);
            Message::new("company-broken-by")
                .with("what", &*first.source)
                .with("said", &*first.value)
                .and_also(&names)
                .with("others", others.to_string())
        }
        None => Message::new("company-broken"),
    }
}

/// A message whose argument `text` is the company's own words in the reader's language.
fn said(key: &'static str, words: &Wording) -> Message {
    Message::new(key)
        .with("text.en", words.en.as_str())
        .with("text.ja", words.ja.as_str())
}

#[cfg(test)]
mod tests;
