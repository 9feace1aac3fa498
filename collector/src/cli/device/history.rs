//! The life of a device's findings for people.
//!
//! Touches nothing. Must never show a time without what happened then.

use crate::admin::json::history::TurnJson;
use crate::cli::paper::{Cell, Ink, Paper};

pub(super) fn print(paper: &mut Paper, history: &[TurnJson]) {
    paper.heading("admin-history");
    if history.is_empty() {
        paper.line("admin-no-history", &[]);
        return;
    }
    let rows: Vec<_> = history.iter().map(|turn| row(paper, turn)).collect();
    let headings = ["admin-when", "admin-turn", "column-rule", "admin-entry"];
    paper.table(&headings, &rows);
}

fn row(paper: &Paper, turn: &TurnJson) -> Vec<Cell> {
    let ink = match turn.turn.as_str() {
        "mended" => Ink::Good,
        "due" => Ink::Bad,
        "began" | "returned" => Ink::Warning,
        _ => Ink::Plain,
    };
    let entry = turn
        .entry
        .map_or_else(|| "-".to_owned(), |entry| entry.to_string());
    vec![
        Cell::plain(&turn.at.to_string()),
        Cell::inked(&paper.say(&format!("turn-{}", turn.turn), &[]), ink),
        Cell::plain(&turn.rule),
        Cell::plain(&entry),
    ]
}
