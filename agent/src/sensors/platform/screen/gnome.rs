//! When GNOME locks a user's screen.
//!
//! Touches that user's settings. Must never pass over a switch that keeps the screen from locking.

use sekisho_policy::facts::Evidence;
use sekisho_policy::reading::{Reading, Why};

use super::dconf::Settings;
use super::gvdb::Value;
use super::sessions::Session;
use crate::sensors::Root;

/// The screen goes blank after `idle-delay` seconds without input, 0 for never, and `lock-delay` seconds
/// later it is locked, if it is to be and may be.
pub(super) fn read(root: &Root, session: &Session, evidence: &mut Vec<Evidence>) -> Reading<u32> {
    let settings = match Settings::of(root, session.uid) {
        Ok(settings) => settings,
        Err(why) => return Reading::Unknown(why),
    };
    let mut look = |schema: &str, key: &str| {
        let found = settings.value(&format!("org.gnome.desktop.{schema}"), key);
        if let Reading::Known((value, source)) = &found {
            evidence.push(Evidence::new(source.as_str(), format!("{value:?}")));
        }
        found
    };
    let idle = number(look("session", "idle-delay"));
    let enabled = flag(look("screensaver", "lock-enabled"));
    let disabled = flag(look("lockdown", "disable-lock-screen"));
    let delay = number(look("screensaver", "lock-delay"));
    let never = enabled == Reading::Known(false)
        || disabled == Reading::Known(true)
        || idle == Reading::Known(0);
    if never {
        return Reading::Absent;
    }
    match (idle, enabled, disabled, delay) {
        (Reading::Known(idle), Reading::Known(_), Reading::Known(_), Reading::Known(delay)) => {
            Reading::Known(idle.saturating_add(delay))
        }
        (Reading::Unknown(why), ..)
        | (_, Reading::Unknown(why), ..)
        | (_, _, Reading::Unknown(why), _)
        | (.., Reading::Unknown(why)) => Reading::Unknown(why),
        (..) => Reading::Unknown(Why::Unreadable("a key of dconf is absent".to_owned())),
    }
}

fn number(found: Reading<(Value, String)>) -> Reading<u32> {
    typed(found, |value| match value {
        Value::Number(number) => Some(number),
        Value::Flag(_) | Value::Other => None,
    })
}

fn flag(found: Reading<(Value, String)>) -> Reading<bool> {
    typed(found, |value| match value {
        Value::Flag(flag) => Some(flag),
        Value::Number(_) | Value::Other => None,
    })
}

fn typed<T>(found: Reading<(Value, String)>, of: impl Fn(Value) -> Option<T>) -> Reading<T> {
    match found {
        Reading::Known((value, source)) => of(value).map_or_else(
            || Reading::Unknown(Why::Unreadable(format!("{source}: of another type"))),
            Reading::Known,
        ),
        Reading::Absent => Reading::Absent,
        Reading::Unknown(why) => Reading::Unknown(why),
    }
}
