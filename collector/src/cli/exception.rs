//! `exception request | approve | revoke | list`.
//!
//! Touches the admin interface. Must never show an exception without who asked for it and who approved it.

use clap::{ArgGroup, Args, Subcommand};
use hyper::Method;

use sekisho_policy::time::Span;
use sekisho_proto::json::Time;

use super::common::{Common, Exit};
use super::failure::Failure;
use super::paper::{Cell, Ink, Paper, json};
use super::parse::span;
use crate::admin::json::exception::{ExceptionRowJson, ExceptionsJson, NewExceptionJson, StepJson};
use crate::clock;

/// Exceptions from rules: asked for by one person, approved by another
#[derive(Debug, Args)]
pub struct ExceptionArgs {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: ExceptionCommand,
}

#[derive(Debug, Subcommand)]
enum ExceptionCommand {
    /// Ask for an exception; it holds once somebody else has approved it
    #[command(
        group = ArgGroup::new("scope").required(true).args(["device", "group"]),
        after_help = "Example:\n  sekisho-collector exception request disk-encrypted --device aiko --owner 'Sato Aiko' --for 30d --reason 'a new laptop is ordered'"
    )]
    Request {
        /// The rule, as findings name it
        rule: String,
        /// The device it is for: id, part of one, or host name
        #[arg(long, value_name = "DEVICE")]
        device: Option<String>,
        /// The policy group it is for; an empty name for the default one
        #[arg(long, value_name = "GROUP")]
        group: Option<String>,
        /// Who answers for it
        #[arg(long, value_name = "NAME")]
        owner: String,
        /// Why the rule need not be kept
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// When it begins; without it, at once
        #[arg(long, value_name = "TIME")]
        from: Option<Time>,
        /// When it ends
        #[arg(long, value_name = "TIME", required_unless_present = "span")]
        until: Option<Time>,
        /// How long it lasts, instead: a number with s, m, h, d or w
        #[arg(long = "for", id = "span", value_name = "SPAN", value_parser = span, conflicts_with = "until")]
        span: Option<Span>,
    },
    /// Approve an exception that somebody else has asked for
    #[command(after_help = "Example:\n  sekisho-collector exception approve 7")]
    Approve {
        /// Its number, as `exception list` shows it
        number: u64,
    },
    /// Take an exception back, or refuse one that is asked for
    #[command(after_help = "Example:\n  sekisho-collector exception revoke 7")]
    Revoke {
        /// Its number, as `exception list` shows it
        number: u64,
    },
    /// Show every exception, the newest first
    #[command(after_help = "Example:\n  sekisho-collector exception list --json")]
    List,
}

impl ExceptionArgs {
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
            ExceptionCommand::Request {
                rule,
                device,
                group,
                owner,
                reason,
                from,
                until,
                span,
            } => {
                let begins = from.map_or_else(clock::now, |at| at.0);
                let ends = until.unwrap_or_else(|| Time(begins.after(span.unwrap_or(Span(0)))));
                let new = NewExceptionJson {
                    rule: rule.clone(),
                    device: device.clone(),
                    group: group.clone(),
                    owner: owner.clone(),
                    reason: reason.clone(),
                    from: *from,
                    until: ends,
                };
                self.one("/v1/exceptions", &new).await
            }
            ExceptionCommand::Approve { number } => {
                self.one(&format!("/v1/exceptions/{number}/approval"), &())
                    .await
            }
            ExceptionCommand::Revoke { number } => {
                self.one(&format!("/v1/exceptions/{number}/revocation"), &())
                    .await
            }
            ExceptionCommand::List => {
                let client = self.common.client();
                let answer = client.fetch::<ExceptionsJson>("/v1/exceptions").await?;
                if self.common.json {
                    json(&answer.raw);
                } else {
                    self.table(&answer.shape.exceptions);
                }
                Ok(Exit::Done)
            }
        }
    }

    /// Asks for one thing to be done, and shows the exception as it is then.
    async fn one(
        &self,
        path: &str,
        asked: &(impl serde::Serialize + Sync),
    ) -> Result<Exit, Failure> {
        let client = self.common.client();
        let answer = client
            .send::<ExceptionRowJson>(Method::POST, path, asked)
            .await?;
        if self.common.json {
            json(&answer.raw);
            return Ok(Exit::Done);
        }
        let row = &answer.shape;
        let mut paper = self.common.paper();
        paper.pair("admin-number", &row.number.to_string());
        let (state, ink) = state(&paper, row);
        paper.pair_inked("admin-state", &state, ink);
        paper.pair("column-rule", &row.rule);
        paper.pair("admin-for-whom", &for_whom(&paper, row));
        paper.pair("admin-owner", &row.owner);
        paper.pair("admin-reason", &row.reason);
        paper.pair("admin-begins", &row.from.to_string());
        paper.pair("admin-ends", &row.until.to_string());
        paper.pair("admin-requested", &signed(Some(&row.requested)));
        paper.pair("admin-approval", &signed(row.approved.as_ref()));
        if row.lapsed {
            paper.raw("");
            paper.line("admin-exception-lapsed", &[]);
        } else if row.state == "requested" {
            paper.raw("");
            let number = row.number.to_string();
            paper.line("admin-exception-todo", &[("number", &number)]);
        }
        paper.print();
        Ok(Exit::Done)
    }

    fn table(&self, rows: &[ExceptionRowJson]) {
        let mut paper = self.common.paper();
        let cells: Vec<_> = rows
            .iter()
            .map(|row| {
                let (state, ink) = state(&paper, row);
                let approved = row.approved.as_ref();
                vec![
                    Cell::plain(&row.number.to_string()),
                    Cell::inked(&state, ink),
                    Cell::plain(&row.rule),
                    Cell::plain(&for_whom(&paper, row)),
                    Cell::plain(&row.until.to_string()),
                    Cell::plain(&row.owner),
                    Cell::plain(&row.requested.by),
                    Cell::plain(approved.map_or("-", |step| &step.by)),
                    Cell::plain(&row.reason),
                ]
            })
            .collect();
        let headings = [
            "admin-number",
            "admin-state",
            "column-rule",
            "admin-for-whom",
            "admin-ends",
            "admin-owner",
            "admin-requested",
            "admin-approval",
            "admin-reason",
        ];
        paper.table(&headings, &cells);
        paper.print();
    }
}

fn state(paper: &Paper, row: &ExceptionRowJson) -> (String, Ink) {
    let (key, ink) = match row.state.as_str() {
        _ if row.lapsed => ("lapsed", Ink::Bad),
        _ if row.ends_soon => ("ends_soon", Ink::Warning),
        "requested" => ("requested", Ink::Warning),
        "approved" => ("approved", Ink::Plain),
        "in_force" => ("in_force", Ink::Good),
        "ended" => ("ended", Ink::Plain),
        _ => ("revoked", Ink::Plain),
    };
    (paper.say(&format!("exception-{key}"), &[]), ink)
}

fn for_whom(paper: &Paper, row: &ExceptionRowJson) -> String {
    match (&row.device, row.group.as_deref()) {
        (Some(device), _) => device.clone(),
        (None, Some("") | None) => paper.say("admin-default-group", &[]),
        (None, Some(group)) => paper.say("admin-of-group", &[("group", group)]),
    }
}

fn signed(step: Option<&StepJson>) -> String {
    step.map_or_else(
        || "-".to_owned(),
        |step| format!("{}, {}", step.by, step.at),
    )
}
