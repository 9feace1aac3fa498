//! The end of the agent on Windows, as the service control manager or a person at a console asks for it.
//!
//! Touches the manager and the console's events. Must never end the agent by itself.

use std::io;
use std::time::Duration;

use tokio::signal::windows::{CtrlBreak, CtrlC, CtrlClose, CtrlShutdown};
use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
use tokio::sync::watch;

use crate::win::service::{self, State};

/// Hears that the agent shall end.
pub(super) struct Stop {
    service: watch::Receiver<bool>,
    interrupt: CtrlC,
    pause: CtrlBreak,
    close: CtrlClose,
    shutdown: CtrlShutdown,
}

impl Stop {
    /// Begins to listen: from then on the keys end nothing by themselves.
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self {
            service: service::stop(),
            interrupt: ctrl_c()?,
            pause: ctrl_break()?,
            close: ctrl_close()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    /// Waits until somebody asks for the end.
    pub(super) async fn asked(&mut self) {
        tokio::select! {
            _ = self.service.wait_for(|wanted| *wanted) => {}
            _ = self.interrupt.recv() => {}
            _ = self.pause.recv() => {}
            _ = self.close.recv() => {}
            _ = self.shutdown.recv() => {}
        }
    }
}

/// Says that the agent has started.
pub(super) fn ready(_: &str) {
    service::tell(State::Running);
}

/// Nobody is told: Windows has no watchdog for services.
pub(super) const fn alive() {}

/// Says that the agent is ending.
pub(super) fn stopping() {
    service::tell(State::Stopping);
}

/// There is no watchdog.
pub(super) const fn fed_every() -> Option<Duration> {
    None
}
