//! When KDE Plasma locks a user's screen.
//!
//! Touches `kscreenlockerrc` of the system and of the user. Must never take KDE's own default while the
//! user's file could not be read.

use sekisho_policy::facts::Evidence;
use sekisho_policy::reading::{Reading, Why};

use super::sessions::Session;
use super::{ini, users};
use crate::ask::{self, AskError};
use crate::limits::CONFIG_BYTES_MAX;
use crate::sensors::Root;

const SYSTEM: &str = "/etc/xdg/kscreenlockerrc";
const GROUP: &str = "Daemon";

/// The screen is locked after `Timeout` minutes without input, and asks for a password `LockGrace`
/// seconds later, if `Autolock` is on.
pub(super) fn read(root: &Root, session: &Session, evidence: &mut Vec<Evidence>) -> Reading<u32> {
    let system = file(root, SYSTEM);
    let own = users::home(root, session.uid).map(|home| format!("{home}/.config/kscreenlockerrc"));
    let user = own.clone().and_then(|path| file(root, &path));
    let own = own.unwrap_or_else(|_| "kscreenlockerrc".to_owned());
    // The second value is what KDE takes where nothing is set (kscreenlockersettings.kcfg).
    let mut look = |key: &str, usual: &str| -> Result<String, Why> {
        let set = system.as_ref().map_err(Clone::clone)?;
        let set = set.as_deref().and_then(|text| ini::look(text, GROUP, key));
        let (source, value) = match set {
            Some((value, true)) => (SYSTEM, value),
            Some((_, false)) | None => {
                let changed = user.as_ref().map_err(Clone::clone)?;
                let changed = changed
                    .as_deref()
                    .and_then(|text| ini::look(text, GROUP, key));
                match (changed, set) {
                    (Some((value, _)), _) => (own.as_str(), value),
                    (None, Some((value, _))) => (SYSTEM, value),
                    (None, None) => ("KDE's own default", usual),
                }
            }
        };
        evidence.push(Evidence::new(format!("{source} {key}"), value));
        Ok(value.to_owned())
    };
    let (automatic, minutes, grace) = (
        look("Autolock", "true"),
        look("Timeout", "5"),
        look("LockGrace", "5"),
    );
    if automatic.as_deref() == Ok("false") {
        return Reading::Absent;
    }
    match (automatic, minutes, grace) {
        (Ok(automatic), Ok(minutes), Ok(grace)) => {
            match (&*automatic, minutes.parse(), grace.parse()) {
                ("true", Ok(0_u32), Ok(_)) => Reading::Absent,
                ("true", Ok(minutes), Ok(grace)) => {
                    Reading::Known(minutes.saturating_mul(60).saturating_add(grace))
                }
                _ => Reading::Unknown(Why::Unreadable(format!(
                    "kscreenlockerrc: Autolock={automatic} Timeout={minutes} LockGrace={grace}"
                ))),
            }
        }
        (Err(why), ..) | (_, Err(why), _) | (.., Err(why)) => Reading::Unknown(why),
    }
}

fn file(root: &Root, path: &str) -> Result<Option<String>, Why> {
    match ask::read_text(&root.path(path), CONFIG_BYTES_MAX) {
        Ok(text) => Ok(Some(text)),
        Err(AskError::Missing(_)) => Ok(None),
        Err(error) => Err(error.why()),
    }
}
