//! The check as text for people: a table of the rules, then what to mend, then what was found.
//!
//! Touches the writer it is given. Must never let a name from the laptop reach the terminal with
//! its control characters.

mod facts;

use std::io::{self, Write};

use sekisho_policy::finding::{Finding, Outcome, Standing};
use sekisho_policy::rules;
use sekisho_policy::words::{self, Language, lines_of_columns, pad, say, shown, text, width};

use super::Checked;
use crate::cli::terminal::{Style, Tone};
use crate::cli::zone::Zone;

/// Lines of evidence shown beside a finding; all of them are in the JSON.
const EVIDENCE_LINES: usize = 4;
/// Columns between two columns of the table.
const GAP: usize = 2;
/// Columns before a row: its mark.
const MARGIN: usize = 2;
/// Columns before what of a row goes on below.
const INDENT: usize = 4;

/// Writes the whole answer.
pub(super) fn write(
    out: &mut impl Write,
    checked: &Checked,
    language: Language,
    style: Style,
    zone: &Zone,
) -> io::Result<()> {
    let verdict = &checked.verdict;
    let tone = match verdict.standing {
        Standing::Compliant => Tone::Good,
        Standing::Undecided => Tone::Unclear,
        Standing::Grace | Standing::Violation => Tone::Bad,
    };
    let standing = words::standing(language, verdict.standing);
    let at = zone.show(verdict.judged_at);
    let headline = text(
        language,
        "check-headline",
        &[("standing", &standing), ("at", &at)],
    );
    writeln!(out, "{}\n", style.paint(tone, &headline))?;
    if let Some(captured) = &checked.captured {
        let at = zone.show(captured.taken_at.0);
        let args = [
            ("host", shown(&captured.host)),
            ("at", at.into()),
            ("version", shown(&captured.agent_version)),
        ];
        let args = args.each_ref().map(|(name, text)| (*name, &**text));
        let told = text(language, "check-captured", &args);
        writeln!(out, "{}\n", style.wrap(&told, 0))?;
    }
    if !checked.moment.is_certain() {
        let wrong = text(language, "check-clock-wrong", &[]);
        writeln!(
            out,
            "{}\n",
            style.paint(Tone::Unclear, &style.wrap(&wrong, 0))
        )?;
    }
    rows(out, checked, language, style)?;
    for finding in &verdict.findings {
        if matches!(finding.outcome, Outcome::Fail | Outcome::Unknown) {
            details(out, finding, language, style, zone)?;
        }
    }
    facts::write(out, checked, language, style, zone)?;
    let policy = text(
        language,
        &format!("check-policy-{}", checked.basis.origin),
        &[("name", &checked.basis.name)],
    );
    writeln!(out, "{}", style.paint(Tone::Quiet, &style.wrap(&policy, 0)))?;
    let dated = verdict
        .findings
        .iter()
        .any(|finding| finding.due_at.is_some());
    if dated && checked.basis.since.is_none() {
        let anew = text(language, "check-not-remembered", &[]);
        writeln!(out, "{}", style.paint(Tone::Quiet, &style.wrap(&anew, 0)))?;
    }
    if let Some(why) = &checked.basis.hidden {
        let why = words::why(language, why);
        let hidden = text(language, "check-memory-hidden", &[("why", &why)]);
        writeln!(
            out,
            "{}",
            style.paint(Tone::Unclear, &style.wrap(&hidden, 0))
        )?;
    }
    Ok(())
}

/// One row for each rule: mark, title, clause by both editions, outcome.
fn rows(
    out: &mut impl Write,
    checked: &Checked,
    language: Language,
    style: Style,
) -> io::Result<()> {
    let heading = ["rule", "clause", "outcome"]
        .map(|column| text(language, &format!("column-{column}"), &[]));
    let cells: Vec<[String; 3]> = checked
        .verdict
        .findings
        .iter()
        .map(|finding| cells(finding, language))
        .collect();
    let mut widths = [0; 3];
    for row in std::iter::once(&heading).chain(&cells) {
        for (widest, cell) in widths.iter_mut().zip(row) {
            *widest = (*widest).max(width(cell));
        }
    }
    let room = style.columns.saturating_sub(MARGIN);
    let lines = lines_of_columns(&widths, GAP, Some(room), INDENT);
    let mut put = |mark: &str, tone: Tone, row: &[String; 3]| -> io::Result<()> {
        for (number, line) in lines.iter().enumerate() {
            let cells = row.iter().zip(widths).enumerate();
            let text: String = cells
                .filter(|(place, _)| line.contains(place))
                .map(|(_, (cell, widest))| pad(cell, widest.saturating_add(GAP)))
                .collect();
            let text = style.paint(tone, text.trim_end());
            match number {
                0 => writeln!(out, "{mark} {text}")?,
                _ => writeln!(out, "{:MARGIN$}{:INDENT$}{text}", "", "")?,
            }
        }
        Ok(())
    };
    put(" ", Tone::Title, &heading)?;
    for (finding, row) in checked.verdict.findings.iter().zip(&cells) {
        let (mark, tone) = mark(finding);
        put(&style.paint(tone, mark), tone, row)?;
    }
    Ok(())
}

