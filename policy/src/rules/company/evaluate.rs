//! The evaluation of an expression on one laptop, with three answers: true, false, and not to be told.
//!
//! Touches the facts of a case. Must never take what is not known for either answer: only where both would
//! give the same does an expression go on without it, as the language has it for `&&`, `||`, `exists`
//! and `all` (<https://github.com/google/cel-spec/blob/master/doc/langdef.md#logical-operators>).

use super::culprits;
use super::fields::{Item, Value};
use super::tree::{Comparison, Field, Number, Operation, Text, Truth};
use super::variables::{Gap, Variable};
use super::version;
use crate::facts::Evidence;
use crate::limits::SHOWN_CHARS_MAX;
use crate::reading::{Reading, Why};
use crate::rules::Case;
use crate::words::shown_within;

/// Why an expression is neither true nor false of a laptop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Untold {
    /// This fact could not be told.
    Fact(String, Why),
    /// The laptop has no such thing.
    Absent(String),
    /// Nothing was found of a list that no laptop is without.
    Nothing(&'static str),
    /// A number grew too large, or was divided by zero.
    Number,
    /// It took more steps than it may.
    TooCostly,
}

/// An evaluation under way.
pub(super) struct Run<'v> {
    pub(super) case: &'v Case<'v>,
    /// The items that `exists` and `all` are at, outermost first.
    bound: Vec<&'v dyn Item>,
    steps_left: u64,
    /// What was read, while somebody wants to know.
    notes: Option<Vec<Evidence>>,
}

/// Bytes of text that are looked through in one step.
const TEXT_OF_A_STEP: usize = 64;

impl<'v> Run<'v> {
    pub(super) fn new(case: &'v Case<'v>, steps: u64) -> Self {
        Self {
            case,
            bound: vec![],
            steps_left: steps,
            notes: None,
        }
    }

    /// The steps that were not taken.
    pub(super) const fn steps_left(&self) -> u64 {
        self.steps_left
    }

    /// Whether a part is true of the laptop. With no step left none is, nor is it false.
    pub(super) fn truth(&mut self, tree: &'v Truth) -> Result<bool, Untold> {
        self.step(1)?;
        match tree {
            Truth::Literal(truth) => Ok(*truth),
            Truth::Field(field) => match self.known(field)? {
                Value::Truth(truth) => Ok(truth),
                Value::Number(_) | Value::Text(_) => Err(self.absent(field)),
            },
            Truth::Has(field) => match self.read(field)? {
                Reading::Known(_) => Ok(true),
                Reading::Absent => Ok(false),
                Reading::Unknown(why) => Err(Untold::Fact(self.path(field), why)),
            },
            Truth::Not(one) => self.truth(one).map(|truth| !truth),
            Truth::And(one, other) => self.pair(one, other, false),
            Truth::Or(one, other) => self.pair(one, other, true),
            Truth::Choice(asked, one, other) => {
                let chosen = if self.truth(asked)? { one } else { other };
                self.truth(chosen)
            }
            Truth::Same(one, other) => Ok(self.truth(one)? == self.truth(other)?),
            Truth::SameNumber(one, other) => Ok(self.number(one)? == self.number(other)?),
            Truth::SameText(one, other) => Ok(self.text(one)? == self.text(other)?),
            Truth::Compared(one, comparison, other) => {
                let order = self.number(one)?.cmp(&self.number(other)?);
                Ok(match comparison {
                    Comparison::Less => order.is_lt(),
                    Comparison::LessOrSame => order.is_le(),
                    Comparison::More => order.is_gt(),
                    Comparison::MoreOrSame => order.is_ge(),
                })
            }
            Truth::AmongNumbers(one, list) => {
                let one = self.number(one)?;
                let mut list = list.iter();
                list.try_fold(false, |found, of| Ok(self.number(of)? == one || found))
            }
            Truth::AmongTexts(one, list) => {
                let one = self.text(one)?;
                let mut list = list.iter();
                list.try_fold(false, |found, of| Ok(self.text(of)? == one || found))
            }
            Truth::Contains(text, part) => Ok(self.text(text)?.contains(self.text(part)?)),
            Truth::StartsWith(text, part) => Ok(self.text(text)?.starts_with(self.text(part)?)),
            Truth::EndsWith(text, part) => Ok(self.text(text)?.ends_with(self.text(part)?)),
            Truth::Like(text, pattern) => Ok(pattern.matches(self.text(text)?)),
            Truth::OlderThan(text, other) => {
                Ok(version::compare(self.text(text)?, self.text(other)?).is_lt())
            }
            Truth::Some(list, asked) => self.over(list, asked, true),
            Truth::Every(list, asked) => self.over(list, asked, false),
        }
    }

    /// What `ask` comes to, and all that it reads.
    pub(super) fn noting<T>(&mut self, ask: impl FnOnce(&mut Self) -> T) -> (T, Vec<Evidence>) {
        self.notes = Some(vec![]);
        let came_to = ask(self);
        (came_to, self.notes.take().unwrap_or_default())
    }

    /// The answer about one item of a list, as `exists` and `all` ask it.
    pub(super) fn of_item(&mut self, asked: &'v Truth, item: &'v dyn Item) -> Result<bool, Untold> {
        self.bound.push(item);
        let truth = self.truth(asked);
        self.bound.pop();
        truth
    }

