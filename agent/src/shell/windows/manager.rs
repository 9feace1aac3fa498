//! The end of the agent on Windows, as a person at a console asks for it.
//!
//! Touches the console's events. Must never end the agent by itself.

use std::io;
use std::time::Duration;

use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, CtrlShutdown};
use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};

/// Hears that the agent shall end.
pub(super) struct Stop {
    interrupt: CtrlC,
    pause: CtrlBreak,
    close: CtrlClose,
    shutdown: CtrlShutdown,
}

impl Stop {
    /// Begins to listen: from then on the keys end nothing by themselves.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: ctrl_c()?,
            pause: ctrl_break()?,
            close: ctrl_close()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    /// Waits until somebody asks for the end.
    pub(super) async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.pause.recv() => {}
            _ = self.close.recv() => {}
            _ = self.shutdown.recv() => {}
        }
    }
}

/// Nobody is told: the service control manager asks by itself.
pub(super) const fn ready(_: &str) {}

/// Nobody is told: Windows has no watchdog for services.
pub(super) const fn alive() {}

/// Nobody is told: whoever runs the loop sees its end.
pub(super) const fn stopping() {}

/// There is no watchdog.
pub(super) const fn fed_every() -> Option<Duration> {
    None
}
