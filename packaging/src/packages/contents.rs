//! What is in the packages: which file lies where, and what a package says of itself.
//!
//! Touches the files of this tree and what `sekisho-pages` writes. Must never hold what only one kind of package
//! needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::tree::Tree;
use crate::step;

/// A package.
#[derive(Debug)]
pub(super) struct Product {
    /// Its name, which is its program's too.
    pub(super) name: &'static str,
    /// Its name among the files for Debian.
    pub(super) short: &'static str,
    /// One line.
    pub(super) summary: &'static str,
    /// What it is for, wrapped.
    pub(super) description: &'static [&'static str],
    /// Packages that it needs beside its libraries.
    pub(super) needs: &'static [&'static str],
    /// Its units.
    pub(super) units: &'static [&'static str],
    /// What a package may take, in KiB.
    pub(super) size_max_kib: Option<u64>,
    /// Where a file of this tree goes.
    files: &'static [(&'static str, &'static str)],
    /// Scripts of this tree that its units run, and where they go.
    scripts: &'static [(&'static str, &'static str)],
    /// The scripts by which a package for Debian is installed and removed.
    pub(super) steps: &'static [&'static str],
}

/// For laptops.
pub(super) const AGENT: Product = Product {
    name: "sekisho-agent",
    short: "agent",
    summary: "laptop posture agent: checks the company's rules and reports to a collector",
    description: &[
        "Checks the rules of an ISO/IEC 27001 handbook for mobile devices (disk",
        "encryption, antivirus, updates, firewall, screen lock, networks, software),",
        "tells the user what to mend, in Japanese or English, reports to a",
        "sekisho-collector over mutually authenticated TLS, and cuts the laptop off",
        "the network when the collector orders it.",
    ],
    needs: &["nftables"],
    units: &[
        "sekisho-agent.service",
        "sekisho-isolation.service",
        "sekisho-enroll.service",
        "sekisho-enroll.path",
    ],
    size_max_kib: Some(4096),
    files: &[
        (
            "packaging/linux/sekisho-agent.sysusers",
            "usr/lib/sysusers.d/sekisho-agent.conf",
        ),
        ("packaging/linux/agent.toml", "etc/sekisho/agent.toml"),
        (
            "packaging/linux/sekisho-agent-notify.desktop",
            "etc/xdg/autostart/sekisho-agent-notify.desktop",
        ),
        (
            "packaging/linux/default.example",
            "usr/share/doc/sekisho-agent/examples/default",
        ),
    ],
    scripts: &[("packaging/linux/upgrade", "usr/lib/sekisho-agent/upgrade")],
    steps: &["preinst", "postinst", "prerm", "postrm"],
};

/// For the server.
pub(super) const COLLECTOR: Product = Product {
    name: "sekisho-collector",
    short: "collector",
    summary: "laptop posture collector: judges reports and gives orders",
    description: &[
        "Admits the laptops of a company that run sekisho-agent, judges what they",
        "report by the company's policy, keeps a record that cannot be bent unnoticed,",
        "and cuts laptops off the network when malware breaks out.",
    ],
    needs: &[],
    units: &["sekisho-collector.service"],
    size_max_kib: None,
    files: &[
        (
            "packaging/linux/sekisho-collector.sysusers",
            "usr/lib/sysusers.d/sekisho-collector.conf",
        ),
        (
            "policy/default-policy.toml",
            "usr/share/doc/sekisho-collector/examples/policy.toml",
        ),
    ],
    scripts: &[],
    steps: &["postinst", "prerm", "postrm"],
};

impl Product {
    /// Fills a tree with everything that all kinds of packages have. Shells complete from folders that differ
    /// between systems: `zsh` is the one of zsh.
    ///
    /// # Errors
    /// When a file is missing or cannot be written.
    pub(super) fn fill(&self, tree: &Tree, programs: &Path, zsh: &str) -> Result<PathBuf> {
        let name = self.name;
        let program = tree.put_program(&format!("usr/bin/{name}"), &programs.join(name))?;
        for unit in self.units {
            let content = read(&format!("packaging/linux/{unit}"))?;
            tree.put(&format!("usr/lib/systemd/system/{unit}"), content, 0o644)?;
        }
        for (from, to) in self.files {
            tree.put(to, read(from)?, 0o644)?;
        }
        for (from, to) in self.scripts {
            tree.put(to, read(from)?, 0o755)?;
        }
        let pages = tempfile::tempdir()?;
        write_pages(programs, pages.path())?;
        for page in names_in(&pages.path().join("man"))? {
            let is_own = page
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with(['.', '-']));
            if is_own {
                let content = fs::read(pages.path().join("man").join(&page))?;
                tree.put_packed(&format!("usr/share/man/man1/{page}"), content)?;
            }
        }
        for (shell, to) in [
            (
                "bash",
                format!("usr/share/bash-completion/completions/{name}"),
            ),
            ("zsh", format!("{zsh}/_{name}")),
            (
                "fish",
                format!("usr/share/fish/vendor_completions.d/{name}.fish"),
            ),
        ] {
            let from = pages.path().join(shell).join(name);
            let content = fs::read(&from).with_context(|| from.display().to_string())?;
            tree.put(&to, content, 0o644)?;
        }
        Ok(program)
    }
}

/// A file of this tree.
///
/// # Errors
/// When it cannot be read.
pub(super) fn read(path: &str) -> Result<String> {
    let file = step::workspace_dir().join(path);
    fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
}

/// Manual pages and completions. What the environment says must not come into them.
fn write_pages(programs: &Path, dir: &Path) -> Result<()> {
    let program = programs.join("sekisho-pages");
    step::quiet(Command::new(program).env_clear().arg(dir))
}

fn names_in(dir: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
