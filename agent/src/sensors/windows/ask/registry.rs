//! Asks the registry of this machine.
//!
//! Touches the registry, reading only. Must never decide what a value is worth, and never give a list of keys that
//! changed while it was read.

use std::io;
use std::path::{Path, PathBuf};

use windows_registry::{Key as Open, LOCAL_MACHINE, Type, USERS, Value as Raw};
use windows_result::Error;

use super::{DENIED, Hive, KEYS_MAX, Key, Question, VALUE_BYTES_MAX, Value};
use crate::ask::AskError;
use crate::sensors::windows::users::is_user;

/// `HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)` and of `ERROR_PATH_NOT_FOUND`.
const MISSING: [u32; 2] = [0x8007_0002, 0x8007_0003];
/// How often keys are listed until they are the same twice.
const TRIES: usize = 4;

/// Reads what was asked for.
pub(super) fn ask(question: &Question) -> Result<Key, AskError> {
    match question.hive {
        Hive::Machine => whole(LOCAL_MACHINE.options().read().wow64_64(), question),
        Hive::Machine32 => whole(LOCAL_MACHINE.options().read().wow64_32(), question),
        Hive::EachUser => each_user(USERS, question.path, question),
        Hive::MachineOfEachUser => {
            let opened = LOCAL_MACHINE
                .options()
                .read()
                .wow64_64()
                .open(question.path);
            let opened = opened.map_err(|error| failed(question.path, &error))?;
            each_user(&opened, "", question)
        }
    }
}

fn whole(from: &windows_registry::OpenOptions<'_>, question: &Question) -> Result<Key, AskError> {
    let opened = from.open(question.path);
    let opened = opened.map_err(|error| failed(question.path, &error))?;
    let mut room = KEYS_MAX;
    read(&opened, question, question.below, &mut room)
}

/// Each key below that is called by a user, or what the path leads to from there.
fn each_user(below: &Open, path: &str, question: &Question) -> Result<Key, AskError> {
    let mut found = Key::default();
    let mut room = KEYS_MAX;
    for sid in names(below, question.path)? {
        if !is_user(&sid) {
            continue;
        }
        // Without a path it is the part itself.
        let path = match path {
            "" => sid.clone(),
            path => format!(r"{sid}\{path}"),
        };
        match below.open(&path) {
            Ok(opened) => {
                let key = read(&opened, question, question.below, &mut room)?;
                found.keys.insert(sid, key);
            }
            Err(error) if MISSING.contains(&code(&error)) => {}
            Err(error) => {
                found.refused.insert(sid, code(&error));
            }
        }
    }
    Ok(found)
}

fn read(
    opened: &Open,
    question: &Question,
    below: bool,
    room: &mut usize,
) -> Result<Key, AskError> {
    let mut key = Key::default();
    for name in question.values {
        if let Some(value) = value(opened, name)? {
            key.values.insert((*name).to_owned(), value);
        }
    }
    if !below {
        return Ok(key);
    }
    for name in names(opened, question.path)? {
        *room = room.checked_sub(1).ok_or_else(|| AskError::TooLarge {
            path: PathBuf::from(question.path),
            max: u64::try_from(KEYS_MAX).unwrap_or(u64::MAX),
        })?;
        match opened.open(&name) {
            Ok(inner) => {
                key.keys.insert(name, read(&inner, question, false, room)?);
            }
            // It was removed since it was listed.
            Err(error) if MISSING.contains(&code(&error)) => {}
            Err(error) => {
                key.refused.insert(name, code(&error));
            }
        }
    }
    Ok(key)
}

/// The library ends a list by any error, so a list counts when it is the same twice.
fn names(opened: &Open, path: &str) -> Result<Vec<String>, AskError> {
    let list = || {
        let names = opened.keys().map_err(|error| failed(path, &error))?;
        Ok::<Vec<String>, AskError>(names.take(KEYS_MAX).collect())
    };
    let mut before = list()?;
    for _ in 0..TRIES {
        let now = list()?;
        if now == before {
            return Ok(now);
        }
        before = now;
    }
    let changing = io::Error::other("its keys change while they are listed");
    Err(AskError::from_io(Path::new(path), changing))
}

fn value(opened: &Open, name: &str) -> Result<Option<Value>, AskError> {
    let raw = match opened.get_value(name) {
        Ok(raw) => raw,
        Err(error) if MISSING.contains(&code(&error)) => return Ok(None),
        Err(error) => return Err(failed(name, &error)),
    };
    if raw.len() > VALUE_BYTES_MAX {
        return Err(AskError::TooLarge {
            path: PathBuf::from(name),
            max: u64::try_from(VALUE_BYTES_MAX).unwrap_or(u64::MAX),
        });
    }
    Ok(Some(taken(raw)))
}

/// The value by the type it is said to have, and its bytes where they do not fit that.
fn taken(raw: Raw) -> Value {
    let bytes = Value::Bytes(data_encoding::HEXLOWER.encode(&raw));
    match raw.ty() {
        Type::U32 | Type::U64 => number(&raw).map_or(bytes, Value::Number),
        Type::String | Type::ExpandString => text(&raw),
        Type::MultiString => Vec::try_from(raw).map_or(bytes, Value::Texts),
        Type::Bytes | Type::Other(_) => bytes,
    }
}

fn number(raw: &Raw) -> Option<u64> {
    match raw.ty() {
        Type::U32 => raw
            .first_chunk()
            .map(|four| u64::from(u32::from_le_bytes(*four))),
        Type::U64 => raw.first_chunk().map(|eight| u64::from_le_bytes(*eight)),
        Type::String | Type::ExpandString | Type::MultiString | Type::Bytes | Type::Other(_) => {
            None
        }
    }
}

/// A text ends with its first zero, or without one: whoever wrote it may have left it out.
fn text(raw: &Raw) -> Value {
    let units: Vec<u16> = raw
        .chunks_exact(2)
        .filter_map(|two| two.first_chunk())
        .map(|two| u16::from_le_bytes(*two))
        .take_while(|unit| *unit != 0)
        .collect();
    Value::Text(String::from_utf16_lossy(&units))
}

fn code(error: &Error) -> u32 {
    error.code().0.cast_unsigned()
}

fn failed(path: &str, error: &Error) -> AskError {
    let path = PathBuf::from(path);
    match code(error) {
        one if MISSING.contains(&one) => AskError::Missing(path),
        DENIED => AskError::NotPermitted(path),
        // By its number: the text is in the language of the system.
        other => AskError::Io {
            path,
            source: io::Error::other(format!("Windows error {other:#010x}")),
        },
    }
}
