//! Security updates by the lists of dnf, and of zypper, which keeps the same.
//!
//! Touches their caches and rpm's database. Must never run a package manager, nor take a cache without
//! advisories for one that knows of none.

mod advisories;

use std::collections::BTreeMap;
use std::io::{BufReader, Read};

use rpm_version::rpm_evr_compare;
use sekisho_policy::facts::{Evidence, Package, PackageSource, PendingUpdate, Updates};
use sekisho_policy::limits::PENDING_UPDATES_MAX;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;

use super::kernel;
use crate::ask::{self, AskError, Source};
use crate::limits::{
    CONFIG_BYTES_MAX, REPOSITORIES_MAX, UPDATEINFO_BYTES_MAX, ZSTD_WINDOW_LOG_MAX,
};
use crate::sensors::software::Lists;
use crate::sensors::{Root, SystemPath};
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
pub(super) fn read(root: &Root, lists: &Lists) -> Reading<Updates> {
    match repositories(root).and_then(|cache| updates(root, lists, cache)) {
        Ok(updates) => Reading::Known(updates),
        Err(why) => Reading::Unknown(why),
    }
}

fn nothing(what: &str) -> Why {
    Why::ToolMissing(format!("{}: {what}", CACHES.join(", ")))
}

/// What a cache holds: the repositories with advisories, and why those could not be read that may have some.
#[derive(Default)]
struct Cache {
    found: Vec<Repository>,
    untold: Vec<Why>,
}

fn repositories(root: &Root) -> Result<Cache, Why> {
    for folder in CACHES {
        let names = match ask::list(&root.path(folder), REPOSITORIES_MAX) {
            Ok(names) => names,
            Err(AskError::Missing(_)) => continue,
            Err(error) => return Err(error.why()),
        };
        let mut fetched = false;
        let mut cache = Cache::default();
        for name in names {
            match repository(root, format!("{folder}/{name}")) {
                Ok(None) => continue,
                // A repository without advisories says nothing of security.
                Ok(Some(None)) => {}
                Ok(Some(Some(repository))) => cache.take(repository),
                Err(why) => cache.untold.push(why),
            }
            fetched = true;
        }
        match (fetched, cache.found.is_empty(), cache.untold.is_empty()) {
            (false, ..) => {}
            (true, true, true) => return Err(nothing("no repository with advisories")),
            (true, ..) => return Ok(cache),
        }
    }
    Err(nothing("no lists were fetched"))
}

impl Cache {
    /// Of several folders for one repository the newest counts: the release before left one, or the mirror
    /// was another.
    fn take(&mut self, repository: Repository) {
        let mut found = self.found.iter_mut();
        match found.find(|other| id_of(&other.folder) == id_of(&repository.folder)) {
            Some(other) if other.current_at < repository.current_at => *other = repository,
            Some(_) => {}
            None => self.found.push(repository),
        }
    }
}

/// dnf's folders are named by the repository's id and a digest of sixteen digits.
fn id_of(folder: &str) -> &str {
    match folder.rsplit_once('-') {
        Some((id, digest))
            if digest.len() == 16 && digest.chars().all(|digit| digit.is_ascii_hexdigit()) =>
        {
            id
        }
        _ => folder,
    }
}

/// `None` where nothing was fetched, and `Some(None)` where there are no advisories.
fn repository(root: &Root, folder: String) -> Result<Option<Option<Repository>>, Why> {
    let head = format!("{folder}/repodata/repomd.xml");
    let text = match ask::read_text(&root.path(&head), CONFIG_BYTES_MAX) {
        Ok(text) => text,
        Err(AskError::Missing(_)) => return Ok(None),
        Err(error) => return Err(error.why()),
    };
    let broken = |what: String| Why::Unreadable(format!("{head}: {what}"));
    let Some(place) = advisories::place(&text).map_err(broken)? else {
        return Ok(Some(None));
    };
    let current_at = current_at(root, &folder, &head, &place)?;
    Ok(Some(Some(Repository {
        folder,
        place,
        current_at,
    })))
}

