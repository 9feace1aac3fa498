//! `check --watch`: the check, told anew whenever it comes out otherwise.
//!
//! Touches what `check` touches, and waits for announcements of change. Must never print the same twice.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use sekisho_policy::finding::Finding;
use sekisho_policy::words;

use super::{Arguments, Failure, check, exit_code, language, show};
use crate::limits::{WATCH_AGAIN_SECS, WATCH_CALM_MS};
use crate::paths::Paths;
use crate::sensors::Root;
use crate::shell::Changes;

/// Up, left, and all of it gone (ECMA-48).
const CLEARED: &str = "\u{1b}[H\u{1b}[2J\u{1b}[3J";

/// Checks until Ctrl-C; the exit code is that of the last check.
pub(super) fn run(arguments: &Arguments, paths: &Paths, root: &Root) -> Result<u8, Failure> {
    let runtime = super::super::runtime()?;
    let changes = {
        let _entered = runtime.enter();
        Changes::start(paths, root)
    };
    let mut before = None;
    loop {
        let checked = check(arguments, paths, root)?;
        let found = said(&checked.verdict.findings);
        if before.as_ref() != Some(&found) {
            begin(arguments)?;
            if !show(arguments, &checked)? {
                return Ok(exit_code(&checked.verdict));
            }
        }
        let code = exit_code(&checked.verdict);
        before = Some(found);
        if runtime.block_on(is_over(&changes))? {
            return Ok(code);
        }
    }
}

/// What a person is told of the findings. When a rule was first broken is not remembered here, and so is
/// another at each check; evidence has the age of definitions in hours, and numbers of processes.
pub(super) fn said(findings: &[Finding]) -> Vec<Finding> {
    let mut said = findings.to_vec();
    for finding in &mut said {
        finding.first_failed_at = None;
        finding.due_at = None;
        finding.evidence.clear();
    }
    said
}

/// Waits for the next check; says whether there is to be none.
async fn is_over(changes: &Changes) -> io::Result<bool> {
    tokio::select! {
        ended = tokio::signal::ctrl_c() => return ended.map(|()| true),
        _ = changes.facts() => {}
        // What announces nothing, the time among it.
        () = tokio::time::sleep(Duration::from_secs(WATCH_AGAIN_SECS)) => return Ok(false),
    }
    // A package that is installed announces itself many times.
    tokio::select! {
        ended = tokio::signal::ctrl_c() => ended.map(|()| true),
        () = tokio::time::sleep(Duration::from_millis(WATCH_CALM_MS)) => Ok(false),
    }
}

fn begin(arguments: &Arguments) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if arguments.json || !out.is_terminal() {
        return Ok(());
    }
    let said = words::text(language(arguments.lang), "check-watching", &[]);
    writeln!(out, "{CLEARED}{said}\n")
}
