//! Asks a Linux system for its ClamAV.
//!
//! Touches clamd's socket and settings, the headers of its databases, and the names of running
//! processes. Must never ask clamd to scan or reload, nor believe whoever has made a socket in its place.

use std::io::Read;

use sekisho_policy::facts::Evidence;
use sekisho_policy::reading::{Reading, Why};

use super::Seen;
use super::header::{HEADER_BYTES, Header};
use super::reply::{ReplyError, Version};
use crate::ask::{self, AskError, Source};
use crate::limits::{CONFIG_BYTES_MAX, SMALL_FILE_BYTES_MAX, SOCKET_DEADLINE};
use crate::sensors::accounts;
use crate::sensors::keyfile::spaced;
use crate::sensors::processes;
use crate::sensors::{Root, SystemPath};

/// Any of these is a ClamAV that is installed.
pub(super) const PROGRAMS: [&str; 5] = [
    "/usr/sbin/clamd",
    "/usr/bin/clamd",
    "/usr/local/sbin/clamd",
    "/usr/bin/clamscan",
    "/usr/bin/freshclam",
];
/// Where clamd's settings are: Debian, Fedora, others.
const SETTINGS: &[&str] = &[
    "/etc/clamav/clamd.conf",
    "/etc/clamd.d/scan.conf",
    "/etc/clamd.conf",
];
/// Where its socket is when the settings do not tell.
const SOCKETS: &[&str] = &["/run/clamav/clamd.ctl", "/run/clamd.scan/clamd.sock"];
const DATABASES: &str = "/var/lib/clamav";
/// Only these decide the age; the others are months old by nature.
const DAILY: &[&str] = &["daily.cld", "daily.cvd", "daily.cud"];
/// The name of the on-access scanner's process.
const ON_ACCESS: &str = "clamonacc";

/// Where clamd is asked.
struct Door {
    socket: String,
    /// Why it may run all the same where nobody answers there; `None` where it would listen there.
    elsewhere: Option<Why>,
    /// Who may answer.
    believed: Vec<u32>,
}

/// Looks at the product.
pub(super) fn see(root: &Root) -> Seen {
    let settings = settings(root);
    let set = |key: &str| match &settings {
        Reading::Known((_, text)) => spaced(text, key).map(str::to_owned),
        Reading::Absent | Reading::Unknown(_) => None,
    };
    let mut evidence = Vec::new();
    let folder = set("DatabaseDirectory").unwrap_or_else(|| DATABASES.to_owned());
    let door = Door {
        believed: believed(root, set("User").as_deref(), &folder),
        ..door(root, &settings)
    };
    let running = ping(root, &door, &mut evidence);
    let version = match running {
        Reading::Known(true) => version(root, &door, &mut evidence),
        Reading::Known(false) | Reading::Absent => Reading::Absent,
        Reading::Unknown(ref why) => Reading::Unknown(why.clone()),
    };
    let headers = headers(root, &folder, &mut evidence);
    let prevention = match &settings {
        Reading::Known((path, text)) => match spaced(text, "OnAccessPrevention") {
            Some(value) => {
                evidence.push(Evidence::new(format!("{path} OnAccessPrevention"), value));
                Reading::Known(matches!(value, "yes" | "true" | "1"))
            }
            None => Reading::Absent,
        },
        Reading::Absent => Reading::Absent,
        Reading::Unknown(why) => Reading::Unknown(why.clone()),
    };
    Seen {
        watching: watching(root, &mut evidence),
        running,
        version,
        headers,
        prevention,
        evidence,
    }
}

/// Where clamd listens by its settings, or where distributions have it listen.
fn door(root: &Root, settings: &Reading<(String, String)>) -> Door {
    let told = match settings {
        Reading::Known((_, text)) => spaced(text, "LocalSocket").map(str::to_owned),
        Reading::Absent | Reading::Unknown(_) => None,
    };
    let elsewhere = match settings {
        _ if told.is_some() => None,
        Reading::Known((path, text)) => spaced(text, "TCPSocket").map(|port| {
            let what =
                format!("{path}: clamd listens on the TCP port {port}, where it is not asked");
            Why::Unsupported(what)
        }),
        Reading::Absent => None,
        Reading::Unknown(why) => Some(why.clone()),
    };
    let usual = || {
        let known = SOCKETS.iter().find(|socket| root.path(socket).exists());
        (*known.unwrap_or(&"/run/clamav/clamd.ctl")).to_owned()
    };
    Door {
        socket: told.unwrap_or_else(usual),
        elsewhere,
        believed: Vec::new(),
    }
}

