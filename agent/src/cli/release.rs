//! `sekisho-agent release`: lifts an isolation with a break-glass code, without a network.
//!
//! Touches the local socket and standard output. Must never lift anything itself: the running agent
//! checks the code.

use clap::Args;

use sekisho_policy::words;

use super::{EXIT_FINDINGS, EXIT_OK, Failure};
use crate::paths::Paths;
use crate::shell::{Answer, Question, ask};

/// What `release` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The code that the administrator read out; without it the challenge to read to them is shown
    #[arg(long)]
    code: Option<String>,
    /// Print one JSON object instead of text for people
    #[arg(long)]
    json: bool,
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
    let answer = super::runtime()?.block_on(ask(paths, &question));
    let answer = answer.map_err(|error| super::not_running(paths, error))?;
    if arguments.json {
        super::print(&serde_json::to_string(&answer)?)?;
        return Ok(match answer {
            Answer::Challenge { .. } | Answer::Released { .. } => EXIT_OK,
            Answer::Refused { .. } | Answer::NotEnrolled | Answer::Status(_) | Answer::Basis(_) => {
                EXIT_FINDINGS
            }
        });
    }
    let language = super::language();
    let shown = match answer {
        Answer::Challenge { challenge } => {
            words::text(language, "release-challenge", &[("challenge", &challenge)])
        }
        Answer::Released { until } => words::text(language, "release-done", &[("until", &until)]),
        Answer::Refused { why } => return Err(anyhow::anyhow!(why).into()),
        Answer::NotEnrolled => return Err(super::not_enrolled().into()),
        Answer::Status(_) | Answer::Basis(_) => return Err(super::other_answer().into()),
    };
    super::print(&shown)?;
    Ok(EXIT_OK)
}
