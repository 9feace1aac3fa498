//! What the registry holds below a key, as values and no more: asked once, parsed anywhere.
//!
//! Touches nothing but through `ask/registry.rs`. Must never take a list that broke off for a whole one.

#[cfg_attr(windows, path = "ask/registry.rs")]
#[cfg_attr(not(windows), path = "ask/no_registry.rs")]
mod ask;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::ask::AskError;
use crate::sensors::Root;

/// Keys taken below one; a laptop has some hundreds of programs.
pub const KEYS_MAX: usize = 20_000;
/// Bytes of one value that are taken.
pub const VALUE_BYTES_MAX: usize = 16 * 1024;

/// `HRESULT_FROM_WIN32(ERROR_ACCESS_DENIED)`.
pub const DENIED: u32 = 0x8007_0005;
/// `HRESULT_FROM_WIN32(ERROR_BADDB)`, of a file that is no registry or a damaged one.
pub const DAMAGED: u32 = 0x8007_03f1;
/// `HRESULT_FROM_WIN32(ERROR_FILE_TOO_LARGE)`, of one that holds more than is taken.
pub const TOO_LARGE: u32 = 0x8007_00df;
/// `HRESULT_FROM_WIN32(ERROR_REGISTRY_RECOVERED)`, of a file that lacks what is in its log; what it has is told beside.
pub const STALE: u32 = 0x8007_03f6;

/// The beginning of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hive {
    /// `HKEY_LOCAL_MACHINE`.
    Machine,
    /// `HKEY_LOCAL_MACHINE` as programs of 32 bits see it.
    Machine32,
    /// Below `HKEY_USERS`, for each user whose part is loaded.
    EachUser,
    /// Keys of `HKEY_LOCAL_MACHINE` that are called by a user, for each user.
    MachineOfEachUser,
    /// The files of those users whose part is not loaded.
    EachUserLoggedOut,
}

/// What is asked of the registry.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The name of the answer in a capture.
    pub name: &'static str,
    /// Where the path begins.
    pub hive: Hive,
    /// The key.
    pub path: &'static str,
    /// How many levels of keys below it are taken: none, or those right below.
    pub below: bool,
    /// The values that are taken of each key.
    pub values: &'static [&'static str],
}

/// What a key holds.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// Its values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Value>,
    /// The keys below it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, Self>,
    /// The keys below it that may not be read, or could not be, with the number of Windows' error.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refused: BTreeMap<String, u32>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
    /// A number.
    Number(u64),
    /// Bytes, in hexadecimal.
    Bytes(String),
}

impl Value {
    /// The value by the number of its type, and its bytes where they do not fit that.
    #[must_use]
    pub fn of(kind: u32, bytes: &[u8]) -> Self {
        let as_bytes = || Self::Bytes(data_encoding::HEXLOWER.encode(bytes));
        match kind {
            // REG_SZ and REG_EXPAND_SZ. A text ends with its first zero, or without one: whoever wrote it may have left it out.
            1 | 2 => Self::Text(text(units(bytes).take_while(|unit| *unit != 0))),
            // REG_DWORD.
            4 => bytes.first_chunk().map_or_else(as_bytes, |four| {
                Self::Number(u32::from_le_bytes(*four).into())
            }),
            // REG_MULTI_SZ.
            7 => {
                let units: Vec<u16> = units(bytes).collect();
                let texts = units.split(|unit| *unit == 0);
                let texts = texts.take_while(|text| !text.is_empty());
                Self::Texts(texts.map(|one| text(one.iter().copied())).collect())
            }
            // REG_QWORD.
            11 => bytes
                .first_chunk()
                .map_or_else(as_bytes, |eight| Self::Number(u64::from_le_bytes(*eight))),
            _ => as_bytes(),
        }
    }

    /// As it is shown to people.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Text(text) | Self::Bytes(text) => text.clone(),
            Self::Texts(texts) => texts.join(", "),
            Self::Number(number) => number.to_string(),
        }
    }
}

fn units(bytes: &[u8]) -> impl Iterator<Item = u16> + '_ {
    let pairs = bytes.chunks_exact(2).filter_map(|two| two.first_chunk());
    pairs.map(|two| u16::from_le_bytes(*two))
}

fn text(units: impl Iterator<Item = u16>) -> String {
    String::from_utf16_lossy(&units.collect::<Vec<u16>>())
}

impl Key {
    /// The text of this name; none for an empty one.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(Value::Text(text)) => Some(text.trim()).filter(|text| !text.is_empty()),
            Some(Value::Texts(_) | Value::Number(_) | Value::Bytes(_)) | None => None,
        }
    }

    /// The number of this name.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u64> {
        match self.values.get(name) {
            Some(Value::Number(number)) => Some(*number),
            Some(Value::Text(_) | Value::Texts(_) | Value::Bytes(_)) | None => None,
        }
    }
}

/// Asks the registry, or the capture.
///
/// # Errors
/// [`AskError::Missing`] where there is no such key; of each user's, a user without it is left out.
pub fn ask(root: &Root, question: &Question) -> Result<Key, AskError> {
    ask_sparingly(root, question, |_| ())
}

/// The same, where nothing is read, and captured, but what `spare` leaves.
///
/// # Errors
/// As [`ask`].
pub fn ask_sparingly(
    root: &Root,
    question: &Question,
    spare: impl FnOnce(&mut Key),
) -> Result<Key, AskError> {
    let name = format!("registry/{}.json", question.name);
    let kept = |bytes: Vec<u8>| match serde_json::from_slice::<Key>(&bytes) {
        Ok(mut key) => {
            spare(&mut key);
            serde_json::to_vec(&key).unwrap_or_default()
        }
        // What is no answer is told to be none below.
        Err(_) => bytes,
    };
    let bytes = root.reduced_answer(&name, kept, || {
        let key = ask::ask(question)?;
        serde_json::to_vec(&key).map_err(|error| broken(question, error.into()))
    })?;
    serde_json::from_slice(&bytes).map_err(|error| broken(question, error.into()))
}

fn broken(question: &Question, source: std::io::Error) -> AskError {
    AskError::from_io(Path::new(question.path), source)
}
