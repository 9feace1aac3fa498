//! Whether a kernel is installed that has not been started: what it mends is not mended yet.
//!
//! Touches the running kernel's own name. Must never take a kernel that is of no package for the newest.

use std::cmp::Ordering;

use rpm_version::rpm_evr_compare;
use sekisho_policy::facts::{Evidence, Package};
use sekisho_policy::reading::{Reading, Why};

use super::version;
use crate::ask;
use crate::sensors::Root;

/// What `uname -r` says.
const RUNNING: &str = "/proc/sys/kernel/osrelease";
/// The packages of rpm systems that hold a kernel.
const RPM: [&str; 7] = [
    "kernel-core",
    "kernel-rt-core",
    "kernel-uek-core",
    "kernel-uek",
    "kernel-default",
    "kernel-longterm",
    "kernel",
];

/// An installed kernel. Those of one kind replace each other.
struct Kernel<'a> {
    kind: &'a str,
    version: &'a str,
    runs: bool,
}

/// By the packages `linux-image-RELEASE` of Debian and Ubuntu.
pub(super) fn waits_dpkg(
    root: &Root,
    installed: &[Package],
    evidence: &mut Vec<Evidence>,
) -> Reading<bool> {
    waits(root, evidence, version::compare, |running| {
        let releases = installed.iter().filter_map(|package| {
            let release = package.name.strip_prefix("linux-image-")?;
            let release = release.strip_prefix("unsigned-").unwrap_or(release);
            release
                .starts_with(|first: char| first.is_ascii_digit())
                .then_some(release)
        });
        releases
            .map(|release| Kernel {
                kind: flavour(release),
                version: release,
                runs: release == running,
            })
            .collect()
    })
}

/// By the kernels of Fedora, RHEL, SUSE and their kin.
pub(super) fn waits_rpm(
    root: &Root,
    installed: &[Package],
    evidence: &mut Vec<Evidence>,
) -> Reading<bool> {
    waits(root, evidence, rpm_evr_compare, |running| {
        let kernels = installed
            .iter()
            .filter(|package| RPM.contains(&&*package.name));
        kernels
            .map(|package| Kernel {
                kind: &package.name,
                version: &package.version,
                runs: is_running(package, running),
            })
            .collect()
    })
}

