//! A value against the shape that the page gives it.
//!
//! Touches nothing. Must never pass over a field, on either side.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::page::{Page, Type};

/// What has been compared.
pub(crate) struct Comparison {
    page: Page,
    /// Commands and shapes that something has shown.
    seen: BTreeSet<String>,
}

impl Comparison {
    pub(crate) fn new(page: Page) -> Self {
        let seen = BTreeSet::new();
        Self { page, seen }
    }

    /// What a command has printed.
    #[track_caller]
    pub(crate) fn printed(&mut self, command: &str, value: &Value) {
        self.seen.insert(command.to_owned());
        let prints = self.page.prints(command).clone();
        self.compare(command, &prints, value);
    }

    /// A value that is to have a shape.
    #[track_caller]
    pub(crate) fn has_shape(&mut self, shape: &str, value: &Value) {
        self.compare(shape, &Type::Shape(shape.to_owned()), value);
    }

    /// Everything on the page has been seen.
    #[track_caller]
    pub(crate) fn is_complete(&self) {
        let named = self.page.commands().chain(self.page.shapes());
        let unseen: Vec<_> = named.filter(|name| !self.seen.contains(*name)).collect();
        assert!(unseen.is_empty(), "nothing has shown {unseen:?}");
    }

    #[track_caller]
    fn compare(&mut self, what: &str, holds: &Type, value: &Value) {
        match misfit(&self.page, holds, value) {
            Ok(seen) => self.seen.extend(seen),
            Err(error) => panic!("{what}: {error}\n{value:#}"),
        }
    }
}

/// The shapes that the value has shown, or where it is not as it should be.
pub(crate) fn misfit(page: &Page, holds: &Type, value: &Value) -> Result<BTreeSet<String>, String> {
    let is = |fits: bool| match fits {
        true => Ok(BTreeSet::new()),
        false => Err(format!("{value} is no {holds:?}")),
    };
    let text = value.as_str().unwrap_or_default();
    let digits = |text: &str| {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        !text.is_empty() && text.bytes().all(is_digit)
    };
    match holds {
        Type::Text => is(value.is_string()),
        Type::Integer => is(value.is_i64() || value.is_u64()),
        Type::Flag => is(value.is_boolean()),
        Type::Null => is(value.is_null()),
        Type::Word(word) => is(value == word),
        Type::Time => is(is_time(text)),
        Type::Id => is(text.len() == 36 && digits(&text.replace('-', ""))),
        Type::Digest => is(text.len() == 64 && digits(text)),
        Type::Hex => is(digits(text)),
        Type::Base64 => {
            is(data_encoding::BASE64.decode(text.as_bytes()).is_ok() && !text.is_empty())
        }
        Type::List(inner) => {
            let list = value.as_array().ok_or(format!("{value} is no list"))?;
            each(page, inner, &list.iter().collect::<Vec<_>>())
        }
        Type::Map(inner) => {
            let map = value.as_object().ok_or(format!("{value} is no object"))?;
            each(page, inner, &map.values().collect::<Vec<_>>())
        }
        Type::Reading(inner) => reading(page, inner, value),
        Type::Shape(shape) => object(page, shape, value),
        Type::OneOf(types) => {
            let mut errors = Vec::new();
            for one in types {
                match misfit(page, one, value) {
                    Ok(seen) => return Ok(seen),
                    Err(error) => errors.push(error),
                }
            }
            Err(errors.join("; "))
        }
    }
}

fn each(page: &Page, holds: &Type, values: &[&Value]) -> Result<BTreeSet<String>, String> {
    let mut seen = BTreeSet::new();
    for value in values {
        seen.extend(misfit(page, holds, value)?);
    }
    Ok(seen)
}

fn reading(page: &Page, known: &Type, value: &Value) -> Result<BTreeSet<String>, String> {
    let keys = |expected: &[&str]| {
        let found: Vec<_> = value.as_object().into_iter().flat_map(Map::keys).collect();
        match found == expected {
            true => Ok(()),
            false => Err(format!("a reading with {found:?}")),
        }
    };
    match value["state"].as_str() {
        Some("known") => {
            keys(&["state", "value"])?;
            misfit(page, known, &value["value"])
        }
        Some("absent") => keys(&["state"]).map(|()| BTreeSet::new()),
        Some("unknown") => {
            keys(&["detail", "state", "why"])?;
            each(page, &Type::Text, &[&value["why"], &value["detail"]])
        }
        _ => Err(format!("{value} is no reading")),
    }
}

fn object(page: &Page, shape: &str, value: &Value) -> Result<BTreeSet<String>, String> {
    let object = value.as_object().ok_or(format!("{value} is no {shape}"))?;
    let fields = page.fields(shape);
    let mut seen = BTreeSet::from([shape.to_owned()]);
    for field in fields {
        let name = &field.name;
        match object.get(name) {
            Some(value) => {
                let inner = misfit(page, &field.holds, value);
                seen.extend(inner.map_err(|error| format!("{shape}.{name}: {error}"))?);
            }
            None if field.optional => {}
            None => return Err(format!("{shape}.{name} is on the page and was not printed")),
        }
    }
    for name in object.keys() {
        if !fields.iter().any(|field| field.name == *name) {
            return Err(format!("{shape}.{name} was printed and is not on the page"));
        }
    }
    Ok(seen)
}

/// `2026-11-22T20:33:32Z`.
fn is_time(text: &str) -> bool {
    let form = "0000-00-00T00:00:00Z";
    text.len() == form.len()
        && text
            .bytes()
            .zip(form.bytes())
            .all(|(byte, form)| match form {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
}

#[test]
fn a_field_too_many_or_too_few_is_seen() {
    let page = Page::parse("### One\n| `a` | text | x |\n| `b` | optional integer or null | x |\n");
    let fits = |text: &str| {
        let value = serde_json::from_str(text).unwrap();
        misfit(&page, &Type::Shape("One".to_owned()), &value).is_ok()
    };
    assert!(fits(r#"{"a": "x", "b": 1}"#) && fits(r#"{"a": "x", "b": null}"#));
    assert!(fits(r#"{"a": "x"}"#), "b may be left out");
    assert!(!fits(r#"{"b": 1}"#), "a is missing");
    assert!(!fits(r#"{"a": "x", "c": 1}"#), "nobody told of c");
    assert!(!fits(r#"{"a": null}"#), "a is a text");
}
