//! The terminal: its language, its colours, its width, and text that fits it.
//!
//! Touches the environment and asks whether the output is a terminal. Must never put a control
//! sequence into what is not one.

use std::env;
use std::io::IsTerminal;

use clap::ValueEnum;
use sekisho_policy::words::{self, Language};
use terminal_size::terminal_size_of;

/// Columns of a line where there is no terminal that says how wide it is.
const DEFAULT_COLUMNS: usize = 100;

/// The language of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Lang {
    /// Japanese
    Ja,
    /// English
    En,
}

/// The language that was asked for, else that of the locale.
pub(super) fn language(asked: Option<Lang>) -> Language {
    match asked {
        Some(Lang::Ja) => Language::Ja,
        Some(Lang::En) => Language::En,
        // The order of setlocale(3).
        None => ["LC_ALL", "LC_MESSAGES", "LANG"]
            .iter()
            .filter_map(|name| env::var(name).ok())
            .find(|value| !value.is_empty())
            .map_or_else(of_system, |locale| Language::of_locale(&locale)),
    }
}

/// Where no variable says otherwise.
#[cfg(unix)]
fn of_system() -> Language {
    Language::default()
}

/// The language that the company has chosen for its laptops, else the user in Windows: nobody sets variables there.
#[cfg(windows)]
fn of_system() -> Language {
    match crate::win::settings::chosen("Language") {
        Some(chosen) => Language::of_locale(&chosen),
        None => Language::of_locale(crate::win::machine::user_language()),
    }
}

/// How the output may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    /// Whether colours may be used.
    pub(super) colour: bool,
    /// Columns of a line.
    pub(super) columns: usize,
}

/// A colour with a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Unclear,
    Quiet,
    Title,
}

impl Style {
    /// Asks the environment: colours only on a terminal, and not where `NO_COLOR` is set
    /// (<https://no-color.org>).
    pub(super) fn of_stdout() -> Self {
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        let set = env::var("COLUMNS").ok();
        let set = set.and_then(|columns| columns.parse().ok());
        let asked = || terminal_size_of(std::io::stdout()).map(|(columns, _)| columns.0.into());
        Self {
            colour: std::io::stdout().is_terminal() && !refused && !dumb,
            columns: set.or_else(asked).unwrap_or(DEFAULT_COLUMNS),
        }
    }

    /// The text in a colour, if there may be any.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "1;31",
            Tone::Unclear => "33",
            Tone::Quiet => "2",
            Tone::Title => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// The text with line breaks, each further line indented.
    pub(super) fn wrap(self, text: &str, indent: usize) -> String {
        words::wrap(text, self.columns, indent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NARROW: Style = Style {
        colour: false,
        columns: 40,
    };

    #[test]
    fn without_a_terminal_there_is_no_control_sequence() {
        assert_eq!(NARROW.paint(Tone::Bad, "fail"), "fail");
    }
}
