//! `sekisho-agent check`: reads the facts, judges them, and tells what to mend.
//!
//! Touches the sensors, a policy file that is named, and standard output. Must never need the
//! collector, root or an enrolment.

mod basis;
mod json;
mod table;
mod watch;

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use sekisho_policy::document::Policy;
use sekisho_policy::facts::Facts;
use sekisho_policy::finding::{Outcome, RuleId, Verdict};
use sekisho_policy::id::Sequence;
use sekisho_policy::judge::judge_since;
use sekisho_policy::order::Access;
use sekisho_policy::report::Report;
use sekisho_policy::time::{Moment, Timestamp};
use sekisho_proto::json::Time;

use super::terminal::{Lang, Style, language};
use super::zone::Zone;
use super::{EXIT_FINDINGS, EXIT_OK, EXIT_UNDECIDED, Failure};
use crate::clock;
use crate::paths::{Paths, state_dir};
use crate::sensors::{Deadlines, Root, gather};
use crate::shell::put_place;
use basis::Basis;
use json::CapturedJson;

/// What `check` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Print one JSON object instead of text for people
    #[arg(long)]
    pub(super) json: bool,
    /// Language of the text; that of the locale where it is not given
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// Judge by this policy document instead of the one in force
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Judge what `capture` has written to this folder instead of this machine
    #[arg(long, value_name = "DIR", conflicts_with_all = ["watch", "root"])]
    from: Option<PathBuf>,
    /// Read a system of one's own below this folder, such as a disk that is mounted there
    #[arg(long, value_name = "DIR", hide = true)]
    root: Option<PathBuf>,
    /// Judge as of this time, such as 2026-11-22T20:33:32Z; that of the capture where it is not given
    #[arg(long, value_name = "TIME", conflicts_with = "watch")]
    at: Option<Time>,
    /// Check again as things change, and tell it anew when it is otherwise, until Ctrl-C
    #[arg(long)]
    watch: bool,
}

/// All that is shown.
struct Checked {
    facts: Facts,
    verdict: Verdict,
    basis: Basis,
    moment: Moment,
    taken_at: Timestamp,
    captured: Option<CapturedJson>,
}

/// Runs the check; gives the exit code.
///
/// # Errors
/// [`Failure`] when the policy that was named is none, the folder is none, or the output is closed.
pub fn run(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    let root = match &arguments.from {
        Some(folder) => Root::captured(folder)
            .with_context(|| format!("--from {}", folder.display()))
            .map_err(Failure::usage)?,
        None => super::root(arguments.root.as_deref())?,
    };
    if arguments.watch {
        return watch::run(arguments, paths, &root);
    }
    let checked = check(arguments, paths, &root)?;
    // A reader who has seen enough changes nothing of the outcome.
    let _ = show(arguments, &checked)?;
    Ok(exit_code(&checked.verdict))
}

/// The facts as `check --json` tells them.
pub(super) fn facts_json(facts: &Facts) -> serde_json::Value {
    json::facts(facts)
}

fn check(arguments: &Arguments, paths: &Paths, root: &Root) -> Result<Checked, Failure> {
    // What was decided about this laptop says nothing of a captured one, unless that one's own
    // state is named.
    let own = root.is_live() || paths.state_dir() != state_dir();
    let basis =
        Basis::find(arguments.policy.as_deref(), own.then_some(paths)).map_err(Failure::usage)?;
    let policy = Policy::parse(&basis.text)
        .with_context(|| format!("policy {}", basis.name))
        .map_err(Failure::usage)?;
    let mut facts = gather(root, Deadlines::default());
    if let Some(place) = &basis.place {
        put_place(&mut facts, place.clone());
    }
    let captured = root.index().map(CapturedJson::from);
    let taken_at = captured
        .as_ref()
        .map_or_else(clock::now, |of| of.taken_at.0);
    let asked = arguments.at.map(|time| time.0);
    let at = asked.or(captured.as_ref().map(|_| taken_at));
    let report = Report {
        // A check of one's own is no report and has no place in their row.
        sequence: Sequence(0),
        taken_at: at.unwrap_or(taken_at),
        facts,
    };
    let moment = at.map_or(basis.moment, Moment::at);
    let since = |rule: &RuleId| basis.since.as_ref()?.get(rule).copied();
    let access = if basis.cut_off {
        Access::Isolated
    } else {
        Access::Full
    };
    let verdict = judge_since(&report, &basis.entry, since, &policy, moment).told_under(access);
    Ok(Checked {
        facts: report.facts,
        verdict,
        basis,
        moment,
        taken_at,
        captured,
    })
}

/// One is at least one broken rule; two is none known to be broken and one that could not be told.
fn exit_code(verdict: &Verdict) -> u8 {
    let any = |outcome| {
        verdict
            .findings
            .iter()
            .any(|found| found.outcome == outcome)
    };
    if any(Outcome::Fail) {
        EXIT_FINDINGS
    } else if any(Outcome::Unknown) || !any(Outcome::Pass) {
        EXIT_UNDECIDED
    } else {
        EXIT_OK
    }
}

/// Prints it; says whether there still is a reader.
fn show(arguments: &Arguments, checked: &Checked) -> Result<bool, Failure> {
    let language = language(arguments.lang);
    let mut out = BufWriter::new(io::stdout().lock());
    let written = if arguments.json {
        json::write(&mut out, checked)
    } else {
        table::write(
            &mut out,
            checked,
            language,
            Style::of_stdout(),
            &Zone::of_system(),
        )
    };
    match written.and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(false),
        other => Ok(other.map(|()| true).context("writing the answer")?),
    }
}

#[cfg(all(test, unix))]
mod tests;
