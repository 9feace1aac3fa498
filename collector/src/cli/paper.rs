//! What is printed for people: lines, pairs and tables, aligned for Japanese; coloured on a terminal, and
//! broken to its width. Where there is none, each row stands on one line, for `grep` and its like.
//!
//! Touches standard output when it is handed in. Must never pass on a control character that somebody
//! else wrote.

use std::io::{self, Write};

use serde::Serialize;

use sekisho_policy::words::{self, Language};

/// Columns a label takes.
const LABEL_COLUMNS: usize = 20;
/// Columns before the value of a pair.
const VALUE_COLUMN: usize = LABEL_COLUMNS + 4;
/// Columns between two columns of a table.
const GAP: usize = 2;
/// Columns before what of a row goes on below.
const INDENT: usize = 4;

/// A page being written.
#[derive(Debug)]
pub struct Paper {
    language: Language,
    colour: bool,
    /// Columns of a line; `None` where lines are not broken.
    columns: Option<usize>,
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

/// How wide the columns of a table are that comes in parts.
#[derive(Debug, Clone, Default)]
pub struct Columns(Vec<usize>);

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
    pub const fn new(language: Language, colour: bool, columns: Option<usize>) -> Self {
        Self {
            language,
            colour,
            columns,
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
        self.raw(&self.wrapped(&text, 0));
    }

    /// A line as it is; the caller answers for its characters.
    pub fn raw(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// A line in an ink; the caller answers for its characters.
    pub fn inked_line(&mut self, text: &str, ink: Ink) {
        let text = self.inked(&self.wrapped(text, 0), ink);
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
        let value = self.inked(&self.wrapped(value, VALUE_COLUMN), ink);
        self.raw(&format!("  {label}  {value}"));
    }

    /// A table with headings from the catalogue.
    pub fn table(&mut self, headings: &[&str], rows: &[Vec<Cell>]) {
        self.more_of_table(headings, rows, &mut Columns::default());
    }

    /// A table that comes in parts: the headings stand above the first, and the columns of a later part are at least
    /// as wide as before.
    pub fn more_of_table(&mut self, headings: &[&str], rows: &[Vec<Cell>], columns: &mut Columns) {
        let is_first = columns.0.is_empty();
        let headings: Vec<_> = headings.iter().map(|key| self.say(key, &[])).collect();
        let widths = &mut columns.0;
        if is_first {
            widths.extend(headings.iter().map(|heading| words::width(heading)));
        }
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(words::width(&cell.text));
            }
        }
        let head: Vec<_> = headings.iter().map(|text| Cell::plain(text)).collect();
        let lines = words::lines_of_columns(widths, GAP, self.columns, INDENT);
        for row in is_first.then_some(&head).into_iter().chain(rows) {
            for (number, places) in lines.iter().enumerate() {
                let indent = if number == 0 { 0 } else { INDENT };
                let cells = row.iter().zip(widths.iter()).enumerate();
                let cells = cells.filter(|(place, _)| places.contains(place));
                let alone = places.len() == 1;
                let mut line = " ".repeat(indent);
                for (_, (cell, width)) in cells {
                    let text = if alone {
                        self.wrapped(&cell.text, indent)
                    } else {
                        words::pad(&cell.text, *width)
                    };
                    line.push_str(&self.inked(&text, cell.ink));
                    line.push_str("  ");
                }
                let line = line.trim_end().to_owned();
                self.raw(&line);
            }
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

    /// The text broken to the width of the terminal, if there is one.
    fn wrapped(&self, text: &str, indent: usize) -> String {
        match self.columns {
            Some(columns) => words::wrap(text, columns, indent),
            None => text.to_owned(),
        }
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

/// One JSON object whose first field is a list that is put out as it comes.
#[derive(Debug)]
pub struct JsonList {
    is_empty: bool,
}

impl JsonList {
    /// Begins the object, with the list in this field.
    #[must_use]
    pub fn begin(field: &str) -> Self {
        put(&format!("{{\n  \"{field}\": ["));
        Self { is_empty: true }
    }

    /// Puts out more of the list.
    pub fn put(&mut self, items: &[impl Serialize]) {
        let mut text = String::new();
        for item in items {
            text.push_str(if self.is_empty { "\n    " } else { ",\n    " });
            self.is_empty = false;
            // Every shape of the interface can be written.
            text.push_str(&serde_json::to_string(item).unwrap_or_default());
        }
        put(&text);
    }

    /// Ends the object with the fields of another.
    pub fn end(self, rest: &serde_json::Value) {
        let rest = serde_json::to_string(rest).unwrap_or_default();
        let fields = rest.strip_prefix('{').unwrap_or(&rest);
        put(&format!("\n  ],\n  {fields}\n"));
    }
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
        let mut paper = Paper::new(Language::Ja, false, None);
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
        let mut paper = Paper::new(Language::En, false, None);
        paper.pair("x", "pc\u{1b}[2J\r\nroot");
        assert!(!paper.text.contains('\u{1b}'));
        assert_eq!(paper.text.lines().count(), 1);
    }

    #[test]
    fn a_page_fits_a_terminal_of_80_columns_and_loses_nothing() {
        let id = "01934f2e-7d6a-7c31-9a55-0123456789ab";
        let long = "expires_at=2026-12-02T13:57:32Z note=営業部の新しいノートパソコン ".repeat(4);
        for language in Language::ALL {
            let mut paper = Paper::new(language, false, Some(80));
            let row = vec![
                Cell::plain(id),
                Cell::plain("営業部ノート\u{202e}gpj.exe"),
                Cell::plain("compliant"),
                Cell::plain(&long),
            ];
            paper.table(
                &["admin-id", "admin-name", "admin-standing", "admin-details"],
                &[row],
            );
            paper.pair("admin-reason", &long);
            paper.line("admin-backed-up", &[("file", &long), ("bytes", "12")]);
            for line in paper.text.lines() {
                assert!(words::width(line) <= 80, "{line}\n{}", paper.text);
            }
            let letters = |text: &str| text.replace(char::is_whitespace, "");
            assert_eq!(
                letters(&paper.text).matches(&letters(&long)).count(),
                3,
                "{}",
                paper.text
            );
        }
    }

    #[test]
    fn labels_leave_the_values_in_one_column() {
        let labels = [
            "admin-restricted",
            "admin-attached-count",
            "admin-server-certificate",
            "admin-approved-until",
            "admin-product-uuid",
            "admin-registration",
            "column-remedy",
        ];
        for language in Language::ALL {
            let paper = Paper::new(language, false, None);
            for label in labels {
                let said = paper.say(label, &[]);
                assert!(words::width(&said) <= LABEL_COLUMNS, "{said}");
            }
        }
    }
}