/// Fedora's runs as `6.17.7-300.fc43.x86_64`, RHEL's real-time one with `+rt` behind it, and SUSE's
/// `6.4.0-150600.23.47.2` as `6.4.0-150600.23.47-default`.
fn is_running(package: &Package, running: &str) -> bool {
    let Package {
        version,
        architecture,
        ..
    } = package;
    let plain = running.split('+').next().unwrap_or_default();
    if plain
        .strip_suffix(&**architecture)
        .and_then(|rest| rest.strip_suffix('.'))
        == Some(version)
    {
        return true;
    }
    let flavour = package.name.strip_prefix("kernel-").unwrap_or_default();
    let suse = running
        .strip_suffix(flavour)
        .and_then(|rest| rest.strip_suffix('-'));
    suse.and_then(|release| version.strip_prefix(release))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// `generic` of `6.8.0-50-generic`, `cloud-amd64` of `6.1.0-28-cloud-amd64`.
fn flavour(release: &str) -> &str {
    let mut rest = release;
    while let Some((_, behind)) = rest.split_once('-') {
        if behind.starts_with(char::is_alphabetic) {
            return behind;
        }
        rest = behind;
    }
    ""
}

fn waits<'a>(
    root: &Root,
    evidence: &mut Vec<Evidence>,
    compare: fn(&str, &str) -> Ordering,
    kernels: impl FnOnce(&str) -> Vec<Kernel<'a>>,
) -> Reading<bool> {
    let running = match ask::read_line(&root.path(RUNNING)) {
        Ok(running) => running,
        Err(error) => return Reading::Unknown(error.why()),
    };
    let kernels = kernels(&running);
    let Some(runs) = kernels.iter().find(|kernel| kernel.runs) else {
        let what = format!("the running kernel {running} is of no package that is known");
        return Reading::Unknown(Why::Unsupported(what));
    };
    let later = kernels
        .iter()
        .filter(|kernel| kernel.kind == runs.kind && compare(kernel.version, runs.version).is_gt())
        .max_by(|one, other| compare(one.version, other.version));
    let said = match later {
        Some(kernel) => format!("{running}; {} is installed", kernel.version),
        None => format!("{running}, the newest installed"),
    };
    evidence.push(Evidence::new(RUNNING, said));
    Reading::Known(later.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sekisho_policy::facts::{PackageScope, PackageSource, PackageState};

    fn package(name: &str, version: &str, architecture: &str) -> Package {
        Package {
            source: PackageSource::Dpkg,
            name: name.to_owned(),
            architecture: architecture.to_owned(),
            version: version.to_owned(),
            vendor: String::new(),
            origin: None,
            scope: PackageScope::Machine,
            state: PackageState::Installed,
        }
    }

    fn running(release: &str) -> (tempfile::TempDir, Root) {
        let tree = tempfile::tempdir().unwrap();
        let folder = tree.path().join("proc/sys/kernel");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("osrelease"), format!("{release}\n")).unwrap();
        let root = Root::at(tree.path());
        (tree, root)
    }

    #[track_caller]
    fn dpkg(release: &str, names: &[&str], expected: Option<bool>) {
        let (_tree, root) = running(release);
        let installed: Vec<Package> = names.iter().map(|one| package(one, "1", "amd64")).collect();
        let told = waits_dpkg(&root, &installed, &mut Vec::new());
        assert_eq!(told.known().copied(), expected, "{told:?}");
    }

    #[track_caller]
    fn rpm(release: &str, name: &str, versions: &[&str], expected: Option<bool>) {
        let (_tree, root) = running(release);
        let installed: Vec<Package> = versions
            .iter()
            .map(|one| package(name, one, "x86_64"))
            .collect();
        let told = waits_rpm(&root, &installed, &mut Vec::new());
        assert_eq!(told.known().copied(), expected, "{told:?}");
    }

    #[test]
    fn a_later_kernel_of_the_same_kind_waits_for_a_restart() {
        let old = "linux-image-6.1.0-9-amd64";
        let new = "linux-image-6.1.0-28-amd64";
        dpkg(
            "6.1.0-9-amd64",
            &[new, old, "linux-image-amd64"],
            Some(true),
        );
        dpkg("6.1.0-28-amd64", &[new, old], Some(false));
        let other = "linux-image-6.1.0-30-cloud-amd64";
        dpkg("6.1.0-28-amd64", &[new, other], Some(false));
        dpkg(
            "6.8.0-50-generic",
            &["linux-image-unsigned-6.8.0-50-generic"],
            Some(false),
        );
        let fedora = ["6.16.3-200.fc42", "6.17.7-300.fc43"];
        rpm("6.16.3-200.fc42.x86_64", "kernel-core", &fedora, Some(true));
        rpm(
            "6.17.7-300.fc43.x86_64",
            "kernel-core",
            &fedora,
            Some(false),
        );
        rpm(
            "6.17.7-300.fc43.x86_64+rt",
            "kernel-rt-core",
            &fedora,
            Some(false),
        );
        let suse = ["6.4.0-150600.23.47.2", "6.4.0-150600.23.50.1"];
        rpm(
            "6.4.0-150600.23.47-default",
            "kernel-default",
            &suse,
            Some(true),
        );
        rpm(
            "6.4.0-150600.23.50-default",
            "kernel-default",
            &suse,
            Some(false),
        );
    }

    #[test]
    fn a_kernel_of_no_package_cannot_be_told() {
        dpkg("6.9.1-custom", &["linux-image-6.1.0-28-amd64"], None);
        rpm("6.17.7-300.fc43.x86_64", "kernel-core", &[], None);
        let nothing = tempfile::tempdir().unwrap();
        let told = waits_rpm(&Root::at(nothing.path()), &[], &mut Vec::new());
        assert!(matches!(told, Reading::Unknown(_)), "{told:?}");
    }
}
