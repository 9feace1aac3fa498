//! What every admin command shares: where the collector is, how to print, how it ends.
//!
//! Touches the environment for the language. Must never speak to the collector by itself.

use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use sekisho_policy::words::Language;
use terminal_size::terminal_size_of;

use super::paper::Paper;
use crate::client::Client;
use crate::config::{Config, DEFAULT_DIR};

/// Options that every admin command takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The collector's directory
    #[arg(long, global = true, value_name = "DIR", env = "SEKISHO_COLLECTOR_DIR", default_value = DEFAULT_DIR)]
    pub dir: PathBuf,
    /// Print JSON, as the admin interface gives it
    #[arg(long, global = true)]
    pub json: bool,
}

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It was done: 0.
    Done,
    /// It was refused or failed for the reason that was printed: 1.
    Refused,
    /// It could not be told: the collector was not reached, or something is not known yet: 2.
    CouldNotTell,
    /// It was typed wrong: 64, `EX_USAGE` of sysexits.h.
    Usage,
}

impl Common {
    /// The collector's admin interface.
    #[must_use]
    pub fn client(&self) -> Client {
        // A collector whose configuration cannot be read says so itself when it is started.
        let config = Config::load(&self.dir).unwrap_or_else(|_| Config::usual(&self.dir));
        Client::at(&config.admin_socket_path)
    }

    /// Where to print.
    #[must_use]
    pub fn paper(&self) -> Paper {
        let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Paper::new(language(), colour, terminal_columns(std::io::stdout()))
    }
}

/// How wide the terminal is that `output` goes to; `None` where it goes elsewhere.
#[must_use]
pub fn terminal_columns(output: impl AsFd) -> Option<usize> {
    terminal_size_of(output).map(|(columns, _)| columns.0.into())
}

/// The language of the user's locale.
#[must_use]
pub fn language() -> Language {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let locale = set("LC_ALL")
        .or_else(|| set("LC_MESSAGES"))
        .or_else(|| set("LANG"));
    Language::of_locale(&locale.unwrap_or_default())
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Refused => 1,
            Exit::CouldNotTell => 2,
            Exit::Usage => 64,
        })
    }
}
