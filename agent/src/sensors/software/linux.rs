//! Asks every package source of a Linux system.
//!
//! Touches `/var/lib/dpkg`, the rpm database, Flatpak's folders and snapd's socket. Must never run a
//! package manager.

use std::io::BufReader;

use sekisho_policy::facts::{Package, PackageSource, Software};
use sekisho_policy::reading::{Reading, Why};

use super::{collect, dpkg, flatpak, rpm, snap};
use crate::ask::{self, AskError};
use crate::limits::DPKG_STATUS_BYTES_MAX;
use crate::sensors::Root;

/// Bytes read from the list at a time.
const BUFFER_BYTES: usize = 64 * 1024;

/// Reads the whole inventory.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Software> {
    Reading::Known(collect(vec![
        (PackageSource::Dpkg, dpkg_list(root)),
        (PackageSource::Rpm, rpm::read(root)),
        (PackageSource::Flatpak, flatpak::read(root)),
        (PackageSource::Snap, snap::read(root)),
    ]))
}

fn dpkg_list(root: &Root) -> Reading<Vec<Package>> {
    let path = root.path("/var/lib/dpkg/status");
    let file = match ask::open(&path) {
        Ok(file) => file,
        Err(error) => return error.reading(),
    };
    let size = match file.metadata() {
        Ok(metadata) => metadata.len(),
        Err(error) => return AskError::from_io(&path, error).reading(),
    };
    if size > DPKG_STATUS_BYTES_MAX {
        let max = DPKG_STATUS_BYTES_MAX;
        return AskError::TooLarge { path, max }.reading();
    }
    // dpkg lists itself wherever it manages the system; elsewhere its list is empty by right.
    if size == 0 && root.path("/var/lib/dpkg/info/dpkg.list").exists() {
        let why = "/var/lib/dpkg/status is empty, and dpkg is installed".to_owned();
        return Reading::Unknown(Why::Unreadable(why));
    }
    match dpkg::parse(BufReader::with_capacity(BUFFER_BYTES, file)) {
        Ok(packages) if packages.is_empty() => Reading::Absent,
        Ok(packages) => Reading::Known(packages),
        Err(error) => Reading::Unknown(error.why()),
    }
}
