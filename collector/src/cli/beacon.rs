//! `beacon status | rotate`.
//!
//! Touches the admin interface. Must never rotate more than once by one command: laptops are told one key ahead.

use clap::{Args, Subcommand};
use hyper::Method;

use super::common::{Common, Exit};
use super::failure::Failure;
use super::paper::{Ink, Paper, json};
use crate::admin::json::status::{BeaconJson, StatusJson};

/// The beacon, by which laptops know the internal network
#[derive(Debug, Args)]
pub struct BeaconArgs {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: BeaconCommand,
}

#[derive(Debug, Subcommand)]
enum BeaconCommand {
    /// Show where laptops ask it, by which keys they know it, and what keeps it from serving
    #[command(after_help = "Example:\n  sekisho-collector beacon status")]
    Status,
    /// Put the next key in use, which laptops have been told, and make another to come after it
    #[command(after_help = "Example:\n  sekisho-collector beacon rotate")]
    Rotate,
}

impl BeaconArgs {
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
        let mut paper = self.common.paper();
        let beacon = match self.command {
            BeaconCommand::Status => {
                let status = client.fetch::<StatusJson>("/v1/status").await?;
                status.shape.beacon
            }
            BeaconCommand::Rotate => {
                let path = "/v1/beacon/rotation";
                let answer = client.send::<BeaconJson>(Method::POST, path, &()).await?;
                paper.line("admin-beacon-rotated", &[]);
                Some(answer.shape)
            }
        };
        if self.common.json {
            json(&beacon);
            return Ok(Exit::Done);
        }
        match &beacon {
            Some(beacon) => print(&mut paper, beacon),
            None => paper.line("admin-beacon-none", &[]),
        }
        paper.print();
        Ok(match beacon {
            Some(beacon) if !beacon.troubles.is_empty() => Exit::Refused,
            Some(_) | None => Exit::Done,
        })
    }
}

/// How the beacon fares.
pub(super) fn print(paper: &mut Paper, beacon: &BeaconJson) {
    paper.heading("admin-beacon");
    paper.pair("admin-beacon-addresses", &beacon.addresses.join(" "));
    for (key, pin) in [
        ("admin-beacon-pin", &beacon.pin),
        ("admin-beacon-next-pin", &beacon.next_pin),
    ] {
        paper.pair(key, pin.as_deref().unwrap_or("-"));
    }
    for trouble in &beacon.troubles {
        paper.pair_inked("admin-beacon-trouble", trouble, Ink::Bad);
    }
}
