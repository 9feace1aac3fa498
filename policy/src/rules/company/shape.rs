//! What an expression can ask of a laptop: each variable, with its fields and what they hold.
//!
//! Touches nothing. Must never name a field that `values` does not answer; a test asks for each.

use crate::limits::{ANTIVIRUS_PRODUCTS_MAX, SOFTWARE_ITEMS_MAX, VOLUMES_MAX};

/// A variable of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// How many there are at most; `None` where it is one and not a list.
    pub items_max: Option<usize>,
    /// The fields of it, or of each item.
    pub fields: &'static [(&'static str, Shape)],
}

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

use Shape::{Number, Text, Truth};

/// Every variable, ordered by name.
pub const VARIABLES: [Variable; 5] = [
    Variable {
        name: "antivirus",
        items_max: Some(ANTIVIRUS_PRODUCTS_MAX),
        fields: &[
            ("name", Text),
            ("vendor", Text),
            ("engine_version", Text),
            ("running", Truth),
            ("realtime", Truth),
            ("cloud", Truth),
            ("definitions_version", Text),
            ("definitions_age_hours", Number),
        ],
    },
    Variable {
        name: "device",
        items_max: None,
        fields: &[
            ("registration", Text),
            ("group", Text),
            ("data_class", Text),
            ("approved_days_left", Number),
        ],
    },
    Variable {
        name: "host",
        items_max: None,
        fields: &[
            ("hostname", Text),
            ("os_id", Text),
            ("os_version", Text),
            ("os_name", Text),
            ("kernel", Text),
            ("architecture", Text),
            ("model", Text),
        ],
    },
    Variable {
        name: "packages",
        items_max: Some(SOFTWARE_ITEMS_MAX),
        fields: &[
            ("name", Text),
            ("version", Text),
            ("vendor", Text),
            ("architecture", Text),
            ("source", Text),
            ("user", Text),
        ],
    },
    Variable {
        name: "volumes",
        items_max: Some(VOLUMES_MAX),
        fields: &[
            ("place", Text),
            ("path", Text),
            ("filesystem", Text),
            ("size_mib", Number),
            ("removable", Truth),
            ("exempt", Truth),
            ("encrypted", Truth),
            ("encryption", Text),
        ],
    },
];

/// The variable of this name.
pub(super) fn variable(name: &str) -> Option<&'static Variable> {
    VARIABLES.iter().find(|variable| variable.name == name)
}

impl Variable {
    /// What the field of this name holds.
    pub(super) fn field(&self, name: &str) -> Option<Shape> {
        let found = self.fields.iter().find(|(field, _)| *field == name);
        found.map(|(_, shape)| *shape)
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
