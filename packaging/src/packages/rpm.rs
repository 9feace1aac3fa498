//! A package for Fedora, RHEL and their kin, by `rpmbuild`.
//!
//! Touches a temporary folder and the package. Must never run a macro of the system it is packed on.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::Job;
use super::contents::read;
use super::tree::Tree;
use crate::step;

/// Packs it, and gives where the package is.
///
/// # Errors
/// When something cannot be written, or `rpmbuild` fails.
pub(super) fn pack(job: &Job<'_>) -> Result<PathBuf> {
    let scratch = tempfile::tempdir()?;
    let tree = Tree::new(scratch.path().join("tree"))?;
    let product = job.product;
    product.fill(&tree, &job.programs, "usr/share/zsh/site-functions")?;
    let licence = format!("usr/share/licenses/{}/LICENSE", product.name);
    tree.put(&licence, read("LICENSE")?, 0o644)?;
    tree.date(&job.epoch)?;
    let list = scratch.path().join("files");
    fs::write(&list, lines(&tree.files()?))?;
    let spec = scratch.path().join("package.spec");
    let text = read(&format!("packaging/linux/rpm/{}.spec", product.name))?
        .replace("@VERSION@", &job.arguments.version)
        .replace("@SUMMARY@", product.summary)
        .replace("@HOMEPAGE@", env!("CARGO_PKG_REPOSITORY"))
        .replace("@DESCRIPTION@", &product.description.join("\n"))
        .replace("@UNITS@", &product.units.join(" "))
        .replace("@TREE@", &tree.dir().display().to_string())
        .replace("@LIST@", &list.display().to_string());
    fs::write(&spec, text)?;
    let architecture = std::env::consts::ARCH;
    let file = format!(
        "{}-{}-1.{architecture}.rpm",
        product.name, job.arguments.version
    );
    let payload = match job.arguments.quick {
        true => "w1.gzdio",
        // Every rpm of this century reads it.
        false => "w7.xzdio",
    };
    let mut build = Command::new("rpmbuild");
    build
        .args(["-bb", "--target"])
        .arg(format!("{architecture}-linux"));
    let top = scratch.path().join("rpmbuild").display().to_string();
    let out = job.out.display().to_string();
    for (name, value) in [
        ("_topdir", top.as_str()),
        ("_rpmdir", out.as_str()),
        ("_rpmfilename", file.as_str()),
        ("_binary_payload", payload),
        // What would differ from one packing to the next.
        ("_buildhost", "sekisho.invalid"),
        ("use_source_date_epoch_as_buildtime", "1"),
        ("clamp_mtime_to_source_date_epoch", "1"),
        ("source_date_epoch_from_changelog", "0"),
        // The program is stripped already, and goes in as it is.
        ("debug_package", "%{nil}"),
        ("__os_install_post", "%{nil}"),
        ("_build_id_links", "none"),
    ] {
        build.arg("--define").arg(format!("{name} {value}"));
    }
    step::quiet(job.epoch.tell(build.arg(&spec)))?;
    Ok(job.out.join(file))
}

/// The list of files, with what each is.
fn lines(files: &[String]) -> String {
    let mut lines = "%defattr(-,root,root,-)\n%dir %attr(755,root,root) /etc/sekisho\n".to_owned();
    for file in files {
        let kind = match file {
            file if file.starts_with("etc/") => "%config(noreplace) ",
            file if file.starts_with("usr/share/licenses/") => "%license ",
            file if file.starts_with("usr/share/doc/") => "%doc ",
            _ => "",
        };
        lines.push_str(&format!("{kind}\"/{file}\"\n"));
    }
    lines
}
