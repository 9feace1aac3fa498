//! `backup FILE` and `restore FILE`.
//!
//! Touches the admin interface and the backup for the one; the backup, the keys and an empty store for
//! the other. Must never restore over a store that holds something.

use std::path::PathBuf;

use clap::Args;
use nix::unistd::Uid;

use super::common::{Common, Exit};
use super::download::Destination;
use super::failure::Failure;
use super::init::chain;
use super::owner::become_owner;
use super::paper::json;
use super::progress::Progress;
use crate::admin::named;
use crate::clock;
use crate::config::Config;
use crate::keys::{Keys, file_write};
use crate::record::{Actor, AuditEvent};
use crate::response::{Outgoing, ResponseError};
use crate::store::StoreError;
use crate::store::sqlite::restore;

/// Write the whole store into a new file, while the collector serves
#[derive(Debug, Args)]
#[command(
    after_help = "The keys are not in it: `init` says where to keep their copy. The file tells who uses which laptop; keep it as safe as the store.\n\nExample:\n  sekisho-collector backup sekisho-2026-11-22.backup"
)]
pub struct BackupArgs {
    #[command(flatten)]
    to: Destination,
}

/// Make a collector's store from a backup; needs no collector, and none may serve there
#[derive(Debug, Args)]
#[command(
    after_help = "First put the copy of the collector's `keys` into DIR; with no `collector.toml` beside it, the usual one is written. The backup is checked whole, its audit log by the key, before anything can be served from it. Root becomes the user whose DIR is, so that the keys have to be that user's.\n\nWhat was done after the backup is to be done again: laptops that were retired or lost since are so no longer, and laptops that enrolled or renewed their certificate since have to enrol anew.\n\nExample:\n  mkdir -m 700 /var/lib/sekisho-collector\n  cp -a /media/safe/keys /var/lib/sekisho-collector/\n  sekisho-collector restore sekisho-2026-11-22.backup --dir /var/lib/sekisho-collector"
)]
pub struct RestoreArgs {
    #[command(flatten)]
    common: Common,
    /// The backup
    file: PathBuf,
}

impl BackupArgs {
    /// The options shared by all commands.
    #[must_use]
    pub const fn common(&self) -> &Common {
        &self.to.common
    }

    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] with the reason; no file is then left behind.
    pub async fn run(&self) -> Result<Exit, Failure> {
        self.to.fill(Outgoing::Backup, "admin-backed-up").await
    }
}

impl RestoreArgs {
    /// The options shared by all commands.
    #[must_use]
    pub const fn common(&self) -> &Common {
        &self.common
    }

    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] with the reason; there is then no store.
    pub fn run(&self) -> Result<Exit, Failure> {
        become_owner(&self.common.dir)?;
        let config = Config::usual(&self.common.dir);
        let keys =
            Keys::load(&config.keys_dir()).map_err(|error| Failure::NoKeys(chain(&error)))?;
        // Before the store is there: a collector without its store does not serve.
        if !config.path.exists() {
            file_write(&config.path, config.text().as_bytes())
                .map_err(|error| Failure::Step(chain(&error)))?;
        }
        let mut progress = Progress::begin();
        let show = |done, total| progress.show_part(done, total);
        let signer = keys.audit.as_ref();
        let head = restore(&self.file, &config.store_dir(), signer, restoring(), show).map_err(
            |error| match error {
                StoreError::Corrupt { .. } => Failure::BadBackup(error.to_string()),
                other @ (StoreError::Conflict(_)
                | StoreError::NotFound { .. }
                | StoreError::Busy { .. }
                | StoreError::Disk { .. }) => ResponseError::from(other).into(),
            },
        )?;
        drop(progress);
        let size = head.root.size;
        if self.common.json {
            json(&serde_json::json!({ "dir": self.common.dir, "entries": size }));
        } else {
            let mut paper = self.common.paper();
            let dir = self.common.dir.display().to_string();
            let count = size.to_string();
            paper.line("admin-restored", &[("dir", &dir), ("count", &count)]);
            paper.raw(&format!("  sekisho-collector serve --dir {dir}"));
            paper.print();
        }
        Ok(Exit::Done)
    }
}

/// What the audit log says of the restoring.
fn restoring() -> AuditEvent {
    AuditEvent {
        at: clock::now(),
        actor: Actor::Admin(named(Uid::effective())),
        action: "store.restored",
        device: None,
        details: Vec::new(),
    }
}
