//! `audit head | entries | proof | export | verify`.
//!
//! Touches the admin interface and, for `export` and `verify`, the files it is given. Must never need a
//! collector to verify.

use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use data_encoding::HEXLOWER_PERMISSIVE;

use super::common::{Common, Exit};
use super::failure::Failure;
use super::paper::{Cell, Ink, json};
use crate::admin::json::audit::{EntriesJson, ProofJson};
use crate::audit::LogPublicKey;
use crate::audit::export::{EntryLine, HeadLine, verify};
use crate::client::Client;

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
    /// Prove that an entry stands in the log, as JSON
    #[command(after_help = "Example:\n  sekisho-collector audit proof 42")]
    Proof {
        /// The entry, counted from 0
        index: u64,
    },
    /// Write the whole log with its signed head into a new file, for an auditor
    #[command(after_help = "Example:\n  sekisho-collector audit export audit-2026.jsonl")]
    Export {
        /// The file; must not exist
        file: PathBuf,
    },
    /// Verify an exported log by the public key alone; needs no collector
    #[command(
        after_help = "The key file holds the public key as `audit head` shows it: 64 hexadecimal digits.\n\nExample:\n  sekisho-collector audit verify audit-2026.jsonl --key log.pub"
    )]
    Verify {
        /// The exported log
        file: PathBuf,
        /// A file with the log's public key
        #[arg(long, value_name = "KEYFILE")]
        key: PathBuf,
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
                let answer = client.fetch::<HeadLine>("/v1/audit/head").await?;
                if self.common.json {
                    json(&answer.raw);
                } else {
                    let mut paper = self.common.paper();
                    paper.pair("admin-size", &answer.shape.size.to_string());
                    paper.pair("admin-root", &answer.shape.root);
                    paper.pair("admin-key", &answer.shape.key);
                    paper.pair("admin-signature", &answer.shape.signature);
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
            AuditCommand::Proof { index } => {
                let path = format!("/v1/audit/proof/{index}");
                json(&client.fetch::<ProofJson>(&path).await?.raw);
            }
            AuditCommand::Export { file } => {
                let size = export(&client, file).await?;
                self.say("admin-exported", &size.to_string());
            }
            AuditCommand::Verify { file, key } => self.verify(file, key)?,
        }
        Ok(Exit::Done)
    }

    fn verify(&self, file: &Path, key: &Path) -> Result<(), Failure> {
        let key = public_key(key)?;
        let opened = File::open(file).map_err(|cause| failed(file, cause))?;
        let verified = verify(BufReader::new(opened), &key);
        let verified =
            verified.map_err(|error| Failure::Step(format!("{}: {error}", file.display())))?;
        if self.common.json {
            json(&serde_json::json!({
                "verified": true,
                "size": verified.size,
                "root": verified.root.to_string(),
                "signed_at": verified.at.to_string(),
            }));
        } else {
            self.say("admin-verified-log", &verified.size.to_string());
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

    fn table(&self, entries: &[EntryLine]) {
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

/// Writes the log as it is under one head; entries made in the meantime are left out.
async fn export(client: &Client, path: &Path) -> Result<u64, Failure> {
    let head = client.fetch::<HeadLine>("/v1/audit/head").await?.shape;
    let file = File::create_new(path).map_err(|cause| failed(path, cause))?;
    let mut file = BufWriter::new(file);
    let mut put = |line: Result<String, serde_json::Error>| -> Result<(), Failure> {
        let line = line.map_err(|error| failed(path, error.into()))?;
        writeln!(file, "{line}").map_err(|cause| failed(path, cause))
    };
    put(serde_json::to_string(&head))?;
    let mut from = 0;
    while from < head.size {
        let page = client
            .fetch::<EntriesJson>(&format!("/v1/audit/entries?from={from}"))
            .await?
            .shape;
        for entry in page.entries.iter().filter(|entry| entry.index < head.size) {
            put(serde_json::to_string(entry))?;
        }
        from = page.next.unwrap_or(head.size);
    }
    let file = file
        .into_inner()
        .map_err(|error| failed(path, error.into_error()))?;
    file.sync_all().map_err(|cause| failed(path, cause))?;
    Ok(head.size)
}

fn public_key(path: &Path) -> Result<LogPublicKey, Failure> {
    let length = std::fs::metadata(path)
        .map_err(|cause| failed(path, cause))?
        .len();
    let none = || {
        let what =
            "does not hold a public key; it is 64 hexadecimal digits, as `audit head` shows them";
        Failure::Step(format!("{} {what}", path.display()))
    };
    if length > 1024 {
        return Err(none());
    }
    let text = std::fs::read_to_string(path).map_err(|cause| failed(path, cause))?;
    let bytes = HEXLOWER_PERMISSIVE
        .decode(text.trim().as_bytes())
        .map_err(|_| none())?;
    bytes.try_into().map(LogPublicKey).map_err(|_| none())
}

fn failed(path: &Path, cause: std::io::Error) -> Failure {
    Failure::File {
        path: path.to_owned(),
        cause,
    }
}
