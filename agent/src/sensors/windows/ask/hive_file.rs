//! The file of a user's part of the registry.
//!
//! Touches that file, reading only, and shared with whoever wants it. Must never follow where its user may have led it
//! elsewhere, nor keep the user from it.

use std::io;
use std::path::PathBuf;

use super::super::{DAMAGED, Key, Question, TOO_LARGE};
use crate::sensors::windows::hive::{Hive, HiveError};
use crate::win::file::opened;

/// `HRESULT_FROM_WIN32(ERROR_ENVVAR_NOT_FOUND)`.
const NO_SUCH_VARIABLE: u32 = 0x8007_00cb;
/// What a profile's folder may begin with.
const VARIABLES: [&str; 2] = ["SystemDrive", "SystemRoot"];

/// What was asked of the user whose profile is in this folder, and whether a log has more; `None` where there is no
/// folder, or the user has no such key.
///
/// # Errors
/// The number of Windows' error.
pub(super) fn read(
    folder: &str,
    question: &Question,
    room: &mut usize,
) -> Result<Option<(Key, bool)>, u32> {
    let folder = expanded(folder).ok_or(NO_SUCH_VARIABLE)?;
    // A profile whose folder somebody removed has nothing in it.
    if !folder.try_exists().map_err(|error| code(&error))? {
        return Ok(None);
    }
    let file = opened(&folder.join("NTUSER.DAT")).map_err(|error| code(&error))?;
    let mut hive = Hive::open(file).map_err(|error| broken(&error))?;
    let below = hive.below(question.path, question.values, room);
    let is_stale = hive.is_stale();
    let key = below.map_err(|error| broken(&error))?;
    // The key itself may be in the log alone.
    let key = key.or_else(|| is_stale.then(Key::default));
    Ok(key.map(|key| (key, is_stale)))
}

fn expanded(folder: &str) -> Option<PathBuf> {
    let Some((name, rest)) = folder
        .strip_prefix('%')
        .and_then(|rest| rest.split_once('%'))
    else {
        return Some(PathBuf::from(folder));
    };
    let known = VARIABLES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(name))?;
    let value = std::env::var(known).ok()?;
    Some(PathBuf::from(format!("{value}{rest}")))
}

fn broken(error: &HiveError) -> u32 {
    match error {
        HiveError::Io(error) => code(error),
        HiveError::Damaged(_) => DAMAGED,
        HiveError::TooLarge(_) => TOO_LARGE,
    }
}

/// `HRESULT_FROM_WIN32`.
fn code(error: &io::Error) -> u32 {
    let number = error.raw_os_error().map_or(0, i32::cast_unsigned);
    0x8007_0000 | (number & 0xffff)
}
