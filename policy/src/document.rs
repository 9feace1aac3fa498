//! The policy document: TOML in, [`Policy`] out, errors with line and key.
//!
//! Touches nothing: the text is given. Must never take half a document: one wrong value and the
//! whole is refused, so that the last good policy stays in force.

mod differences;
mod place;
mod twin;
mod values;

use std::collections::BTreeMap;

use thiserror::Error;

use crate::finding::Severity;
use crate::id::Fingerprint;
use crate::limits::POLICY_BYTES_MAX;
use crate::register::DataClass;
use crate::rules::Parameters;
use crate::time::Span;
use crate::words::shown;

pub use differences::{Difference, differences, summary};
pub use place::wrong_toml;

/// Names of groups that an error spells out.
const KNOWN_SHOWN_MAX: usize = 20;

/// What the company demands of its laptops, group by group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    fingerprint: Fingerprint,
    default: Group,
    groups: BTreeMap<String, Group>,
}

/// What is demanded of the laptops of one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The class of the data on these laptops, where the register names none.
    pub data_class: DataClass,
    /// The rules in force, ordered by name.
    pub rules: Vec<InForce>,
}

/// A rule in force in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InForce {
    /// How much a break of it weighs.
    pub severity: Severity,
    /// How long a break may last before it is a violation; not negative.
    pub grace: Span,
    /// Whether an outcome that could not be told counts against the device.
    pub unknown_fails: bool,
    /// The rule, with what the policy sets on it.
    pub parameters: Parameters,
}

/// Why a text is not a policy. The whole document is refused; the policy in force stays in force.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// The text is larger than a policy may be.
    #[error(
        "the policy has {bytes} bytes; at most {max} are allowed (POLICY_BYTES_MAX)",
        max = POLICY_BYTES_MAX
    )]
    TooLarge {
        /// Bytes of the text.
        bytes: usize,
    },
    /// A value, a name or the syntax is wrong at a place of the text.
    #[error("line {line}, column {column}: {}{problem}", with_colon(key))]
    Wrong {
        /// The line, counted from 1.
        line: usize,
        /// The column in characters, counted from 1.
        column: usize,
        /// The key, with the tables it stands in; empty where the text is not TOML.
        key: String,
        /// What is wrong, and what is allowed there.
        problem: String,
    },
}

/// A group that the policy does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the policy has no group {name:?}; it has {known}")]
pub struct UnknownGroup {
    /// The name that was asked for.
    pub name: String,
    /// The names of those that exist, for people.
    pub known: String,
}

fn with_colon(key: &str) -> String {
    if key.is_empty() {
        String::new()
    } else {
        format!("{key}: ")
    }
}

impl Group {
    /// The rule of this name, if it is in force.
    #[must_use]
    pub fn rule(&self, name: &str) -> Option<&InForce> {
        self.rules.iter().find(|rule| rule.parameters.id() == name)
    }
}

impl Policy {
    /// Reads a policy document.
    ///
    /// # Errors
    /// [`PolicyError`] names the first thing that is wrong, where it stands, and what is allowed
    /// there.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        if text.len() > POLICY_BYTES_MAX {
            return Err(PolicyError::TooLarge { bytes: text.len() });
        }
        twin::read(text)
    }

    /// The policy that the product comes with, word for word: what a company could begin with.
    #[must_use]
    pub const fn shipped_text() -> &'static str {
        include_str!("../default-policy.toml")
    }

    /// SHA-256 of the text the policy was read from.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// What is demanded of a group; an empty name stands for the default group. `None` when the
    /// policy knows no such group.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Group> {
        if name.is_empty() {
            Some(&self.default)
        } else {
            self.groups.get(name)
        }
    }

    /// Makes sure that a device can be put into the group; an empty name stands for the default one.
    ///
    /// # Errors
    /// [`UnknownGroup`] with the names of those that exist.
    pub fn require_group(&self, name: &str) -> Result<&Group, UnknownGroup> {
        self.group(name).ok_or_else(|| {
            let mut known = vec!["the default group (an empty name)"];
            known.extend(self.group_names().take(KNOWN_SHOWN_MAX));
            if self.groups.len() > KNOWN_SHOWN_MAX {
                known.push("…");
            }
            UnknownGroup {
                name: shown(name).into_owned(),
                known: known.join(", "),
            }
        })
    }

    /// What is demanded where no group of the policy is meant.
    #[must_use]
    pub const fn default_group(&self) -> &Group {
        &self.default
    }

    /// The names of the groups, without the default one.
    pub fn group_names(&self) -> impl Iterator<Item = &str> {
        self.groups.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests;
