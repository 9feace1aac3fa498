//! `cargo xtask deb` and `cargo xtask rpm`: what an administrator rolls out, out of the programs as they are
//! shipped.
//!
//! Touches a temporary folder and the folder the packages are written to. Must never put anything into a package
//! that depends on when or where it was packed.

mod contents;
mod deb;
mod epoch;
mod rpm;
mod tree;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::{step, tools};
use contents::{AGENT, COLLECTOR, Product};
pub(crate) use epoch::Epoch;

/// What to pack, and whereto.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Folder for the packages
    #[arg(long, value_name = "DIR", default_value = "target/packages")]
    out: PathBuf,
    /// Pack the programs in this folder (the agent, the collector, `sekisho-pages`) instead of building them
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
    /// Say that it is this version; to try an upgrade out
    #[arg(long, value_name = "VERSION", default_value = env!("CARGO_PKG_VERSION"), hide = true)]
    version: String,
    /// Take little time and leave the packages large; to try them out
    #[arg(long, hide = true)]
    quick: bool,
}

/// What a packer is told.
struct Job<'a> {
    product: &'a Product,
    arguments: &'a Arguments,
    programs: PathBuf,
    out: PathBuf,
    epoch: Epoch,
}

/// Packs agent and collector for Debian and Ubuntu.
///
/// # Errors
/// When a program cannot be built or packed.
pub(crate) fn deb(arguments: &Arguments) -> Result<()> {
    pack(arguments, &[AGENT, COLLECTOR], deb::pack)
}

/// Packs the agent for Fedora, RHEL and their kin.
///
/// # Errors
/// When a program cannot be built or packed.
pub(crate) fn rpm(arguments: &Arguments) -> Result<()> {
    pack(arguments, &[AGENT], rpm::pack)
}

fn pack(
    arguments: &Arguments,
    products: &[Product],
    packer: fn(&Job<'_>) -> Result<PathBuf>,
) -> Result<()> {
    tools::install_for_packing()?;
    let programs = match &arguments.programs {
        Some(programs) => programs.clone(),
        None => step::build_shipped()?,
    };
    let programs = std::path::absolute(programs).context("the programs' folder")?;
    let out = std::path::absolute(&arguments.out).context("the packages' folder")?;
    std::fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
    let epoch = Epoch::of_this_tree()?;
    for product in products {
        let job = Job {
            product,
            arguments,
            programs: programs.clone(),
            out: out.clone(),
            epoch: epoch.clone(),
        };
        let made = packer(&job)?;
        let size_kib = std::fs::metadata(&made)?.len().div_ceil(1024);
        println!("{} ({size_kib} KiB)", made.display());
        if let Some(max) = product
            .size_max_kib
            .filter(|max| *max < size_kib && !arguments.quick)
        {
            bail!("{} may take {max} KiB at most", product.name);
        }
    }
    Ok(())
}
