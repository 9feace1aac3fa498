//! `audit head | entries | proof | export | verify`.
//!
//! Touches the admin interface and, for `export` and `verify`, the files it is given. Must never need a
//! collector to verify.

pub mod verify;

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::common::{Common, Exit};
use super::download::{download, failed, is_stdout};
use super::failure::Failure;
use super::paper::{Cell, Ink, json};
use super::parse::log_root;
use crate::admin::json::audit::{EntriesJson, EntryJson, GrowthJson, HeadJson, ProofJson};
use crate::audit::line::Line;
use crate::client::Client;
use crate::response::Outgoing;
use crate::store::AuditRoot;

/// The audit log: what was done by whom, and the proof that it is whole
#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: AuditCommand,
}

#[derive(Debug, Subcommand)]
enum AuditCommand {
    /// Show the signed head of the log, and the public key it is verified by
    #[command(after_help = "Example:\n  sekisho-collector audit head --json")]
    Head,
    /// Show entries, oldest first
    #[command(after_help = "Example:\n  sekisho-collector audit entries --from 0 --limit 50")]
    Entries {
        /// The first entry, counted from 0
        #[arg(long, value_name = "INDEX", default_value_t = 0)]
        from: u64,
        /// How many; at most 1000
        #[arg(long, value_name = "N", default_value_t = 100)]
        limit: usize,
    },
    /// Prove that an entry stands in the log, or that the log has only grown since; as JSON
    #[command(
        after_help = "Examples:\n  sekisho-collector audit proof 42 > entry-42.json\n  sekisho-collector audit proof --from 1042 > growth.json\n\n`audit verify` verifies both by the public key alone."
    )]
    Proof {
        /// The entry, counted from 0
        #[arg(required_unless_present = "from", conflicts_with = "from")]
        index: Option<u64>,
        /// The log was of this size before, as a head noted down says
        #[arg(long, value_name = "SIZE")]
        from: Option<u64>,
        /// Up to this size; without it, as it is
        #[arg(long, value_name = "SIZE", requires = "from")]
        to: Option<u64>,
    },
    /// Write the whole log with its signed head into a new file, for an auditor
    #[command(after_help = "Example:\n  sekisho-collector audit export audit-2026.jsonl")]
    Export {
        /// The file, which must not exist; - for standard output
        file: PathBuf,
    },
    /// Verify an exported log, or a proof, by the public key alone; needs no collector
    #[command(
        after_help = "The key file holds the public key as `audit head` shows it: 64 hexadecimal digits.\n\nExample:\n  sekisho-collector audit verify audit-2026.jsonl --key log.pub --known 1042:3f1a…"
    )]
    Verify {
        /// The exported log, or what `audit proof` gave
        file: PathBuf,
        /// A file with the log's public key
        #[arg(long, value_name = "KEYFILE")]
        key: PathBuf,
        /// A head noted down before, as `audit head` shows it, which the log must contain: a tail cut off
        /// shows by nothing else. May be given more than once
        #[arg(long, value_name = "HEAD", value_parser = log_root)]
        known: Vec<AuditRoot>,
    },
}

impl AuditArgs {
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
        let client = self.common.client();
        match &self.command {
            AuditCommand::Head => {
                let answer = client.fetch::<HeadJson>("/v1/audit/head").await?;
                if self.common.json {
                    json(&answer.raw);
                } else {
                    let mut paper = self.common.paper();
                    let noted = format!("{}:{}", answer.shape.size, answer.shape.root);
                    paper.pair("admin-size", &answer.shape.size.to_string());
                    paper.pair("admin-root", &answer.shape.root);
                    paper.pair("admin-key", &answer.shape.key);
                    paper.pair("admin-signature", &answer.shape.signature);
                    paper.pair("admin-note-down", &noted);
                    paper.print();
                }
            }
            AuditCommand::Entries { from, limit } => {
                let path = format!("/v1/audit/entries?from={from}&limit={limit}");
                let answer = client.fetch::<EntriesJson>(&path).await?;
                if self.common.json {
                    json(&answer.raw);
                } else {
                    self.table(&answer.shape.entries);
                }
            }
            AuditCommand::Proof { index, from, to } => {
                json(&proof(&client, *index, *from, *to).await?);
            }
            AuditCommand::Export { file } => {
                if let Some(size) = export(&client, file).await? {
                    self.say("admin-exported", &size.to_string());
                }
            }
            AuditCommand::Verify { file, key, known } => self.verify(file, key, known)?,
        }
        Ok(Exit::Done)
    }

    fn verify(&self, file: &Path, key: &Path, known: &[AuditRoot]) -> Result<(), Failure> {
        let verified = verify::file(file, key, known)?;
        if self.common.json {
            json(&verified.json());
        } else {
            let mut paper = self.common.paper();
            let (key, args) = verified.said();
            let args: Vec<_> = args
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            paper.line(key, &args);
            paper.print();
        }
        Ok(())
    }

    fn say(&self, key: &str, count: &str) {
        let mut paper = self.common.paper();
        if self.common.json {
            json(&serde_json::json!({ "entries": count.parse::<u64>().unwrap_or_default() }));
            return;
        }
        paper.line(key, &[("count", count)]);
        paper.print();
    }

    fn table(&self, entries: &[EntryJson]) {
        let mut paper = self.common.paper();
        let rows: Vec<_> = entries
            .iter()
            .map(|one| {
                let details = one.details.iter().filter(|(_, value)| !value.is_empty());
                let details: Vec<_> = details
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                vec![
                    Cell::plain(&one.index.to_string()),
                    Cell::plain(&one.at),
                    Cell::plain(&one.actor),
                    Cell::inked(&one.action, Ink::Plain),
                    Cell::plain(one.device.as_deref().unwrap_or("-")),
                    Cell::plain(&details.join(" ")),
                ]
            })
            .collect();
        let headings = [
            "admin-index",
            "admin-at",
            "admin-who",
            "admin-deed",
            "admin-device",
            "admin-details",
        ];
        paper.table(&headings, &rows);
        paper.print();
    }
}

/// The proof of an entry, or of the log's growth.
async fn proof(
    client: &Client,
    index: Option<u64>,
    from: Option<u64>,
    to: Option<u64>,
) -> Result<serde_json::Value, Failure> {
    if let Some(index) = index {
        let path = format!("/v1/audit/proof/{index}");
        return Ok(client.fetch::<ProofJson>(&path).await?.raw);
    }
    let from = from.unwrap_or_default();
    let to = to.map_or_else(String::new, |to| format!("&to={to}"));
    let path = format!("/v1/audit/growth?from={from}{to}");
    Ok(client.fetch::<GrowthJson>(&path).await?.raw)
}

/// Writes the log as it stands, and tells how many entries it says it has; nothing when it went to
/// standard output.
async fn export(client: &Client, path: &Path) -> Result<Option<u64>, Failure> {
    download(client, Outgoing::AuditLog, path).await?;
    if is_stdout(path) {
        return Ok(None);
    }
    let mut first = String::new();
    File::open(path)
        .and_then(|file| BufReader::new(file).read_line(&mut first))
        .map_err(|cause| failed(path, cause))?;
    match Line::parse(first.trim_end()) {
        Ok(Line::Log(head)) => Ok(Some(head.map_or(0, |head| head.root.size))),
        Ok(_) | Err(_) => {
            let what = "does not begin as an exported log does; use the same version of this program and the collector";
            Err(Failure::Step(format!("{} {what}", path.display())))
        }
    }
}
