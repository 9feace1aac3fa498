//! An expression: parsed and checked once, evaluated on every case.
//!
//! Touches nothing. Must never be made of a text that was not checked: an expression in force knows
//! every name it uses and what it costs at most.

use std::sync::{Arc, OnceLock};

use cel::common::types::{CelBool, CelString};
use cel::parser::{Expression as Parsed, PrattParser};
use cel::{Context, Env, ExecutionError, Value, add_member_overload};
use thiserror::Error;

use super::{check, culprits, shape, values};
use crate::facts::Evidence;
use crate::limits::{
    EXPRESSION_CHARS_MAX, EXPRESSION_DEPTH_MAX, EXPRESSION_NODES_MAX, TEXT_BYTES_MAX,
};
use crate::reading::Why;
use crate::rules::Case;
use crate::rules::pattern::Pattern;
use crate::words::shown_within;

/// Characters of a reason of the evaluator that a person is told.
const REASON_CHARS_MAX: usize = 300;

/// An expression that was checked.
#[derive(Debug, Clone)]
pub struct Expression {
    written: String,
    parsed: Arc<Parsed>,
}

/// Why a text is no expression of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{problem}")]
pub struct InvalidExpression {
    /// Line of the expression, counted from 1.
    pub line: usize,
    /// Column of that line in characters, counted from 1.
    pub column: usize,
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
            return Err(InvalidExpression {
                line: 1,
                column: 1,
                problem: format!(
                    "an expression of {chars} characters is not allowed; at most {EXPRESSION_CHARS_MAX} (EXPRESSION_CHARS_MAX)"
                ),
            });
        }
        let parsed = PrattParser::new()
            .max_recursion_depth(EXPRESSION_DEPTH_MAX)
            .max_expression_node_count(EXPRESSION_NODES_MAX)
            .parse(written)
            .map_err(|errors| syntax(&errors))?;
        check::check(&parsed).map_err(|wrong| wrong.placed(written))?;
        Ok(Self {
            written: written.to_owned(),
            parsed: Arc::new(parsed),
        })
    }

    /// As the policy writes it.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Whether it is true of the case.
    ///
    /// # Errors
    /// Why it cannot be told, for people.
    pub(super) fn evaluate(&self, case: &Case<'_>) -> Result<bool, String> {
        let (context, missing) = context(case);
        let value = Value::resolve_val(&self.parsed, &context);
        match value.map(|value| value.downcast_ref::<CelBool>().map(|truth| *truth.inner())) {
            Ok(Some(truth)) => Ok(truth),
            Ok(None) => Err("it comes to something else than true or false".to_owned()),
            Err(error) => Err(reason(&error, &missing)),
        }
    }

    /// The items that made it false, as far as they can be told.
    pub(super) fn culprits(&self, case: &Case<'_>) -> Vec<Evidence> {
        let (context, _) = context(case);
        culprits::find(&self.parsed, &context, case)
    }
}

/// The variables that could be told, and why the others could not.
fn context<'c>(case: &'c Case<'c>) -> (Context<'c, 'c>, Vec<(&'static str, Why)>) {
    let mut context = Context::with_env(Arc::clone(env()));
    let mut missing = vec![];
    for variable in &shape::VARIABLES {
        match values::variable(variable.name, case) {
            Ok(value) => context.add_variable_as_val(variable.name, value),
            Err(why) => missing.push((variable.name, why)),
        }
    }
    (context, missing)
}

fn reason(error: &ExecutionError, missing: &[(&'static str, Why)]) -> String {
    let text = match error {
        ExecutionError::UndeclaredReference(name) => missing
            .iter()
            .find(|(missing, _)| *missing == name.as_str())
            .map(|(name, why)| format!("{name}: {}: {}", why.code(), why.detail())),
        ExecutionError::NoSuchKey(field) => Some(format!("{field} could not be told")),
        _ => None,
    };
    let text = text.unwrap_or_else(|| error.to_string());
    shown_within(&text, REASON_CHARS_MAX).into_owned()
}

fn syntax(errors: &cel::ParseErrors) -> InvalidExpression {
    let first = errors.errors.first();
    let (line, column) = first.map_or((1, 1), |error| error.pos);
    let told = first.map_or("it cannot be read", |error| error.msg.as_str());
    InvalidExpression {
        line: usize::try_from(line).unwrap_or(1).max(1),
        column: usize::try_from(column).unwrap_or(1).max(1),
        problem: shown_within(told, REASON_CHARS_MAX).into_owned(),
    }
}

/// The language: the standard library, and two functions of the product.
fn env() -> &'static Arc<Env> {
    static ENV: OnceLock<Arc<Env>> = OnceLock::new();
    ENV.get_or_init(|| {
        let mut env = Env::stdlib();
        let declared = [
            add_member_overload!(env, fn like: (CelString, CelString) -> CelBool),
            add_member_overload!(env, fn older_than: (CelString, CelString) -> CelBool),
        ];
        debug_assert!(declared.iter().all(Result::is_ok), "names taken twice");
        Arc::new(env)
    })
}

/// Whether a text is like a pattern with `*` for any characters, in upper or lower case.
fn like(this: &CelString<'_>, pattern: &CelString<'_>) -> CelBool {
    let pattern = Pattern::parse(pattern.inner());
    CelBool::from(pattern.is_ok_and(|pattern| pattern.matches(this.inner())))
}

/// Whether a version is before another: numbers by their value, the rest letter by letter.
fn older_than(this: &CelString<'_>, other: &CelString<'_>) -> CelBool {
    CelBool::from(version_parts(this.inner()).lt(version_parts(other.inner())))
}

/// A version in the parts that are compared one by one. Separators only separate; a number is after the
/// end and after letters, so that 1.2 is before 1.2.1, and 2.0rc1 before 2.0.1.
fn version_parts(version: &str) -> impl Iterator<Item = (u8, u128, &str)> {
    let mut rest = version.get(..version.len().min(TEXT_BYTES_MAX)).unwrap_or_default();
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|char: char| !char.is_alphanumeric());
        let first = rest.chars().next()?;
        let is_number = first.is_ascii_digit();
        let end = rest
            .find(|char: char| !char.is_alphanumeric() || char.is_ascii_digit() != is_number)
            .unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        Some(if is_number {
            (1, part.parse().unwrap_or(u128::MAX), "")
        } else {
            (0, 0, part)
        })
    })
}
