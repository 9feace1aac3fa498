//! `finding list`: what the rules have found on the fleet.
//!
//! Touches the admin interface. Must never hold more than a page of it, nor leave out a device that cannot be read.

use clap::{ArgGroup, Args, Subcommand};

use sekisho_policy::time::Span;
use sekisho_policy::words::shown;
use sekisho_proto::json::Time;

use super::common::{Common, Exit};
use super::failure::Failure;
use super::paper::{Cell, Columns, Ink, JsonList, Paper};
use super::parse::span;
use crate::admin::json::findings::{FindingsJson, FoundJson};
use crate::client::part;
use crate::clock;

/// What the rules have found on the fleet
#[derive(Debug, Args)]
pub struct FindingArgs {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: FindingCommand,
}

#[derive(Debug, Subcommand)]
enum FindingCommand {
    /// Show the findings of the devices in use: what fails or could not be told
    #[command(after_help = LIST_HELP)]
    List(Sieve),
}

const LIST_HELP: &str = "\
Examples:
  sekisho-collector finding list --overdue
  sekisho-collector finding list --rule disk-encrypted --older-than 7d
  sekisho-collector finding list --rule device-reporting    # silent laptops";

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("grace").args(["due", "overdue"]))]
struct Sieve {
    /// Only those of this rule
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// Only those of devices in this policy group; '' for the default one
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Only those that have lasted this long, such as 7d
    #[arg(long, value_name = "SPAN", value_parser = span)]
    older_than: Option<Span>,
    /// Only those with this outcome: fail, unknown, pass, not_applicable
    #[arg(long, value_name = "OUTCOME")]
    outcome: Option<String>,
    /// Only those of this weight or a heavier one: low, medium, high, critical
    #[arg(long, value_name = "SEVERITY")]
    severity: Option<String>,
    /// Only those whose grace runs
    #[arg(long)]
    due: bool,
    /// Only those whose grace has ended
    #[arg(long)]
    overdue: bool,
}

impl FindingArgs {
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
        let FindingCommand::List(sieve) = &self.command;
        if self.common.json {
            self.list_json(sieve).await?;
        } else {
            self.list(sieve).await?;
        }
        Ok(Exit::Done)
    }

    async fn list_json(&self, sieve: &Sieve) -> Result<(), Failure> {
        // What is refused is refused with the first page, before anything is put out.
        let mut pages = self.pages(sieve);
        let (mut next, mut damaged) = (pages.next().await?, Vec::new());
        let mut list = JsonList::begin("findings");
        while let Some(page) = next {
            list.put(&page.findings);
            damaged.extend(page.damaged);
            next = pages.next().await?;
        }
        list.end(&serde_json::json!({ "damaged": damaged, "next": null }));
        Ok(())
    }

    async fn list(&self, sieve: &Sieve) -> Result<(), Failure> {
        let (mut columns, mut count) = (Columns::default(), 0_usize);
        let mut damaged = Vec::new();
        let mut pages = self.pages(sieve);
        while let Some(page) = pages.next().await? {
            let mut paper = self.common.paper();
            let rows: Vec<_> = page.findings.iter().map(|one| row(&paper, one)).collect();
            if !rows.is_empty() {
                paper.more_of_table(&HEADINGS, &rows, &mut columns);
            }
            count = count.saturating_add(rows.len());
            damaged.extend(page.damaged);
            paper.print();
        }
        let mut paper = self.common.paper();
        if count > 0 {
            paper.raw("");
        }
        paper.line("admin-findings-count", &[("count", &count.to_string())]);
        for one in damaged {
            paper.inked_line(&shown(&one), Ink::Bad);
        }
        paper.print();
        Ok(())
    }

    fn pages(&self, sieve: &Sieve) -> Pages {
        let since = sieve.older_than.map(|span| {
            let since = clock::now().after(Span(span.0.saturating_neg()));
            Time(since).to_string()
        });
        let due = match (sieve.due, sieve.overdue) {
            (true, _) => Some("running".to_owned()),
            (_, true) => Some("over".to_owned()),
            (false, false) => None,
        };
        let asked = [
            ("rule", &sieve.rule),
            ("group", &sieve.group),
            ("outcome", &sieve.outcome),
            ("severity", &sieve.severity),
            ("since", &since),
            ("due", &due),
        ];
        let asked = asked
            .iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", part(value.as_deref()?))));
        Pages {
            client: self.common.client(),
            query: asked.collect::<Vec<_>>().join("&"),
            after: Some(String::new()),
        }
    }
}

/// The answer, page by page.
struct Pages {
    client: crate::client::Client,
    query: String,
    /// Behind which device the next page begins; empty for the first, `None` behind the last.
    after: Option<String>,
}

impl Pages {
    async fn next(&mut self) -> Result<Option<FindingsJson>, Failure> {
        let Some(after) = self.after.take() else {
            return Ok(None);
        };
        let after = if after.is_empty() {
            String::new()
        } else {
            format!("&after={}", part(&after))
        };
        let path = format!("/v1/findings?{}{after}", self.query);
        let page = self.client.fetch::<FindingsJson>(&path).await?.shape;
        self.after.clone_from(&page.next);
        Ok(Some(page))
    }
}

/// The name last: it is the one that may be too long for the line.
const HEADINGS: [&str; 6] = [
    "column-outcome",
    "admin-severity",
    "column-rule",
    "admin-since",
    "column-due",
    "admin-name",
];

fn row(paper: &Paper, one: &FoundJson) -> Vec<Cell> {
    let finding = &one.finding;
    let ink = match (finding.outcome.as_str(), finding.counts) {
        ("pass" | "not_applicable", _) => Ink::Good,
        (_, true) => Ink::Bad,
        (_, false) => Ink::Warning,
    };
    let day = |time: Option<Time>| time.map_or_else(|| "-".to_owned(), |time| time.0.date());
    let (due, due_ink) = match &finding.exception {
        Some(_) => (paper.say("admin-excepted", &[]), Ink::Warning),
        None if one.overdue => (day(one.due_at()), Ink::Bad),
        None => (day(one.due_at()), Ink::Plain),
    };
    vec![
        Cell::inked(&paper.say(&format!("found-{}", finding.outcome), &[]), ink),
        Cell::plain(&paper.say(&format!("severity-{}", finding.severity), &[])),
        Cell::plain(&finding.rule),
        Cell::plain(&day(finding.first_failed_at)),
        Cell::inked(&due, due_ink),
        Cell::plain(&one.name),
    ]
}
