//! Security updates by the lists of dnf, and of zypper, which keeps the same.
//!
//! Touches their caches and rpm's database. Must never run a package manager, nor take a cache without
//! advisories for one that knows of none.

mod advisories;

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rpm_version::rpm_evr_compare;
use sekisho_policy::facts::{Evidence, Package, PackageSource, PendingUpdate, Updates};
use sekisho_policy::limits::PENDING_UPDATES_MAX;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;

use crate::ask::{self, AskError};
use crate::limits::{CONFIG_BYTES_MAX, REPOSITORIES_MAX, UPDATEINFO_BYTES_MAX};
use crate::sensors::{Root, software};
use advisories::{Fix, Place};

/// Where dnf 5, dnf 4 and zypper keep what they fetched, one folder for each repository. What an older
/// dnf left beside a newer one's is not looked at.
const CACHES: [&str; 3] = [
    "/var/cache/libdnf5",
    "/var/cache/dnf",
    "/var/cache/zypp/raw",
];

/// Advisories of one repository.
struct Repository {
    /// The folder of its lists.
    folder: String,
    place: Place,
    /// When its lists were last known to be the newest.
    current_at: Timestamp,
}

/// Reads what is missing of the security updates of a system that lives by rpm.
pub(super) fn read(root: &Root) -> Reading<Updates> {
    match repositories(root).and_then(|repositories| updates(root, &repositories)) {
        Ok(updates) => Reading::Known(updates),
        Err(why) => Reading::Unknown(why),
    }
}

fn nothing(what: &str) -> Why {
    Why::ToolMissing(format!("{}: {what}", CACHES.join(", ")))
}

fn repositories(root: &Root) -> Result<Vec<Repository>, Why> {
    for cache in CACHES {
        let names = match ask::list(&root.path(cache), REPOSITORIES_MAX) {
            Ok(names) => names,
            Err(AskError::Missing(_)) => continue,
            Err(error) => return Err(error.why()),
        };
        let mut fetched = false;
        let mut found = Vec::new();
        for name in names {
            let folder = format!("{cache}/{name}");
            let head = format!("{folder}/repodata/repomd.xml");
            let text = match ask::read_text(&root.path(&head), CONFIG_BYTES_MAX) {
                Ok(text) => text,
                Err(AskError::Missing(_)) => continue,
                Err(error) => return Err(error.why()),
            };
            fetched = true;
            let broken = |what: String| Why::Unreadable(format!("{head}: {what}"));
            // A repository without advisories says nothing of security.
            let Some(place) = advisories::place(&text).map_err(broken)? else {
                continue;
            };
            let current_at = current_at(root, &head, &place)?;
            found.push(Repository {
                folder,
                place,
                current_at,
            });
        }
        if fetched && found.is_empty() {
            return Err(nothing("no repository with advisories"));
        } else if fetched {
            return Ok(found);
        }
    }
    Err(nothing("no lists were fetched"))
}

/// The later of when the repository made its advisories and when the package manager last found the head
/// to be the newest, which it notes in the file's time: a repository may have had nothing to say for months.
fn current_at(root: &Root, head: &str, place: &Place) -> Result<Timestamp, Why> {
    let path = root.path(head);
    let meta = std::fs::metadata(&path).map_err(|error| AskError::from_io(&path, error).why())?;
    Ok(place.made_at.max(Timestamp::from_secs(meta.mtime())))
}

fn updates(root: &Root, repositories: &[Repository]) -> Result<Updates, Why> {
    let packages = match software::rpm_list(root) {
        Reading::Known(packages) => packages,
        Reading::Absent => return Err(nothing("rpm manages no package")),
        Reading::Unknown(why) => return Err(why),
    };
    let installed = newest(&packages);
    let mut later: BTreeMap<(&str, &str), (&str, String)> = BTreeMap::new();
    let mut evidence = Vec::new();
    let mut listed_at: Option<Timestamp> = None;
    for repository in repositories {
        let current_at = repository.current_at;
        listed_at = Some(listed_at.map_or(current_at, |oldest| oldest.min(current_at)));
        let source = format!("{}/{}", repository.folder, repository.place.path);
        let made = repository.place.made_at;
        evidence.push(Evidence::new(
            source.as_str(),
            format!("advisories of {made}, current at {current_at}"),
        ));
        let text = unpacked(&root.path(&source))?;
        let looked = advisories::each(text, |fix| {
            let Some((&name, versions)) = installed.get_key_value(fix.name.as_str()) else {
                return;
            };
            let Some((&architecture, &version)) = versions.get_key_value(&*fix.architecture) else {
                return;
            };
            let key = (name, architecture);
            let Fix { version: fixed, .. } = fix;
            if rpm_evr_compare(version, fixed).is_ge() {
                return;
            }
            let known = later.entry(key).or_insert_with(|| (version, fixed.clone()));
            if rpm_evr_compare(&known.1, fixed).is_lt() {
                known.1.clone_from(fixed);
            }
        });
        looked.map_err(|error| Why::Unreadable(format!("{source}: {error}")))?;
    }
    let count = u32::try_from(later.len()).unwrap_or(u32::MAX);
    let pending = later.into_iter().take(PENDING_UPDATES_MAX);
    Ok(Updates {
        source: PackageSource::Rpm,
        listed_at: listed_at.ok_or_else(|| nothing("no repository with advisories"))?,
        count,
        pending: pending
            .map(
                |((name, architecture), (installed, available))| PendingUpdate {
                    name: name.to_owned(),
                    architecture: architecture.to_owned(),
                    installed: installed.to_owned(),
                    available,
                },
            )
            .collect(),
        // Nothing marks a restart that is due where dnf or zypper is at work.
        restart_needed: Reading::Absent,
        evidence,
    })
}

/// The newest version by name and architecture: of kernels several are kept, and the old ones are not
/// what the next start takes.
fn newest(packages: &[Package]) -> BTreeMap<&str, BTreeMap<&str, &str>> {
    let mut newest: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
    for package in packages {
        let version = package.version.as_str();
        let versions = newest.entry(package.name.as_str()).or_default();
        let known = versions
            .entry(package.architecture.as_str())
            .or_insert(version);
        if rpm_evr_compare(known, version).is_lt() {
            *known = version;
        }
    }
    newest
}

fn unpacked(path: &Path) -> Result<BufReader<Box<dyn Read>>, Why> {
    let file = ask::open(path).map_err(|error| error.why())?;
    let fail = |source| AskError::from_io(path, source).why();
    let plain: Box<dyn Read> = match path.extension().and_then(|end| end.to_str()) {
        Some("xml") => Box::new(file),
        Some("gz") => Box::new(flate2::read::GzDecoder::new(file)),
        Some("zst") => Box::new(zstd::stream::read::Decoder::new(file).map_err(fail)?),
        _ => {
            let what = format!("{}: packed in a way that is not read", path.display());
            return Err(Why::Unsupported(what));
        }
    };
    let plain: Box<dyn Read> = Box::new(plain.take(UPDATEINFO_BYTES_MAX));
    Ok(BufReader::with_capacity(64 * 1024, plain))
}

#[cfg(test)]
mod tests;
