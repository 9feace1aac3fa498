//! `sekisho-agent self-test`: tries on this very machine what the agent does there, and tells what came of it line by line.
//!
//! Touches the sensors, standard output, one file, and with `--isolate-for` the firewall for that long. Must never put a
//! secret or a fact into the file, only whether each could be told; and never leave an isolation behind.

mod facts;
mod flow;
#[cfg_attr(unix, path = "self_test/guard.rs")]
#[cfg_attr(windows, path = "self_test/guard_windows.rs")]
pub mod guard;
mod isolation;
mod json;
mod line;
mod surroundings;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use sekisho_policy::order::Enforcement;
use sekisho_policy::words;

use super::terminal::{Lang, Style, language};
use super::{EXIT_FINDINGS, EXIT_OK, EXIT_UNDECIDED, Failure, log};
use crate::paths::{Paths, config_path};
use crate::{clock, config};
use line::{Line, Outcome};

/// What `self-test` can be told.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Try what is around the facts too: the agent's folders, the running agent, the collector, the firewall
    #[arg(long)]
    full: bool,
    /// Isolate this machine for that long (5s to 10m), and try what still passes. It ends by itself
    #[arg(long, value_name = "TIME", value_parser = span)]
    isolate_for: Option<Duration>,
    /// What stays reachable meanwhile, in place of the collector this machine is enrolled with
    #[arg(long, value_name = "IP:PORT", requires = "isolate_for")]
    collector: Option<SocketAddr>,
    /// A server that answers now, and must not be reached meanwhile
    #[arg(long, value_name = "IP:PORT", requires = "isolate_for")]
    elsewhere: Option<SocketAddr>,
    /// Write the lines to this file as one JSON object, to be sent to whoever asked for them
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Language of the text; that of the locale where it is not given
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// Configuration file; one that is not there gives the defaults
    #[arg(long, value_name = "FILE", default_value_os_t = config_path())]
    config: PathBuf,
}

/// Tries it all; the exit code is 1 when a line failed, and else 2 when one could not be told.
///
/// # Errors
/// [`Failure`] when the file cannot be written or the output is closed.
pub fn run(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    log::to_standard_error();
    let mut report = Report::begin(arguments)?;
    let config = config::load(&arguments.config);
    let system = facts::lines(&mut report)?;
    if arguments.full {
        super::runtime()?.block_on(surroundings::lines(&mut report, paths, &config))?;
    }
    let trial = match arguments.isolate_for {
        None => None,
        Some(span) => {
            let trial = isolation::Trial {
                span,
                collector: arguments.collector,
                elsewhere: arguments.elsewhere,
                config_path: &arguments.config,
            };
            Some(super::runtime()?.block_on(trial.lines(&mut report, paths, &config))?)
        }
    };
    report.end(&system, trial.as_ref())
}

/// What `self-test` writes of an isolation that it tried for so many seconds, for whoever compares it with the page that
/// tells its shape.
#[must_use]
pub fn isolation_json(for_secs: u64, account: &Enforcement) -> serde_json::Value {
    json::isolation(for_secs, account)
}

/// The lines, as they are told.
struct Report {
    language: words::Language,
    style: Style,
    /// Opened before anything is tried: who has waited for a minute must not hear then that it cannot be written.
    file: Option<(PathBuf, std::fs::File)>,
    began: sekisho_policy::time::Timestamp,
    lines: Vec<Line>,
}

impl Report {
    fn begin(arguments: &Arguments) -> Result<Self, Failure> {
        let opened = |path: &PathBuf| {
            let file = std::fs::File::create(path);
            let file = file.with_context(|| format!("--json {}", path.display()));
            file.map(|file| (path.clone(), file))
                .map_err(Failure::usage)
        };
        Ok(Self {
            language: language(arguments.lang),
            style: Style::of_stdout(),
            file: arguments.json.as_ref().map(opened).transpose()?,
            began: clock::now(),
            lines: Vec::new(),
        })
    }

    /// Tells a line, and keeps it.
    fn tell(&mut self, line: Line) -> io::Result<()> {
        let mut out = io::stdout().lock();
        writeln!(out, "{}", line.text(self.language, self.style))?;
        out.flush()?;
        self.lines.push(line);
        Ok(())
    }

    /// A line between the lines.
    fn say(&self, key: &str, args: &[(&str, &str)]) -> io::Result<()> {
        let said = words::text(self.language, key, args);
        writeln!(io::stdout().lock(), "\n{}", self.style.wrap(&said, 0))
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.lines
            .iter()
            .filter(|line| line.outcome == outcome)
            .count()
    }

    fn end(
        mut self,
        system: &json::System,
        trial: Option<&isolation::Tried>,
    ) -> Result<u8, Failure> {
        let counts = [Outcome::Pass, Outcome::Fail, Outcome::Unknown].map(|one| self.count(one));
        let [passed, failed, unknown] = counts.map(|count| count.to_string());
        let args = [("passed", passed), ("failed", failed), ("unknown", unknown)];
        let args = args.each_ref().map(|(name, text)| (*name, text.as_str()));
        self.say("self-test-end", &args)?;
        if let Some((path, mut file)) = self.file.take() {
            let written = json::write(&mut file, &self, system, trial);
            written.with_context(|| format!("--json {}", path.display()))?;
            let path = path.display().to_string();
            self.say("self-test-written", &[("path", &path)])?;
        }
        Ok(match counts {
            [_, 0, 0] => EXIT_OK,
            [_, 0, _] => EXIT_UNDECIDED,
            [_, _, _] => EXIT_FINDINGS,
        })
    }
}

/// A time as people type it: `45s` or `2m`.
fn span(typed: &str) -> Result<Duration, String> {
    let number = |text: &str| text.parse::<u64>().ok();
    let secs = match (typed.strip_suffix('s'), typed.strip_suffix('m')) {
        (Some(secs), _) => number(secs),
        (None, Some(minutes)) => number(minutes).and_then(|minutes| minutes.checked_mul(60)),
        (None, None) => None,
    };
    match secs {
        Some(secs @ 5..=600) => Ok(Duration::from_secs(secs)),
        Some(_) | None => Err("a time from 5s to 10m, such as 60s or 2m".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_typed_in_seconds_or_minutes_and_has_a_bound() {
        assert_eq!(span("60s"), Ok(Duration::from_secs(60)));
        assert_eq!(span("2m"), Ok(Duration::from_secs(120)));
        for wrong in [
            "",
            "60",
            "4s",
            "11m",
            "-5s",
            "1h",
            "s",
            "99999999999999999999m",
        ] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
