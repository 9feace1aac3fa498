//! The check of an expression before it comes into force: every name is known, every part fits, it comes to
//! true or false, and even on the largest laptop it costs no more than it may.
//!
//! Touches nothing. Must never let through what could only fail on a laptop.

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, SelectExpr, operators};
use cel::parser::Expression as Parsed;

use super::tree::{Comparison, Field, Number, Of, Operation, Part, Text, Truth};
use super::variables::{self, VARIABLES, Variable};
use crate::limits::{EXPRESSION_COST_MAX, EXPRESSION_DEPTH_MAX};
use crate::rules::company::fields::Shape;
use crate::rules::pattern::Pattern;

/// What can be called, for the refusal of anything else.
const FUNCTIONS: &str =
    "exists, all, has, size, contains, startsWith, endsWith, like and olderThan";

/// A part that is not allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The part, by the parser's number.
    pub(super) part: u64,
    /// What is wrong with it, and what is allowed.
    pub(super) problem: String,
}

/// Compiles a parsed expression.
pub(super) fn compile(parsed: &Parsed) -> Result<Truth, Wrong> {
    let mut compiler = Compiler {
        bound: vec![],
        depth: 0,
        times: 1,
        cost: 0,
    };
    let tree = compiler.truth(parsed)?;
    if compiler.cost > EXPRESSION_COST_MAX {
        let cost = compiler.cost;
        return Err(wrong(
            parsed,
            format!(
                "on a laptop with the most there can be this takes {cost} steps; at most {EXPRESSION_COST_MAX} are allowed (EXPRESSION_COST_MAX). Do not go over a long list inside another"
            ),
        ));
    }
    Ok(tree)
}

struct Compiler {
    /// The names that `exists` and `all` have bound, and what they stand for.
    bound: Vec<(String, &'static Variable)>,
    depth: u16,
    /// How often the part at hand is evaluated at most.
    times: u64,
    cost: u64,
}

impl Compiler {
    fn truth(&mut self, expr: &Parsed) -> Result<Truth, Wrong> {
        let part = self.part(expr)?;
        if let Part::Truth(truth) = part {
            return Ok(truth);
        }
        Err(unfit(expr, &part, Shape::Truth))
    }

    fn number(&mut self, expr: &Parsed) -> Result<Number, Wrong> {
        let part = self.part(expr)?;
        if let Part::Number(number) = part {
            return Ok(number);
        }
        Err(unfit(expr, &part, Shape::Number))
    }

    fn text(&mut self, expr: &Parsed) -> Result<Text, Wrong> {
        let part = self.part(expr)?;
        if let Part::Text(text) = part {
            return Ok(text);
        }
        Err(unfit(expr, &part, Shape::Text))
    }

    fn part(&mut self, expr: &Parsed) -> Result<Part, Wrong> {
        if self.depth == EXPRESSION_DEPTH_MAX {
            return Err(wrong(expr, too_deep()));
        }
        self.depth = self.depth.saturating_add(1);
        self.cost = self.cost.saturating_add(self.times);
        let part = match &expr.expr {
            Expr::Literal(literal) => self::literal(expr, literal),
            Expr::Ident(name) => self.name(expr, name),
            Expr::Select(select) => self.select(expr, select),
            Expr::Call(call) => self.call(expr, call),
            Expr::Comprehension(over) => self.over(expr, over),
            Expr::List(list) => self.list(expr, &list.elements),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                Err(wrong(expr, "maps and structures are not allowed"))
            }
        };
        self.depth = self.depth.saturating_sub(1);
        part
    }

    fn name(&self, expr: &Parsed, name: &str) -> Result<Part, Wrong> {
        let bound = self.bound.iter().rposition(|(bound, _)| bound == name);
        if let Some((place, (_, variable))) = bound.and_then(|at| Some((at, self.bound.get(at)?))) {
            return Ok(Part::Item(Of {
                variable,
                bound: Some(place),
            }));
        }
        match variables::named(name) {
            Some(variable) if variable.items_max.is_some() => Ok(Part::List(variable)),
            Some(variable) => Ok(Part::Item(Of {
                variable,
                bound: None,
            })),
            None => {
                let known = VARIABLES.map(|variable| variable.name).join(", ");
                Err(wrong(
                    expr,
                    format!("{name} is not known; there are {known}"),
                ))
            }
        }
    }

