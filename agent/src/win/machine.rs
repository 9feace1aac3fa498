//! The machine: how long it runs, and what room its volumes have.
//!
//! Touches kernel32. Must never take a failed call for an answer.

use std::io;
use std::path::{Path, PathBuf};

use windows::Win32::Globalization::GetUserDefaultUILanguage;
use windows::Win32::Storage::FileSystem::GetDiskFreeSpaceExW;
use windows::Win32::System::Com::CoTaskMemFree;
use windows::Win32::System::SystemInformation::GetTickCount64;
use windows::Win32::UI::Shell::{FOLDERID_ProgramData, KNOWN_FOLDER_FLAG, SHGetKnownFolderPath};
use windows::core::PCWSTR;

use super::text::wide;

/// `LANG_JAPANESE`, of the ten bits of a language's number that tell no country.
const JAPANESE: u16 = 0x11;
/// Where the data of all users lies on every Windows that was not set up otherwise.
const USUAL_DATA: &str = r"C:\ProgramData";

/// Milliseconds since the system started, the time it slept among them (GetTickCount64).
#[must_use]
pub fn ticks_ms() -> u64 {
    // SAFETY: it takes nothing and cannot fail.
    unsafe { GetTickCount64() }
}

/// Bytes that this user may still write to the volume of this folder.
///
/// # Errors
/// What the system says.
pub fn free_bytes(dir: &Path) -> io::Result<u64> {
    let dir = wide(dir)?;
    let mut free = 0;
    // SAFETY: `dir` ends with a zero and, like `free`, outlives the call.
    unsafe { GetDiskFreeSpaceExW(PCWSTR(dir.as_ptr()), Some(&raw mut free), None, None) }?;
    Ok(free)
}

/// The folder for data of all users; the usual one where the system does not tell.
#[must_use]
pub fn data_of_all_users() -> PathBuf {
    let (folder, flags) = (FOLDERID_ProgramData, KNOWN_FOLDER_FLAG(0));
    // SAFETY: the identifier outlives the call; nobody's token is given.
    let told = unsafe { SHGetKnownFolderPath(&raw const folder, flags, None) };
    let Ok(told) = told else {
        return PathBuf::from(USUAL_DATA);
    };
    // SAFETY: the call succeeded, so the text ends with a zero.
    let text = unsafe { told.to_string() };
    // SAFETY: the system made it for whoever asked, and nobody has freed it.
    unsafe { CoTaskMemFree(Some(told.as_ptr().cast())) };
    text.map_or_else(|_| PathBuf::from(USUAL_DATA), PathBuf::from)
}

/// The language in which Windows speaks to this user, as locales are written; `en` for any other than Japanese.
#[must_use]
pub fn user_language() -> &'static str {
    // SAFETY: it takes nothing and cannot fail.
    let number = unsafe { GetUserDefaultUILanguage() };
    if number & 0x3ff == JAPANESE {
        "ja"
    } else {
        "en"
    }
}