/// The latest of when the repository made its advisories and when the package manager last found its lists
/// to be the newest, which it notes in the time of the list of packages, or of the head when it fetches it:
/// a repository may have had nothing to say for months.
fn current_at(root: &Root, folder: &str, head: &str, place: &Place) -> Result<Timestamp, Why> {
    let changed = |path: &SystemPath| {
        let state = path.state().map_err(|error| error.why())?;
        Ok::<_, Why>(Timestamp::from_secs(state.changed_at))
    };
    let head = changed(&root.path(head))?;
    let primary = place.primary.as_ref();
    // It may be gone, as from a cache that keeps a compiled form of it alone.
    let primary = primary.and_then(|path| changed(&root.path(&format!("{folder}/{path}"))).ok());
    Ok(place.made_at.max(head).max(primary.unwrap_or(head)))
}

fn updates(root: &Root, lists: &Lists, cache: Cache) -> Result<Updates, Why> {
    let Cache { found, mut untold } = cache;
    let packages = match lists.rpm() {
        Reading::Known(packages) => packages,
        Reading::Absent => return Err(nothing("rpm manages no package")),
        Reading::Unknown(why) => return Err(why.clone()),
    };
    let installed = newest(packages);
    let mut later: BTreeMap<(&str, &str), (&str, String)> = BTreeMap::new();
    let mut evidence = Vec::new();
    let mut listed_at: Option<Timestamp> = None;
    for repository in &found {
        let current_at = repository.current_at;
        listed_at = Some(listed_at.map_or(current_at, |oldest| oldest.min(current_at)));
        let source = format!("{}/{}", repository.folder, repository.place.path);
        let made = repository.place.made_at;
        evidence.push(Evidence::new(
            source.as_str(),
            format!("advisories of {made}, current at {current_at}"),
        ));
        let text = match unpacked(&root.path(&source)) {
            Ok(text) => text,
            Err(why) => {
                untold.push(why);
                continue;
            }
        };
        let mut of_module = None;
        let looked = advisories::each(text, |fix| {
            let Some((&name, versions)) = installed.get_key_value(fix.name.as_str()) else {
                return;
            };
            let Some((&architecture, &version)) = versions.get_key_value(&*fix.architecture) else {
                return;
            };
            if fix.of_module {
                // Only what came of a module can be mended by one.
                of_module = of_module.or(version.contains(".module").then_some(name));
                return;
            }
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
        if let Some(name) = of_module {
            let what = format!("{source}: fixes of the module that {name} is of");
            untold.push(Why::Unsupported(what));
        }
        if let Err(error) = looked {
            untold.push(Why::Unreadable(format!("{source}: {error}")));
        }
    }
    // What is missing is missing, whatever the others would name.
    let found_none = later.is_empty();
    if let Some(why) = untold.iter().find(|_| found_none) {
        return Err(why.clone());
    }
    evidence.extend(
        untold
            .iter()
            .map(|why| Evidence::new("not read", why.to_string())),
    );
    let restart_needed = kernel::waits_rpm(root, packages, &mut evidence);
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
        restart_needed,
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

fn unpacked(path: &SystemPath) -> Result<BufReader<Box<dyn Read>>, Why> {
    let file = ask::open(path).map_err(|error| error.why())?;
    let fail = |source| AskError::from_io(path.name(), source).why();
    let plain: Box<dyn Read> = match path.name().extension().and_then(|end| end.to_str()) {
        Some("xml") => Box::new(file),
        Some("gz") => Box::new(flate2::read::GzDecoder::new(file)),
        Some("zst") => {
            let mut plain = zstd::stream::read::Decoder::new(file).map_err(fail)?;
            plain.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(fail)?;
            Box::new(plain)
        }
        _ => {
            let what = format!(
                "{}: packed in a way that is not read",
                path.name().display()
            );
            return Err(Why::Unsupported(what));
        }
    };
    let plain: Box<dyn Read> = Box::new(plain.take(UPDATEINFO_BYTES_MAX));
    Ok(BufReader::with_capacity(64 * 1024, plain))
}

#[cfg(test)]
mod tests;
