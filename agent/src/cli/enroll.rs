//! `sekisho-agent enroll`: makes this machine a device of a collector.
//!
//! Touches the state folder and the network through the enrolment room. Must never print the token.

use std::path::PathBuf;

use clap::Args;

use sekisho_policy::register::Registration;
use sekisho_policy::words;
use sekisho_proto::convert::Marks;

use super::{EXIT_OK, Failure};
use crate::enrol::{EnrolError, Enrolled, Wish, enrol, unread_marks};
use crate::identity::token::PrintedToken;
use crate::link::dial::DialError;
use crate::paths::Paths;
use crate::sensors::{Deadlines, Root, gather};

/// Port of a collector's enrolment listener where none is named.
const PORT: u16 = 7444;

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
    let (host, port) = place(&arguments.collector).map_err(Failure::usage)?;
    let token: PrintedToken = arguments.token.parse().map_err(Failure::usage)?;
    let wish = Wish {
        host,
        port,
        token,
        marks: marks(&super::root(arguments.root.as_deref())?),
        again: arguments.again,
    };
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
    let dialled = matches!(
        error,
        EnrolError::Dial(DialError::Resolve { .. } | DialError::Unreachable { .. })
    );
    if dialled {
        Failure::unreached("not_reachable", error)
    } else if matches!(error, EnrolError::Lost(_)) {
        Failure::unreached("no_answer", error)
    } else {
        error.into()
    }
}

/// Splits `HOST:PORT`; an IPv6 address stands in brackets where a port follows.
fn place(text: &str) -> anyhow::Result<(String, u16)> {
    let wrong =
        || anyhow::anyhow!("{text:?} is not HOST:PORT, such as collector.example.jp:{PORT}");
    if text.parse::<std::net::Ipv6Addr>().is_ok() {
        return Ok((text.to_owned(), PORT));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| wrong())?),
        None => (text, PORT),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() || host.contains(['/', ' ']) || host.len() > 253 {
        return Err(wrong());
    }
    Ok((host.to_owned(), port))
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

/// This machine, as far as it can be read.
fn marks(root: &Root) -> Marks {
    let facts = gather(root, Deadlines::default());
    facts.host.known().map_or_else(unread_marks, Marks::from)
}
