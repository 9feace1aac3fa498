//! The check of an expression before it comes into force: every name is known, it comes to true or false,
//! and even on the largest laptop it costs no more than it may.
//!
//! Touches nothing. Must never let through what could only fail on a laptop.

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, SelectExpr, operators};
use cel::parser::Expression as Parsed;

use super::expression::InvalidExpression;
use super::shape::{self, Shape, VARIABLES, Variable};
use crate::limits::EXPRESSION_COST_MAX;

/// What a part of an expression comes to, as far as it can be told beforehand.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Value(Shape),
    Nothing,
    /// Cannot be told, as with the items of a list that is written out.
    Any,
    Record(&'static Variable),
    /// Of so many items at most.
    List(Option<&'static Variable>, u64),
}

/// A part that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The word it is about, to find its place; empty for the whole.
    word: String,
    problem: String,
}

struct Walk {
    scope: Vec<(String, Kind)>,
    cost: u64,
    /// How often the part at hand is evaluated at most.
    times: u64,
}

/// Functions of the language that are of use here, and the product's own.
const FUNCTIONS: [&str; 6] = [
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "like",
    "olderThan",
];

/// Checks a parsed expression.
pub(super) fn check(parsed: &Parsed) -> Result<(), Wrong> {
    let mut walk = Walk {
        scope: vec![],
        cost: 0,
        times: 1,
    };
    match walk.part(&parsed.expr)? {
        Kind::Value(Shape::Truth) => {}
        other => {
            return Err(Wrong::about(
                "",
                format!("it comes to {}; true or false is asked", other.name()),
            ));
        }
    }
    if walk.cost > EXPRESSION_COST_MAX {
        return Err(Wrong::about(
            "",
            format!(
                "on the largest laptop it costs {} steps; at most {EXPRESSION_COST_MAX} (EXPRESSION_COST_MAX)",
                walk.cost
            ),
        ));
    }
    Ok(())
}

