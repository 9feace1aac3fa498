//! `export FILE`: register, postures, verdicts, orders, tokens and policy, as JSON lines.
//!
//! Touches what a download touches. Must never call an export whole that was cut off.

use clap::Args;

use super::common::{Common, Exit};
use super::download::Destination;
use super::failure::Failure;
use crate::response::Outgoing;

/// Write register, postures, verdicts, orders, tokens and policy into a new file, as JSON lines
#[derive(Debug, Args)]
#[command(
    after_help = "The audit log is exported by `audit export`, with its proof. The file tells who uses which laptop; keep it as safe as the store.\n\nExample:\n  sekisho-collector export - | jq 'select(.kind == \"device\") | .name'"
)]
pub struct ExportArgs {
    #[command(flatten)]
    to: Destination,
}

impl ExportArgs {
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
        self.to
            .fill(Outgoing::Record, "admin-record-exported")
            .await
    }
}
