//! What is printed for people: lines, pairs and tables, aligned for Japanese, coloured on a terminal.
//!
//! Touches standard output when it is handed in. Must never pass on a control character that somebody
//! else wrote.

use std::io::{self, Write};

use serde::Serialize;

use sekisho_policy::words::{self, Language};

/// Columns a label takes.
const LABEL_COLUMNS: usize = 18;

/// A page being written.
#[derive(Debug)]
pub struct Paper {
    language: Language,
    colour: bool,
    text: String,
}

/// How a cell looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// As the rest.
    Plain,
    /// Well.
    Good,
    /// To be looked at.
    Warning,
    /// Bad.
    Bad,
}

/// One cell of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    text: String,
    ink: Ink,
}

impl Cell {
    /// A cell with a text that others may have written.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self::inked(text, Ink::Plain)
    }

    /// A cell in an ink.
    #[must_use]
    pub fn inked(text: &str, ink: Ink) -> Self {
        Self {
            text: words::shown(text).into_owned(),
            ink,
        }
    }
}

impl Paper {
    /// An empty page.
    #[must_use]
    pub const fn new(language: Language, colour: bool) -> Self {
        Self {
            language,
            colour,
            text: String::new(),
        }
    }

    /// The reader's language.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The catalogue's message in the reader's language.
    #[must_use]
    pub fn say(&self, key: &str, args: &[(&str, &str)]) -> String {
        words::text(self.language, key, args)
    }

    /// A line from the catalogue.
    pub fn line(&mut self, key: &str, args: &[(&str, &str)]) {
        let text = self.say(key, args);
        self.raw(&text);
    }

    /// A line as it is; the caller answers for its characters.
    pub fn raw(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A line in an ink; the caller answers for its characters.
    pub fn inked_line(&mut self, text: &str, ink: Ink) {
        let text = self.inked(text, ink);
        self.raw(&text);
    }

    /// A heading, with an empty line above it unless it is the first on the page.
    pub fn heading(&mut self, key: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let text = self.say(key, &[]);
        if self.colour {
            self.raw(&format!("\u{1b}[1m{text}\u{1b}[0m"));
        } else {
            self.raw(&text);
        }
    }

    /// A label from the catalogue and a value.
    pub fn pair(&mut self, key: &str, value: &str) {
        self.pair_inked(key, value, Ink::Plain);
    }

    /// A label from the catalogue and a value in an ink.
    pub fn pair_inked(&mut self, key: &str, value: &str, ink: Ink) {
        let label = words::pad(&self.say(key, &[]), LABEL_COLUMNS);
        let value = words::shown(value);
        let value = if value.is_empty() { "-" } else { &value };
        let value = self.inked(value, ink);
        self.raw(&format!("  {label}  {value}"));
    }

    /// A table with headings from the catalogue.
    pub fn table(&mut self, headings: &[&str], rows: &[Vec<Cell>]) {
        let headings: Vec<_> = headings.iter().map(|key| self.say(key, &[])).collect();
        let mut widths: Vec<_> = headings
            .iter()
            .map(|heading| words::width(heading))
            .collect();
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(words::width(&cell.text));
            }
        }
        let head: Vec<_> = headings.iter().map(|text| Cell::plain(text)).collect();
        for row in std::iter::once(&head).chain(rows) {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let padded = words::pad(&cell.text, *width);
                line.push_str(&self.inked(&padded, cell.ink));
                line.push_str("  ");
            }
            let line = line.trim_end().to_owned();
            self.raw(&line);
        }
    }

    /// What is on the page.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Puts the page out.
    pub fn print(self) {
        put(&self.text);
    }

    fn inked(&self, text: &str, ink: Ink) -> String {
        let code = match ink {
            Ink::Plain => return text.to_owned(),
            Ink::Good => 32,
            Ink::Warning => 33,
            Ink::Bad => 31,
        };
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Prints a value as JSON.
pub fn json(value: &impl Serialize) {
    // Every shape of the interface can be written.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    put(&text);
}

/// A reader that has gone, as `head` does, is no failure.
fn put(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_under_japanese_text() {
        let mut paper = Paper::new(Language::Ja, false);
        let rows = vec![
            vec![Cell::plain("営業部ノート"), Cell::plain("x")],
            vec![Cell::plain("a"), Cell::plain("y")],
        ];
        paper.table(&["a", "b"], &rows);
        let column = |line: &str, mark: &str| words::width(line.split(mark).next().unwrap());
        let lines: Vec<_> = paper.text.lines().collect();
        assert_eq!(column(lines[1], "x"), column(lines[2], "y"));
    }

    #[test]
    fn what_strangers_wrote_cannot_steer_the_terminal() {
        let mut paper = Paper::new(Language::En, false);
        paper.pair("x", "pc\u{1b}[2J\r\nroot");
        assert!(!paper.text.contains('\u{1b}'));
        assert_eq!(paper.text.lines().count(), 1);
    }
}
