//! Asks the registry of this machine.
//!
//! Touches the registry, reading only. Must never decide what a value is worth, and never give a list of keys that
//! changed while it was read.

#[path = "hive_file.rs"]
mod file;

use std::io;
use std::path::{Path, PathBuf};

use windows_registry::{Key as Open, LOCAL_MACHINE, USERS, Value as Raw};
use windows_result::Error;

use super::{DENIED, Hive, KEYS_MAX, Key, Question, STALE, VALUE_BYTES_MAX, Value};
use crate::ask::AskError;
use crate::sensors::windows::users::is_user;

/// `HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)` and of `ERROR_PATH_NOT_FOUND`.
const MISSING: [u32; 2] = [0x8007_0002, 0x8007_0003];
/// Who has a profile, and where.
const PROFILES: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList";
const FOLDER: &str = "ProfileImagePath";
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
        Hive::EachUserLoggedOut => logged_out(question),
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

/// What the files of those users hold whose part is not loaded. It is not loaded for them: that would lock them out of
/// their own profile meanwhile, and change the file.
fn logged_out(question: &Question) -> Result<Key, AskError> {
    let mut found = Key::default();
    let opened = LOCAL_MACHINE.options().read().wow64_64().open(PROFILES);
    let profiles = match opened {
        Ok(profiles) => profiles,
        Err(error) if MISSING.contains(&code(&error)) => return Ok(found),
        Err(error) => return Err(failed(PROFILES, &error)),
    };
    let loaded = names(USERS, "")?;
    let mut room = KEYS_MAX;
    for sid in names(&profiles, PROFILES)? {
        if !is_user(&sid) || loaded.contains(&sid) {
            continue;
        }
        let profile = profiles.open(&sid);
        let folder = profile.and_then(|profile| profile.get_hstring(FOLDER));
        let read = folder
            .map_err(|error| code(&error))
            .and_then(|folder| file::read(&folder.to_string_lossy(), question, &mut room));
        match read {
            Ok(Some((key, is_stale))) => {
                found.keys.insert(sid.clone(), key);
                if is_stale {
                    found.refused.insert(sid, STALE);
                }
            }
            Ok(None) => {}
            Err(code) => {
                found.refused.insert(sid, code);
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
    Ok(Some(taken(&raw)))
}

fn taken(raw: &Raw) -> Value {
    Value::of(raw.ty().into(), raw)
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
