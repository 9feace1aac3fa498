//! What the installer of the agent, or a group policy, has written into the registry.
//!
//! Touches the registry. Must never take more of a value than a setting can be long, and never write one.

use std::io;

use windows_registry::LOCAL_MACHINE;

/// Where the installer writes what it was told.
const INSTALLED: &str = r"SOFTWARE\Sekisho\Agent";
/// Where a group policy writes, which goes before.
const POLICY: &str = r"SOFTWARE\Policies\Sekisho\Agent";
/// Bytes of a setting. A path has 260 characters, a token 200.
const TEXT_BYTES_MAX: usize = 1024;
/// `HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)`.
const MISSING: i32 = 0x8007_0002_u32.cast_signed();

/// What holds: that of a group policy, else that of the installer.
#[must_use]
pub fn chosen(name: &str) -> Option<String> {
    by_policy(name).or_else(|| installed(name))
}

/// What a group policy says.
#[must_use]
pub fn by_policy(name: &str) -> Option<String> {
    text(POLICY, name)
}

/// What the installer was told.
#[must_use]
pub fn installed(name: &str) -> Option<String> {
    text(INSTALLED, name)
}

/// Takes away what the installer was told; it is no error where there is nothing.
///
/// # Errors
/// What the system says.
pub fn remove_installed(name: &str) -> io::Result<()> {
    if installed(name).is_none() {
        return Ok(());
    }
    let key = LOCAL_MACHINE.options().read().write().open(INSTALLED);
    match key.and_then(|key| key.remove_value(name)) {
        Err(error) if error.code().0 != MISSING => Err(io::Error::other(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// An empty one was not set: installers write those they were not told.
fn text(path: &str, name: &str) -> Option<String> {
    let text = LOCAL_MACHINE.open(path).ok()?.get_string(name).ok()?;
    let text = text.trim();
    (!text.is_empty() && text.len() <= TEXT_BYTES_MAX).then(|| text.to_owned())
}
