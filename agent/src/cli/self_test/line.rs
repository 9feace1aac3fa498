//! One thing that was tried, and what came of it.
//!
//! Touches nothing. Must never call a thing passed of which something could not be told.

use std::time::Duration;

use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::words::{self, Language, shown};

use super::super::terminal::{Style, Tone};

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It works.
    Pass,
    /// It does not.
    Fail,
    /// It could not be told.
    Unknown,
}

/// What is to be said beside the outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    Nothing,
    /// Why it is not known.
    Why(Why),
    /// A sentence of the catalogue, with one value.
    Text(&'static str, String),
}

/// A part that could not be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Inside {
    /// Where `check --json` has it.
    pub(super) at: String,
    /// The name of the reason.
    pub(super) why: String,
    /// The particulars.
    pub(super) detail: String,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Of which part of the whole: `facts`, `surroundings` or `isolation`.
    pub(super) part: &'static str,
    /// What was tried.
    pub(super) name: &'static str,
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
    pub(super) said: Said,
    pub(super) inside: Vec<Inside>,
}

impl Outcome {
    /// Its name in machine-readable output.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unknown => "unknown",
        }
    }

    const fn tone(self) -> Tone {
        match self {
            Self::Pass => Tone::Good,
            Self::Fail => Tone::Bad,
            Self::Unknown => Tone::Unclear,
        }
    }
}

impl Said {
    fn text(&self, language: Language) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Why(why) => words::why(language, why),
            Self::Text(key, value) => words::text(language, key, &[("value", &shown(value))]),
        }
    }

    /// The name of the reason, where one is known by name.
    pub(super) const fn why(&self) -> Option<&'static str> {
        match self {
            Self::Why(why) => Some(why.code()),
            Self::Nothing | Self::Text(..) => None,
        }
    }

    /// The particulars, the same in every locale.
    pub(super) fn detail(&self) -> String {
        match self {
            Self::Nothing => String::new(),
            Self::Why(why) => why.detail().to_owned(),
            Self::Text(..) => self.text(Language::En),
        }
    }
}

impl Line {
    pub(super) fn new(
        part: &'static str,
        name: &'static str,
        took: Duration,
        (outcome, said): (Outcome, Said),
    ) -> Self {
        Self {
            part,
            name,
            outcome,
            took,
            said,
            inside: Vec::new(),
        }
    }

    /// The line for people.
    pub(super) fn text(&self, language: Language, style: Style) -> String {
        let outcome = words::text(
            language,
            &format!("self-test-outcome-{}", self.outcome.name()),
            &[],
        );
        let name = words::text(language, &format!("self-test-{}", self.name), &[]);
        let took = format!("{} ms", self.took.as_millis());
        // Wide enough for the longest outcome of either language.
        let outcome = style.paint(self.outcome.tone(), &words::pad(&outcome, 14));
        let said = self.said.text(language);
        let mut texts = vec![if said.is_empty() {
            name
        } else {
            format!("{name}: {said}")
        }];
        let more = self.inside.len().saturating_sub(INSIDE_LINES);
        for one in self.inside.iter().take(INSIDE_LINES) {
            texts.push(format!("{}: {} ({})", one.at, one.why, shown(&one.detail)));
        }
        if more > 0 {
            let count = more.to_string();
            texts.push(words::text(
                language,
                "self-test-more",
                &[("count", &count)],
            ));
        }
        let columns = style.columns.saturating_sub(INDENT).max(COLUMNS_MIN);
        let texts = texts.iter().map(|text| words::wrap(text, columns, 2));
        let texts: Vec<_> = texts.collect();
        let text = texts
            .join("\n")
            .replace('\n', &format!("\n{}", " ".repeat(INDENT)));
        format!("{outcome} {took:>9}  {text}")
    }
}

/// Columns before the name.
const INDENT: usize = 26;
/// Columns that a text has on the narrowest terminal.
const COLUMNS_MIN: usize = 30;
/// Parts that could not be told, of one line. All of them are in the file.
const INSIDE_LINES: usize = 5;

/// What a reading of yes or no says, where yes is what is wanted.
pub(super) fn wanted(reading: &Reading<bool>, otherwise: Said) -> (Outcome, Said) {
    match reading {
        Reading::Known(true) => (Outcome::Pass, Said::Nothing),
        Reading::Known(false) | Reading::Absent => (Outcome::Fail, otherwise),
        Reading::Unknown(why) => (Outcome::Unknown, Said::Why(why.clone())),
    }
}
