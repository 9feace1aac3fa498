//! Security updates by the lists of apt.
//!
//! Touches `/var/lib/apt/lists`, dpkg's status and the mark of a due restart. Must never run apt, nor
//! take a file's time for the archive's: anyone who touches a file changes that.

mod index;
mod release;

use std::collections::{BTreeMap, BTreeSet};

use sekisho_policy::facts::{Evidence, Package, PackageSource, PendingUpdate, Updates};
use sekisho_policy::limits::PENDING_UPDATES_MAX;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;

use super::{packed, version};
use crate::ask::{self, AskError};
use crate::limits::{APT_LISTS_MAX, RELEASE_BYTES_MAX};
use crate::sensors::{Root, software};
use index::Entry;
use release::Release;

const LISTS: &str = "/var/lib/apt/lists";
/// Written by the hooks of packages that want a restart.
const RESTART: &str = "/run/reboot-required";
/// Where this is missing nothing writes that mark.
const RESTART_HOOK: &str = "/usr/share/update-notifier/notify-reboot-required";

/// Lists of security updates that were fetched together.
struct Archive {
    /// The name of its release file.
    file: String,
    release: Release,
    /// The names of its lists of packages.
    lists: Vec<String>,
}

/// Reads what is missing of a Debian's or an Ubuntu's security updates.
pub(super) fn read(root: &Root) -> Reading<Updates> {
    match archives(root).and_then(|archives| updates(root, &archives)) {
        Ok(updates) => Reading::Known(updates),
        Err(why) => Reading::Unknown(why),
    }
}

fn archives(root: &Root) -> Result<Vec<Archive>, Why> {
    let names = match ask::list(&root.path(LISTS), APT_LISTS_MAX) {
        Ok(names) => names,
        Err(AskError::Missing(_)) => return Err(nothing("apt has fetched no lists")),
        Err(error) => return Err(error.why()),
    };
    let mut archives = Vec::new();
    for name in &names {
        let stem = name
            .strip_suffix("_InRelease")
            .or_else(|| name.strip_suffix("_Release"));
        let Some(stem) = stem else { continue };
        let bytes = begin_of(root, name).map_err(|error| error.why())?;
        let release = Release::parse(&bytes)
            .ok_or_else(|| Why::Unreadable(format!("{LISTS}/{name}: no date of the archive")))?;
        if !release.is_security() {
            continue;
        }
        let own = |list: &&String| {
            let rest = list.strip_prefix(stem);
            rest.is_some_and(|rest| rest.starts_with('_') && rest.contains("_binary-"))
        };
        let mut lists = Vec::new();
        for list in names.iter().filter(own) {
            match packed::is_list(list) {
                Some(true) => lists.push(list.clone()),
                Some(false) => {
                    let what = format!("{LISTS}/{list}: packed in a way that is not read");
                    return Err(Why::Unsupported(what));
                }
                None => {}
            }
        }
        archives.push(Archive {
            file: name.clone(),
            release,
            lists,
        });
    }
    if archives.iter().all(|archive| archive.lists.is_empty()) {
        return Err(nothing("no list of a security archive"));
    }
    Ok(archives)
}

fn nothing(what: &str) -> Why {
    Why::ToolMissing(format!("{LISTS}: {what}"))
}

/// What of a release file stands before its thousands of digests.
fn begin_of(root: &Root, name: &str) -> Result<Vec<u8>, AskError> {
    use std::io::Read;
    let path = root.path(&format!("{LISTS}/{name}"));
    let mut bytes = Vec::new();
    ask::open(&path)?
        .take(RELEASE_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(|error| AskError::from_io(&path, error))?;
    Ok(bytes)
}

fn updates(root: &Root, archives: &[Archive]) -> Result<Updates, Why> {
    let installed = match software::dpkg_list(root) {
        Reading::Known(packages) => packages,
        Reading::Absent => return Err(nothing("dpkg manages no package")),
        Reading::Unknown(why) => return Err(why),
    };
    let mut missing = Missing::among(&installed);
    let mut listed_at: Option<Timestamp> = None;
    let mut evidence = Vec::new();
    for archive in archives.iter().filter(|archive| !archive.lists.is_empty()) {
        let made = archive.release.made_at;
        listed_at = Some(listed_at.map_or(made, |oldest| oldest.min(made)));
        let said = format!("{} of {made}", archive.release.suite);
        evidence.push(Evidence::new(format!("{LISTS}/{}", archive.file), said));
        for list in &archive.lists {
            let path = root.path(&format!("{LISTS}/{list}"));
            let reader = packed::open(&path).map_err(|error| error.why())?;
            index::read(reader, |entry| missing.look_at(entry))
                .map_err(|error| Why::Unreadable(format!("{LISTS}/{list}: {error}")))?;
        }
    }
    let pending = missing.found();
    Ok(Updates {
        source: PackageSource::Dpkg,
        listed_at: listed_at.ok_or_else(|| nothing("no list of a security archive"))?,
        count: u32::try_from(pending.len()).unwrap_or(u32::MAX),
        pending: pending.into_iter().take(PENDING_UPDATES_MAX).collect(),
        restart_needed: restart(root, &mut evidence),
        evidence,
    })
}

fn restart(root: &Root, evidence: &mut Vec<Evidence>) -> Reading<bool> {
    match ask::read_line(&root.path(RESTART)) {
        Ok(text) => {
            evidence.push(Evidence::new(RESTART, text));
            Reading::Known(true)
        }
        Err(AskError::Missing(_)) if root.path(RESTART_HOOK).exists() => Reading::Known(false),
        Err(error) => error.reading(),
    }
}

/// The installed packages by name, and what of them has a later version in a list.
struct Missing<'a> {
    installed: BTreeMap<&'a str, Vec<&'a Package>>,
    /// The latest version by the name and the architecture that is installed.
    later: BTreeMap<(&'a str, &'a str), (&'a str, String)>,
}

impl<'a> Missing<'a> {
    fn among(packages: &'a [Package]) -> Self {
        let mut installed: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
        for package in packages {
            installed.entry(&package.name).or_default().push(package);
        }
        Self {
            installed,
            later: BTreeMap::new(),
        }
    }

    fn look_at(&mut self, entry: &Entry) {
        let Some(packages) = self.installed.get(entry.package.as_str()) else {
            return;
        };
        for package in packages {
            let both = [package.architecture.as_str(), &entry.architecture];
            let same = both[0] == both[1] || both.contains(&"all");
            if !same || version::compare(&package.version, &entry.version).is_ge() {
                continue;
            }
            let key = (package.name.as_str(), package.architecture.as_str());
            let value = || (package.version.as_str(), entry.version.clone());
            let known = self.later.entry(key).or_insert_with(value);
            if version::compare(&known.1, &entry.version).is_lt() {
                known.1.clone_from(&entry.version);
            }
        }
    }

    fn found(self) -> BTreeSet<PendingUpdate> {
        let later = self.later.into_iter();
        later
            .map(
                |((name, architecture), (installed, available))| PendingUpdate {
                    name: name.to_owned(),
                    architecture: architecture.to_owned(),
                    installed: installed.to_owned(),
                    available,
                },
            )
            .collect()
    }
}

#[cfg(test)]
mod tests;
