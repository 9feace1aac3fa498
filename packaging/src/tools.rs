//! The Debian packages that the tests need beside Rust.
//!
//! Touches the system's packages, as root and only by installing what is missing. Must never remove
//! or upgrade one.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::step;

/// A program the tests need, and the Debian package that has it.
struct Tool {
    program: &'static str,
    package: &'static str,
}

const TOOLS: [Tool; 22] = [
    Tool {
        program: "dbus-daemon",
        package: "dbus-daemon",
    },
    Tool {
        program: "nft",
        package: "nftables",
    },
    Tool {
        program: "ip",
        package: "iproute2",
    },
    Tool {
        program: "conntrack",
        package: "conntrack",
    },
    Tool {
        program: "clamd",
        package: "clamav-daemon",
    },
    Tool {
        program: "cryptsetup",
        package: "cryptsetup-bin",
    },
    Tool {
        program: "dmsetup",
        package: "dmsetup",
    },
    Tool {
        program: "qemu-system-x86_64",
        package: "qemu-system-x86",
    },
    Tool {
        program: "rpm",
        package: "rpm",
    },
    Tool {
        program: "dpkg-shlibdeps",
        package: "dpkg-dev",
    },
    Tool {
        program: "debootstrap",
        package: "debootstrap",
    },
    Tool {
        program: "faketime",
        package: "faketime",
    },
    Tool {
        program: "lintian",
        package: "lintian",
    },
    Tool {
        program: "busybox",
        package: "busybox-static",
    },
    Tool {
        program: "ping",
        package: "iputils-ping",
    },
    Tool {
        program: "setpriv",
        package: "util-linux",
    },
    Tool {
        program: "mke2fs",
        package: "e2fsprogs",
    },
    Tool {
        program: "mount",
        package: "mount",
    },
    Tool {
        program: "openssl",
        package: "openssl",
    },
    Tool {
        program: "osslsigncode",
        package: "osslsigncode",
    },
    Tool {
        program: "ar",
        package: "binutils",
    },
    Tool {
        program: "systemd-analyze",
        package: "systemd",
    },
];

/// What packages are packed with, on a Debian system.
const PACKING_TOOLS: [Tool; 3] = [
    Tool {
        program: "dpkg-shlibdeps",
        package: "dpkg-dev",
    },
    Tool {
        program: "rpmbuild",
        package: "rpm",
    },
    Tool {
        program: "strip",
        package: "binutils",
    },
];

/// What the bench compares with, and how.
const BENCH_TOOLS: [Tool; 2] = [
    Tool {
        program: "fusioninventory-agent",
        package: "fusioninventory-agent",
    },
    Tool {
        program: "time",
        package: "time",
    },
];

/// What the agent for Windows is built with, and where it runs. By whole paths, since others install compilers too,
/// and Debian puts Wine's programs beside its libraries.
const WINDOWS_TOOLS: [Tool; 5] = [
    Tool {
        program: "/usr/bin/rustc",
        package: "rustc-web",
    },
    Tool {
        program: "/usr/bin/cargo",
        package: "cargo-web",
    },
    Tool {
        program: "/usr/lib/rustlib/src/rust/library/Cargo.lock",
        package: "rust-web-src",
    },
    Tool {
        program: "x86_64-w64-mingw32-gcc",
        package: "gcc-mingw-w64-x86-64",
    },
    Tool {
        program: "/usr/lib/wine/wine64",
        package: "wine64",
    },
];

/// What the package for Windows is packed with.
const MSI_TOOLS: [Tool; 2] = [
    Tool {
        program: "wixl",
        package: "wixl",
    },
    Tool {
        program: "msibuild",
        package: "msitools",
    },
];

/// What programs and packages for Windows are signed with.
const SIGNING_TOOLS: [Tool; 1] = [Tool {
    program: "osslsigncode",
    package: "osslsigncode",
}];

const FOLDERS: [&str; 6] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];

/// Installs what the tests lack where this user may, and says what stays missing. The tests that need
/// it say so themselves.
///
/// # Errors
/// When the package manager fails.
pub(crate) fn install_for_tests() -> Result<()> {
    install_missing(&TOOLS)?;
    // The guests of the power cuts boot a kernel out of this package, which is fetched, not installed.
    let knows_kernel =
        step::works(Command::new("apt-cache").args(["depends", "linux-image-cloud-amd64"]));
    if !knows_kernel && is_root() && is_there("apt-get") {
        step::run("package lists", apt().arg("update").arg("-qq"))?;
    }
    Ok(())
}

/// Installs what the bench lacks. A figure whose peer is missing is printed without a ratio.
///
/// # Errors
/// When the package manager fails.
pub(crate) fn install_for_bench() -> Result<()> {
    install_missing(&BENCH_TOOLS)
}

/// Installs what packing lacks.
///
/// # Errors
/// When the package manager fails.
pub(crate) fn install_for_packing() -> Result<()> {
    install_missing(&PACKING_TOOLS)
}

/// Installs what the agent for Windows is built with, and where it runs.
///
/// # Errors
/// When the package manager fails.
pub(crate) fn install_for_windows() -> Result<()> {
    install_missing(&WINDOWS_TOOLS)
}

/// Installs what the package for Windows is packed with.
///
/// # Errors
/// When the package manager fails.
pub(crate) fn install_for_msi() -> Result<()> {
    install_missing(&MSI_TOOLS)
}

/// Installs what programs and packages for Windows are signed with.
///
/// # Errors
/// When the package manager fails.
pub(crate) fn install_for_signing() -> Result<()> {
    install_missing(&SIGNING_TOOLS)
}

fn install_missing(tools: &[Tool]) -> Result<()> {
    let missing: Vec<&Tool> = tools
        .iter()
        .filter(|tool| !is_there(tool.program))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
    if !is_root() || !is_there("apt-get") {
        println!(
            "missing, and not to be installed by this user: {}\n\
             some of it cannot run; as root on Debian: apt-get install {}",
            missing
                .iter()
                .map(|tool| tool.program)
                .collect::<Vec<_>>()
                .join(", "),
            packages.join(" ")
        );
        return Ok(());
    }
    step::run("package lists", apt().arg("update").arg("-qq"))?;
    step::run(
        "packages that are missing",
        apt()
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(packages),
    )
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_there(program: &str) -> bool {
    FOLDERS
        .iter()
        .any(|folder| Path::new(folder).join(program).exists())
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
