//! `device take-out`: leave to take a device out of the company, and its end.
//!
//! Touches the admin interface. Must never guess a day's zone but by the system's.

use clap::Args;
use hyper::Method;

use sekisho_policy::time::Timestamp;
use sekisho_proto::json::Time;

use crate::admin::json::device::DeviceJson;
use crate::admin::json::take_out::{NewTakeOutJson, TakeOutJson};
use crate::cli::common::{Common, Exit};
use crate::cli::failure::Failure;
use crate::cli::paper::{Paper, json};
use crate::cli::parse::{first_moment, last_moment};
use crate::client::part;
use crate::clock;

/// Give leave to take a device out of the company, or end it
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct TakeOutArgs {
    /// Its id, the beginning or end of it, or its host name
    device: String,
    /// When it begins: a day or a time; left out, now
    #[arg(long, value_name = "DATE", value_parser = first_moment)]
    from: Option<Time>,
    /// When it ends: the end of a day, or a time
    #[arg(long, value_name = "DATE", value_parser = last_moment, required_unless_present = "end")]
    until: Option<Time>,
    /// What for
    #[arg(long, value_name = "TEXT", default_value = "")]
    purpose: String,
    /// End the leave that there is
    #[arg(long, conflicts_with_all = ["from", "until", "purpose"])]
    end: bool,
}

const HELP: &str = "\
A day, such as 2026-12-01, is one in this machine's time zone; a time, such as 2026-12-01T18:00:00+09:00, says its
own. New leave takes the place of what there was.

Examples:
  sekisho-collector device take-out aiko-pc --from 2026-12-01 --until 2026-12-05 --purpose 'Osaka'
  sekisho-collector device take-out aiko-pc --end";

impl TakeOutArgs {
    /// Does it.
    pub(super) async fn run(&self, common: &Common) -> Result<Exit, Failure> {
        let path = format!("/v1/devices/{}/take-out", part(&self.device));
        let client = common.client();
        let answer = match self.until {
            Some(until) if !self.end => {
                let asked = NewTakeOutJson {
                    from: self.from,
                    until,
                    purpose: self.purpose.clone(),
                };
                client
                    .send::<DeviceJson>(Method::POST, &path, &asked)
                    .await?
            }
            Some(_) | None => {
                client
                    .send::<DeviceJson>(Method::DELETE, &path, &())
                    .await?
            }
        };
        if common.json {
            json(&answer.raw);
            return Ok(Exit::Done);
        }
        let mut paper = common.paper();
        let row = &answer.shape;
        match &row.take_out {
            Some(leave) => paper.line(
                "admin-taken-out",
                &[
                    ("name", &row.name),
                    ("from", &leave.from.to_string()),
                    ("until", &leave.until.to_string()),
                ],
            ),
            None => paper.line("admin-take-out-over", &[("name", &row.name)]),
        }
        paper.print();
        Ok(Exit::Done)
    }
}

/// The leave as `device show` has it.
pub(super) fn print(paper: &mut Paper, leave: &TakeOutJson) {
    let now = clock::now();
    let state = state(leave, now);
    let state = paper.say(&format!("admin-take-out-{state}"), &[]);
    let purpose = if leave.purpose.is_empty() {
        "none"
    } else {
        "some"
    };
    let said = paper.say(
        "admin-take-out-from-to",
        &[
            ("from", &leave.from.to_string()),
            ("until", &leave.until.to_string()),
            ("by", &leave.approved_by),
            ("purpose", purpose),
            ("said", &leave.purpose),
            ("state", &state),
        ],
    );
    paper.pair("admin-take-out", &said);
}

fn state(leave: &TakeOutJson, now: Timestamp) -> &'static str {
    let leave = sekisho_policy::register::TakeOut {
        from: leave.from.0,
        until: leave.until.0,
        approved_by: String::new(),
        purpose: String::new(),
    };
    leave.state(now).name()
}
