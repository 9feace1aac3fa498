//! `expiry`: what ends, and when; and which versions of the agent are in use.
//!
//! Touches the admin interface. Must never show what has ended as if it held.

use clap::Args;

use sekisho_policy::time::Span;
use sekisho_policy::words::shown;
use sekisho_proto::json::Time;

use super::common::{Common, Exit};
use super::failure::Failure;
use super::paper::{Cell, Ink, Paper, json};
use super::parse::{NoSpan, span};
use crate::admin::json::expiry::{EndingJson, ExpiryJson};
use crate::clock;

/// What of itself and of the fleet ends, and when; and which versions of the agent are in use
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  sekisho-collector expiry\n  sekisho-collector expiry --within all --json"
)]
pub struct ExpiryArgs {
    #[command(flatten)]
    common: Common,
    /// What ends within this time: a number with s, m, h, d or w, or `all`. A laptop renews its certificate by
    /// itself 22 to 30 days before the end: one that is listed within three weeks has not
    #[arg(long, value_name = "SPAN", value_parser = within, default_value = "3w")]
    within: Within,
}

/// How far ahead to look.
#[derive(Debug, Clone, Copy)]
enum Within {
    Span(Span),
    All,
}

fn within(text: &str) -> Result<Within, NoSpan> {
    match text {
        "all" => Ok(Within::All),
        text => span(text).map(Within::Span),
    }
}

impl ExpiryArgs {
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
        let path = match self.within {
            Within::Span(span) => format!("/v1/expiry?until={}", Time(clock::now().after(span))),
            Within::All => "/v1/expiry".to_owned(),
        };
        let answer = self.common.client().fetch::<ExpiryJson>(&path).await?;
        if self.common.json {
            json(&answer.raw);
            return Ok(Exit::Done);
        }
        let mut paper = self.common.paper();
        print(&mut paper, &answer.shape);
        paper.print();
        Ok(Exit::Done)
    }
}

fn print(paper: &mut Paper, expiry: &ExpiryJson) {
    if expiry.endings.is_empty() {
        paper.line("admin-nothing-ends", &[]);
    } else {
        let rows: Vec<_> = expiry.endings.iter().map(|one| row(paper, one)).collect();
        paper.table(
            &["admin-ends", "admin-what-ends", "admin-name", "admin-about"],
            &rows,
        );
    }
    paper.heading("admin-agents");
    for one in &expiry.agents {
        let count = one.devices.to_string();
        let version = one.version.clone();
        let version = version.unwrap_or_else(|| paper.say("admin-never-reported", &[]));
        let said = paper.say(
            "admin-agents-count",
            &[("version", &version), ("count", &count)],
        );
        let ink = match one.version.as_deref() {
            Some(version) if version == expiry.version => Ink::Plain,
            _ => Ink::Warning,
        };
        paper.inked_line(&said, ink);
    }
    for one in &expiry.damaged {
        paper.inked_line(&shown(one), Ink::Bad);
    }
}

fn row(paper: &Paper, one: &EndingJson) -> Vec<Cell> {
    let (at, ink) = match one.ended {
        true => (
            paper.say("admin-ended-at", &[("at", &one.at.to_string())]),
            Ink::Bad,
        ),
        false => (one.at.to_string(), Ink::Plain),
    };
    let name = match (one.name.as_str(), &one.device, &one.group) {
        ("", ..) => "-".to_owned(),
        (number, Some(device), _) if one.what == "exception" => format!("{number}: {device}"),
        (number, None, Some(group)) if group.is_empty() => {
            format!("{number}: {}", paper.say("admin-default-group", &[]))
        }
        (number, None, Some(group)) => format!("{number}: {group}"),
        (name, ..) => name.to_owned(),
    };
    let note = if one.note.is_empty() { "-" } else { &one.note };
    vec![
        Cell::inked(&at, ink),
        Cell::plain(&paper.say(&format!("ends-{}", one.what.replace('_', "-")), &[])),
        Cell::plain(&name),
        Cell::plain(note),
    ]
}
