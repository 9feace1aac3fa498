//! `sekisho-agent release`: lifts an isolation with a break-glass code, without a network.
//!
//! Touches the local socket and standard output. Must never lift anything itself: the running agent
//! checks the code.

use clap::Args;
use serde_json::json;

use sekisho_policy::words;

use super::zone::Zone;
use super::{EXIT_OK, Failure};
use crate::paths::Paths;
use crate::shell::{Answer, Question};

/// What `release` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The code that the administrator read out; without it the challenge to read to them is shown
    #[arg(long)]
    code: Option<String>,
    /// Print one JSON object instead of text for people
    #[arg(long)]
    pub(super) json: bool,
}

/// Asks the running agent for a challenge, or hands it a code.
///
/// # Errors
/// [`Failure`] when no agent runs or the code is not right.
pub fn run(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    let question = match &arguments.code {
        None => Question::Challenge,
        Some(code) => Question::Release { code: code.clone() },
    };
    let answer = super::answer(paths, &question)?;
    let language = super::language();
    let (shown, json) = match answer {
        Answer::Challenge { challenge } => (
            words::text(language, "release-challenge", &[("challenge", &challenge)]),
            json!({ "challenge": challenge }),
        ),
        Answer::Released { until } => (
            words::text(
                language,
                "release-done",
                &[("until", &Zone::of_system().show(until.0))],
            ),
            json!({ "lifted_until": until }),
        ),
        Answer::Refused { .. }
        | Answer::NotEnrolled { .. }
        | Answer::Status(_)
        | Answer::News(_)
        | Answer::Basis(_) => {
            return Err(super::other_answer());
        }
    };
    super::print(&if arguments.json {
        json.to_string()
    } else {
        shown
    })?;
    Ok(EXIT_OK)
}
