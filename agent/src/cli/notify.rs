//! `sekisho-agent notify`: shows the user of this session what needs mending, as it comes up.
//!
//! Touches the local socket and the session's desktop. Must never need more rights than the user
//! has.

#[cfg(windows)]
mod end;

use clap::Args;

use super::terminal::{Lang, language};
use super::zone::Zone;
use super::{EXIT_OK, Failure, log};
use crate::desktop::{self, SessionError};
use crate::paths::Paths;

/// Who starts it.
#[cfg(unix)]
const STARTED: &str =
    "The desktop starts it with the session, by /etc/xdg/autostart/sekisho-agent-notify.desktop.";
#[cfg(windows)]
const STARTED: &str = "Windows starts it with the session, by \"Sekisho Agent\" of HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run.";

/// What `notify` can be told.
#[derive(Debug, Args)]
#[command(after_help = STARTED)]
pub struct Arguments {
    /// Language of the text; that of the locale where it is not given
    #[arg(long, value_enum)]
    lang: Option<Lang>,
    /// End what shows them already, in every session
    #[cfg(windows)]
    #[arg(long, hide = true)]
    end: bool,
}

/// Shows notifications until the session ends.
///
/// # Errors
/// [`Failure`] when there is no session here.
pub fn run(arguments: &Arguments, paths: &Paths) -> Result<u8, Failure> {
    #[cfg(windows)]
    if arguments.end {
        end::all().map_err(|error| Failure::named("not_ended", error))?;
        return Ok(EXIT_OK);
    }
    log::to_standard_error();
    let zone = Zone::of_system();
    let told = desktop::run(paths, language(arguments.lang), |time| zone.show(time));
    match super::runtime()?.block_on(told) {
        Ok(()) => Ok(EXIT_OK),
        // A desktop that starts it twice is no trouble.
        Err(SessionError::AlreadyTold) => {
            tracing::info!("{}", SessionError::AlreadyTold);
            Ok(EXIT_OK)
        }
        Err(error) => Err(Failure::named("no_session", error)),
    }
}
