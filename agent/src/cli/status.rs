//! `sekisho-agent status`: how the running agent stands.
//!
//! Touches the local socket and standard output. Must never read the agent's own files: anyone may
//! ask.

use clap::Args;

use sekisho_policy::words;
use sekisho_proto::json::ReadingJson;

use super::{EXIT_FINDINGS, EXIT_OK, EXIT_UNDECIDED, Failure};
use crate::paths::Paths;
use crate::shell::{Answer, Question, StatusAnswer};

/// What `status` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object instead of text for people
    #[arg(long)]
    pub(super) json: bool,
}

/// Asks the running agent. The exit code follows the collector's judgement.
///
/// # Errors
/// [`Failure`] when no agent runs.
pub fn run(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    let Answer::Status(status) = super::answer(paths, &Question::Status)? else {
        return Err(super::other_answer());
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
                ("at", &judged.at.to_string()),
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
            &[
                ("access", &named("access", Some(&order.access))),
                ("reason", &order.reason),
            ],
        ));
        lines.push(line(
            "status-enforcement",
            &[
                ("access", &named("access", Some(&status.access))),
                ("applied", &told(&status.applied)),
                ("verified", &told(&status.verified)),
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
        &[("until", &status.certificate_until.to_string())],
    ));
    lines.join("\n")
}

/// The word for a term that the agent gave by its name.
fn named(family: &str, name: Option<&str>) -> String {
    let language = super::language();
    let key = name.map(|name| format!("{family}-{name}"));
    words::text(language, key.as_deref().unwrap_or("status-untold"), &[])
}

fn told(reading: &ReadingJson<String>) -> String {
    match reading {
        ReadingJson::Known { value } => named("access", Some(value)),
        ReadingJson::Absent => words::text(super::language(), "check-none", &[]),
        ReadingJson::Unknown { why, detail } => {
            let key = format!("why-{why}");
            words::text(super::language(), &key, &[("detail", detail)])
        }
    }
}
