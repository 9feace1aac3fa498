//! A switch that closes one connection from anywhere in the collector.
//!
//! Touches memory alone: the connection looks at the switch whenever it is read. Must never be needed for
//! an orderly end; it is for peers that are to be gone at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Context;

use futures_util::task::AtomicWaker;

/// Closes one connection.
#[derive(Debug, Default)]
pub struct Closer {
    closed: AtomicBool,
    waker: AtomicWaker,
}

impl Closer {
    /// Closes the connection: its next read fails, and a read that waits is woken.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// Whether the connection has been closed; if not, `cx` is woken when it is.
    pub fn poll_closed(&self, cx: &Context<'_>) -> bool {
        if self.is_closed() {
            return true;
        }
        self.waker.register(cx.waker());
        // It may have been closed between the look and the registration.
        self.is_closed()
    }

    /// Whether the connection has been closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}
