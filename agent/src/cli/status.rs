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
        Answer::Challenge { .. } | Answer::Released { .. } => {
            return Err(anyhow::anyhow!("the agent answered something else").into());
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
    let registration = status.registration.as_deref().unwrap_or("unknown");
    lines.push(line("status-registration", &[("state", registration)]));
    lines.push(match &status.judged {
        Some(judged) => line(
            "status-judged",
            &[
                ("standing", judged.standing.as_deref().unwrap_or("unknown")),
                ("at", &judged.at),
                ("sequence", &judged.sequence.to_string()),
            ],
        ),
        None => line("status-not-judged", &[]),
    });
    if status.waiting > 0 {
        lines.push(line(
            "status-waiting",
            &[("count", &status.waiting.to_string())],
        ));
    }
    if let Some(why) = &status.outbox_trouble {
        lines.push(line("status-outbox-trouble", &[("why", why)]));
    }
    if let Some(order) = &status.order {
        lines.push(line(
            "status-order",
            &[("access", &order.access), ("reason", &order.reason)],
        ));
        lines.push(line(
            "status-enforcement",
            &[
                ("access", &status.access),
                ("applied", &fact(&status.applied)),
                ("verified", &fact(&status.verified)),
            ],
        ));
    }
    lines.push(line(
        "status-certificate",
        &[("until", &status.certificate_until)],
    ));
    lines.join("\n")
}

fn fact(fact: &FactAnswer) -> String {
    match fact {
        FactAnswer::Known(access) => access.clone(),
        FactAnswer::Absent => "absent".to_owned(),
        FactAnswer::Unknown(why) => format!("unknown ({why})"),
    }
}
