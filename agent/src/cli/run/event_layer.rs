//! What of the log goes to the Event Log: what is amiss, and what administrators should find there.
//!
//! Touches the Event Log. Must never write what happens all the time: it would push out everybody else's records.

use std::fmt::{self, Write};
use std::panic;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt as lines;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use super::super::super::log;
use super::super::log_file::LogFile;
use crate::win::events::{EventLog, Kind, WORTHY};

/// Sends the log of this process there, and all of it to the file where there is one.
pub(super) fn begin(file: Option<LogFile>) {
    let file = file.map(|file| {
        let layer = lines::layer().with_writer(file).with_ansi(false);
        layer.with_target(false).with_filter(log::filter())
    });
    let events = EventLog::open().ok().map(Records);
    let _ = tracing_subscriber::registry()
        .with(file)
        .with(events)
        .try_init();
    // Standard error is nobody's here.
    panic::set_hook(Box::new(|panicked| {
        tracing::error!("the agent ends: {panicked}")
    }));
}

struct Records(EventLog);

impl<S: Subscriber> Layer<S> for Records {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let kind = match *event.metadata().level() {
            Level::ERROR => Kind::Error,
            Level::WARN => Kind::Warning,
            _ if event.metadata().target() == WORTHY => Kind::Information,
            _ => return,
        };
        let mut text = Text::default();
        event.record(&mut text);
        // A log that is full takes nothing, and there is nobody else to tell.
        drop(self.0.write(kind, &text.whole()));
    }
}

/// The message, and what else is told with it.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn whole(self) -> String {
        let Self { message, fields } = self;
        match fields.is_empty() {
            true => message,
            false => format!("{message}\n{fields}"),
        }
    }
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a text cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => writeln!(self.fields, "{name}: {value:?}"),
        };
    }
}
