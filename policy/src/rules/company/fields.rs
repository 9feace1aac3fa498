//! How an expression reads the fields of one thing: a volume, a package, the laptop.
//!
//! Touches nothing. Must never know which things there are: `variables` says so.

use std::fmt::Debug;

use crate::reading::Reading;
use crate::rules::Case;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// True or false.
    Truth,
    /// A whole number.
    Number,
    /// Text.
    Text,
}

/// How a field is read of a thing.
pub(super) enum Read<T> {
    Truth(fn(&T, &Case<'_>) -> Reading<bool>),
    Number(fn(&T, &Case<'_>) -> Reading<i64>),
    Text(for<'v> fn(&'v T, &Case<'v>) -> Reading<&'v str>),
    /// Text that is one of a few names, so that a mistyped one is noticed.
    Choice(
        &'static [&'static str],
        fn(&T, &Case<'_>) -> Reading<&'static str>,
    ),
}

/// A field of a thing: its name, what it holds, and the names it is one of, where they are few.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shaped {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    pub(super) choice: Option<&'static [&'static str]>,
}

/// What was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'v> {
    Truth(bool),
    Number(i64),
    Text(&'v str),
}

/// A thing with fields.
pub(super) trait Fields: Sized + 'static {
    /// Each field by its name.
    const FIELDS: &'static [(&'static str, Read<Self>)];

    /// What tells it from others of its kind, for people; empty where there is one alone.
    fn title(&self) -> String;

    /// Each field, without how it is read.
    fn shapes() -> Vec<Shaped> {
        let shaped = |(name, read): &(&'static str, Read<Self>)| {
            let (shape, choice) = match read {
                Read::Truth(_) => (Shape::Truth, None),
                Read::Number(_) => (Shape::Number, None),
                Read::Text(_) => (Shape::Text, None),
                Read::Choice(names, _) => (Shape::Text, Some(*names)),
            };
            Shaped {
                name,
                shape,
                choice,
            }
        };
        Self::FIELDS.iter().map(shaped).collect()
    }
}

/// A thing of any kind.
pub(super) trait Item {
    /// The field at this place among [`Fields::FIELDS`].
    fn read<'v>(&'v self, place: usize, case: &Case<'v>) -> Reading<Value<'v>>;

    /// As [`Fields::title`].
    fn title(&self) -> String;
}

impl<T: Fields> Item for T {
    fn read<'v>(&'v self, place: usize, case: &Case<'v>) -> Reading<Value<'v>> {
        match T::FIELDS.get(place) {
            Some((_, Read::Truth(read))) => read(self, case).map(Value::Truth),
            Some((_, Read::Number(read))) => read(self, case).map(Value::Number),
            Some((_, Read::Text(read))) => read(self, case).map(Value::Text),
            Some((_, Read::Choice(_, read))) => read(self, case).map(Value::Text),
            None => Reading::Absent,
        }
    }

    fn title(&self) -> String {
        Fields::title(self)
    }
}

impl Shape {
    /// The name of the shape for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Truth => "true or false",
            Self::Number => "a whole number",
            Self::Text => "text",
        }
    }
}