fn cells(finding: &Finding, language: Language) -> [String; 3] {
    let outcome = match finding.outcome {
        Outcome::Fail | Outcome::Unknown if finding.exception.is_some() => {
            let outcome = words::outcome(language, finding.outcome);
            let excepted = text(language, "check-excepted", &[]);
            format!("{outcome} ({excepted})")
        }
        Outcome::Fail | Outcome::Unknown => format!(
            "{} ({})",
            words::outcome(language, finding.outcome),
            words::severity(language, finding.severity)
        ),
        Outcome::Pass | Outcome::NotApplicable => words::outcome(language, finding.outcome),
    };
    [
        words::rule_title(language, finding),
        clause(finding),
        outcome,
    ]
}

fn clause(finding: &Finding) -> String {
    rules::editions(finding).map_or_else(String::new, |(edition_2013, edition_2022)| {
        format!("{} (2022: {})", shown(edition_2013), shown(edition_2022))
    })
}

fn mark(finding: &Finding) -> (&'static str, Tone) {
    match finding.outcome {
        Outcome::Fail | Outcome::Unknown if finding.exception.is_some() => ("~", Tone::Unclear),
        Outcome::Pass => ("+", Tone::Good),
        Outcome::NotApplicable => ("-", Tone::Quiet),
        Outcome::Unknown => ("?", Tone::Unclear),
        Outcome::Fail => ("!", Tone::Bad),
    }
}

fn details(
    out: &mut impl Write,
    finding: &Finding,
    language: Language,
    style: Style,
    zone: &Zone,
) -> io::Result<()> {
    let (mark, tone) = mark(finding);
    let title = words::rule_title(language, finding);
    writeln!(
        out,
        "\n{} {}",
        style.paint(tone, mark),
        style.paint(Tone::Title, &title)
    )?;
    let cause = say(language, &zone.localized(&finding.cause));
    part(out, &text(language, "column-finding", &[]), &cause, style)?;
    if let Some(remedy) = &finding.remedy {
        let remedy = say(language, &zone.localized(remedy));
        part(out, &text(language, "column-remedy", &[]), &remedy, style)?;
    }
    if let Some(exception) = &finding.exception {
        let said = text(
            language,
            "check-exception",
            &[
                ("until", &zone.show(exception.until)),
                ("owner", &exception.owner),
                ("approver", &exception.approver),
                ("reason", &exception.reason),
            ],
        );
        part(out, &text(language, "column-exception", &[]), &said, style)?;
    }
    if let Some(due) = finding.due_at {
        let due = zone.show(due);
        part(out, &text(language, "column-due", &[]), &due, style)?;
    }
    if !finding.evidence.is_empty() {
        writeln!(out, "  {}", text(language, "column-evidence", &[]))?;
    }
    for seen in finding.evidence.iter().take(EVIDENCE_LINES) {
        let line = format!("    {}: {}", shown(&seen.source), shown(&seen.value));
        let line = words::truncate(&line, style.columns);
        writeln!(out, "{}", style.paint(Tone::Quiet, &line))?;
    }
    let left = finding.evidence.len().saturating_sub(EVIDENCE_LINES);
    if left > 0 {
        let more = text(
            language,
            "check-more-evidence",
            &[("count", &left.to_string())],
        );
        writeln!(out, "    {}", style.paint(Tone::Quiet, &more))?;
    }
    Ok(())
}

fn part(out: &mut impl Write, label: &str, said: &str, style: Style) -> io::Result<()> {
    writeln!(out, "  {label}")?;
    writeln!(out, "    {}", style.wrap(said, 4))
}
