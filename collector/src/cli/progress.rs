//! How far long work has come, on standard error, where a person watches.
//!
//! Touches standard error, if it is a terminal. Must never write into what programs read.

use std::io::{self, IsTerminal, Write};

use sekisho_policy::words;

use super::common::language;

/// A line that is written over and over until it is dropped.
#[derive(Debug)]
pub(super) struct Progress {
    watched: bool,
    shown: String,
}

impl Progress {
    /// Begins a line.
    pub(super) fn begin() -> Self {
        Self {
            watched: io::stderr().is_terminal(),
            shown: String::new(),
        }
    }

    /// Shows the catalogue's message.
    pub(super) fn show(&mut self, key: &str, args: &[(&str, &str)]) {
        if !self.watched {
            return;
        }
        let text = words::text(language(), key, args);
        if text != self.shown {
            let mut err = io::stderr().lock();
            // With nobody watching any more there is nobody to tell.
            let _ = write!(err, "\r\u{1b}[K{text}").and_then(|()| err.flush());
            self.shown = text;
        }
    }

    /// Shows so many bytes, in MiB.
    pub(super) fn show_bytes(&mut self, bytes: u64) {
        let mebibytes = (bytes / (1024 * 1024)).to_string();
        self.show("admin-progress-bytes", &[("mebibytes", &mebibytes)]);
    }

    /// Shows a part of a whole, in per cent.
    pub(super) fn show_part(&mut self, done: u64, total: u64) {
        let percent = done.saturating_mul(100).checked_div(total).unwrap_or(100);
        let percent = percent.to_string();
        self.show("admin-progress-part", &[("percent", &percent)]);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if !self.shown.is_empty() {
            let _ = write!(io::stderr().lock(), "\r\u{1b}[K");
        }
    }
}