impl Walk {
    fn part(&mut self, expr: &Expr) -> Result<Kind, Wrong> {
        self.cost = self.cost.saturating_add(self.times);
        match expr {
            Expr::Literal(literal) => Ok(literal_kind(literal)),
            Expr::Ident(name) => self.name(name),
            Expr::Select(select) => self.select(select),
            Expr::Call(call) => self.call(call),
            Expr::Comprehension(over) => self.comprehension(over),
            Expr::List(list) => {
                for element in &list.elements {
                    self.part(&element.expr)?;
                }
                let items = u64::try_from(list.elements.len()).unwrap_or(u64::MAX);
                Ok(Kind::List(None, items))
            }
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                Err(Wrong::about("{", "maps and structures are not allowed"))
            }
        }
    }

    fn name(&self, name: &str) -> Result<Kind, Wrong> {
        let bound = self.scope.iter().rev().find(|(bound, _)| bound == name);
        if let Some((_, kind)) = bound {
            return Ok(*kind);
        }
        match shape::variable(name) {
            Some(variable) => Ok(match variable.items_max {
                Some(max) => Kind::List(Some(variable), u64::try_from(max).unwrap_or(u64::MAX)),
                None => Kind::Record(variable),
            }),
            None => {
                let known: Vec<&str> = VARIABLES.iter().map(|variable| variable.name).collect();
                let known = known.join(", ");
                Err(Wrong::about(
                    name,
                    format!("{name} is not known; there are {known}"),
                ))
            }
        }
    }

    fn select(&mut self, select: &SelectExpr) -> Result<Kind, Wrong> {
        let field = select.field.as_str();
        let of = self.part(&select.operand.expr)?;
        let shape = match of {
            Kind::Record(variable) => variable.field(field).ok_or_else(|| {
                let known: Vec<&str> = variable.fields.iter().map(|(name, _)| *name).collect();
                let (name, known) = (variable.name, known.join(", "));
                Wrong::about(
                    field,
                    format!("{name} has no {field}; there are {known}"),
                )
            })?,
            Kind::Any => return Ok(Kind::Any),
            Kind::Value(_) | Kind::Nothing | Kind::List(..) => {
                return Err(Wrong::about(
                    field,
                    format!("{} has no {field}; ask its items with exists or all", of.name()),
                ));
            }
        };
        Ok(Kind::Value(if select.test {
            Shape::Truth
        } else {
            shape
        }))
    }

    fn call(&mut self, call: &CallExpr) -> Result<Kind, Wrong> {
        let mut given = vec![];
        for part in call.target.iter().map(AsRef::as_ref).chain(&call.args) {
            given.push(self.part(&part.expr)?);
        }
        let name = call.func_name.as_str();
        let truth = Kind::Value(Shape::Truth);
        match name {
            operators::LOGICAL_AND
            | operators::LOGICAL_OR
            | operators::LOGICAL_NOT
            | operators::NOT_STRICTLY_FALSE => {
                all_are(name, &given, truth)?;
                Ok(truth)
            }
            operators::EQUALS | operators::NOT_EQUALS => {
                alike(name, &given)?;
                Ok(truth)
            }
            operators::GREATER | operators::GREATER_EQUALS | operators::LESS
            | operators::LESS_EQUALS => {
                alike(name, &given)?;
                Ok(truth)
            }
            operators::IN => Ok(truth),
            operators::CONDITIONAL => match given.as_slice() {
                [asked, one, other] => {
                    all_are(name, &[*asked], truth)?;
                    Ok(if one == other { *one } else { Kind::Any })
                }
                _ => Ok(Kind::Any),
            },
            operators::ADD | operators::SUBSTRACT | operators::MULTIPLY | operators::DIVIDE
            | operators::MODULO | operators::NEGATE => {
                let number = Kind::Value(Shape::Number);
                all_are(name, &given, number)?;
                Ok(number)
            }
            "size" => Ok(Kind::Value(Shape::Number)),
            "contains" | "startsWith" | "endsWith" | "like" | "olderThan" => {
                all_are(name, &given, Kind::Value(Shape::Text))?;
                Ok(truth)
            }
            other => Err(Wrong::about(
                other,
                format!(
                    "the function {other} is not allowed; there are {}, has, exists, all, filter",
                    FUNCTIONS.join(", ")
                ),
            )),
        }
    }

    fn comprehension(&mut self, over: &ComprehensionExpr) -> Result<Kind, Wrong> {
        let (item, count) = match self.part(&over.iter_range.expr)? {
            Kind::List(Some(variable), count) => (Kind::Record(variable), count),
            Kind::List(None, count) => (Kind::Any, count),
            other @ (Kind::Value(_) | Kind::Nothing | Kind::Any | Kind::Record(_)) => {
                return Err(Wrong::about(
                    "",
                    format!("{} has no items to go over", other.name()),
                ));
            }
        };
        if over.iter_var2.is_some() {
            return Err(Wrong::about("", "two variables over one list are not allowed"));
        }
        let begins = self.part(&over.accu_init.expr)?;
        let gathers = matches!(begins, Kind::List(..));
        let accumulated = if gathers {
            Kind::List(None, count)
        } else {
            begins
        };
        let times = self.times;
        self.times = times.saturating_mul(count.max(1));
        let depth = self.scope.len();
        self.scope.push((over.iter_var.clone(), item));
        self.scope.push((over.accu_var.clone(), accumulated));
        if gathers {
            self.gathered(over)?;
        } else {
            self.part(&over.loop_cond.expr)?;
            self.part(&over.loop_step.expr)?;
        }
        self.times = times;
        if !gathers {
            self.part(&over.result.expr)?;
        }
        self.scope.truncate(depth);
        Ok(match (gathers, item, over.gathers_items()) {
            (true, Kind::Record(variable), true) => Kind::List(Some(variable), count),
            _ => accumulated,
        })
    }

    /// `filter` and `map`: the condition and what is put into the list.
    fn gathered(&mut self, over: &ComprehensionExpr) -> Result<(), Wrong> {
        let Expr::Call(step) = &over.loop_step.expr else {
            return Ok(());
        };
        for part in &step.args {
            match &part.expr {
                // The list so far with one item more.
                Expr::Call(more) if more.func_name == operators::ADD => {
                    for put in more.args.iter().filter_map(|put| match &put.expr {
                        Expr::List(list) => list.elements.first(),
                        _ => None,
                    }) {
                        self.part(&put.expr)?;
                    }
                }
                Expr::List(list) => {
                    for put in &list.elements {
                        self.part(&put.expr)?;
                    }
                }
                Expr::Ident(name) if *name == over.accu_var => {}
                asked => {
                    self.part(asked)?;
                }
            }
        }
        Ok(())
    }
}

