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

const TOOLS: [Tool; 8] = [
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
        program: "qemu-system-x86_64",
        package: "qemu-system-x86",
    },
    Tool {
        program: "rpm",
        package: "rpm",
    },
    Tool {
        program: "busybox",
        package: "busybox-static",
    },
];

const FOLDERS: [&str; 6] = [
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
];

/// Installs what is missing where this user may, and says what stays missing. The tests that need
/// it say so themselves.
///
/// # Errors
/// When the package manager fails.
pub(crate) fn install_missing() -> Result<()> {
    let missing: Vec<&Tool> = TOOLS
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
             some tests cannot run; as root on Debian: apt-get install {}",
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
        "packages the tests need",
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
