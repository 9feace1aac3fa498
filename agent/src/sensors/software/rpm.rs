//! The database of rpm, read directly: its sqlite form, without a lock and without rpm.
//!
//! Touches the database file, and a copy of it where rpm has not finished writing. Must never write
//! to the original, nor take a database that is being changed for a whole one.

mod database;
mod header;

use std::path::Path;

use sekisho_policy::facts::{Package, PackageScope, PackageSource, PackageState};
use sekisho_policy::reading::{Reading, Why};

use super::ListError;
use crate::ask::{self, AskError, Source};
use crate::limits::{RPM_DATABASE_BYTES_MAX, RPM_DATABASE_KEPT_BYTES_MAX};
use crate::sensors::{Root, SystemPath};
use header::Header;

/// Where rpm keeps its database: Fedora and openSUSE, then RHEL and Debian.
const FOLDERS: &[&str] = &["/usr/lib/sysimage/rpm", "/var/lib/rpm"];
/// Forms of the database that this agent does not read: ndb and Berkeley DB.
const OTHER_FORMS: &[&str] = &["Packages.db", "Packages"];

/// Reads every package that rpm lists.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Vec<Package>> {
    for folder in FOLDERS {
        let path = root.path(&format!("{folder}/rpmdb.sqlite"));
        match path.state() {
            Ok(state) if state.bytes > RPM_DATABASE_BYTES_MAX => {
                return path.too_large(RPM_DATABASE_BYTES_MAX).reading();
            }
            // An empty one manages nothing, and hides none in the other folder.
            Ok(_) => match list(&path, &format!("{folder}/rpmdb.sqlite")) {
                Reading::Absent => {}
                read @ (Reading::Known(_) | Reading::Unknown(_)) => return read,
            },
            Err(AskError::Missing(_)) => {}
            Err(error) => return error.reading(),
        }
        if let Some(other) = other_form(root, folder) {
            return Reading::Unknown(Why::Unsupported(format!(
                "{}: not the sqlite form of rpm's database",
                other.name().display()
            )));
        }
    }
    Reading::Absent
}

fn other_form(root: &Root, folder: &str) -> Option<SystemPath> {
    OTHER_FORMS
        .iter()
        .map(|name| root.path(&format!("{folder}/{name}")))
        .find(SystemPath::is_file)
}

fn list(path: &SystemPath, name: &str) -> Reading<Vec<Package>> {
    let disk = match path.on_disk() {
        Ok(disk) => disk,
        Err(error) => return error.reading(),
    };
    match disk.bytes() {
        Ok(bytes) if bytes > RPM_DATABASE_BYTES_MAX => {
            return path.too_large(RPM_DATABASE_BYTES_MAX).reading();
        }
        Ok(_) => {}
        Err(error) => return Reading::Unknown(AskError::from_io(path.name(), error).why()),
    }
    let packages = if path.is_recorded() {
        recorded(path, disk.path(), name)
    } else {
        database::packages(disk.path(), name, |_, _| Ok(()))
    };
    match packages {
        // Debian's rpm makes an empty database; it manages nothing there.
        Ok(packages) if packages.is_empty() => Reading::Absent,
        Ok(packages) => Reading::Known(packages),
        Err(error) => Reading::Unknown(error.why()),
    }
}

/// A capture has a database of what is read of each header; one that cannot be read it has as it is.
fn recorded(
    path: &SystemPath,
    disk: &Path,
    name: &str,
) -> Result<Vec<Package>, database::DatabaseError> {
    let mut reduced = database::Reduced::new(name)?;
    let packages = database::packages(disk, name, |row, blob| reduced.take(row, blob));
    match (&packages, reduced.into_bytes()) {
        (Ok(_), Ok(bytes)) => path.keep(&bytes),
        (Err(_), _) | (_, Err(_)) => {
            let whole = ask::read_bytes(path, RPM_DATABASE_KEPT_BYTES_MAX);
            drop(whole);
        }
    }
    packages
}

/// A header as a package; `None` for the keys that rpm keeps among its packages.
fn package(blob: &[u8], list: &str, row: i64) -> Result<Option<Package>, ListError> {
    let broken = |what: String| ListError::broken(list, format!("package {row}"), what);
    let header = Header::parse(blob).map_err(|error| broken(error.to_string()))?;
    let name = header.text(header::NAME).unwrap_or_default();
    if name == "gpg-pubkey" {
        return Ok(None);
    }
    let version = header.text(header::VERSION).unwrap_or_default();
    let release = header.text(header::RELEASE).unwrap_or_default();
    if name.is_empty() || version.is_empty() {
        return Err(broken("a header without a name or version".to_owned()));
    }
    let epoch = header.number(header::EPOCH);
    let full = match (epoch, release.is_empty()) {
        (Some(epoch), false) => format!("{epoch}:{version}-{release}"),
        (None, false) => format!("{version}-{release}"),
        (Some(epoch), true) => format!("{epoch}:{version}"),
        (None, true) => version,
    };
    let origin = header
        .text(header::SOURCERPM)
        .and_then(|file| source(&file));
    Ok(Some(Package {
        source: PackageSource::Rpm,
        origin: origin.filter(|(source, _)| *source != name),
        name,
        architecture: header.text(header::ARCH).unwrap_or_default(),
        version: full,
        vendor: header.text(header::VENDOR).unwrap_or_default(),
        state: PackageState::Installed,
        scope: PackageScope::Machine,
    }))
}

/// `bash-5.2.26-3.fc40.src.rpm`: name, then version and release.
fn source(file: &str) -> Option<(String, String)> {
    let stem = file
        .strip_suffix(".src.rpm")
        .or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let (rest, release) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    Some((name.to_owned(), format!("{version}-{release}")))
}

#[cfg(test)]
mod tests;