/// Whether a comprehension is a `filter`: it puts its own items into the list, unchanged.
trait GathersItems {
    fn gathers_items(&self) -> bool;
}

impl GathersItems for ComprehensionExpr {
    fn gathers_items(&self) -> bool {
        let Expr::Call(step) = &self.loop_step.expr else {
            return false;
        };
        step.func_name == operators::CONDITIONAL
            && step.args.iter().any(|part| match &part.expr {
                Expr::Call(more) => more.args.iter().any(|put| match &put.expr {
                    Expr::List(list) => list.elements.iter().all(
                        |put| matches!(&put.expr, Expr::Ident(name) if *name == self.iter_var),
                    ),
                    _ => false,
                }),
                _ => false,
            })
    }
}

fn literal_kind(literal: &LiteralValue) -> Kind {
    match literal {
        LiteralValue::Boolean(_) => Kind::Value(Shape::Truth),
        LiteralValue::Int(_) => Kind::Value(Shape::Number),
        LiteralValue::String(_) => Kind::Value(Shape::Text),
        LiteralValue::Null => Kind::Nothing,
        LiteralValue::Bytes(_) | LiteralValue::Double(_) | LiteralValue::UInt(_) => Kind::Any,
    }
}

fn all_are(function: &str, given: &[Kind], wanted: Kind) -> Result<(), Wrong> {
    let other = given
        .iter()
        .find(|kind| **kind != wanted && **kind != Kind::Any);
    match other {
        None => Ok(()),
        Some(other) => {
            let shown = shown_function(function);
            Err(Wrong::about(
                shown,
                format!("{shown} is asked of {}; {} is wanted", other.name(), wanted.name()),
            ))
        }
    }
}

/// Whether two things can be compared: of one kind, or one of them can be missing.
fn alike(function: &str, given: &[Kind]) -> Result<(), Wrong> {
    let [one, other] = given else { return Ok(()) };
    let shown = shown_function(function);
    let open = |kind: &Kind| matches!(kind, Kind::Any | Kind::Nothing);
    if let Kind::Record(_) | Kind::List(..) = one {
        return Err(Wrong::about(
            shown,
            format!("{} cannot be compared; compare its fields or its size", one.name()),
        ));
    }
    if open(one) || open(other) || one == other {
        return Ok(());
    }
    Err(Wrong::about(
        shown,
        format!("{} is compared with {}", one.name(), other.name()),
    ))
}

/// An operator as a person writes it.
fn shown_function(name: &str) -> &str {
    match name {
        operators::CONDITIONAL => "?",
        operators::IN => "in",
        name => name.trim_matches('_'),
    }
}

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::Value(shape) => shape.name(),
            Self::Nothing => "null",
            Self::Any => "something that cannot be told beforehand",
            Self::Record(variable) => variable.name,
            Self::List(Some(variable), _) => variable.name,
            Self::List(None, _) => "a list",
        }
    }
}

impl Wrong {
    fn about(word: &str, problem: impl Into<String>) -> Self {
        Self {
            word: word.to_owned(),
            problem: problem.into(),
        }
    }

    /// The same with its place in the text: where the word stands first.
    pub(super) fn placed(self, written: &str) -> InvalidExpression {
        let at = find_word(written, &self.word).unwrap_or(0);
        let before = written.get(..at).unwrap_or_default();
        let line = before.matches('\n').count().saturating_add(1);
        let rest = before.rsplit('\n').next().unwrap_or_default();
        InvalidExpression {
            line,
            column: rest.chars().count().saturating_add(1),
            problem: self.problem,
        }
    }
}

/// Where a word stands that is no part of a longer one.
fn find_word(written: &str, word: &str) -> Option<usize> {
    let is_part = |char: char| char.is_alphanumeric() || char == '_';
    let is_name = word.chars().all(is_part);
    written.match_indices(word).map(|(at, _)| at).find(|at| {
        let before = written.get(..*at).and_then(|text| text.chars().next_back());
        let after = written
            .get(at.saturating_add(word.len())..)
            .and_then(|text| text.chars().next());
        !is_name || !(before.is_some_and(is_part) || after.is_some_and(is_part))
    })
}
