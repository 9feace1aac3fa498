//! `policy check | rehearse | apply | show | log | diff | revert`.
//!
//! Touches the file it is given and, but for `check`, the admin interface. Must never send a document that
//! this program finds wrong.

mod change;
mod file;
mod rehearsal;
mod versions;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::common::{Common, Exit};
use super::failure::Failure;
use super::paper::json;
use crate::admin::json::policy::AppliedJson;
use crate::response::check_policy;

use change::{Caution, Changing};
use file::read;
use versions::Named;

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
    /// Show what a document would change for the fleet, by the facts on record; applies nothing
    #[command(
        after_help = "Example:\n  sekisho-collector policy rehearse policy.toml --group sales"
    )]
    Rehearse {
        /// The TOML document; - for standard input
        file: PathBuf,
        /// Only for the devices of this policy group; '' for the default one
        #[arg(long, value_name = "GROUP")]
        group: Option<String>,
    },
    /// Put a document in force, after showing what it would change; one with an error leaves the last good one in force
    #[command(after_help = "Example:\n  sekisho-collector policy apply policy.toml")]
    Apply {
        /// The TOML document; - for standard input, with --yes
        file: PathBuf,
        #[command(flatten)]
        caution: Caution,
    },
    /// Show the document in force, or an earlier one
    #[command(after_help = "Example:\n  sekisho-collector policy show > policy.toml")]
    Show {
        /// Its version; the one in force where none is given
        version: Option<u64>,
    },
    /// Show which documents were in force, since when and by whom
    Log,
    /// Show what differs between two documents, key by key
    #[command(after_help = DIFF_HELP)]
    Diff {
        /// A version, or a TOML document
        one: Named,
        /// The other; the one in force where none is given
        other: Option<Named>,
    },
    /// Put an earlier document in force again, as a new version, after showing what it would change
    #[command(after_help = "Example:\n  sekisho-collector policy revert 3")]
    Revert {
        /// The version whose text is taken up again
        version: u64,
        #[command(flatten)]
        caution: Caution,
    },
}

const DIFF_HELP: &str = "\
One document is compared with the one in force: a version from it to the one in force, a file from that to the file.

Examples:
  sekisho-collector policy diff policy.toml
  sekisho-collector policy diff 3 4";

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
        let common = &self.common;
        match &self.command {
            PolicyCommand::Check { file } => {
                let policy = check_policy(&read(file)?)?;
                let fingerprint = policy.fingerprint().to_string();
                if common.json {
                    json(&AppliedJson {
                        version: None,
                        fingerprint,
                        unchanged: false,
                        groups_missing: Vec::new(),
                    });
                } else {
                    let mut paper = common.paper();
                    let groups = policy.group_names().count().to_string();
                    paper.line("admin-policy-good", &[("groups", &groups)]);
                    paper.print();
                }
            }
            PolicyCommand::Rehearse { file, group } => {
                let text = read(file)?;
                check_policy(&text)?;
                change::show(common, text, group.as_deref()).await?;
            }
            PolicyCommand::Apply { file, caution } => {
                let text = read(file)?;
                check_policy(&text)?;
                change::make(common, &Changing::New(text), *caution).await?;
            }
            PolicyCommand::Revert { version, caution } => {
                let old = versions::fetch(common, Some(*version)).await?;
                let changing = Changing::Back(*version, old.shape.text);
                change::make(common, &changing, *caution).await?;
            }
            PolicyCommand::Show { version } => versions::show(common, *version).await?,
            PolicyCommand::Log => versions::log(common).await?,
            PolicyCommand::Diff { one, other } => {
                versions::diff(common, one, other.as_ref()).await?;
            }
        }
        Ok(Exit::Done)
    }
}
