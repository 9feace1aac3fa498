//! What a key of dconf is for one user, and whether the user could change it (dconf(7)).
//!
//! Touches dconf's profile, the system's databases, the user's own, and the compiled schemas. Must
//! never take a default for the value while the user's database could not be read.

use sekisho_policy::reading::{Reading, Why};

use super::gvdb::{self, Table, Value};
use super::users;
use crate::ask::{self, AskError};
use crate::limits::{CONFIG_BYTES_MAX, DCONF_BYTES_MAX, DCONF_SOURCES_MAX};
use crate::sensors::Root;

const PROFILES: [&str; 2] = ["/etc/dconf/profile/user", "/usr/share/dconf/profile/user"];
const SCHEMAS: &str = "/usr/share/glib-2.0/schemas/gschemas.compiled";
/// The folder of the keys that are read, and these.
const DESKTOP: &str = "/org/gnome/desktop/";
const KEYS: [&str; 4] = [
    "session/idle-delay",
    "screensaver/lock-enabled",
    "screensaver/lock-delay",
    "lockdown/disable-lock-screen",
];
/// What dconf goes by where there is no profile.
const NO_PROFILE: &str = "user-db:user";

/// The databases of one user, the user's own first.
pub(super) struct Settings {
    databases: Vec<Database>,
    schemas: Result<Vec<u8>, Why>,
}

struct Database {
    source: String,
    /// `Ok(None)` where it is not there, which is as good as empty.
    bytes: Result<Option<Vec<u8>>, Why>,
}

/// A value and where it is from.
pub(super) type Found = (Value, String);

impl Settings {
    /// Opens what the profile names.
    pub(super) fn of(root: &Root, uid: u32) -> Result<Self, Why> {
        let profile = profile(root, uid)?;
        let lines = profile
            .lines()
            .map(|line| line.split('#').next().unwrap_or_default().trim());
        let mut databases = Vec::new();
        for line in lines.filter(|line| !line.is_empty()) {
            if databases.len() == DCONF_SOURCES_MAX {
                let what = format!("a dconf profile of more than {DCONF_SOURCES_MAX} databases");
                return Err(Why::TooLarge(what));
            }
            databases.push(match line.split_once(':') {
                Some(("user-db", name)) => match users::home(root, uid) {
                    Ok(home) => Database::open(root, format!("{home}/.config/dconf/{name}")),
                    Err(why) => Database {
                        source: format!("user-db:{name}"),
                        bytes: Err(why),
                    },
                },
                Some(("system-db", name)) => Database::open(root, format!("/etc/dconf/db/{name}")),
                Some(("file-db", path)) => Database::open(root, path.to_owned()),
                _ => return Err(Why::Unsupported(format!("{line:?} in a dconf profile"))),
            });
        }
        let schemas = ask::read_bytes(&root.path(SCHEMAS), DCONF_BYTES_MAX);
        Ok(Self {
            databases,
            schemas: schemas.map_err(|error| error.why()),
        })
    }

    /// The value of a key of a schema. A lock of a database takes the key out of the hands of those
    /// before it.
    pub(super) fn value(&self, schema: &str, key: &str) -> Reading<Found> {
        let path = format!("/{}/{key}", schema.replace('.', "/"));
        match self.look(&path) {
            Ok(Some(found)) => Reading::Known(found),
            Ok(None) => self.default(schema, key),
            Err(why) => Reading::Unknown(why),
        }
    }

    fn look(&self, path: &str) -> Result<Option<Found>, Why> {
        let mut first = 0;
        for (place, database) in self.databases.iter().enumerate().skip(1) {
            // A lock that could not be read may be there.
            let table = database.table()?;
            let locks = table.and_then(|table| table.table(gvdb::LOCKS));
            if locks.is_some_and(|locks| locks.value(path).is_some()) {
                first = place;
            }
        }
        for database in self.databases.iter().skip(first) {
            let value = database.table()?.and_then(|table| table.value(path));
            if let Some(value) = value {
                return Ok(Some((value, format!("{} {path}", database.source))));
            }
        }
        Ok(None)
    }

    fn default(&self, schema: &str, key: &str) -> Reading<Found> {
        let bytes = match &self.schemas {
            Ok(bytes) => bytes,
            Err(why) => return Reading::Unknown(why.clone()),
        };
        let found = Table::root(bytes)
            .and_then(|table| table.table(schema))
            .and_then(|schema| schema.default(key));
        match found {
            Some(value) => Reading::Known((value, format!("{SCHEMAS} {schema} {key}"))),
            None => {
                let what = format!("{SCHEMAS}: no one default of {schema} {key}");
                Reading::Unknown(Why::Unreadable(what))
            }
        }
    }
}

impl Database {
    fn open(root: &Root, source: String) -> Self {
        let path = root.path(&source);
        let reduce = |bytes: &[u8]| gvdb::only(bytes, &KEYS.map(|key| format!("{DESKTOP}{key}")));
        let bytes = match path.read_reduced(DCONF_BYTES_MAX, reduce) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(AskError::Missing(_)) => Ok(None),
            Err(error) => Err(error.why()),
        };
        Self { source, bytes }
    }

    fn table(&self) -> Result<Option<Table<'_>>, Why> {
        match &self.bytes {
            // dconf makes an empty file before it has anything to say.
            Ok(None) => Ok(None),
            Ok(Some(bytes)) if bytes.is_empty() => Ok(None),
            Ok(Some(bytes)) => match Table::root(bytes) {
                Some(table) => Ok(Some(table)),
                None => Err(Why::Unreadable(format!(
                    "{}: no database of dconf",
                    self.source
                ))),
            },
            Err(why) => Err(why.clone()),
        }
    }
}

fn profile(root: &Root, uid: u32) -> Result<String, Why> {
    // Where a company's directory has written one for this user it goes before all others.
    let own = format!("/run/dconf/user/{uid}");
    for path in std::iter::once(own.as_str()).chain(PROFILES) {
        match ask::read_text(&root.path(path), CONFIG_BYTES_MAX) {
            Ok(text) => return Ok(text),
            Err(AskError::Missing(_)) => {}
            Err(error) => return Err(error.why()),
        }
    }
    Ok(NO_PROFILE.to_owned())
}
