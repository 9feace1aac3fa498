//! An expression: parsed and checked once, evaluated on every case.
//!
//! Touches nothing. Must never be made of a text that was not checked: an expression in force knows
//! every name it uses and what it costs at most.

use std::sync::Arc;

use cel::parser::{Expression as Parsed, ParseErrors, PrattParser};
use thiserror::Error;

use super::budget::Budget;
use super::compile::{self, Wrong};
use super::culprits::{self, Culprits};
use super::evaluate::{Run, Untold};
use super::tree::Truth;
use crate::id::Fingerprint;
use crate::limits::{EXPRESSION_CHARS_MAX, EXPRESSION_DEPTH_MAX};
use crate::rules::Case;

/// An expression that was checked.
#[derive(Debug, Clone)]
pub struct Expression {
    written: String,
    tree: Arc<Truth>,
}

/// Why a text is no expression of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem}")]
pub struct InvalidExpression {
    /// The byte of the text that it is about.
    pub at: usize,
    /// What is wrong, and what is allowed there.
    pub problem: String,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Expression {}

impl Expression {
    /// Reads and checks an expression: its syntax, every name in it, that it comes to true or false, and
    /// what it costs at most.
    ///
    /// # Errors
    /// [`InvalidExpression`] with the first thing that is wrong.
    pub fn parse(written: &str) -> Result<Self, InvalidExpression> {
        let chars = written.chars().count();
        if chars > EXPRESSION_CHARS_MAX {
            let problem = format!(
                "an expression of {chars} characters is not allowed; at most {EXPRESSION_CHARS_MAX} (EXPRESSION_CHARS_MAX)"
            );
            return Err(InvalidExpression { at: 0, problem });
        }
        if let Some(at) = prefixed_too_deep(written) {
            let problem = compile::too_deep();
            return Err(InvalidExpression { at, problem });
        }
        let parsed = parsed(written).map_err(|errors| syntax(written, &errors))?;
        let tree = compile::compile(&parsed).map_err(|wrong| placed(written, wrong))?;
        Ok(Self {
            written: written.to_owned(),
            tree: Arc::new(tree),
        })
    }

    /// As the policy writes it, on one line.
    #[must_use]
    pub fn on_one_line(&self) -> String {
        let lines = self.written.lines().map(str::trim);
        let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
        lines.join(" ")
    }

    /// SHA-256 of it on one line: another expression has another, however its lines are broken.
    #[must_use]
    pub fn digest(&self) -> Fingerprint {
        Fingerprint::of(self.on_one_line().as_bytes())
    }

    #[cfg(test)]
    pub(super) fn tree(&self) -> &Truth {
        &self.tree
    }

    /// Whether it is true of the case.
    ///
    /// # Errors
    /// Why it cannot be told.
    pub(super) fn evaluate(&self, case: &Case<'_>, budget: &mut Budget) -> Result<bool, Untold> {
        let steps = budget.steps_of_one();
        let mut run = Run::new(case, steps);
        let came_to = run.truth(&self.tree);
        budget.spend(steps.saturating_sub(run.steps_left()));
        came_to
    }

    /// What made it false, as far as it can be told.
    pub(super) fn culprits(&self, case: &Case<'_>, budget: &mut Budget) -> Culprits {
        let mut told = Culprits::default();
        let steps = budget.steps_of_one();
        let mut run = Run::new(case, steps);
        culprits::of(&mut run, &self.tree, false, &mut told);
        budget.spend(steps.saturating_sub(run.steps_left()));
        told
    }
}

fn parsed(written: &str) -> Result<Parsed, ParseErrors> {
    PrattParser::new()
        .max_recursion_depth(EXPRESSION_DEPTH_MAX)
        .parse(written)
}

/// Where one `!` or `-` too many stands before a part. The parser calls itself for each that is not the one before it, and
/// does not count them as parts inside parts.
fn prefixed_too_deep(written: &str) -> Option<usize> {
    let (mut before, mut depth) = (None, 0);
    let mut chars = written
        .char_indices()
        .filter(|(_, one)| !one.is_whitespace());
    let deep = chars.find(|(_, one)| {
        let is_prefix = matches!(one, '!' | '-');
        depth = match before {
            _ if !is_prefix => 0,
            Some(other) if other == *one => depth,
            _ => depth + 1,
        };
        before = is_prefix.then_some(*one);
        depth > EXPRESSION_DEPTH_MAX
    });
    deep.map(|(at, _)| at)
}

fn syntax(written: &str, errors: &ParseErrors) -> InvalidExpression {
    let first = errors.errors.first();
    let (line, column) = first.map_or((1, 1), |error| error.pos);
    let before: usize = written
        .split_inclusive('\n')
        .take(usize::try_from(line).unwrap_or(1).saturating_sub(1))
        .map(str::len)
        .sum();
    let column = usize::try_from(column).unwrap_or(1).saturating_sub(1);
    let told = first.map_or("it cannot be read", |error| error.msg.as_str());
    InvalidExpression {
        at: before.saturating_add(column).min(written.len()),
        problem: told.to_owned(),
    }
}

/// Finds the place of a part. The parser tells places only with an error, so it is given one: a bracket that
/// nothing opens. What stands before it has the same numbers again.
fn placed(written: &str, wrong: Wrong) -> InvalidExpression {
    let places = parsed(&format!("{written}\n)")).err().and_then(|errors| {
        let mut errors = errors.errors.into_iter();
        errors.find_map(|error| error.source_info)
    });
    let start = places.and_then(|places| places.offset_for(wrong.part));
    let at = start.map_or(0, |(start, _)| usize::try_from(start).unwrap_or(0));
    // A field is found by the dot before it.
    let dot = usize::from(written.get(at..).is_some_and(|rest| rest.starts_with('.')));
    InvalidExpression {
        at: at.saturating_add(dot).min(written.len()),
        problem: wrong.problem,
    }
}
