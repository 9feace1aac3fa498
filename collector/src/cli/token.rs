//! `token create | list | withdraw`.
//!
//! Touches the admin interface. Must never write a token's secret anywhere but to standard output.

use clap::{Args, Subcommand};
use hyper::Method;

use sekisho_policy::time::{Span, Timestamp};

use super::common::{Common, Exit};
use super::failure::Failure;
use super::paper::{Cell, Ink, json};
use super::parse::span;
use crate::admin::json::token::{MadeTokenJson, NewTokenJson, TokenJson, TokensJson};
use crate::client::part;
use crate::clock;

/// Tokens that let laptops enrol
#[derive(Debug, Args)]
pub struct TokenArgs {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token; it is shown this once
    #[command(
        after_help = "Example:\n  sekisho-collector token create --group sales --uses 30 --valid 7d --note 'new laptops, spring'"
    )]
    Create {
        /// The policy group its devices join; without it, the default one
        #[arg(long, value_name = "GROUP", default_value = "")]
        group: String,
        /// Approve its devices at once
        #[arg(long)]
        approve: bool,
        /// How many devices may enrol by it
        #[arg(long, value_name = "N", default_value_t = 1)]
        uses: u32,
        /// How long it is good for: a number with s, m, h, d or w
        #[arg(long, value_name = "SPAN", default_value = "7d", value_parser = span)]
        valid: Span,
        /// What it is for
        #[arg(long, value_name = "TEXT", default_value = "")]
        note: String,
    },
    /// Show every token, without the secrets
    #[command(after_help = "Example:\n  sekisho-collector token list --json")]
    List,
    /// Withdraw a token: no further device enrols by it
    #[command(after_help = "Example:\n  sekisho-collector token withdraw 0123456789abcdef")]
    Withdraw {
        /// The token's id, as `token list` shows it
        id: String,
    },
}

impl TokenArgs {
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
            TokenCommand::Create {
                group,
                approve,
                uses,
                valid,
                note,
            } => {
                let new = NewTokenJson {
                    group: group.clone(),
                    approve: *approve,
                    uses: *uses,
                    valid_secs: valid.secs().unsigned_abs(),
                    note: note.clone(),
                };
                self.create(&new).await
            }
            TokenCommand::List => {
                let answer = self
                    .common
                    .client()
                    .fetch::<TokensJson>("/v1/tokens")
                    .await?;
                if self.common.json {
                    json(&answer.raw);
                } else {
                    self.table(&answer.shape.tokens);
                }
                Ok(Exit::Done)
            }
            TokenCommand::Withdraw { id } => {
                let path = format!("/v1/tokens/{}/withdrawal", part(id));
                let client = self.common.client();
                let answer = client.send::<TokensJson>(Method::POST, &path, &()).await?;
                if self.common.json {
                    json(&answer.raw);
                } else {
                    let mut paper = self.common.paper();
                    paper.line("admin-token-withdrawn", &[("token", id)]);
                    paper.print();
                }
                Ok(Exit::Done)
            }
        }
    }

    async fn create(&self, new: &NewTokenJson) -> Result<Exit, Failure> {
        let client = self.common.client();
        let answer = client
            .send::<MadeTokenJson>(Method::POST, "/v1/tokens", new)
            .await?;
        if self.common.json {
            json(&answer.raw);
            return Ok(Exit::Done);
        }
        let MadeTokenJson { row, token } = answer.shape;
        let mut paper = self.common.paper();
        paper.raw(&token);
        paper.raw("");
        paper.pair("admin-id", &row.id);
        paper.pair("admin-group", &row.group);
        paper.pair("admin-uses", &row.uses_left.to_string());
        paper.pair("admin-ends", &row.expires_at.to_string());
        let approval = if row.approves {
            "admin-approves"
        } else {
            "admin-approves-not"
        };
        let approval = paper.say(approval, &[]);
        paper.pair("admin-approval", &approval);
        paper.raw("");
        paper.line("admin-token-once", &[]);
        paper.line("admin-token-use", &[]);
        paper.print();
        Ok(Exit::Done)
    }

    fn table(&self, tokens: &[TokenJson]) {
        let mut paper = self.common.paper();
        let now = clock::now();
        let rows: Vec<_> = tokens
            .iter()
            .map(|token| {
                let (key, ink) = state(token, now);
                vec![
                    Cell::plain(&token.id),
                    Cell::inked(&paper.say(key, &[]), ink),
                    Cell::plain(&token.uses_left.to_string()),
                    Cell::plain(&token.expires_at.to_string()),
                    Cell::plain(if token.group.is_empty() {
                        "-"
                    } else {
                        &token.group
                    }),
                    Cell::plain(if token.approves { "+" } else { "-" }),
                    Cell::plain(&token.note),
                ]
            })
            .collect();
        let headings = [
            "admin-id",
            "admin-state",
            "admin-uses",
            "admin-ends",
            "admin-group",
            "admin-approves",
            "admin-note",
        ];
        paper.table(&headings, &rows);
        paper.print();
    }
}

fn state(token: &TokenJson, now: Timestamp) -> (&'static str, Ink) {
    if token.withdrawn {
        ("admin-token-is-withdrawn", Ink::Bad)
    } else if token.expires_at.0 <= now {
        ("admin-token-is-over", Ink::Warning)
    } else if token.uses_left == 0 {
        ("admin-token-is-used", Ink::Warning)
    } else {
        ("admin-token-is-good", Ink::Good)
    }
}
