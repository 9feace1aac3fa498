//! Security updates that are out and not installed, by the lists that the package manager has fetched.
//!
//! Touches nothing but through its package managers' rooms. Must never take lists without a security
//! archive for lists that know of no update, nor start a package manager.

mod apt;
mod dnf;
mod kernel;
mod packed;
pub mod version;

use sekisho_policy::facts::Updates;
use sekisho_policy::reading::{Reading, Why};

use crate::sensors::Root;
use crate::sensors::software::Lists;

/// Where the rpm database of a system that lives by it is.
const RPM: [&str; 2] = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"];

/// Reads what is missing.
pub(in crate::sensors) fn read(root: &Root, lists: &Lists) -> Reading<Updates> {
    // A Fedora may have an empty list of dpkg's.
    let dpkg = lists.dpkg();
    if let Some(installed) = dpkg.known().filter(|installed| !installed.is_empty()) {
        return apt::read(root, installed);
    }
    if RPM.iter().any(|path| root.path(path).exists()) {
        return dnf::read(root, lists);
    }
    if let Reading::Unknown(why) = dpkg {
        return Reading::Unknown(why.clone());
    }
    let what = "no package manager whose update lists could be read";
    Reading::Unknown(Why::Unsupported(what.to_owned()))
}