    fn select(&mut self, expr: &Parsed, select: &SelectExpr) -> Result<Part, Wrong> {
        let name = select.field.as_str();
        let operand = self.part(&select.operand)?;
        if let Part::List(variable) = operand {
            let list = variable.name;
            return Err(wrong(
                expr,
                format!(
                    "{list} is a list; ask {list}.exists(x, x.{name} …) or {list}.all(x, x.{name} …)"
                ),
            ));
        }
        let Part::Item(of) = operand else {
            let has = format!("this is {}, which has no {name}", operand.name());
            return Err(wrong(expr, has));
        };
        let fields = (of.variable.fields)();
        let mut fields = fields.into_iter().enumerate();
        let Some((place, found)) = fields.find(|(_, field)| field.name == name) else {
            let (variable, known) = (of.variable.name, of.variable.field_names().join(", "));
            return Err(wrong(
                expr,
                format!("{variable} has no {name}; there are {known}"),
            ));
        };
        let field = Field {
            of,
            name: found.name,
            place,
            choice: found.choice,
        };
        Ok(match found.shape {
            _ if select.test => Part::Truth(Truth::Has(field)),
            Shape::Truth => Part::Truth(Truth::Field(field)),
            Shape::Number => Part::Number(Number::Field(field)),
            Shape::Text => Part::Text(Text::Field(field)),
        })
    }

    fn list(&mut self, expr: &Parsed, elements: &[Parsed]) -> Result<Part, Wrong> {
        let Some((first, rest)) = elements.split_first() else {
            return Err(wrong(expr, "an empty list is not allowed"));
        };
        match self.part(first)? {
            Part::Number(first) => {
                let rest: Result<Vec<Number>, Wrong> =
                    rest.iter().map(|number| self.number(number)).collect();
                Ok(Part::Numbers(std::iter::once(first).chain(rest?).collect()))
            }
            Part::Text(first) => {
                let rest: Result<Vec<Text>, Wrong> =
                    rest.iter().map(|text| self.text(text)).collect();
                Ok(Part::Texts(std::iter::once(first).chain(rest?).collect()))
            }
            other @ (Part::Truth(_)
            | Part::Item(_)
            | Part::List(_)
            | Part::Numbers(_)
            | Part::Texts(_)) => {
                let holds = format!(
                    "a list of {} is not allowed; of text or whole numbers",
                    other.name()
                );
                Err(wrong(first, holds))
            }
        }
    }

    fn call(&mut self, expr: &Parsed, call: &CallExpr) -> Result<Part, Wrong> {
        let given: Vec<&Parsed> = call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect();
        let name = call.func_name.as_str();
        let truth = match (name, given.as_slice()) {
            (operators::LOGICAL_NOT, [one]) => Truth::Not(Box::new(self.truth(one)?)),
            (operators::LOGICAL_AND, [one, other]) => {
                Truth::And(Box::new(self.truth(one)?), Box::new(self.truth(other)?))
            }
            (operators::LOGICAL_OR, [one, other]) => {
                Truth::Or(Box::new(self.truth(one)?), Box::new(self.truth(other)?))
            }
            (operators::CONDITIONAL, [asked, one, other]) => Truth::Choice(
                Box::new(self.truth(asked)?),
                Box::new(self.truth(one)?),
                Box::new(self.truth(other)?),
            ),
            (operators::EQUALS, [one, other]) => self.same(expr, one, other)?,
            (operators::NOT_EQUALS, [one, other]) => {
                Truth::Not(Box::new(self.same(expr, one, other)?))
            }
            (operators::IN, [one, list]) => self.among(one, list)?,
            ("contains", [text, part]) => Truth::Contains(self.text(text)?, self.text(part)?),
            ("startsWith", [text, part]) => Truth::StartsWith(self.text(text)?, self.text(part)?),
            ("endsWith", [text, part]) => Truth::EndsWith(self.text(text)?, self.text(part)?),
            ("olderThan", [text, other]) => Truth::OlderThan(self.text(text)?, self.text(other)?),
            ("like", [text, pattern]) => Truth::Like(self.text(text)?, self.pattern(pattern)?),
            _ => {
                return match counted(name) {
                    Some(operation) => self.counted(operation, &given, expr),
                    None => self.other(expr, name, &given),
                };
            }
        };
        Ok(Part::Truth(truth))
    }

