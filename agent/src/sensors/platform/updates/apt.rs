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

use super::{kernel, packed, version};
use crate::ask::{self, AskError, Source};
use crate::limits::{APT_LISTS_MAX, RELEASE_BYTES_MAX};
use crate::sensors::Root;
use crate::sensors::host::os_release;
use crate::sensors::keyfile::assigned;
use index::Entry;
use release::Release;

const LISTS: &str = "/var/lib/apt/lists";
/// Written by the hooks of packages that want a restart.
const RESTART: &str = "/run/reboot-required";
/// Where this is there, a kernel that was installed writes that mark too.
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
pub(super) fn read(root: &Root, installed: &[Package]) -> Reading<Updates> {
    match archives(root).and_then(|archives| updates(root, installed, &archives)) {
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
        let release = Release::parse(&bytes);
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
    Ok(archives)
}

/// The codenames whose security archive is the system's own; those of a derivative name the release that
/// it is made of.
fn codenames(root: &Root) -> Result<Vec<String>, Why> {
    let text = os_release(root).map_err(|error| error.why())?;
    let fields = ["VERSION_CODENAME", "UBUNTU_CODENAME", "DEBIAN_CODENAME"];
    let names = fields
        .into_iter()
        .filter_map(|field| assigned(&text, field));
    let names: Vec<String> = names.filter(|name| !name.is_empty()).collect();
    match names.is_empty() {
        true => Err(nothing("os-release names no VERSION_CODENAME")),
        false => Ok(names),
    }
}

/// When the oldest list was made that knows of the updates of the system itself.
fn listed_at(root: &Root, archives: &[Archive], installed: &[Package]) -> Result<Timestamp, Why> {
    let codenames = codenames(root)?;
    // No system is without these, which are of its own architecture.
    let basic = installed
        .iter()
        .find(|package| ["base-files", "dpkg"].contains(&&*package.name));
    let native = basic.map(|package| package.architecture.as_str());
    let native = native.ok_or_else(|| nothing("dpkg has neither itself nor base-files"))?;
    let main = format!("_main_binary-{native}_Packages");
    let own = archives.iter().filter(|archive| {
        codenames.iter().any(|name| archive.release.secures(name))
            && archive.lists.iter().any(|list| list.contains(&main))
    });
    let mut oldest: Option<Timestamp> = None;
    for archive in own {
        let file = &archive.file;
        let undated = || Why::Unreadable(format!("{LISTS}/{file}: no date of the archive"));
        let made = archive.release.made_at.ok_or_else(undated)?;
        oldest = Some(oldest.map_or(made, |known| known.min(made)));
    }
    let what = || {
        format!(
            "no main list of {}-security for {native}",
            codenames.join("/")
        )
    };
    oldest.ok_or_else(|| nothing(&what()))
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
        .map_err(|error| AskError::from_io(path.name(), error))?;
    Ok(bytes)
}

fn updates(root: &Root, installed: &[Package], archives: &[Archive]) -> Result<Updates, Why> {
    let mut missing = Missing::among(installed);
    let listed_at = listed_at(root, archives, installed)?;
    let mut evidence = Vec::new();
    for archive in archives.iter().filter(|archive| !archive.lists.is_empty()) {
        let made = archive.release.made_at.map(|made| made.to_string());
        let made = made.as_deref().unwrap_or("no date");
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
        listed_at,
        count: u32::try_from(pending.len()).unwrap_or(u32::MAX),
        pending: pending.into_iter().take(PENDING_UPDATES_MAX).collect(),
        restart_needed: restart(root, installed, &mut evidence),
        evidence,
    })
}

/// By the mark, or by a kernel that was installed and not yet started.
fn restart(root: &Root, installed: &[Package], evidence: &mut Vec<Evidence>) -> Reading<bool> {
    match ask::read_line(&root.path(RESTART)) {
        Ok(text) => {
            evidence.push(Evidence::new(RESTART, text));
            return Reading::Known(true);
        }
        Err(AskError::Missing(_)) => {}
        Err(error) => return Reading::Unknown(error.why()),
    }
    let kernel = kernel::waits_dpkg(root, installed, evidence);
    match root.path(RESTART_HOOK).exists() && kernel.known().is_none() {
        true => Reading::Known(false),
        false => kernel,
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
