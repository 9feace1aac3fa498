//! Finds where in a document a byte stands: line, column, and the key with its tables.
//!
//! Touches nothing. Must never fail: a byte that stands under no key has an empty one.

use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::PolicyError;
use crate::rules::company::InvalidExpression;
use crate::words::shown_within;

/// Characters of a key or a problem that an error repeats: lists of what is allowed fit.
const REPEATED_CHARS_MAX: usize = 1000;

/// What is wrong with a text that was to be read as TOML, be it a policy or another file of the product: in
/// one line, with line, column and key. The parser's own words take five and show the text.
#[must_use]
pub fn wrong_toml(text: &str, error: &toml::de::Error) -> PolicyError {
    let offset = error.span().unwrap_or_default().start;
    wrong(text, offset, error.message())
}

/// The error about the byte at `offset`.
pub(super) fn wrong(text: &str, offset: usize, problem: &str) -> PolicyError {
    let (line, column) = line_and_column(text, offset);
    let key = key_at(text, offset).unwrap_or_default();
    PolicyError::Wrong {
        line,
        column,
        key: shown_within(&key, REPEATED_CHARS_MAX).into_owned(),
        problem: shown_within(problem.trim(), REPEATED_CHARS_MAX).into_owned(),
    }
}

/// The error about a byte of an expression that stands at `span`.
pub(super) fn wrong_within(
    text: &str,
    span: Range<usize>,
    written: &str,
    invalid: &InvalidExpression,
) -> PolicyError {
    let stands = text.get(span.clone()).and_then(|raw| raw.find(written));
    match stands {
        Some(begin) => {
            let offset = span.start.saturating_add(begin).saturating_add(invalid.at);
            wrong(text, offset, &invalid.problem)
        }
        // With escapes in it, its bytes are not those of the document.
        None => {
            let (line, column) = line_and_column(written, invalid.at);
            let problem = &invalid.problem;
            let problem = format!("line {line}, column {column} of the expression: {problem}");
            wrong(text, span.start, &problem)
        }
    }
}

/// Line and column in characters of a byte, both counted from 1.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count().saturating_add(1);
    let rest = before.rsplit('\n').next().unwrap_or_default();
    (line, rest.chars().count().saturating_add(1))
}

/// The key under which the byte stands, as `rules.disk-encrypted.accept[2]`.
fn key_at(text: &str, offset: usize) -> Option<String> {
    let (table, _) = DeTable::parse_recoverable(text);
    let mut path = String::new();
    in_table(table.get_ref(), offset, &mut path).then_some(path)
}

/// Depth-first, because a table's own span is its header alone. The parser bounds the depth.
fn in_table(table: &DeTable<'_>, offset: usize, path: &mut String) -> bool {
    table.iter().any(|(key, value)| {
        let before = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key.get_ref());
        let found = holds(&key.span(), offset)
            || in_value(value.get_ref(), offset, path)
            || holds(&value.span(), offset);
        if !found {
            path.truncate(before);
        }
        found
    })
}

fn in_value(value: &DeValue<'_>, offset: usize, path: &mut String) -> bool {
    if let Some(table) = value.as_table() {
        return in_table(table, offset, path);
    }
    let items = value.as_array().into_iter().flatten();
    items.enumerate().any(|(index, item)| {
        let before = path.len();
        path.push_str(&format!("[{index}]"));
        let found = in_value(item.get_ref(), offset, path) || holds(&item.span(), offset);
        if !found {
            path.truncate(before);
        }
        found
    })
}

fn holds(span: &Range<usize>, offset: usize) -> bool {
    span.contains(&offset)
}
