//! What a laptop's own files say: a stranger wrote some of them, and a dying disk others.
//!
//! Touches a folder of prepared files, one for each process. Must never panic but to report a fault.

use std::cell::OnceCell;

use sekisho_agent::sensors::{Deadlines, Root, gather};
use sekisho_policy::reading::Reading;
use tempfile::TempDir;

use crate::machine::Machine;

thread_local! {
    static MACHINE: OnceCell<(TempDir, Machine)> = const { OnceCell::new() };
}

pub(super) fn dpkg_status(bytes: &[u8]) {
    read_with(&["var/lib/dpkg/status"], bytes);
}

pub(super) fn mountinfo(bytes: &[u8]) {
    read_with(&["proc/1/mountinfo", "proc/self/mountinfo"], bytes);
}

/// The uuid of the mapper device that the root file system lies on.
pub(super) fn dm_uuid(bytes: &[u8]) {
    read_with(&["sys/devices/virtual/block/dm-0/dm/uuid"], bytes);
}

pub(super) fn cvd_header(bytes: &[u8]) {
    read_with(&["var/lib/clamav/daily.cvd"], bytes);
}

pub(super) fn rpm_database(bytes: &[u8]) {
    read_with(&["var/lib/rpm/rpmdb.sqlite"], bytes);
}

/// Reads the whole laptop with these bytes in place of those files.
fn read_with(paths: &[&str], bytes: &[u8]) {
    MACHINE.with(|machine| {
        let (_, machine) = machine.get_or_init(|| {
            let dir = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
            let machine = Machine::new(dir.path(), "aiko");
            // Without its program ClamAV counts as not installed, and its files are not read.
            machine.write("usr/sbin/clamd", "");
            (dir, machine)
        });
        let before = paths
            .iter()
            .map(|path| std::fs::read(machine.root_dir().join(path)).ok());
        let before: Vec<_> = before.collect();
        paths.iter().for_each(|path| machine.write(path, bytes));
        let facts = gather(&Root::at(machine.root_dir()), Deadlines::default());
        assert!(!broke_off(&facts.host), "{facts:?}");
        assert!(!broke_off(&facts.volumes), "{:?}", facts.volumes);
        assert!(!broke_off(&facts.antivirus), "{:?}", facts.antivirus);
        assert!(!broke_off(&facts.software), "{:?}", facts.software);
        for (path, before) in paths.iter().zip(before) {
            match before {
                Some(before) => machine.write(path, before),
                None => drop(std::fs::remove_file(machine.root_dir().join(path))),
            }
        }
    });
}

/// A reader that panicked is reported as one that broke off.
fn broke_off<T>(reading: &Reading<T>) -> bool {
    matches!(reading, Reading::Unknown(why) if why.detail().ends_with("broke off"))
}
