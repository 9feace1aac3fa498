//! `sekisho-agent enroll`: makes this machine a device of a collector.
//!
//! Touches the state folder and the network through the enrolment room. Must never print the token.

use std::path::PathBuf;

use clap::Args;

use sekisho_policy::register::Registration;
use sekisho_policy::words;

use super::{EXIT_OK, Failure};
use crate::enrol::{EnrolError, Enrolled, Wish, enrol};
use crate::paths::Paths;

/// What `enroll` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Where the collector is
    #[arg(long, value_name = "HOST:PORT", env = "SEKISHO_COLLECTOR")]
    collector: String,
    /// The token that the administrator gave
    #[arg(long, env = "SEKISHO_TOKEN", hide_env_values = true)]
    token: String,
    /// Replace the identity this machine has
    #[arg(long)]
    again: bool,
    /// Print one JSON object instead of text for people
    #[arg(long)]
    pub(super) json: bool,
    /// Read a captured system below this folder instead of the running one
    #[arg(long, value_name = "DIR", hide = true)]
    root: Option<PathBuf>,
}

/// Enrols this machine.
///
/// # Errors
/// [`Failure`]; what was there before still holds.
pub fn run(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    let root = super::root(arguments.root.as_deref())?;
    let wish = Wish::read(
        &arguments.collector,
        &arguments.token,
        &root,
        arguments.again,
    )
    .map_err(Failure::usage)?;
    let enrolled = super::runtime()?
        .block_on(enrol(paths, &wish))
        .map_err(failure)?;
    super::print(&match arguments.json {
        true => json(&enrolled),
        false => text(&enrolled),
    })?;
    Ok(EXIT_OK)
}

/// Tells a collector that was not reached from one that refused.
fn failure(error: EnrolError) -> Failure {
    if error.is_unreached() {
        Failure::unreached("not_reachable", error)
    } else if error.may_pass() {
        Failure::unreached("no_answer", error)
    } else {
        error.into()
    }
}

fn text(enrolled: &Enrolled) -> String {
    let language = super::language();
    let device = enrolled.device.to_string();
    let key = match enrolled.register.registration {
        Some(Registration::Approved) => "enroll-approved",
        Some(
            Registration::Pending
            | Registration::Suspended
            | Registration::Retired
            | Registration::Lost,
        )
        | None => "enroll-pending",
    };
    words::text(language, key, &[("device", &device)])
}

fn json(enrolled: &Enrolled) -> String {
    let state = enrolled.register.registration.map(Registration::name);
    serde_json::json!({ "device": enrolled.device.to_string(), "registration": state }).to_string()
}
