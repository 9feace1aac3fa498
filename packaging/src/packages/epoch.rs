//! The one moment that everything in a package is dated by.
//!
//! Touches the environment and git. Must never be the moment at which it is asked.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::step;

const VARIABLE: &str = "SOURCE_DATE_EPOCH";
/// Seconds from 1601 to 1970.
const BEFORE_1970_SECS: u64 = 11_644_473_600;

/// Seconds since 1970 (<https://reproducible-builds.org/specs/source-date-epoch/>).
#[derive(Debug, Clone)]
pub(crate) struct Epoch(String);

impl Epoch {
    /// What the environment says, or when the last change of this tree was committed.
    ///
    /// # Errors
    /// When neither can be told.
    pub(crate) fn of_this_tree() -> Result<Self> {
        let text = match std::env::var(VARIABLE) {
            Ok(text) => text,
            Err(_) => committed().with_context(|| {
                format!("this is no git tree; set {VARIABLE} to the seconds since 1970 to date the package by")
            })?,
        };
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            bail!("{VARIABLE} is {text:?}, and must be a number of seconds since 1970");
        }
        Ok(Self(text))
    }

    /// For tools that know the variable.
    pub(super) fn tell<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env(VARIABLE, &self.0)
    }

    /// For tools that take a date.
    pub(crate) fn date(&self) -> String {
        format!("@{}", self.0)
    }

    /// As Windows counts: hundreds of nanoseconds since 1601.
    ///
    /// # Errors
    /// When the number is too large.
    pub(crate) fn filetime(&self) -> Result<u64> {
        let secs: u64 = self
            .0
            .parse()
            .with_context(|| format!("{VARIABLE} is {}", self.0))?;
        secs.checked_add(BEFORE_1970_SECS)
            .and_then(|secs| secs.checked_mul(10_000_000))
            .with_context(|| format!("{VARIABLE} is {}, which is too large", self.0))
    }

    /// As changelogs of Debian have it (RFC 5322).
    ///
    /// # Errors
    /// When `date` fails.
    pub(super) fn in_words(&self) -> Result<String> {
        let mut date = Command::new("date");
        date.env("LC_ALL", "C")
            .args(["-u", "-R", "-d", &self.date()]);
        step::output(&mut date)
    }
}

fn committed() -> Result<String> {
    let mut git = Command::new("git");
    git.current_dir(step::workspace_dir())
        .args(["log", "-1", "--format=%ct"]);
    step::output(&mut git)
}
