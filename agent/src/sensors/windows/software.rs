//! Installed software of Windows, by the keys from which programs are uninstalled, and by the packages of the store.
//!
//! Touches nothing but through `registry`. Must never ask `Win32_Product`, which repairs every package it lists,
//! and never leave out what Windows hides: hidden parts have holes too.

mod apps;

use std::collections::BTreeMap;

use sekisho_policy::facts::{Package, PackageScope, PackageSource, PackageState, Software};
use sekisho_policy::reading::{Reading, Why};

use super::registry::{self, DENIED, Hive, Key, Question};
use crate::ask::AskError;
use crate::sensors::Root;
use crate::sensors::software::{ListError, add, collect};

const PATH: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall";
const VALUES: &[&str] = &["DisplayName", "DisplayVersion", "Publisher", "ReleaseType"];
const LISTS: [(Question, &str); 2] = [
    (question("uninstall", Hive::Machine), "x64"),
    (question("uninstall-32", Hive::Machine32), "x86"),
];
const OF_USERS: Question = question("uninstall-users", Hive::EachUser);
const OF_LOGGED_OUT: Question = question("uninstall-logged-out", Hive::EachUserLoggedOut);

const fn question(name: &'static str, hive: Hive) -> Question {
    Question {
        name,
        hive,
        path: PATH,
        below: true,
        values: VALUES,
    }
}

/// Reads the whole inventory.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Software> {
    let (programs, not_read) = match programs(root) {
        Ok((programs, not_read)) => (Reading::Known(programs), not_read),
        Err(why) => (Reading::Unknown(why), None),
    };
    let mut sources = vec![(PackageSource::WindowsUninstall, programs)];
    // A second line of the same source, so that what was read stands and is not taken for all.
    if let Some(why) = not_read {
        sources.push((PackageSource::WindowsUninstall, Reading::Unknown(why)));
    }
    sources.push((PackageSource::Msix, apps::read(root)));
    Reading::Known(collect(sources))
}

/// The programs, and why those of some users who are logged out are not all among them.
fn programs(root: &Root) -> Result<(Vec<Package>, Option<Why>), Why> {
    let mut found = Found::default();
    for (question, architecture) in &LISTS {
        match registry::ask(root, question) {
            Ok(key) => found.take(&key, architecture, &PackageScope::Machine)?,
            // Windows of one width only has one of them.
            Err(AskError::Missing(_)) => {}
            Err(error) => return Err(error.why()),
        }
    }
    let users = registry::ask(root, &OF_USERS).map_err(|error| error.why())?;
    whole(&users, PATH)?;
    let (logged_out, not_read) = match registry::ask(root, &OF_LOGGED_OUT) {
        Ok(users) => {
            let why = not_read(&users.refused);
            (users, why)
        }
        Err(error) => (Key::default(), Some(error.why())),
    };
    for (sid, key) in users.keys.iter().chain(&logged_out.keys) {
        found.take(key, "", &PackageScope::User(sid.clone()))?;
    }
    Ok((found.packages()?, not_read))
}

/// Why users who are logged out may have installed more for themselves than was read. Nobody is told their names.
fn not_read(refused: &BTreeMap<String, u32>) -> Option<Why> {
    // What may not be read stands for the others: more rights are a remedy.
    let code = refused.values().find(|code| **code == DENIED);
    let code = code.or_else(|| refused.values().next())?;
    let what = format!(
        "what users have installed for themselves alone who are logged out: {} (Windows error {code:#010x})",
        refused.len()
    );
    Some(match *code {
        DENIED => Why::NotPermitted(what),
        _ => Why::Unreadable(what),
    })
}

/// Programs by what they are called, so that one that is listed in both widths is listed once.
#[derive(Default)]
struct Found(BTreeMap<(PackageScope, String, String, String), &'static str>);

impl Found {
    fn take(
        &mut self,
        list: &Key,
        architecture: &'static str,
        scope: &PackageScope,
    ) -> Result<(), Why> {
        whole(list, PATH)?;
        for key in list.keys.values() {
            // Without a name it is no program, but what an installer left for itself.
            let Some(name) = key.text("DisplayName") else {
                continue;
            };
            let text = |name| key.text(name).unwrap_or_default().to_owned();
            let program = (
                scope.clone(),
                name.to_owned(),
                text("DisplayVersion"),
                text("Publisher"),
            );
            self.0.entry(program).or_insert(architecture);
        }
        Ok(())
    }

    fn packages(self) -> Result<Vec<Package>, Why> {
        let mut packages = Vec::new();
        for ((scope, name, version, vendor), architecture) in self.0 {
            let package = Package {
                source: PackageSource::WindowsUninstall,
                name,
                architecture: architecture.to_owned(),
                version,
                vendor,
                origin: None,
                state: PackageState::Installed,
                scope,
            };
            add(&mut packages, package, PATH).map_err(|error| error.why())?;
        }
        Ok(packages)
    }
}

/// A list of which a part was refused is none.
fn whole(list: &Key, path: &str) -> Result<(), Why> {
    match list.refused.iter().next() {
        None => Ok(()),
        Some((name, &DENIED)) => Err(Why::NotPermitted(format!(r"{path}\{name}"))),
        Some((name, code)) => {
            let what = format!("Windows error {code:#010x}");
            Err(ListError::broken(path, name.as_str(), what).why())
        }
    }
}

#[cfg(test)]
mod tests;
