//! The log of the commands that the service manager runs.
//!
//! Touches standard error and the environment. Must never be set up by a command that a person types.

use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Logs to standard error; `SEKISHO_LOG` says how much, such as `warn` or `info,sekisho_agent::link=debug`,
/// and `info` where it is not set. Under systemd the journal adds the time.
pub(super) fn to_standard_error() {
    let filter = filter();
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_target(false);
    let lines = match std::env::var_os("JOURNAL_STREAM") {
        Some(_) => lines.without_time().with_filter(filter).boxed(),
        None => lines.with_filter(filter).boxed(),
    };
    // A second subscriber would mean that somebody set one up before; theirs serves as well.
    let _ = tracing_subscriber::registry().with(lines).try_init();
}

/// How much is logged.
pub(super) fn filter() -> Targets {
    // Filters by span and field would keep a compiler of regular expressions in memory.
    std::env::var("SEKISHO_LOG")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| Targets::new().with_default(tracing::Level::INFO))
}
