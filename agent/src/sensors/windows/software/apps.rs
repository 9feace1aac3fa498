//! Packages of the store and others of its kind (MSIX, Appx), by where Windows keeps who has which.
//!
//! Touches nothing but through `registry`. Must never leave out a package because its name is strange.
//!
//! What a user has is below `AppModel\Repository\Packages` of the user's classes; what each user of the machine has, logged in
//! or not, and what every new one gets, is below `AppxAllUserStore`. Each key is a package's full name: name, version,
//! architecture, resources and the publisher's mark, parted by `_` ("Package identity overview", Windows app documentation).

use std::collections::BTreeSet;

use sekisho_policy::facts::{Package, PackageScope, PackageSource, PackageState};
use sekisho_policy::reading::{Reading, Why};

use super::super::registry::{self, Hive, Key, Question};
use super::whole;
use crate::ask::AskError;
use crate::sensors::Root;
use crate::sensors::software::add;

const STORE: &str = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore";
const OF_MACHINE: [Question; 2] = [
    question(
        "appx-provisioned",
        Hive::Machine,
        r"SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore\Applications",
    ),
    question(
        "appx-inbox",
        Hive::Machine,
        r"SOFTWARE\Microsoft\Windows\CurrentVersion\Appx\AppxAllUserStore\InboxApplications",
    ),
];
const OF_USERS: [Question; 2] = [
    question("appx-all-users", Hive::MachineOfEachUser, STORE),
    question(
        "appx-users",
        Hive::EachUser,
        r"Software\Classes\Local Settings\Software\Microsoft\Windows\CurrentVersion\AppModel\Repository\Packages",
    ),
];

const fn question(name: &'static str, hive: Hive, path: &'static str) -> Question {
    Question {
        name,
        hive,
        path,
        below: true,
        values: &[],
    }
}

/// Reads the packages of everybody. `Absent` on a Windows that has none.
pub(super) fn read(root: &Root) -> Reading<Vec<Package>> {
    match packages(root) {
        Ok(packages) if packages.is_empty() => Reading::Absent,
        Ok(packages) => Reading::Known(packages),
        Err(why) => Reading::Unknown(why),
    }
}

fn packages(root: &Root) -> Result<Vec<Package>, Why> {
    let mut found = BTreeSet::new();
    for question in &OF_MACHINE {
        let list = asked(root, question)?;
        found.extend(
            list.keys
                .keys()
                .map(|name| package(name, PackageScope::Machine)),
        );
    }
    for question in &OF_USERS {
        for (sid, list) in asked(root, question)?.keys {
            whole(&list, question.path)?;
            let of = |name: &String| package(name, PackageScope::User(sid.clone()));
            found.extend(list.keys.keys().map(of));
        }
    }
    let mut packages = Vec::new();
    for package in found {
        add(&mut packages, package, STORE).map_err(|error| error.why())?;
    }
    Ok(packages)
}

/// A list that need not be there, and is whole where it is.
fn asked(root: &Root, question: &Question) -> Result<Key, Why> {
    match registry::ask(root, question) {
        Err(AskError::Missing(_)) => Ok(Key::default()),
        Err(error) => Err(error.why()),
        Ok(list) => {
            whole(&list, question.path)?;
            Ok(list)
        }
    }
}

/// What a full name says. What has another form is a name and no more.
fn package(full_name: &str, scope: PackageScope) -> Package {
    let parts: Vec<&str> = full_name.split('_').collect();
    let (name, version, architecture, vendor) = match parts.as_slice() {
        // A publisher's mark tells one from another who takes the same name.
        [name, version, architecture, _, publisher] => (*name, *version, *architecture, *publisher),
        _ => (full_name, "", "", ""),
    };
    Package {
        source: PackageSource::Msix,
        name: name.to_owned(),
        architecture: architecture.to_owned(),
        version: version.to_owned(),
        vendor: vendor.to_owned(),
        origin: None,
        state: PackageState::Installed,
        scope,
    }
}
