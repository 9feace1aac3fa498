//! Connections on which nothing goes on: counted, and closed after a while.
//!
//! Touches memory and the switches of connections. Must never close one that holds a stream.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use super::Peer;
use crate::limits::{IDLE_ROUND_SECS, IDLE_ROUNDS_MAX};

/// What goes on on one connection.
#[derive(Debug, Default)]
pub struct Idle {
    streams: AtomicU32,
    rounds: AtomicU32,
}

/// Says that something goes on, until it is dropped.
#[derive(Debug)]
pub struct Busy<'a>(&'a Idle);

/// All connections of a listener.
#[derive(Debug, Default)]
pub struct Connections {
    open: Mutex<Vec<Weak<Peer>>>,
}

impl Idle {
    /// Something goes on on the connection while what this gives is held.
    pub fn busy(&self) -> Busy<'_> {
        self.streams.fetch_add(1, Ordering::Relaxed);
        Busy(self)
    }

    /// Counts one more round; gives whether it was one too many.
    fn is_over(&self) -> bool {
        if self.streams.load(Ordering::Relaxed) > 0 {
            self.rounds.store(0, Ordering::Relaxed);
            return false;
        }
        self.rounds.fetch_add(1, Ordering::Relaxed) >= IDLE_ROUNDS_MAX
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
        self.0.rounds.store(0, Ordering::Relaxed);
    }
}

impl Connections {
    /// Notes a connection.
    pub fn add(&self, peer: &Arc<Peer>) {
        self.lock().push(Arc::downgrade(peer));
    }

    /// Closes idle connections, round after round, for ever.
    pub async fn watch(&self) {
        loop {
            tokio::time::sleep(Duration::from_secs(IDLE_ROUND_SECS)).await;
            self.round();
        }
    }

    fn round(&self) {
        self.lock().retain(|peer| {
            let Some(peer) = peer.upgrade() else {
                return false;
            };
            if peer.idle.is_over() {
                tracing::debug!(address = %peer.address, "an idle connection is closed");
                peer.closer.close();
                return false;
            }
            true
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Weak<Peer>>> {
        // A list of what may be gone anyway is whole in any state.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_without_a_stream_is_closed_and_one_with_a_stream_is_not() {
        let connections = Connections::default();
        let peer = || {
            Arc::new(Peer {
                address: ([192, 0, 2, 1], 1).into(),
                certificate: None,
                closer: Arc::default(),
                idle: Idle::default(),
            })
        };
        let (silent, talking) = (peer(), peer());
        connections.add(&silent);
        connections.add(&talking);
        let busy = talking.idle.busy();
        for _ in 0..=IDLE_ROUNDS_MAX {
            connections.round();
        }
        assert!(silent.closer.is_closed());
        assert!(!talking.closer.is_closed());
        drop(busy);
        for _ in 0..=IDLE_ROUNDS_MAX {
            connections.round();
        }
        assert!(talking.closer.is_closed());
    }
}
