//! What a policy would change, for people: the fleet, the rules, the first of the devices.
//!
//! Touches nothing. Must never hide that devices could not be judged.

use std::collections::BTreeSet;

use sekisho_proto::json::Time;

use crate::admin::json::rehearsal::{RehearsalJson, RehearsedJson, TallyJson, UnjudgedJson};
use crate::cli::paper::{Cell, Ink, Paper};

/// Devices that are named; `--json` names all.
const SHOWN: usize = 20;
/// From good to bad.
const STANDINGS: [&str; 4] = ["compliant", "undecided", "grace", "violation"];

pub(super) fn print(paper: &mut Paper, rehearsal: &RehearsalJson) {
    let [judged, version, changed] =
        [rehearsal.judged, rehearsal.version, rehearsal.changed].map(|number| number.to_string());
    if rehearsal.unchanged {
        paper.line("admin-rehearsal-same", &[("version", &version)]);
        return;
    }
    let args = [
        ("judged", judged.as_str()),
        ("version", &version),
        ("changed", &changed),
    ];
    paper.line("admin-rehearsal", &args);
    if rehearsal.judged > 0 {
        paper.raw("");
        standings(paper, rehearsal);
    }
    if !rehearsal.rules.is_empty() {
        paper.heading("admin-rehearsal-rules");
        let rows: Vec<_> = rehearsal
            .rules
            .iter()
            .map(|one| tally(paper, one))
            .collect();
        let headings = [
            "column-rule",
            "admin-group",
            "admin-fails",
            "admin-fails-later",
            "admin-first-due",
            "admin-unknown",
            "admin-dropped",
            "admin-passes",
        ];
        paper.table(&headings, &rows);
    }
    devices(paper, rehearsal);
    unjudged(paper, rehearsal);
}

fn standings(paper: &mut Paper, rehearsal: &RehearsalJson) {
    let by = &rehearsal.standings;
    let columns = [&by.before, &by.after, &by.when_due];
    let known = STANDINGS.map(str::to_owned);
    let others = columns.iter().flat_map(|counts| counts.keys().cloned());
    let others: BTreeSet<_> = others.filter(|name| !known.contains(name)).collect();
    let rows: Vec<_> = known
        .iter()
        .chain(&others)
        .map(|name| {
            let counts = columns.map(|counts| counts.get(name).copied().unwrap_or(0));
            let [before, after, due] = counts.map(|count| count.to_string());
            let ink = if name == "violation" && counts[1] > counts[0] {
                Ink::Bad
            } else {
                Ink::Plain
            };
            vec![
                Cell::plain(&paper.say(&format!("standing-{name}"), &[])),
                Cell::plain(&before),
                Cell::inked(&after, ink),
                Cell::plain(&due),
            ]
        })
        .collect();
    let headings = [
        "admin-standing",
        "admin-before",
        "admin-after",
        "admin-when-due",
    ];
    paper.table(&headings, &rows);
}

fn tally(paper: &Paper, one: &TallyJson) -> Vec<Cell> {
    let number = |count: u64, ink| {
        let ink = if count > 0 { ink } else { Ink::Plain };
        Cell::inked(&count.to_string(), ink)
    };
    let due = one.first_due_at.map(|due| due.0.date());
    vec![
        Cell::plain(&one.rule),
        Cell::plain(&group(paper, &one.group)),
        number(one.fails, Ink::Bad),
        number(
            one.fails_after_grace.saturating_add(one.sooner),
            Ink::Warning,
        ),
        Cell::plain(&due.unwrap_or_else(|| "-".to_owned())),
        number(one.unknown, Ink::Warning),
        number(one.dropped, Ink::Warning),
        number(one.passes.saturating_add(one.eased), Ink::Good),
    ]
}

fn devices(paper: &mut Paper, rehearsal: &RehearsalJson) {
    if rehearsal.devices.is_empty() {
        return;
    }
    paper.heading("admin-rehearsal-devices");
    // Those for which it gets worse before the others, and the worst of them first.
    let rank = |name: &str| STANDINGS.iter().position(|standing| *standing == name);
    let worse = |one: &RehearsedJson| (rank(&one.after) > rank(&one.before), rank(&one.after));
    let mut sorted: Vec<_> = rehearsal.devices.iter().collect();
    sorted.sort_by_key(|one| std::cmp::Reverse(worse(one)));
    let rows: Vec<_> = sorted
        .into_iter()
        .take(SHOWN)
        .map(|one| device(paper, one))
        .collect();
    paper.table(&["admin-name", "admin-standing", "admin-changes"], &rows);
    let listed = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let left = rehearsal.changed.saturating_sub(listed);
    if left > 0 {
        paper.line("admin-preview-more", &[("count", &left.to_string())]);
    }
}

fn device(paper: &Paper, one: &RehearsedJson) -> Vec<Cell> {
    let state = |name: &str| paper.say(&format!("state-{name}"), &[]);
    let until = |name: &str, due: Option<Time>| {
        let due = due.filter(|_| name == "grace");
        let due = due.map_or_else(String::new, |due| format!(" ({})", due.0.date()));
        format!("{}{due}", state(name))
    };
    let changes = one.changes.iter().map(|change| {
        let was = until(&change.was, change.was_due_at);
        let is = until(&change.is, change.due_at);
        format!("{}: {was} → {is}", change.rule)
    });
    let [before, after] =
        [&one.before, &one.after].map(|name| paper.say(&format!("standing-{name}"), &[]));
    let standing = if before == after {
        before
    } else {
        format!("{before} → {after}")
    };
    let ink = match one.after.as_str() {
        "violation" => Ink::Bad,
        "compliant" => Ink::Good,
        _ => Ink::Warning,
    };
    vec![
        Cell::plain(&one.name),
        Cell::inked(&standing, ink),
        Cell::plain(&changes.collect::<Vec<_>>().join(", ")),
    ]
}

fn unjudged(paper: &mut Paper, rehearsal: &RehearsalJson) {
    if rehearsal.unjudged_count == 0 {
        return;
    }
    let count = rehearsal.unjudged_count.to_string();
    paper.raw("");
    let said = paper.say("admin-unjudged", &[("count", &count)]);
    paper.inked_line(&said, Ink::Warning);
    let rows = rehearsal.unjudged.iter().take(SHOWN);
    let rows: Vec<_> = rows.map(|one| unjudged_row(paper, one)).collect();
    paper.table(&["admin-name", "admin-reason", "admin-id"], &rows);
    let listed = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let left = rehearsal.unjudged_count.saturating_sub(listed);
    if left > 0 {
        paper.line("admin-preview-more", &[("count", &left.to_string())]);
    }
}

fn unjudged_row(paper: &Paper, one: &UnjudgedJson) -> Vec<Cell> {
    let why = paper.say(&format!("unjudged-{}", one.why), &[("detail", &one.detail)]);
    let name = if one.name.is_empty() { "-" } else { &one.name };
    vec![
        Cell::plain(name),
        Cell::plain(&why),
        Cell::plain(&one.device),
    ]
}

fn group(paper: &Paper, name: &str) -> String {
    if name.is_empty() {
        paper.say("admin-group-default", &[])
    } else {
        name.to_owned()
    }
}
