//! `sekisho-agent status`: how the running agent stands.
//!
//! Touches the local socket and standard output. Must never read the agent's own files: anyone may
//! ask.

use clap::Args;

use sekisho_policy::words::{self, Language};
use sekisho_proto::json::ReadingJson;

use super::terminal::Style;
use super::zone::Zone;
use super::{EXIT_FINDINGS, EXIT_OK, EXIT_UNDECIDED, Failure};
use crate::paths::Paths;
use crate::shell::{Answer, Question, StatusAnswer};

/// Columns that the labels take in both languages.
const LABEL_COLUMNS: usize = 14;

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
        false => text(
            &status,
            super::language(),
            &Zone::of_system(),
            Style::of_stdout(),
        ),
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

fn text(status: &StatusAnswer, language: Language, zone: &Zone, style: Style) -> String {
    let named = |family, name| named(language, family, name);
    let told = |reading| told(language, reading);
    let line = |key: &str, args: &[(&str, &str)]| {
        style.wrap(&words::text(language, key, args), LABEL_COLUMNS)
    };
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
                ("at", &zone.show(judged.at.0)),
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
    if let Some(why) = &status.configuration_trouble {
        lines.push(line("status-configuration-trouble", &[("why", why)]));
    }
    if let Some(why) = &status.upgrade_trouble {
        lines.push(line("status-upgrade-trouble", &[("why", why)]));
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
    let place = match &status.place {
        ReadingJson::Known { value } => named("place", Some(value)),
        ReadingJson::Absent => named("place", Some("no-beacon")),
        unread @ ReadingJson::Unknown { .. } => told(unread),
    };
    lines.push(line("status-place", &[("place", &place)]));
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
        &[("until", &zone.show(status.certificate_until.0))],
    ));
    let agent = &status.agent;
    let read = agent.read_at.map(|at| zone.show(at.0));
    let read = read.unwrap_or_else(|| words::text(language, "status-untold", &[]));
    let since = zone.show(agent.started_at.0);
    let args = [
        ("version", agent.version.as_str()),
        ("since", &since),
        ("read", &read),
    ];
    lines.push(line("status-agent", &args));
    if !agent.not_watched.is_empty() {
        let places = agent.not_watched.join(", ");
        lines.push(line("status-not-watched", &[("places", &places)]));
    }
    lines.join("\n")
}

/// The word for a term that the agent gave by its name.
fn named(language: Language, family: &str, name: Option<&str>) -> String {
    let key = name.map(|name| format!("{family}-{name}"));
    words::text(language, key.as_deref().unwrap_or("status-untold"), &[])
}

fn told(language: Language, reading: &ReadingJson<String>) -> String {
    match reading {
        ReadingJson::Known { value } => named(language, "access", Some(value)),
        ReadingJson::Absent => words::text(language, "check-none", &[]),
        ReadingJson::Unknown { why, detail } => {
            let key = format!("why-{why}");
            words::text(language, &key, &[("detail", detail)])
        }
    }
}

#[cfg(test)]
mod tests;
