//! An expression as it is evaluated: names are resolved and every part is known to fit, so that nothing can
//! fail on a laptop but what the laptop does not tell.
//!
//! Touches nothing. Must never be made but by `compile`.

use super::variables::Variable;
use crate::rules::pattern::Pattern;

/// A part that comes to true or false.
#[derive(Debug, Clone)]
pub(super) enum Truth {
    Literal(bool),
    Field(Field),
    Has(Field),
    Not(Box<Truth>),
    And(Box<Truth>, Box<Truth>),
    Or(Box<Truth>, Box<Truth>),
    Choice(Box<Truth>, Box<Truth>, Box<Truth>),
    Same(Box<Truth>, Box<Truth>),
    SameNumber(Number, Number),
    SameText(Text, Text),
    Compared(Number, Comparison, Number),
    AmongNumbers(Number, Vec<Number>),
    AmongTexts(Text, Vec<Text>),
    Contains(Text, Text),
    StartsWith(Text, Text),
    EndsWith(Text, Text),
    Like(Text, Pattern),
    OlderThan(Text, Text),
    /// `exists`: of some item of the list.
    Some(&'static Variable, Box<Truth>),
    /// `all`: of every item of the list.
    Every(&'static Variable, Box<Truth>),
}

/// A part that comes to a whole number.
#[derive(Debug, Clone)]
pub(super) enum Number {
    Literal(i64),
    Field(Field),
    Size(&'static Variable),
    Negated(Box<Number>),
    Counted(Box<Number>, Operation, Box<Number>),
}

/// A part that comes to text.
#[derive(Debug, Clone)]
pub(super) enum Text {
    Literal(String),
    Field(Field),
}

/// A part of any shape.
#[derive(Debug, Clone)]
pub(super) enum Part {
    Truth(Truth),
    Number(Number),
    Text(Text),
    /// The thing itself, of which fields can be asked.
    Item(Of),
    /// The list itself.
    List(&'static Variable),
    /// A list that is written out.
    Numbers(Vec<Number>),
    Texts(Vec<Text>),
}

/// Of what a field is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Of {
    pub(super) variable: &'static Variable,
    /// The place among the items bound by `exists` and `all`, outermost first; `None` where the variable
    /// is one thing alone.
    pub(super) bound: Option<usize>,
}

/// A field of a thing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    pub(super) of: Of,
    pub(super) name: &'static str,
    /// Its place among the fields.
    pub(super) place: usize,
    /// The names it is one of, where they are few.
    pub(super) choice: Option<&'static [&'static str]>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Comparison {
    Less,
    LessOrSame,
    More,
    MoreOrSame,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
    Plus,
    Minus,
    Times,
    By,
    Rest,
}

impl Part {
    /// What it is, for people.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Truth(_) => "true or false",
            Self::Number(_) => "a whole number",
            Self::Text(_) => "text",
            Self::Item(of) => of.variable.name,
            Self::List(variable) => variable.name,
            Self::Numbers(_) | Self::Texts(_) => "a list",
        }
    }
}
