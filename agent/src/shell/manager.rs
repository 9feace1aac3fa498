//! The service manager of a Linux system: told how the agent stands, and heard when it shall end.
//!
//! Touches systemd's socket of notices, and signals. Must never say that the agent is alive from anywhere but its loop.

use std::io;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Hears that the agent shall end.
pub(super) struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Begins to listen: from then on the signals end nothing by themselves.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits until the service manager or a person asks for the end.
    pub(super) async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Says that the agent has started, and how it stands.
pub(super) fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// Says that the loop goes round.
pub(super) fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// Says that the agent is ending.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// How often [`alive`] must be said, with room to spare.
pub(super) fn fed_every() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|interval| interval / 2)
}

fn tell(states: &[NotifyState<'_>]) {
    // There is no service manager when a person runs the agent.
    let _ = sd_notify::notify(states);
}
