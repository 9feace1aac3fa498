//! Whether the screens of the people who are logged in lock by themselves, and how soon.
//!
//! Touches logind's notes of sessions and, for each, its desktop's settings. Must never take a setting
//! that its user can have changed for one that was read.

mod dconf;
mod gnome;
mod gvdb;
mod ini;
mod kde;
mod sessions;
mod users;

use sekisho_policy::facts::{Desktop, Evidence, ScreenLock};
use sekisho_policy::limits::SESSIONS_MAX;
use sekisho_policy::reading::{Reading, Why};

use crate::ask::{self, AskError};
use crate::limits::DESKTOPS_MAX;
use crate::sensors::Root;
pub(in crate::sensors) use sessions::Session;

/// Where a desktop that can be logged in to puts its entry.
const DESKTOPS: [&str; 2] = ["/usr/share/wayland-sessions", "/usr/share/xsessions"];

/// Reads the lock of every graphical session. `Absent` on a machine that has no desktop.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Vec<ScreenLock>> {
    let sessions = match sessions::read(root) {
        Ok(sessions) => sessions,
        Err(AskError::Missing(_)) if !has_desktop(root) => return Reading::Absent,
        Err(AskError::Missing(path)) => {
            return Reading::Unknown(Why::ToolMissing(path.display().to_string()));
        }
        Err(error) => return Reading::Unknown(error.why()),
    };
    let only_consoles = sessions.iter().all(|session| session.kind == "tty");
    if only_consoles && !has_desktop(root) {
        return Reading::Absent;
    }
    if sessions.len() > SESSIONS_MAX {
        let count = sessions.len();
        return Reading::Unknown(Why::TooLarge(format!(
            "{count} graphical sessions, at most {SESSIONS_MAX} are told"
        )));
    }
    Reading::Known(sessions.iter().map(|session| lock(root, session)).collect())
}

/// Who is logged in to a desktop; `None` where that cannot be read.
pub(in crate::sensors) fn logged_in(root: &Root) -> Option<Vec<Session>> {
    sessions::read(root).ok()
}

fn has_desktop(root: &Root) -> bool {
    DESKTOPS.iter().any(|folder| {
        let names = ask::list(&root.path(folder), DESKTOPS_MAX).unwrap_or_default();
        names.iter().any(|name| name.ends_with(".desktop"))
    })
}

fn lock(root: &Root, session: &Session) -> ScreenLock {
    let mut evidence = vec![Evidence::new(
        session.source.as_str(),
        format!("{} {}", session.kind, session.desktop),
    )];
    let desktop = desktop(&session.desktop);
    let locks_after_secs = match desktop {
        Desktop::Gnome => gnome::read(root, session, &mut evidence),
        Desktop::Kde => kde::read(root, session, &mut evidence),
        Desktop::Windows | Desktop::Other => Reading::Unknown(Why::Unsupported(format!(
            "the desktop {:?} does not tell when it locks",
            session.desktop
        ))),
    };
    ScreenLock {
        user: session.user.clone(),
        desktop,
        locks_after_secs,
        evidence,
    }
}

/// By `XDG_SESSION_DESKTOP`, as the login manager gave it to logind.
fn desktop(name: &str) -> Desktop {
    let name = name.to_ascii_lowercase();
    if name.starts_with("gnome") || name == "ubuntu" || name == "ubuntu-xorg" {
        Desktop::Gnome
    } else if name == "kde" || name.starts_with("plasma") {
        Desktop::Kde
    } else {
        Desktop::Other
    }
}

#[cfg(test)]
mod tests;
