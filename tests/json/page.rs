//! The page `proto/JSON.md`, read as what it is: commands, and shapes with their fields.
//!
//! Touches that file, reading only. Must never pass over a row that it does not understand.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What a value may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Integer,
    Flag,
    Time,
    Id,
    Digest,
    Hex,
    Base64,
    Null,
    Word(String),
    List(Box<Self>),
    Map(Box<Self>),
    Reading(Box<Self>),
    Shape(String),
    OneOf(Vec<Self>),
}

/// A field of a shape.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) holds: Type,
    pub(crate) optional: bool,
}

/// The page.
#[derive(Debug)]
pub(crate) struct Page {
    commands: BTreeMap<String, Type>,
    shapes: BTreeMap<String, Vec<Field>>,
}

impl Page {
    pub(crate) fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../proto/JSON.md");
        Self::parse(&fs::read_to_string(path).unwrap())
    }

    pub(crate) fn parse(text: &str) -> Self {
        let mut page = Self {
            commands: BTreeMap::new(),
            shapes: BTreeMap::new(),
        };
        let (mut section, mut shape) = ("", None);
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("### ") {
                page.shapes.insert(name.to_owned(), Vec::new());
                shape = Some(name);
            } else if let Some(name) = line.strip_prefix("## ") {
                (section, shape) = (name, None);
            } else if let Some(row) = line.strip_prefix('|') {
                let cells: Vec<_> = row.split('|').map(str::trim).collect();
                if !["---", "field", "command", "type"].contains(&cells[0]) {
                    page.row(section, shape, &cells);
                }
            }
        }
        page
    }

    fn row(&mut self, section: &str, shape: Option<&str>, cells: &[&str]) {
        let named = cells[0]
            .strip_prefix('`')
            .and_then(|name| name.strip_suffix('`'));
        match (shape, named, cells[0].strip_prefix("all of ")) {
            (Some(shape), Some(name), _) => {
                let (optional, holds) = match cells[1].strip_prefix("optional ") {
                    Some(holds) => (true, holds),
                    None => (false, cells[1]),
                };
                let field = Field {
                    name: name.to_owned(),
                    holds: holds_of(holds),
                    optional,
                };
                assert!(!cells[2].is_empty(), "{shape}.{name} has no meaning");
                self.shapes.get_mut(shape).unwrap().push(field);
            }
            (Some(shape), None, Some(other)) => {
                let others = self.shapes[other].clone();
                self.shapes.get_mut(shape).unwrap().extend(others);
            }
            (None, Some(command), _) if section == "Commands" => {
                let holds = holds_of(cells[1]);
                self.commands.insert(command.to_owned(), holds);
            }
            // The table of types stands before the first section.
            (None, _, _) if section.is_empty() => {}
            _ => panic!("a row that says nothing: {cells:?}"),
        }
    }

    pub(crate) fn commands(&self) -> impl Iterator<Item = &str> {
        self.commands.keys().map(String::as_str)
    }

    pub(crate) fn shapes(&self) -> impl Iterator<Item = &str> {
        self.shapes.keys().map(String::as_str)
    }

    #[track_caller]
    pub(crate) fn prints(&self, command: &str) -> &Type {
        let prints = self.commands.get(command);
        prints.unwrap_or_else(|| panic!("the page does not name {command}"))
    }

    #[track_caller]
    pub(crate) fn fields(&self, shape: &str) -> &[Field] {
        let fields = self.shapes.get(shape);
        fields.unwrap_or_else(|| panic!("the page has no shape {shape}"))
    }
}

/// The type of this expression: `list of` and its like bind all that follows up to an `or`, and one of
/// them at the beginning of commands' alternatives binds them all.
pub(crate) fn holds_of(text: &str) -> Type {
    if let Some((first, rest)) = text.split_once(" or ") {
        let bound = |prefix: &str| {
            let first = first
                .strip_prefix(prefix)
                .filter(|_| !text.ends_with("null"));
            first.map(|first| Box::new(holds_of(&format!("{first} or {rest}"))))
        };
        if let Some(inner) = bound("list of ") {
            return Type::List(inner);
        }
        if let Some(inner) = bound("Reading of ") {
            return Type::Reading(inner);
        }
        return Type::OneOf(text.split(" or ").map(holds_of).collect());
    }
    let of = |inner: &str| Box::new(holds_of(inner));
    if let Some(inner) = text.strip_prefix("list of ") {
        return Type::List(of(inner));
    }
    if let Some(inner) = text.strip_prefix("map of ") {
        return Type::Map(of(inner));
    }
    if let Some(inner) = text.strip_prefix("Reading of ") {
        return Type::Reading(of(inner));
    }
    match text {
        "text" => Type::Text,
        "integer" => Type::Integer,
        "flag" => Type::Flag,
        "time" => Type::Time,
        "id" => Type::Id,
        "digest" => Type::Digest,
        "hex" => Type::Hex,
        "base64" => Type::Base64,
        "null" => Type::Null,
        other => match other
            .strip_prefix('"')
            .and_then(|word| word.strip_suffix('"'))
        {
            Some(word) => Type::Word(word.to_owned()),
            None => {
                let is_name = other.starts_with(|c: char| c.is_ascii_uppercase())
                    && other.chars().all(char::is_alphanumeric);
                assert!(is_name, "{other:?} is no type");
                Type::Shape(other.to_owned())
            }
        },
    }
}
