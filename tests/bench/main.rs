//! `sekisho-bench`: how fast and how small, as ratios to a bare baseline measured in the same run.
//!
//! Touches the loopback network, temporary folders, and the processes it starts. Must never assert a
//! time: it prints figures and whether each bar is met.

mod attach;
mod centre;
mod check;
mod clock;
mod connect;
mod figures;
mod fleet;
mod held;
mod idle;
mod ingest;
mod judge;
mod pki;
mod posture;
mod process;
mod raw;
mod rehearse;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// That of the collector: the baseline shall differ from it in what stands behind a call alone.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[derive(Parser)]
#[command(about = "Measures the product against a bare baseline in the same run")]
struct Args {
    /// One JSON object per line: name, value, unit, baseline, ratio, bar, met.
    #[arg(long)]
    json: bool,
    /// Small sizes: ends in under three minutes.
    #[arg(long)]
    quick: bool,
    /// Only these: check, judge (with rehearse), ingest, held (with fanout and storm), idle. May be given more than once.
    #[arg(long)]
    only: Vec<String>,
    /// Where the release programs are.
    #[arg(long, default_value = "target/release")]
    programs: PathBuf,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Subcommand)]
enum Role {
    /// The baseline's server process.
    #[command(hide = true)]
    RawServer { pki: PathBuf },
}

fn main() -> Result<()> {
    let args = Args::parse();
    connect::raise_open_files()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        match &args.role {
            Some(Role::RawServer { pki }) => raw::serve(pki).await,
            None => measure(&args).await,
        }
    })
}

async fn measure(args: &Args) -> Result<()> {
    let sheet = figures::Sheet::new(args.json);
    let wanted = |name: &str| args.only.is_empty() || args.only.iter().any(|only| only == name);
    if wanted("check") {
        check::run(&sheet, &args.programs, args.quick)?;
    }
    if wanted("judge") {
        judge::run(&sheet, args.quick)?;
        rehearse::run(&sheet, args.quick).await?;
    }
    if wanted("ingest") {
        ingest::run(&sheet, &args.programs, args.quick).await?;
    }
    if wanted("held") {
        held::run(&sheet, &args.programs, args.quick).await?;
    }
    if wanted("idle") {
        idle::run(&sheet, &args.programs, args.quick).await?;
    }
    Ok(())
}
