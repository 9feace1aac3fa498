//! `export FILE`: register, postures, verdicts, orders, tokens and policy, as JSON lines.
//!
//! Touches the admin interface and the file. Must never call an export whole that was cut off.

use std::path::{Path, PathBuf};

use clap::Args;
use hyper::Method;

use super::common::{Common, Exit};
use super::download::{download, failed};
use super::failure::Failure;
use super::paper::json;

/// Write register, postures, verdicts, orders, tokens and policy into a new file, as JSON lines
#[derive(Debug, Args)]
#[command(
    after_help = "The audit log is exported by `audit export`, with its proof. The file tells who uses which laptop; keep it as safe as the store.\n\nExample:\n  sekisho-collector export - | jq 'select(.kind == \"device\") | .name'"
)]
pub struct ExportArgs {
    #[command(flatten)]
    common: Common,
    /// The file, which must not exist; - for standard output
    file: PathBuf,
}

impl ExportArgs {
    /// The options shared by all commands.
    #[must_use]
    pub const fn common(&self) -> &Common {
        &self.common
    }

    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] with the reason; no file is then left behind.
    pub async fn run(&self) -> Result<Exit, Failure> {
        let client = self.common.client();
        download(&client, Method::POST, "/v1/export", &self.file).await?;
        if self.file == Path::new("-") {
            return Ok(Exit::Done);
        }
        let length = std::fs::metadata(&self.file)
            .map_err(|cause| failed(&self.file, cause))?
            .len();
        if self.common.json {
            json(&serde_json::json!({ "file": self.file, "bytes": length }));
        } else {
            let mut paper = self.common.paper();
            let file = self.file.display().to_string();
            let bytes = length.to_string();
            paper.line(
                "admin-record-exported",
                &[("file", &file), ("bytes", &bytes)],
            );
            paper.print();
        }
        Ok(Exit::Done)
    }
}
