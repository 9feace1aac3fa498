//! What the management interface of Windows (WMI) tells of the instances of a class: fields and numbers, asked
//! once, parsed anywhere.
//!
//! Touches nothing but through `ask/wmi.rs`. Must never call a method that changes something or tells a secret:
//! methods are called without arguments, and each is named in a reader.

#[cfg_attr(windows, path = "ask/wmi.rs")]
#[cfg_attr(not(windows), path = "ask/no_wmi.rs")]
mod ask;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::ask::AskError;
use crate::sensors::Root;

/// Instances that are taken of one class.
pub const ROWS_MAX: usize = 1000;
/// Bytes of one text that are taken.
pub const TEXT_BYTES_MAX: usize = 16 * 1024;

/// What is asked of a class.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The name of the answer in a capture.
    pub name: &'static str,
    /// Where the class is.
    pub namespace: &'static str,
    /// The class.
    pub class: &'static str,
    /// The fields that are taken; `DeviceID` is, and its value names the instance to methods.
    pub fields: &'static [&'static str],
    /// Methods that are called on each instance.
    pub methods: &'static [&'static str],
    /// Whether the provider answers only where nobody can listen (`RPC_C_AUTHN_LEVEL_PKT_PRIVACY`).
    pub is_private: bool,
}

/// An instance.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its fields; one without a value is left out.
    pub fields: BTreeMap<String, Value>,
    /// What its methods gave.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub methods: BTreeMap<String, Called>,
}

/// What a method gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Called {
    /// These values.
    Told(BTreeMap<String, Value>),
    /// The number of an error.
    Failed(u32),
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
}

impl Row {
    /// The text of this field; none for an empty one.
    #[must_use]
    pub fn text(&self, field: &str) -> Option<&str> {
        match self.fields.get(field) {
            Some(Value::Text(text)) => Some(text.as_str()).filter(|text| !text.is_empty()),
            Some(Value::Flag(_) | Value::Number(_) | Value::Texts(_)) | None => None,
        }
    }

    /// The number of this field. WMI writes those of 64 bits as text.
    #[must_use]
    pub fn number(&self, field: &str) -> Option<i64> {
        self.fields.get(field).and_then(Value::number)
    }

    /// The value of this name that a method gave.
    ///
    /// # Errors
    /// The number of Windows' error; none where the method was not called or does not tell this.
    pub fn told(&self, method: &str, value: &str) -> Result<i64, Option<u32>> {
        match self.methods.get(method) {
            Some(Called::Told(values)) => values.get(value).and_then(Value::number).ok_or(None),
            Some(Called::Failed(code)) => Err(Some(*code)),
            None => Err(None),
        }
    }
}

impl Value {
    fn number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            Self::Flag(_) | Self::Texts(_) => None,
        }
    }
}

/// Asks Windows, or the capture.
///
/// # Errors
/// [`AskError::ToolMissing`] where there is no such class.
pub fn ask(root: &Root, question: &Question) -> Result<Vec<Row>, AskError> {
    let bytes = root.answer(&format!("wmi/{}.json", question.name), || {
        let rows = ask::ask(question)?;
        serde_json::to_vec(&rows).map_err(|error| broken(question, error.into()))
    })?;
    serde_json::from_slice(&bytes).map_err(|error| broken(question, error.into()))
}

fn broken(question: &Question, source: std::io::Error) -> AskError {
    AskError::from_io(Path::new(question.class), source)
}
