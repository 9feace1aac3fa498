//! `status`: how the collector fares, and what needs a person.
//!
//! Touches the admin interface. Must never hide a warning.

use std::collections::BTreeMap;

use clap::Args;

use super::common::{Common, Exit};
use super::failure::Failure;
use super::paper::{Ink, Paper, json};
use crate::admin::json::status::StatusJson;

/// Show how the collector and its fleet fare, and what needs a person
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  sekisho-collector status --json")]
pub struct StatusArgs {
    #[command(flatten)]
    common: Common,
}

impl StatusArgs {
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
        let answer = self
            .common
            .client()
            .fetch::<StatusJson>("/v1/status")
            .await?;
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

fn print(paper: &mut Paper, status: &StatusJson) {
    paper.heading("admin-collector");
    paper.pair("admin-version", &status.version);
    paper.pair("admin-serving-since", &status.started_at.to_string());
    paper.pair("admin-policy", &status.policy_version.to_string());
    paper.pair("admin-audit-log", &status.audit_entries.to_string());
    let ends = [
        ("admin-server-certificate", &status.server_certificate),
        ("admin-root-certificate", &status.root_certificate),
    ];
    for (key, end) in ends {
        let until = end.not_after.to_string();
        let text = paper.say("admin-until", &[("end", &until)]);
        paper.pair(key, &text);
    }
    paper.heading("admin-devices");
    let devices = &status.devices;
    paper.pair("admin-total", &devices.total.to_string());
    paper.pair("admin-attached-count", &devices.attached.to_string());
    counts(paper, "registration", &devices.registrations, &["pending"]);
    counts(
        paper,
        "standing",
        &devices.standings,
        &["violation", "damaged"],
    );
    for (key, count) in [
        ("admin-cloned", devices.clones),
        ("admin-restricted", devices.restricted),
        ("admin-stale", devices.stale),
    ] {
        let ink = if count > 0 { Ink::Bad } else { Ink::Plain };
        paper.pair_inked(key, &count.to_string(), ink);
    }
    if let Some(beacon) = &status.beacon {
        super::beacon::print(paper, beacon);
    }
    paper.pair("admin-taken-out-count", &devices.taken_out.to_string());
    let ending = devices.take_outs_ending;
    let ink = if ending > 0 { Ink::Warning } else { Ink::Plain };
    paper.pair_inked("admin-take-outs-ending", &ending.to_string(), ink);
    if let Some(why) = &status.not_recording {
        paper.raw("");
        let text = paper.say("admin-warning-not_recording", &[("why", why)]);
        paper.inked_line(&text, Ink::Bad);
    }
    for warning in &status.warnings {
        paper.raw("");
        let text = paper.say(&format!("admin-warning-{warning}"), &[]);
        paper.inked_line(&text, Ink::Bad);
    }
}

/// The numbers of each state, those that need a person in an ink of their own.
fn counts(paper: &mut Paper, kind: &str, counts: &BTreeMap<String, u64>, wanting: &[&str]) {
    for (name, count) in counts {
        let ink = if wanting.contains(&name.as_str()) {
            Ink::Warning
        } else {
            Ink::Plain
        };
        let key = match name.as_str() {
            "none" => "admin-no-verdict".to_owned(),
            "damaged" => "admin-standing-damaged".to_owned(),
            name => format!("{kind}-{name}"),
        };
        paper.pair_inked(&key, &count.to_string(), ink);
    }
}
