//! `policy check | apply | show`.
//!
//! Touches the file it is given and, but for `check`, the admin interface. Must never send a document that
//! this program finds wrong.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use sekisho_policy::limits::POLICY_BYTES_MAX;

use super::common::{Common, Exit};
use super::failure::Failure;
use super::paper::json;
use crate::admin::json::policy::{AppliedJson, PolicyJson};
use crate::response::{ResponseError, check_policy};

/// The policy: what is demanded of laptops
#[derive(Debug, Args)]
pub struct PolicyArgs {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// Say whether a document is in order; needs no collector
    #[command(after_help = "Example:\n  sekisho-collector policy check policy.toml")]
    Check {
        /// The TOML document; - for standard input
        file: PathBuf,
    },
    /// Put a document in force; one with an error leaves the last good one in force
    #[command(after_help = "Example:\n  sekisho-collector policy apply policy.toml")]
    Apply {
        /// The TOML document; - for standard input
        file: PathBuf,
    },
    /// Show the document in force
    #[command(after_help = "Example:\n  sekisho-collector policy show > policy.toml")]
    Show,
}

impl PolicyArgs {
    /// The options shared by all commands.
    #[must_use]
    pub const fn common(&self) -> &Common {
        &self.common
    }

    /// Does it.
    ///
    /// # Errors
    /// [`Failure`] with the reason.
    pub async fn run(&self) -> Result<Exit, Failure> {
        match &self.command {
            PolicyCommand::Check { file } => {
                let policy = check_policy(&read(file)?)?;
                let fingerprint = policy.fingerprint().to_string();
                if self.common.json {
                    json(&AppliedJson {
                        version: None,
                        fingerprint,
                        unchanged: false,
                    });
                } else {
                    let mut paper = self.common.paper();
                    let groups = policy.group_names().count().to_string();
                    paper.line("admin-policy-good", &[("groups", &groups)]);
                    paper.print();
                }
                Ok(Exit::Done)
            }
            PolicyCommand::Apply { file } => self.apply(file).await,
            PolicyCommand::Show => {
                let answer = self
                    .common
                    .client()
                    .fetch::<PolicyJson>("/v1/policy")
                    .await?;
                if self.common.json {
                    json(&answer.raw);
                } else {
                    let mut paper = self.common.paper();
                    paper.raw(answer.shape.text.trim_end());
                    paper.print();
                }
                Ok(Exit::Done)
            }
        }
    }

    async fn apply(&self, file: &Path) -> Result<Exit, Failure> {
        let text = read(file)?;
        check_policy(&text)?;
        let client = self.common.client();
        let answer = client.send_text::<AppliedJson>("/v1/policy", text).await?;
        if self.common.json {
            json(&answer.raw);
            return Ok(Exit::Done);
        }
        let version = answer.shape.version.unwrap_or_default().to_string();
        let key = if answer.shape.unchanged {
            "admin-policy-unchanged"
        } else {
            "admin-policy-applied"
        };
        let mut paper = self.common.paper();
        paper.line(key, &[("version", &version)]);
        paper.print();
        Ok(Exit::Done)
    }
}

/// Reads a document and one byte past the limit, so that one that is too large is known for it.
fn read(path: &Path) -> Result<String, Failure> {
    let file = |cause| Failure::File {
        path: path.to_owned(),
        cause,
    };
    let limit = u64::try_from(POLICY_BYTES_MAX)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    };
    read.map_err(file)?;
    if bytes.len() > POLICY_BYTES_MAX {
        let size = path
            .metadata()
            .map(|metadata| metadata.len())
            .unwrap_or(limit);
        let refused = format!("it has {size} bytes; at most {POLICY_BYTES_MAX} are allowed");
        return Err(ResponseError::BadPolicy(refused).into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        ResponseError::BadPolicy(format!("byte {at} of the document is not UTF-8")).into()
    })
}