    /// What comes to a number, and what there is not.
    fn other(&mut self, expr: &Parsed, name: &str, given: &[&Parsed]) -> Result<Part, Wrong> {
        match (name, given) {
            ("size", [list]) => {
                let part = self.part(list)?;
                if let Part::List(variable) = part {
                    return Ok(Part::Number(Number::Size(variable)));
                }
                let asked = format!(
                    "size is asked of {}; a variable that is a list is wanted",
                    part.name()
                );
                Err(wrong(list, asked))
            }
            (operators::NEGATE, [number]) => {
                let number = Box::new(self.number(number)?);
                Ok(Part::Number(Number::Negated(number)))
            }
            (compared, [one, other]) if comparison(compared).is_some() => {
                let comparison = comparison(compared).unwrap_or(Comparison::Less);
                let truth = match (self.part(one)?, self.part(other)?) {
                    (Part::Number(one), Part::Number(other)) => {
                        Truth::Compared(one, comparison, other)
                    }
                    (Part::Text(_), Part::Text(_)) => {
                        let instead =
                            "text is not compared in this way; for versions ask a.olderThan(b)";
                        return Err(wrong(expr, instead));
                    }
                    (one, other) => return Err(unlike(expr, &one, &other)),
                };
                Ok(Part::Truth(truth))
            }
            _ => Err(wrong(
                expr,
                format!(
                    "{} with {} values is not allowed; there are {FUNCTIONS}, and the operators && || ! ?: == != < <= > >= in + - * / %",
                    name.trim_matches(['_', '@']),
                    given.len()
                ),
            )),
        }
    }

    fn counted(
        &mut self,
        operation: Operation,
        given: &[&Parsed],
        expr: &Parsed,
    ) -> Result<Part, Wrong> {
        let [one, other] = given else {
            return Err(wrong(expr, "two numbers are wanted"));
        };
        let (one, other) = (self.number(one)?, self.number(other)?);
        let counted = Number::Counted(Box::new(one), operation, Box::new(other));
        Ok(Part::Number(counted))
    }

    fn same(&mut self, expr: &Parsed, one: &Parsed, other: &Parsed) -> Result<Truth, Wrong> {
        match (self.part(one)?, self.part(other)?) {
            (Part::Truth(one), Part::Truth(other)) => {
                Ok(Truth::Same(Box::new(one), Box::new(other)))
            }
            (Part::Number(one), Part::Number(other)) => Ok(Truth::SameNumber(one, other)),
            (Part::Text(one), Part::Text(other)) => {
                chosen(expr, &one, &other)?;
                chosen(expr, &other, &one)?;
                Ok(Truth::SameText(one, other))
            }
            (one, other) => Err(unlike(expr, &one, &other)),
        }
    }

    fn among(&mut self, one: &Parsed, list: &Parsed) -> Result<Truth, Wrong> {
        match (self.part(one)?, self.part(list)?) {
            (Part::Number(one), Part::Numbers(list)) => Ok(Truth::AmongNumbers(one, list)),
            (Part::Text(one), Part::Texts(texts)) => {
                for text in &texts {
                    chosen(list, &one, text)?;
                }
                Ok(Truth::AmongTexts(one, texts))
            }
            (one, other) => {
                let name = one.name();
                let after = format!(
                    "after in stands a list that is written out, of {name}, such as [\"a\", \"b\"]; this is {}",
                    other.name()
                );
                Err(wrong(list, after))
            }
        }
    }

    fn pattern(&mut self, expr: &Parsed) -> Result<Pattern, Wrong> {
        match self.text(expr)? {
            Text::Literal(written) => {
                Pattern::parse(&written).map_err(|error| wrong(expr, error.to_string()))
            }
            Text::Field(_) => Err(wrong(
                expr,
                "like is given text in quotes, * for any characters",
            )),
        }
    }