/// root, clamd's own user, and the owner of the definitions, who can put others in their place anyway.
fn believed(root: &Root, user: Option<&str>, definitions: &str) -> Vec<u32> {
    let mut believed = vec![0];
    let passwd = user.and_then(|_| accounts::passwd(root).ok());
    let lines = passwd.iter().flat_map(|text| text.lines());
    believed.extend(lines.filter_map(|line| -> Option<u32> {
        let mut fields = line.split(':');
        let is_user = fields.next() == user;
        let uid = fields.nth(1)?.parse().ok()?;
        is_user.then_some(uid)
    }));
    let state = root.path(definitions).state().ok();
    believed.extend(state.map(|state| state.owner));
    believed
}

fn settings(root: &Root) -> Reading<(String, String)> {
    for path in SETTINGS {
        match ask::read_text(&root.path(path), CONFIG_BYTES_MAX) {
            Ok(text) => return Reading::Known(((*path).to_owned(), text)),
            Err(AskError::Missing(_)) => {}
            Err(error) => return error.reading(),
        }
    }
    Reading::Absent
}

fn ping(root: &Root, door: &Door, evidence: &mut Vec<Evidence>) -> Reading<bool> {
    let source = format!("{} PING", door.socket);
    match question(root, door, b"zPING\0") {
        Ok(answer) => {
            let text = String::from_utf8_lossy(&answer)
                .trim_matches('\0')
                .to_owned();
            let alive = text == "PONG";
            evidence.push(Evidence::new(source, text.clone()));
            if alive {
                Reading::Known(true)
            } else {
                Reading::Unknown(Why::Unreadable(format!("clamd answers {text:?} to PING")))
            }
        }
        Err(error @ (AskError::Missing(_) | AskError::Refused(_))) => {
            evidence.push(Evidence::new(source, error.to_string()));
            match &door.elsewhere {
                Some(why) => Reading::Unknown(why.clone()),
                None => Reading::Known(false),
            }
        }
        Err(error) => Reading::Unknown(error.why()),
    }
}

fn version(root: &Root, door: &Door, evidence: &mut Vec<Evidence>) -> Reading<Version> {
    let answer = match question(root, door, b"zVERSION\0") {
        Ok(answer) => answer,
        Err(error) => return Reading::Unknown(error.why()),
    };
    let text = String::from_utf8_lossy(&answer)
        .trim_matches('\0')
        .to_owned();
    evidence.push(Evidence::new(format!("{} VERSION", door.socket), text));
    match Version::parse(&answer) {
        Ok(version) => Reading::Known(version),
        Err(error @ ReplyError::Unavailable) => {
            Reading::Unknown(Why::Unsupported(error.to_string()))
        }
        Err(error @ ReplyError::Strange(_)) => Reading::Unknown(Why::Unreadable(error.to_string())),
    }
}

fn question(root: &Root, door: &Door, command: &[u8]) -> Result<Vec<u8>, AskError> {
    let name: String = command.iter().map(|&byte| char::from(byte)).collect();
    let name = format!("clamd-{}", name.trim_matches(['z', '\0']));
    root.path(&door.socket).exchange(
        &name,
        command,
        &door.believed,
        |answer| answer.ends_with(b"\0"),
        SOCKET_DEADLINE,
        SMALL_FILE_BYTES_MAX,
    )
}

fn headers(
    root: &Root,
    folder: &str,
    evidence: &mut Vec<Evidence>,
) -> Vec<(String, Reading<Header>)> {
    let mut headers = Vec::new();
    for name in DAILY {
        let source = format!("{folder}/{name}");
        let header = match header(&root.path(&source)) {
            Ok(header) => header,
            Err(AskError::Missing(_)) => continue,
            Err(error) => error.reading(),
        };
        let said = match &header {
            Reading::Known(header) => format!("{} of {}", header.version, header.built_at),
            Reading::Absent => "nothing".to_owned(),
            Reading::Unknown(why) => why.to_string(),
        };
        evidence.push(Evidence::new(source, said));
        headers.push(((*name).to_owned(), header));
    }
    headers
}

fn header(path: &SystemPath) -> Result<Reading<Header>, AskError> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES);
    let limit = u64::try_from(HEADER_BYTES).unwrap_or(u64::MAX);
    ask::open(path)?
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| AskError::from_io(path.name(), error))?;
    Ok(match Header::parse(&bytes) {
        Ok(header) => Reading::Known(header),
        Err(error) => Reading::Unknown(Why::Unreadable(error.to_string())),
    })
}

/// Whether a process of root has the scanner's name. Anyone may take the name, only root the owner.
fn watching(root: &Root, evidence: &mut Vec<Evidence>) -> Reading<bool> {
    let found = processes::of_root(root, ON_ACCESS);
    match &found {
        Reading::Known(process) => {
            evidence.push(Evidence::new(format!("/proc/{process}/comm"), ON_ACCESS));
        }
        Reading::Absent => {
            let said = format!("no process {ON_ACCESS} of root");
            evidence.push(Evidence::new("/proc", said));
        }
        Reading::Unknown(why) => return Reading::Unknown(why.clone()),
    }
    Reading::Known(found.known().is_some())
}
