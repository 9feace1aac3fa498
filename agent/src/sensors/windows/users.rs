//! The people whose part of the registry is loaded: those who are logged in, and those in whose name a service runs.
//!
//! Touches nothing but through `registry`. Must never go by a key that its user may remove: nobody is to vanish by it.
//!
//! A profile's folder is named in `ProfileList`, which only administrators may write.

use std::collections::BTreeMap;

use super::registry::{self, Hive, Key, Question};
use crate::ask::AskError;
use crate::sensors::Root;

/// The parts themselves, so that nobody is missing.
const LOADED: Question = Question {
    name: "users",
    hive: Hive::EachUser,
    path: "",
    below: false,
    values: &[],
};
const PROFILES: Question = Question {
    name: "profiles",
    hive: Hive::Machine,
    path: r"SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList",
    below: true,
    values: &["ProfileImagePath"],
};

/// Parts of the registry that are a user's: S-1-5-21 of domains and of this machine, and S-1-12-1 of Entra. The
/// others are the system's own, and the classes of each user have a part beside.
pub(in crate::sensors::windows) fn is_user(sid: &str) -> bool {
    (sid.starts_with("S-1-5-21-") || sid.starts_with("S-1-12-1-")) && !sid.ends_with("_Classes")
}

/// The users whose part is loaded, those whose part may not be read among them.
pub(super) fn loaded(root: &Root) -> Result<Vec<String>, AskError> {
    let users = registry::ask(root, &LOADED)?;
    let all = users.keys.into_keys().chain(users.refused.into_keys());
    let mut all: Vec<String> = all.filter(|sid| is_user(sid)).collect();
    all.sort_unstable();
    Ok(all)
}

/// Everybody who has a profile on this machine, and of those whose part is loaded what it is called: others are counted, and
/// nobody is told their names.
pub(super) fn profiles(
    root: &Root,
    loaded: &[String],
) -> Result<BTreeMap<String, String>, AskError> {
    let spare = |list: &mut Key| {
        for (sid, key) in &mut list.keys {
            if !loaded.contains(sid) {
                key.values.clear();
            }
        }
    };
    let list = match registry::ask_sparingly(root, &PROFILES, spare) {
        Err(AskError::Missing(_)) => Key::default(),
        list => list?,
    };
    let users = list.keys.into_iter().filter(|(sid, _)| is_user(sid));
    let named = users.map(|(sid, key)| {
        let name = key.text("ProfileImagePath").and_then(folder);
        let name = name.map_or_else(|| sid.clone(), str::to_owned);
        (sid, name)
    });
    Ok(named.collect())
}

/// The last part of a path of Windows.
fn folder(path: &str) -> Option<&str> {
    path.rsplit('\\').find(|part| !part.is_empty())
}
