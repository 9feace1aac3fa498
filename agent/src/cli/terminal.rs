//! The terminal: its language, its colours, its width, and text that fits it.
//!
//! Touches the environment and asks whether the output is a terminal. Must never put a control
//! sequence into what is not one.

use std::env;
use std::io::IsTerminal;

use clap::ValueEnum;
use sekisho_policy::words::{Language, width};

/// Columns of a line where nobody says how wide the terminal is.
const DEFAULT_COLUMNS: usize = 100;
/// Columns below which wrapping would make the text unreadable.
const LEAST_COLUMNS: usize = 40;

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
            .map(|locale| Language::of_locale(&locale))
            .unwrap_or_default(),
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
        let columns = env::var("COLUMNS")
            .ok()
            .and_then(|columns| columns.parse().ok())
            .unwrap_or(DEFAULT_COLUMNS);
        Self {
            colour: std::io::stdout().is_terminal() && !refused && !dumb,
            columns: columns.max(LEAST_COLUMNS),
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

    /// The text with line breaks, each further line indented. Japanese breaks between any two wide
    /// characters, except before a closing mark.
    pub(super) fn wrap(self, text: &str, indent: usize) -> String {
        let room = self.columns.saturating_sub(indent).max(LEAST_COLUMNS / 2);
        let mut lines = String::new();
        let mut used = 0_usize;
        for piece in pieces(text) {
            let wide = width(piece.trim_end());
            if used > 0 && used.saturating_add(wide) > room {
                let kept = lines.trim_end().len();
                lines.truncate(kept);
                lines.push('\n');
                lines.extend(std::iter::repeat_n(' ', indent));
                used = 0;
            }
            lines.push_str(piece);
            used = used.saturating_add(width(piece));
        }
        lines
    }
}

/// Cuts a text where a line may break.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let mut before: Option<char> = None;
        let cut = rest.char_indices().find_map(|(at, letter)| {
            let breaks = before.is_some_and(|before| may_break(before, letter));
            before = Some(letter);
            breaks.then_some(at)
        });
        let (piece, left) = rest.split_at(cut.unwrap_or(rest.len()));
        pieces.push(piece);
        rest = left;
    }
    pieces
}

fn may_break(before: char, after: char) -> bool {
    let wide = |letter: char| width(letter.encode_utf8(&mut [0; 4])) == 2;
    let closing = "、。，．・：；！？」』）】〕ー々っゃゅょッャュョ”’%)".contains(after);
    let opening = "「『（【〔“‘(".contains(before);
    (before == ' ' && after != ' ')
        || ((wide(before) || wide(after)) && !closing && !opening && after != ' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    const NARROW: Style = Style {
        colour: false,
        columns: 40,
    };

    #[test]
    fn english_breaks_at_spaces_and_no_line_is_too_wide() {
        let text = "Turn the encryption of the disk on, then check once more whether all is well.";
        let wrapped = NARROW.wrap(text, 4);
        assert!(wrapped.lines().count() > 1);
        assert!(wrapped.lines().all(|line| width(line) <= 40), "{wrapped}");
        let joined: Vec<&str> = wrapped.lines().map(str::trim).collect();
        assert_eq!(joined.join(" "), text);
    }

    #[test]
    fn japanese_breaks_without_spaces_and_never_before_a_full_stop() {
        let text = "ディスクの暗号化を有効にしてから、もう一度点検してください。続きはシステム管理責任者に聞いてください。";
        let wrapped = NARROW.wrap(text, 4);
        assert!(wrapped.lines().count() > 1);
        for line in wrapped.lines() {
            assert!(width(line) <= 42, "{line}");
            assert!(!line.trim_start().starts_with(['。', '、']), "{line}");
        }
        assert_eq!(wrapped.replace("\n    ", ""), text);
    }

    #[test]
    fn without_a_terminal_there_is_no_control_sequence() {
        assert_eq!(NARROW.paint(Tone::Bad, "fail"), "fail");
    }

    proptest::proptest! {
        #[test]
        fn wrapping_loses_no_letter(text in "[a-zあ-ん。 ]{0,120}") {
            let letters = |text: &str| -> String {
                text.chars().filter(|letter| !letter.is_whitespace()).collect()
            };
            proptest::prop_assert_eq!(letters(&NARROW.wrap(&text, 2)), letters(&text));
        }
    }
}
