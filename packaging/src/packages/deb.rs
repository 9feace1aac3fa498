//! A package for Debian and Ubuntu, by `dpkg-deb`.
//!
//! Touches a temporary folder and the package. Must never ask the one who installs it anything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::Job;
use super::contents::read;
use super::tree::Tree;
use crate::step;

/// Who answers for the package.
const MAINTAINER: &str = "Sekisho maintainers <sekisho@sekisho.invalid>";
/// Counts the packagings of one version.
const REVISION: u32 = 1;
/// What makes the users, and what switches units on. The first is systemd's, or a part of it that stands alone.
const NEEDS: &str = "init-system-helpers (>= 1.54~), systemd | systemd-standalone-sysusers";

/// Packs it, and gives where the package is.
///
/// # Errors
/// When something cannot be written, or a tool of dpkg fails.
pub(super) fn pack(job: &Job<'_>) -> Result<PathBuf> {
    let scratch = tempfile::tempdir()?;
    let tree = Tree::new(scratch.path().join("tree"))?;
    let product = job.product;
    let program = product.fill(&tree, &job.programs, "usr/share/zsh/vendor-completions")?;
    put_documents(job, &tree)?;
    let mut installed = tree.files()?;
    let size: u64 = installed
        .iter()
        .map(|file| {
            fs::metadata(tree.dir().join(file))
                .map_or(0, |found| found.len())
                .div_ceil(1024)
        })
        .sum();
    let libraries = libraries(product.name, &program, scratch.path())?;
    let architecture = step::output(Command::new("dpkg").arg("--print-architecture"))?;
    let needs: Vec<&str> = [libraries.as_str(), NEEDS]
        .into_iter()
        .chain(product.needs.iter().copied())
        .collect();
    let version = format!("{}-{REVISION}", job.arguments.version);
    let control = format!(
        "Package: {name}\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: {MAINTAINER}\n\
         Installed-Size: {size}\nDepends: {needs}\nSection: admin\nPriority: optional\n\
         Homepage: {homepage}\nDescription: {summary}\n{description}",
        name = product.name,
        needs = needs.join(", "),
        homepage = env!("CARGO_PKG_REPOSITORY"),
        summary = product.summary,
        description = indented(product.description),
    );
    let sums = step::output(
        Command::new("md5sum")
            .current_dir(tree.dir())
            .args(&installed),
    )?;
    installed.retain(|file| file.starts_with("etc/"));
    tree.put("DEBIAN/control", control, 0o644)?;
    tree.put("DEBIAN/md5sums", format!("{sums}\n"), 0o644)?;
    if !installed.is_empty() {
        let conffiles: String = installed.iter().map(|file| format!("/{file}\n")).collect();
        tree.put("DEBIAN/conffiles", conffiles, 0o644)?;
    }
    for script in product.steps {
        let text = read(&format!("packaging/linux/deb/{}.{script}", product.short))?;
        tree.put(&format!("DEBIAN/{script}"), text, 0o755)?;
    }
    tree.date(&job.epoch)?;
    let made = job
        .out
        .join(format!("{}_{version}_{architecture}.deb", product.name));
    let mut build = Command::new("dpkg-deb");
    build.arg("--root-owner-group");
    match job.arguments.quick {
        true => build.args(["-Zgzip", "-z1"]),
        false => build.args(["-Zxz", "-z9", "-Sextreme"]),
    };
    step::quiet(
        job.epoch
            .tell(build.arg("--build").arg(tree.dir()).arg(&made)),
    )?;
    Ok(made)
}

/// What every package of Debian has below `/usr/share/doc`, and where it departs from Debian's ways.
fn put_documents(job: &Job<'_>, tree: &Tree) -> Result<()> {
    let name = job.product.name;
    let doc = format!("usr/share/doc/{name}");
    let changes = format!(
        "{name} ({version}-{REVISION}) stable; urgency=medium\n\n  * Version {version}; changelog.gz says what changed.\n\n -- {MAINTAINER}  {date}\n",
        version = job.arguments.version,
        date = job.epoch.in_words()?,
    );
    tree.put_packed(&format!("{doc}/changelog.Debian"), changes)?;
    tree.put_packed(&format!("{doc}/changelog"), read("CHANGELOG.md")?)?;
    let licence = read("LICENSE")?;
    let mit = licence
        .rsplit_once("MIT License\n")
        .map(|(_, text)| text.trim());
    let mit = mit.context("LICENSE does not end with the MIT licence")?;
    let copyright = format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\nUpstream-Name: Sekisho\n\
         Source: {homepage}\n\nFiles: *\nCopyright: 2026 The Sekisho authors\nLicense: Apache-2.0 or Expat\n\n\
         License: Apache-2.0\n Debian has the text in /usr/share/common-licenses/Apache-2.0.\n\n\
         License: Expat\n{text}",
        homepage = env!("CARGO_PKG_REPOSITORY"),
        text = indented(&mit.lines().collect::<Vec<_>>()),
    );
    tree.put(&format!("{doc}/copyright"), copyright, 0o644)?;
    let overrides = read(&format!(
        "packaging/linux/deb/{}.overrides",
        job.product.short
    ))?;
    tree.put(
        &format!("usr/share/lintian/overrides/{name}"),
        overrides,
        0o644,
    )?;
    Ok(())
}

/// As a field of several lines has it.
fn indented(lines: &[&str]) -> String {
    lines
        .iter()
        .map(|line| match line.trim_end() {
            "" => " .\n".to_owned(),
            line => format!(" {line}\n"),
        })
        .collect()
}

/// The packages of the libraries a program is linked with, each in the oldest version that will do.
fn libraries(name: &str, program: &Path, scratch: &Path) -> Result<String> {
    // The tool asks for a source package's folder, and reads nothing of it but the names.
    let source = scratch.join("debian");
    fs::create_dir(&source)?;
    let control = format!("Source: sekisho\n\nPackage: {name}\nArchitecture: any\n");
    fs::write(source.join("control"), control)?;
    let told = step::output(
        Command::new("dpkg-shlibdeps")
            .current_dir(scratch)
            .arg("-O")
            .arg(program),
    )?;
    told.strip_prefix("shlibs:Depends=")
        .map(str::to_owned)
        .with_context(|| format!("dpkg-shlibdeps says {told:?}"))
}
