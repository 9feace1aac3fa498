//! Whether a service of systemd runs, by the processes in its control group (cgroups(7)).
//!
//! Touches unit files and `/sys/fs/cgroup`. Must never take a unit that was not found for one that does not run:
//! its name may be another than the one that is looked for.

use sekisho_policy::facts::Evidence;
use sekisho_policy::reading::{Reading, Why};

use crate::ask::{self, AskError, Source};
use crate::limits::{DROP_INS_MAX, SMALL_FILE_BYTES_MAX};
use crate::sensors::Root;

/// Where systemd looks for units, the first one found counts (systemd.unit(5)).
const UNITS: [&str; 6] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    // Made of scripts in /etc/init.d.
    "/run/systemd/generator.late",
];
/// Where systemd keeps its control groups: alone, beside those of version 1, and in those.
const GROUPS: [&str; 3] = [
    "/sys/fs/cgroup",
    "/sys/fs/cgroup/unified",
    "/sys/fs/cgroup/systemd",
];

/// Whether the service has a process that is not frozen. A masked one does not run, and one whose unit is not found is
/// unknown.
pub(super) fn running(root: &Root, unit: &str, evidence: &mut Vec<Evidence>) -> Reading<bool> {
    runs(root, unit, evidence).unwrap_or_else(|error| Reading::Unknown(error.why()))
}

fn runs(root: &Root, unit: &str, evidence: &mut Vec<Evidence>) -> Result<Reading<bool>, AskError> {
    let mut file = None;
    for folder in UNITS {
        let named = format!("{folder}/{unit}");
        if file.is_none() && root.path(&named).try_exists()? {
            file = Some(named);
        }
    }
    let Some(file) = file else {
        let why = Why::ToolMissing(format!("the unit {unit}"));
        return Ok(Reading::Unknown(why));
    };
    let target = root.path(&file).canonical();
    let target = target.as_ref().ok();
    let masked = target.is_some_and(|to| to.name().as_os_str() == "/dev/null");
    let text = match masked {
        true => String::new(),
        false => ask::read_text(&root.path(&file), SMALL_FILE_BYTES_MAX)?,
    };
    // An empty unit is a masked one, too.
    if text.is_empty() {
        evidence.push(Evidence::new(file, "masked"));
        return Ok(Reading::Known(false));
    }
    if has_slice(&text) {
        return Ok(elsewhere(&file));
    }
    // Of a unit with several names the group has that of the file, and the others are links to it.
    let linked = target.and_then(|to| to.name().file_name()?.to_str());
    let mut names = vec![unit];
    names.extend(linked.filter(|linked| *linked != unit));
    let mut seen = None;
    for groups in GROUPS {
        let slice = format!("{groups}/system.slice");
        if !root.path(&slice).try_exists()? {
            continue;
        }
        for name in &names {
            match processes(root, &format!("{slice}/{name}")) {
                Ok((source, value, runs)) => {
                    evidence.push(Evidence::new(source, value));
                    return Ok(Reading::Known(runs));
                }
                Err(AskError::Missing(_)) => {}
                Err(error) => return Err(error),
            }
        }
        seen = Some(slice);
    }
    let Some(slice) = seen else {
        let why = "/sys/fs/cgroup: no control groups of systemd".to_owned();
        return Ok(Reading::Unknown(Why::Unsupported(why)));
    };
    if let Some(file) = moved(root, &names)? {
        return Ok(elsewhere(&file));
    }
    evidence.push(Evidence::new(slice, format!("no {unit}")));
    Ok(Reading::Known(false))
}

/// Where it was read, what was read, and whether it shows a process.
fn processes(root: &Root, group: &str) -> Result<(String, String, bool), AskError> {
    let events = format!("{group}/cgroup.events");
    match ask::read_text(&root.path(&events), SMALL_FILE_BYTES_MAX) {
        Ok(text) => {
            let says = |line: &str| text.lines().any(|one| one.trim() == line);
            let runs = says("populated 1") && !says("frozen 1");
            Ok((
                events,
                text.split_whitespace().collect::<Vec<_>>().join(" "),
                runs,
            ))
        }
        // Version 1 has no such file.
        Err(AskError::Missing(_)) => {
            let list = format!("{group}/cgroup.procs");
            let text = ask::read_text(&root.path(&list), SMALL_FILE_BYTES_MAX)?;
            let count = text.lines().count();
            Ok((list, format!("{count} processes"), count > 0))
        }
        Err(error) => Err(error),
    }
}

