//! The graphical sessions of people, by the notes that logind keeps for the readers of sd-login(3).
//!
//! Touches `/run/systemd/sessions`. Must never count the login screen for a person's session.

use crate::ask::{self, AskError};
use crate::limits::{SESSION_FILES_MAX, SMALL_FILE_BYTES_MAX};
use crate::sensors::Root;
use crate::sensors::keyfile::assigned;

const SESSIONS: &str = "/run/systemd/sessions";

/// One graphical session of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::sensors) struct Session {
    /// Where it is noted.
    pub(in crate::sensors) source: String,
    pub(super) user: String,
    pub(super) uid: u32,
    /// `x11`, `wayland`, or `tty` at a console of the machine.
    pub(super) kind: String,
    /// The desktop's own name; empty where the login manager gave none.
    pub(super) desktop: String,
}

pub(super) fn read(root: &Root) -> Result<Vec<Session>, AskError> {
    let mut sessions: Vec<Session> = Vec::new();
    for name in ask::list(&root.path(SESSIONS), SESSION_FILES_MAX)? {
        // `2.ref` is the pipe that the session holds open.
        if name.contains('.') {
            continue;
        }
        let source = format!("{SESSIONS}/{name}");
        let path = root.path(&source);
        let text = match path.read_reduced(SMALL_FILE_BYTES_MAX, only_what_is_read) {
            Ok(bytes) => ask::into_text(bytes),
            // It has ended meanwhile.
            Err(AskError::Missing(_)) => continue,
            Err(error) => return Err(error),
        };
        let Some(session) = parse(source, &text)? else {
            continue;
        };
        let known = sessions
            .iter()
            .any(|other| other.uid == session.uid && other.desktop == session.desktop);
        if !known {
            sessions.push(session);
        }
    }
    Ok(sessions)
}

/// Others say where the user comes from and what the session runs.
fn only_what_is_read(bytes: &[u8]) -> Vec<u8> {
    const KEYS: [&str; 7] = ["SEAT", "TYPE", "CLASS", "STATE", "UID", "USER", "DESKTOP"];
    let lines = bytes.split_inclusive(|&byte| byte == b'\n');
    let read = lines.filter(|line| {
        let key = line.split(|&byte| byte == b'=').next().unwrap_or_default();
        KEYS.iter()
            .any(|known| known.as_bytes() == key.trim_ascii())
    });
    read.flatten().copied().collect()
}

/// `None` for one that is no person's desktop. A note without what decides that is no note: logind writes them whole.
fn parse(source: String, text: &str) -> Result<Option<Session>, AskError> {
    let field = |key: &str| assigned(text, key);
    let lacks = |key: &str| AskError::Io {
        path: source.clone().into(),
        source: std::io::Error::other(format!("it tells no {key}")),
    };
    let kind = field("TYPE").ok_or_else(|| lacks("TYPE"))?;
    let class = field("CLASS").ok_or_else(|| lacks("CLASS"))?;
    // Whoever starts a desktop from a console of the machine has a session of type `tty`.
    let at_seat = field("SEAT").is_some();
    let is_desktop = match &*kind {
        "x11" | "wayland" | "mir" => true,
        "tty" => at_seat,
        _ => false,
    };
    let is_over = field("STATE").is_some_and(|state| state == "closing");
    if !is_desktop || !class.starts_with("user") || is_over {
        return Ok(None);
    }
    let uid = field("UID").and_then(|uid| uid.parse().ok());
    let uid: u32 = uid.ok_or_else(|| lacks("UID"))?;
    Ok(Some(Session {
        user: field("USER").unwrap_or_else(|| format!("uid {uid}")),
        uid,
        kind,
        desktop: field("DESKTOP").unwrap_or_default(),
        source,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_persons_desktop_is_a_session_and_a_console_or_a_login_screen_is_none() {
        let text = include_str!("../../../../testdata/logind/gnome");
        let session = parse("/run/systemd/sessions/2".to_owned(), text);
        let session = session.unwrap().unwrap();
        assert_eq!((session.user.as_str(), session.uid), ("aiko", 1000));
        assert_eq!(
            (session.kind.as_str(), session.desktop.as_str()),
            ("wayland", "ubuntu")
        );
        for (from, to) in [
            ("TYPE=wayland", "TYPE=web"),
            ("CLASS=user", "CLASS=greeter"),
            ("STATE=active", "STATE=closing"),
        ] {
            let other = text.replace(from, to);
            assert_ne!(other, text);
            assert_eq!(parse(String::new(), &other).unwrap(), None, "{to}");
        }
        for (from, to) in [
            ("UID=1000", "UID=-1"),
            ("\nTYPE=", "\nTYP="),
            ("\nCLASS=", "\nCLAS="),
        ] {
            let other = text.replace(from, to);
            assert_ne!(other, text);
            assert!(parse(String::new(), &other).is_err(), "{to}");
        }
        let remote = "UID=1000\nUSER=aiko\nTYPE=tty\nCLASS=user\nREMOTE=1\n";
        assert_eq!(parse(String::new(), remote).unwrap(), None);
        let console = remote.replace("REMOTE=1", "SEAT=seat0");
        assert!(
            parse(String::new(), &console).unwrap().is_some(),
            "it may be a desktop"
        );
    }
}
