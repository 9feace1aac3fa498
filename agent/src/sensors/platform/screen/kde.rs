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
/// seconds later, if `Autolock` is on. Without `RequirePassword`, which newer ones have, it asks for none.
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
    let (automatic, password, minutes, grace) = (
        look("Autolock", "true"),
        look("RequirePassword", "true"),
        look("Timeout", "5"),
        look("LockGrace", "5"),
    );
    let off = Ok("false");
    if automatic.as_deref() == off || password.as_deref() == off {
        return Reading::Absent;
    }
    let all = || Ok::<_, Why>([automatic?, password?, minutes?, grace?]);
    let [automatic, password, minutes, grace] = match all() {
        Ok(all) => all,
        Err(why) => return Reading::Unknown(why),
    };
    match (&*automatic, &*password, seconds(&minutes), grace.parse()) {
        ("true", "true", Some(0), Ok(_)) => Reading::Absent,
        ("true", "true", Some(idle), Ok(grace)) => Reading::Known(idle.saturating_add(grace)),
        _ => Reading::Unknown(Why::Unreadable(format!(
            "kscreenlockerrc: Autolock={automatic} RequirePassword={password} Timeout={minutes} LockGrace={grace}"
        ))),
    }
}

/// The seconds of minutes that may have a fraction, such as `7.5`; what is left of a second counts as one.
fn seconds(minutes: &str) -> Option<u32> {
    let (whole, part) = minutes.split_once('.').unwrap_or((minutes, ""));
    if !part.chars().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let hundredths: u32 = format!("{part:0<2}").get(..2)?.parse().ok()?;
    let more = part
        .get(2..)
        .is_some_and(|rest| rest.contains(|digit| digit != '0'));
    let hundredths = hundredths.saturating_add(more.into());
    let whole: u32 = whole.parse().ok()?;
    let part = hundredths.saturating_mul(60).div_ceil(100);
    Some(whole.saturating_mul(60).saturating_add(part))
}

fn file(root: &Root, path: &str) -> Result<Option<String>, Why> {
    let reduce = |bytes: &[u8]| ini::only(&String::from_utf8_lossy(bytes), GROUP).into_bytes();
    match root.path(path).read_reduced(CONFIG_BYTES_MAX, reduce) {
        Ok(bytes) => Ok(Some(ask::into_text(bytes))),
        Err(AskError::Missing(_)) => Ok(None),
        Err(error) => Err(error.why()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_may_have_a_fraction() {
        let told = ["5", "7.5", "0", "0.000", "0.001", "1.01", "5.0"].map(seconds);
        let expected = [300, 450, 0, 0, 1, 61, 300].map(Some);
        assert_eq!(told, expected);
        for broken in ["", "-1", "1e3", "5.x", "."] {
            assert_eq!(seconds(broken), None, "{broken}");
        }
    }
}