    fn over(&mut self, expr: &Parsed, over: &ComprehensionExpr) -> Result<Part, Wrong> {
        let Expr::Call(step) = &over.loop_step.expr else {
            return Err(only(expr));
        };
        let (every, asked) = match (step.func_name.as_str(), step.args.as_slice()) {
            (operators::LOGICAL_AND, [_, asked]) => (true, asked),
            (operators::LOGICAL_OR, [_, asked]) => (false, asked),
            _ => return Err(only(expr)),
        };
        let range = self.part(&over.iter_range)?;
        let Part::List(variable) = range else {
            let lists = VARIABLES
                .iter()
                .filter(|variable| variable.items_max.is_some());
            let lists: Vec<&str> = lists.map(|variable| variable.name).collect();
            let has = format!(
                "{} is no list; lists are {}",
                range.name(),
                lists.join(", ")
            );
            return Err(wrong(&over.iter_range, has));
        };
        let count = variable.items_max.unwrap_or(1);
        let name = over.iter_var.as_str();
        if variables::named(name).is_some() || self.bound.iter().any(|(bound, _)| bound == name) {
            let taken = format!("{name} stands for something else already; choose another name");
            return Err(wrong(expr, taken));
        }
        let times = self.times;
        let count = u64::try_from(count).unwrap_or(u64::MAX);
        self.times = times.saturating_mul(count);
        self.bound.push((name.to_owned(), variable));
        let asked = self.truth(asked);
        self.bound.pop();
        self.times = times;
        let asked = Box::new(asked?);
        Ok(Part::Truth(if every {
            Truth::Every(variable, asked)
        } else {
            Truth::Some(variable, asked)
        }))
    }
}

fn literal(expr: &Parsed, literal: &LiteralValue) -> Result<Part, Wrong> {
    match literal {
        LiteralValue::Boolean(truth) => Ok(Part::Truth(Truth::Literal(*truth.inner()))),
        LiteralValue::Int(number) => Ok(Part::Number(Number::Literal(*number.inner()))),
        LiteralValue::String(text) => Ok(Part::Text(Text::Literal(text.inner().to_owned()))),
        LiteralValue::Null => Err(wrong(
            expr,
            "null is not allowed; ask has(x.field) whether a field is there",
        )),
        LiteralValue::Bytes(_) | LiteralValue::Double(_) | LiteralValue::UInt(_) => Err(wrong(
            expr,
            "this is not allowed; there are whole numbers, text in quotes, true and false",
        )),
    }
}

/// Makes sure that what a field is compared with can be in it.
fn chosen(expr: &Parsed, field: &Text, with: &Text) -> Result<(), Wrong> {
    if let (Text::Field(field), Text::Literal(text)) = (field, with)
        && let Some(names) = field.choice
        && !names.contains(&text.as_str())
    {
        let (name, names) = (field.name, names.join(", "));
        return Err(wrong(
            expr,
            format!("{name} is never {text:?}; it is one of {names}"),
        ));
    }
    Ok(())
}

fn comparison(name: &str) -> Option<Comparison> {
    match name {
        operators::LESS => Some(Comparison::Less),
        operators::LESS_EQUALS => Some(Comparison::LessOrSame),
        operators::GREATER => Some(Comparison::More),
        operators::GREATER_EQUALS => Some(Comparison::MoreOrSame),
        _ => None,
    }
}

fn counted(name: &str) -> Option<Operation> {
    match name {
        operators::ADD => Some(Operation::Plus),
        operators::SUBSTRACT => Some(Operation::Minus),
        operators::MULTIPLY => Some(Operation::Times),
        operators::DIVIDE => Some(Operation::By),
        operators::MODULO => Some(Operation::Rest),
        _ => None,
    }
}

fn wrong(expr: &Parsed, problem: impl Into<String>) -> Wrong {
    Wrong {
        part: expr.id,
        problem: problem.into(),
    }
}

fn unfit(expr: &Parsed, found: &Part, wanted: Shape) -> Wrong {
    let (found, wanted) = (found.name(), wanted.name());
    wrong(expr, format!("this is {found}; {wanted} is wanted"))
}

fn unlike(expr: &Parsed, one: &Part, other: &Part) -> Wrong {
    let (one, other) = (one.name(), other.name());
    wrong(
        expr,
        format!("{one} is compared with {other}; both sides must be of one kind, and no list"),
    )
}

fn only(expr: &Parsed) -> Wrong {
    wrong(expr, "over a list go exists and all, and nothing else")
}

/// What is said of an expression that nests too far.
pub(super) fn too_deep() -> String {
    format!(
        "parts inside parts are allowed to a depth of {EXPRESSION_DEPTH_MAX} (EXPRESSION_DEPTH_MAX)"
    )
}
