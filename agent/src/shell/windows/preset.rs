//! Where an unattended laptop enrols, and by which token.
//!
//! Touches the registry and one file of the state folder. Must never leave the installer's token in the registry, where
//! every user may read it.

use crate::limits::TOKEN_BYTES_MAX;
use crate::paths::{self, PathError, Paths};
use crate::win::settings;

/// The value that holds the token.
const TOKEN: &str = "EnrollToken";

/// What the installer or a group policy wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Preset {
    /// Where the collector is.
    pub(super) collector: String,
    /// The token.
    pub(super) token: String,
    /// The group that the token is expected to lead to; empty where none is.
    pub(super) group: String,
}

/// Reads it, and takes the installer's token into the state folder. Nothing where nobody wants it.
///
/// # Errors
/// [`PathError`].
pub(super) fn take(paths: &Paths) -> Result<Option<Preset>, PathError> {
    let path = paths.preset_token_path();
    if let Some(token) = settings::installed(TOKEN) {
        paths::write_small(&path, token.as_bytes())?;
        let removed = settings::remove_installed(TOKEN);
        removed.map_err(|source| PathError::Write {
            path: TOKEN.into(),
            source,
        })?;
    }
    let taken = paths::read_small(&path, TOKEN_BYTES_MAX)?;
    let taken = taken.and_then(|bytes| String::from_utf8(bytes).ok());
    let token = settings::by_policy(TOKEN).or(taken);
    let (Some(collector), Some(token)) = (settings::chosen("Collector"), token) else {
        return Ok(None);
    };
    Ok(Some(Preset {
        collector,
        token,
        group: settings::chosen("Group").unwrap_or_default(),
    }))
}

/// Removes a token that nobody needs any more. That of a group policy stays: it would be written anew.
///
/// # Errors
/// [`PathError`].
pub(super) fn forget_token(paths: &Paths) -> Result<(), PathError> {
    let removed = settings::remove_installed(TOKEN);
    removed.map_err(|source| PathError::Write {
        path: TOKEN.into(),
        source,
    })?;
    paths::remove_small(&paths.preset_token_path())
}
