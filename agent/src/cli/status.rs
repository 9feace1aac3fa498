//! `sekisho-agent status`: how the running agent stands.
//!
//! Touches the local socket and standard output. Must never read the agent's own files: anyone may
//! ask.

use clap::Args;

use sekisho_policy::words;

use super::{EXIT_FINDINGS, EXIT_OK, EXIT_UNDECIDED, Failure};
use crate::paths::Paths;
use crate::shell::{Answer, FactAnswer, Question, StatusAnswer, ask};

/// What `status` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object instead of text for people
    #[arg(long)]
    json: bool,
}

/// Asks the running agent. The exit code follows the collector's judgement.
///
/// # Errors
/// [`Failure`] when no agent runs.
pub fn run(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    let question = Question::Status;
    let answer = super::runtime()?.block_on(ask(paths, &question));
    let status = match answer.map_err(|error| super::not_running(paths, error))? {
        Answer::Status(status) => status,
        Answer::Refused { why } => return Err(anyhow::anyhow!(why).into()),
        Answer::NotEnrolled => return Err(super::not_enrolled().into()),
        Answer::Basis(_) | Answer::Challenge { .. } | Answer::Released { .. } => {
            return Err(super::other_answer().into());
        }
    };
    super::print(&match arguments.json {
        true => serde_json::to_string(&status)?,
        false => text(&status),
    })?;
    Ok(exit_code(&status))
}

fn exit_code(status: &StatusAnswer) -> u8 {
    let standing = status
        .judged
        .as_ref()
        .and_then(|judged| judged.standing.as_deref());
    match standing {
        Some("compliant") => EXIT_OK,
        Some("grace" | "violation") => EXIT_FINDINGS,
        Some(_) | None => EXIT_UNDECIDED,
    }
}

fn text(status: &StatusAnswer) -> String {
    let language = super::language();
    let line = |key: &str, args: &[(&str, &str)]| words::text(language, key, args);
    let mut lines = vec![line("status-device", &[("device", &status.device)])];
    lines.push(match (status.attached, &status.why_not) {
        (true, _) => line("status-attached", &[("collector", &status.collector)]),
        (false, Some(why)) => line(
            "status-detached",
            &[("collector", &status.collector), ("why", why)],
        ),
        (false, None) => line("status-attaching", &[("collector", &status.collector)]),
    });
    let registration = named("registration", status.registration.as_deref());
    lines.push(line("status-registration", &[("state", &registration)]));
    lines.push(match &status.judged {
        Some(judged) => line(
            "status-judged",
            &[
                ("standing", &named("standing", judged.standing.as_deref())),
                ("at", &judged.at),
                ("sequence", &judged.sequence.to_string()),
            ],
        ),
        None => line("status-not-judged", &[]),
    });
    if status.waiting > 0 {
        let count = status.waiting.to_string();
        lines.push(match &status.waiting_because {
            Some(why) => line("status-waiting-because", &[("count", &count), ("why", why)]),
            None => line("status-waiting", &[("count", &count)]),
        });
    }
    if let Some(why) = &status.outbox_trouble {
        lines.push(line("status-outbox-trouble", &[("why", why)]));
    }
    if let Some(order) = &status.order {
        lines.push(line(
            "status-order",
            &[
                ("access", &named("access", Some(&order.access))),
                ("reason", &order.reason),
            ],
        ));
        lines.push(line(
            "status-enforcement",
            &[
                ("access", &named("access", Some(&status.access))),
                ("applied", &fact(&status.applied)),
                ("verified", &fact(&status.verified)),
            ],
        ));
    }
    if let Some(skew) = status.skew_ms.filter(|_| status.clock_off) {
        let key = if skew > 0 {
            "status-clock-ahead"
        } else {
            "status-clock-behind"
        };
        let secs = (skew.unsigned_abs() / 1000).to_string();
        lines.push(line(key, &[("secs", &secs)]));
    }
    lines.push(line(
        "status-certificate",
        &[("until", &status.certificate_until)],
    ));
    lines.join("\n")
}

/// The word for a term that the agent gave by its name.
fn named(family: &str, name: Option<&str>) -> String {
    let language = super::language();
    let key = name.map(|name| format!("{family}-{name}"));
    words::text(language, key.as_deref().unwrap_or("status-untold"), &[])
}

fn fact(fact: &FactAnswer) -> String {
    match fact {
        FactAnswer::Known(access) => named("access", Some(access)),
        FactAnswer::Absent => words::text(super::language(), "check-none", &[]),
        FactAnswer::Unknown(why) => {
            words::text(super::language(), "status-unknown", &[("why", why)])
        }
    }
}
