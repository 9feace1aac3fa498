//! What the power is cut of: the store alone, the agent's outbox alone, the collector with its agents.
//!
//! Touches what their loads and checks touch.

use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::pair_load::Pair;
use crate::{outbox_load, pair_load, programs, store_load};

/// Something that acknowledges, and what it acknowledged can be looked up.
pub trait Subject {
    /// One word for it.
    fn name(&self) -> &'static str;
    /// The programs the guest has in `/bin`, and where they are here.
    fn programs(&self) -> Vec<(&'static str, PathBuf)>;
    /// What the guest types; the disk is at `/mnt`, and `$seed` is a number. Each line it says that ends
    /// with ` .` is an acknowledgement.
    fn command(&self) -> String;
    /// Writes and flushes of the disk within which the power goes.
    fn requests(&self) -> u64;
    /// Lays out what a new disk holds.
    ///
    /// # Errors
    /// When it cannot.
    fn seed(&self, _folder: &Path) -> anyhow::Result<()> {
        Ok(())
    }
    /// Looks up everything acknowledged in what was said; tells how many things there were.
    ///
    /// # Errors
    /// What is missing or altered.
    fn check(&self, found: &Path, said: &str) -> anyhow::Result<usize>;
}

/// The collector's store, by its library.
#[derive(Debug)]
pub struct Store {
    /// The program `load`.
    pub load: PathBuf,
}

impl Subject for Store {
    fn name(&self) -> &'static str {
        "store"
    }

    fn programs(&self) -> Vec<(&'static str, PathBuf)> {
        vec![("load", self.load.clone())]
    }

    fn command(&self) -> String {
        "load store write /mnt/store 24 $seed".to_owned()
    }

    fn requests(&self) -> u64 {
        2000
    }

    fn check(&self, found: &Path, said: &str) -> anyhow::Result<usize> {
        tokio::runtime::Runtime::new()?.block_on(async {
            let store = store_load::open(&found.join("store"))?;
            store_load::check::check(&store, said).await
        })
    }
}

/// The agent's outbox, by its library.
#[derive(Debug)]
pub struct Outbox {
    /// The program `load`.
    pub load: PathBuf,
}

impl Subject for Outbox {
    fn name(&self) -> &'static str {
        "outbox"
    }

    fn programs(&self) -> Vec<(&'static str, PathBuf)> {
        vec![("load", self.load.clone())]
    }

    fn command(&self) -> String {
        "load outbox write /mnt/outbox $seed".to_owned()
    }

    fn requests(&self) -> u64 {
        1500
    }

    fn check(&self, found: &Path, said: &str) -> anyhow::Result<usize> {
        outbox_load::check(&found.join("outbox"), said)
    }
}

/// A real collector with real agents.
#[derive(Debug)]
pub struct Programs {
    /// The program `load`.
    pub load: PathBuf,
    /// The company they make up.
    pub pair: Pair,
}

impl Subject for Programs {
    fn name(&self) -> &'static str {
        "pair"
    }

    fn programs(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("load", self.load.clone()),
            ("sekisho-agent", programs::agent()),
            ("sekisho-collector", programs::collector()),
        ]
    }

    fn command(&self) -> String {
        format!(
            "export SEKISHO_BIN_DIR=/bin\nload pair write /mnt/world {} $seed",
            self.pair.address()
        )
    }

    fn requests(&self) -> u64 {
        600
    }

    fn seed(&self, folder: &Path) -> anyhow::Result<()> {
        self.pair
            .copy_to(&folder.join("world"))
            .context("laying out the company")
    }

    fn check(&self, found: &Path, said: &str) -> anyhow::Result<usize> {
        pair_load::check::check(&found.join("world"), self.pair.address(), said)
    }
}