    /// Two parts of which either decides alone when it comes to `deciding`.
    fn pair(&mut self, one: &'v Truth, other: &'v Truth, deciding: bool) -> Result<bool, Untold> {
        let one = self.truth(one);
        if one == Ok(deciding) {
            return one;
        }
        match (one, self.truth(other)) {
            (_, Ok(truth)) if truth == deciding => Ok(deciding),
            (Err(untold), _) => Err(untold),
            (Ok(_), other) => other,
        }
    }

    /// All items of a list, of which each decides alone when it comes to `deciding`.
    fn over(&mut self, list: &Variable, asked: &'v Truth, deciding: bool) -> Result<bool, Untold> {
        let seen = (list.seen)(self.case);
        let mut untold = None;
        for item in seen.items {
            self.step(1)?;
            match self.of_item(asked, item) {
                Ok(truth) if truth == deciding => return Ok(deciding),
                Ok(_) => {}
                Err(why) => {
                    untold.get_or_insert(why);
                }
            }
        }
        let unread = seen.unread.map(|gap| gap_of(list, gap));
        untold.or(unread).map_or(Ok(!deciding), Err)
    }

    fn number(&mut self, tree: &'v Number) -> Result<i64, Untold> {
        self.step(1)?;
        match tree {
            Number::Literal(number) => Ok(*number),
            Number::Field(field) => match self.known(field)? {
                Value::Number(number) => Ok(number),
                Value::Truth(_) | Value::Text(_) => Err(self.absent(field)),
            },
            Number::Size(list) => {
                let seen = (list.seen)(self.case);
                match seen.unread {
                    Some(gap) => Err(gap_of(list, gap)),
                    None => {
                        let size = seen.items.len();
                        if let Some(notes) = &mut self.notes {
                            notes.push(culprits::size(list, size));
                        }
                        i64::try_from(size).map_err(|_| Untold::Number)
                    }
                }
            }
            Number::Negated(number) => self.number(number)?.checked_neg().ok_or(Untold::Number),
            Number::Counted(one, operation, other) => {
                let (one, other) = (self.number(one)?, self.number(other)?);
                let counted = match operation {
                    Operation::Plus => one.checked_add(other),
                    Operation::Minus => one.checked_sub(other),
                    Operation::Times => one.checked_mul(other),
                    Operation::By => one.checked_div(other),
                    Operation::Rest => one.checked_rem(other),
                };
                counted.ok_or(Untold::Number)
            }
        }
    }

    fn text(&mut self, tree: &'v Text) -> Result<&'v str, Untold> {
        let text = match tree {
            Text::Literal(text) => text.as_str(),
            Text::Field(field) => match self.known(field)? {
                Value::Text(text) => text,
                Value::Truth(_) | Value::Number(_) => return Err(self.absent(field)),
            },
        };
        let steps = text.len() / TEXT_OF_A_STEP;
        self.step(u64::try_from(steps).unwrap_or(u64::MAX).saturating_add(1))?;
        Ok(text)
    }

    fn step(&mut self, steps: u64) -> Result<(), Untold> {
        self.steps_left = self.steps_left.saturating_sub(steps);
        if self.steps_left == 0 {
            Err(Untold::TooCostly)
        } else {
            Ok(())
        }
    }

    fn known(&mut self, field: &Field) -> Result<Value<'v>, Untold> {
        match self.read(field)? {
            Reading::Known(value) => Ok(value),
            Reading::Absent => Err(self.absent(field)),
            Reading::Unknown(why) => Err(Untold::Fact(self.path(field), why)),
        }
    }

    /// What a field says on this laptop.
    fn read(&mut self, field: &Field) -> Result<Reading<Value<'v>>, Untold> {
        let variable = field.of.variable;
        let item = match field.of.bound {
            Some(place) => self.bound.get(place).copied(),
            None => {
                let mut seen = (variable.seen)(self.case);
                if let Some(gap) = seen.unread {
                    return Err(gap_of(variable, gap));
                }
                seen.items.next()
            }
        };
        let read = item.map_or(Reading::Absent, |item| item.read(field.place, self.case));
        if self.notes.is_some() {
            let note = Evidence::new(self.path(field), said(&read));
            self.notes.get_or_insert_default().push(note);
        }
        Ok(read)
    }

    fn absent(&self, field: &Field) -> Untold {
        Untold::Absent(self.path(field))
    }

    /// The field for people, with what tells its thing from others of its kind.
    fn path(&self, field: &Field) -> String {
        let (variable, name) = (field.of.variable.name, field.name);
        let place = field.of.bound;
        match place.and_then(|place| self.bound.get(place)) {
            Some(item) => format!("{}.{name}", path_of(field.of.variable, *item)),
            None => format!("{variable}.{name}"),
        }
    }
}

fn gap_of(list: &Variable, gap: Gap<'_>) -> Untold {
    match gap {
        Gap::Untold(why) => Untold::Fact(list.name.to_owned(), why.into_owned()),
        Gap::Nothing => Untold::Nothing(list.name),
    }
}

/// An item of a list, for people.
pub(super) fn path_of(list: &Variable, item: &dyn Item) -> String {
    let title = item.title();
    format!("{} [{}]", list.name, shown_within(&title, SHOWN_CHARS_MAX))
}

/// What was read, as far as a person would read on.
fn said(reading: &Reading<Value<'_>>) -> String {
    match reading {
        Reading::Known(Value::Truth(truth)) => truth.to_string(),
        Reading::Known(Value::Number(number)) => number.to_string(),
        Reading::Known(Value::Text(text)) => shown_within(text, SHOWN_CHARS_MAX).into_owned(),
        Reading::Absent => "absent".to_owned(),
        Reading::Unknown(why) => format!("unknown ({why})"),
    }
}