fn has_slice(text: &str) -> bool {
    let mut keys = text.lines().filter_map(|line| line.split_once('='));
    keys.any(|(key, _)| key.trim() == "Slice")
}

/// The folders of drop-ins: for one unit, for all whose name begins alike up to a dash, and for every service.
fn folders_of(unit: &str) -> Vec<String> {
    let stem = unit.strip_suffix(".service").unwrap_or(unit);
    let alike = stem
        .match_indices('-')
        .filter_map(|(place, _)| stem.get(..=place));
    let alike = alike.map(|prefix| format!("{prefix}.service.d"));
    let mut folders: Vec<String> = alike.collect();
    folders.extend([format!("{unit}.d"), "service.d".to_owned()]);
    folders
}

/// The drop-in that puts the service into another slice (systemd.unit(5)), as who caps its share of the processor
/// writes one.
fn moved(root: &Root, names: &[&str]) -> Result<Option<String>, AskError> {
    let mut folders = Vec::new();
    for folder in UNITS {
        let of_all = names.iter().flat_map(|name| folders_of(name));
        folders.extend(of_all.map(|name| format!("{folder}/{name}")));
    }
    for folder in folders {
        let drop_ins = match ask::list(&root.path(&folder), DROP_INS_MAX) {
            Ok(drop_ins) => drop_ins,
            Err(AskError::Missing(_)) => continue,
            Err(error) => return Err(error),
        };
        for name in drop_ins.iter().filter(|name| name.ends_with(".conf")) {
            let file = format!("{folder}/{name}");
            match ask::read_text(&root.path(&file), SMALL_FILE_BYTES_MAX) {
                Ok(text) if has_slice(&text) => return Ok(Some(file)),
                // A link to /dev/null takes one of the same name back.
                Ok(_) | Err(AskError::Missing(_) | AskError::NotAFile(_)) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(None)
}

fn elsewhere(file: &str) -> Reading<bool> {
    let why = format!("{file}: the service runs in a slice of its own");
    Reading::Unknown(Why::Unsupported(why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    const UNIT: &str = "guard.service";

    #[track_caller]
    fn finds(files: &[(&str, &str)], masked: bool, expected: &Reading<bool>) {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::at(tree.path());
        for (path, text) in files {
            let path = root.on_this_machine(path).unwrap();
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        if masked {
            let folder = root.on_this_machine("/etc/systemd/system").unwrap();
            std::fs::create_dir_all(&folder).unwrap();
            symlink("/dev/null", folder.join(UNIT)).unwrap();
        }
        let mut evidence = Vec::new();
        let found = running(&root, UNIT, &mut evidence);
        assert_eq!(&found, expected, "{evidence:?}");
        assert_eq!(evidence.is_empty(), matches!(found, Reading::Unknown(_)));
    }

    const FILE: (&str, &str) = (
        "/usr/lib/systemd/system/guard.service",
        "[Service]\nExecStart=/opt/guard/guardd\n",
    );
    const OTHER: (&str, &str) = (
        "/sys/fs/cgroup/system.slice/cron.service/cgroup.events",
        "populated 1\nfrozen 0\n",
    );

    fn group(text: &str) -> (&str, &str) {
        (
            "/sys/fs/cgroup/system.slice/guard.service/cgroup.events",
            text,
        )
    }

    #[test]
    fn a_service_runs_while_its_group_has_a_process() {
        let runs = group("populated 1\nfrozen 0\n");
        finds(&[FILE, runs], false, &Reading::Known(true));
        finds(&[FILE, OTHER], false, &Reading::Known(false));
        let empty = group("populated 0\nfrozen 0\n");
        finds(&[FILE, empty], false, &Reading::Known(false));
        let frozen = group("populated 1\nfrozen 1\n");
        finds(&[FILE, frozen], false, &Reading::Known(false));
    }

    #[test]
    fn a_masked_service_does_not_run_and_an_unknown_unit_is_unknown() {
        let runs = group("populated 1\nfrozen 0\n");
        finds(&[FILE, runs], true, &Reading::Known(false));
        let missing = Reading::Unknown(Why::ToolMissing("the unit guard.service".to_owned()));
        finds(&[OTHER], false, &missing);
        let none = "/sys/fs/cgroup: no control groups of systemd".to_owned();
        finds(&[FILE], false, &Reading::Unknown(Why::Unsupported(none)));
    }

    #[test]
    fn groups_of_version_1_are_read_and_another_slice_is_unknown() {
        let list = "/sys/fs/cgroup/systemd/system.slice/guard.service/cgroup.procs";
        finds(&[FILE, (list, "812\n813\n")], false, &Reading::Known(true));
        finds(&[FILE, (list, "")], false, &Reading::Known(false));
        let file = (FILE.0, "[Service]\nSlice=guard.slice\n");
        let why = format!("{}: the service runs in a slice of its own", FILE.0);
        let unknown = Reading::Unknown(Why::Unsupported(why));
        finds(&[file, OTHER], false, &unknown);
    }

    #[test]
    fn a_drop_in_that_names_a_slice_is_no_service_that_is_stopped() {
        let cap = "/etc/systemd/system/guard.service.d/cap.conf";
        let why = format!("{cap}: the service runs in a slice of its own");
        let unknown = Reading::Unknown(Why::Unsupported(why));
        finds(
            &[FILE, OTHER, (cap, "[Service]\nSlice=av.slice\n")],
            false,
            &unknown,
        );
        let wide = "/etc/systemd/system/service.d/cap.conf";
        let why = format!("{wide}: the service runs in a slice of its own");
        let spaced = (wide, "[Service]\n Slice = av.slice\n");
        finds(
            &[FILE, OTHER, spaced],
            false,
            &Reading::Unknown(Why::Unsupported(why)),
        );
        let other = (cap, "[Service]\nNice=10\n");
        finds(&[FILE, OTHER, other], false, &Reading::Known(false));
    }

    #[test]
    fn drop_ins_count_for_a_unit_and_for_those_that_are_named_alike() {
        let folders = ["sophos-.service.d", "sophos-spl.service.d", "service.d"];
        assert_eq!(folders_of("sophos-spl.service"), folders);
    }

    #[test]
    fn an_empty_unit_is_masked_and_one_that_cannot_be_read_is_unknown() {
        let runs = group("populated 1\nfrozen 0\n");
        finds(&[(FILE.0, ""), runs], false, &Reading::Known(false));
        let tree = tempfile::tempdir().unwrap();
        let root = Root::at(tree.path());
        // A folder stands where the unit was meant.
        for path in [FILE.0, "/sys/fs/cgroup/system.slice"] {
            std::fs::create_dir_all(root.on_this_machine(path).unwrap()).unwrap();
        }
        let found = running(&root, UNIT, &mut Vec::new());
        assert!(matches!(found, Reading::Unknown(_)), "{found:?}");
    }

    #[test]
    fn a_unit_that_is_a_link_runs_under_the_name_of_its_file() {
        let tree = tempfile::tempdir().unwrap();
        let root = Root::at(tree.path());
        let events = "/sys/fs/cgroup/system.slice/guardd.service/cgroup.events";
        for (path, text) in [
            ("/usr/lib/systemd/system/guardd.service", "[Service]\n"),
            (events, "populated 1\nfrozen 0\n"),
        ] {
            let path = root.on_this_machine(path).unwrap();
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let folder = root.on_this_machine("/usr/lib/systemd/system").unwrap();
        symlink("guardd.service", folder.join(UNIT)).unwrap();
        let mut evidence = Vec::new();
        let found = running(&root, UNIT, &mut evidence);
        assert_eq!(found, Reading::Known(true), "{evidence:?}");
    }
}
