//! Asks every package source of a Linux system.
//!
//! Touches `/var/lib/dpkg`, the rpm database, Flatpak's folders and snapd's socket. Must never run a
//! package manager.

use std::io::BufReader;
use std::sync::Arc;

use sekisho_policy::facts::{Package, PackageSource, Software};
use sekisho_policy::reading::{Reading, Why};

use super::{Lists, collect, dpkg, flatpak, snap};
use crate::ask::{self, AskError, Source};
use crate::limits::DPKG_STATUS_BYTES_MAX;
use crate::sensors::Root;

/// Bytes read from the list at a time.
const BUFFER_BYTES: usize = 64 * 1024;

/// Reads the whole inventory.
pub(in crate::sensors) fn read(root: &Root, lists: Arc<Lists>) -> Reading<Software> {
    let (flatpak, snap) = (flatpak::read(root), snap::read(root));
    let (dpkg, rpm) = lists.into_both();
    Reading::Known(collect(vec![
        (PackageSource::Dpkg, dpkg),
        (PackageSource::Rpm, rpm),
        (PackageSource::Flatpak, flatpak),
        (PackageSource::Snap, snap),
    ]))
}

/// Every package that dpkg has installed.
pub(super) fn dpkg_list(root: &Root) -> Reading<Vec<Package>> {
    let path = root.path("/var/lib/dpkg/status");
    let file = match ask::open(&path) {
        Ok(file) => file,
        Err(AskError::Missing(_)) if is_there(root) => return lost("is missing"),
        Err(error) => return error.reading(),
    };
    let size = match file.bytes() {
        Ok(bytes) => bytes,
        Err(error) => return AskError::from_io(path.name(), error).reading(),
    };
    if size > DPKG_STATUS_BYTES_MAX {
        return path.too_large(DPKG_STATUS_BYTES_MAX).reading();
    }
    if size == 0 && is_there(root) {
        return lost("is empty");
    }
    match dpkg::parse(BufReader::with_capacity(BUFFER_BYTES, file)) {
        Ok(packages) if packages.is_empty() => Reading::Absent,
        Ok(packages) => Reading::Known(packages),
        Err(error) => Reading::Unknown(error.why()),
    }
}

/// dpkg has its own files wherever it manages the system; elsewhere its list is empty or missing by right. Where that
/// cannot be told, a list that is lost must not pass for a laptop without packages.
fn is_there(root: &Root) -> bool {
    let own = root.path("/var/lib/dpkg/info/dpkg.list");
    own.try_exists().unwrap_or(true)
}

fn lost(how: &str) -> Reading<Vec<Package>> {
    let why = format!("/var/lib/dpkg/status {how}, and dpkg is installed");
    Reading::Unknown(Why::Unreadable(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_dpkg_that_is_gone_or_empty_is_unknown_where_dpkg_is_installed() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::at(tree.path());
        assert_eq!(dpkg_list(&root), Reading::Absent, "there is no dpkg");
        let info = tree.path().join("var/lib/dpkg/info");
        std::fs::create_dir_all(&info).unwrap();
        assert_eq!(dpkg_list(&root), Reading::Absent, "dpkg manages nothing");
        std::fs::write(info.join("dpkg.list"), "/.\n").unwrap();
        let missing = lost("is missing");
        assert_eq!(dpkg_list(&root), missing);
        std::fs::write(tree.path().join("var/lib/dpkg/status"), "").unwrap();
        assert_eq!(dpkg_list(&root), lost("is empty"));
        std::fs::remove_dir_all(&info).unwrap();
        std::os::unix::fs::symlink("info", &info).unwrap();
        let untold = "its own folder cannot be looked into";
        assert_eq!(dpkg_list(&root), lost("is empty"), "{untold}");
    }
}
