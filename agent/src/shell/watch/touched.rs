//! What was announced and is not read yet.
//!
//! Touches memory. Must never lose a topic between two who tell of one and the one who waits.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::topics::Topics;

/// Facts that may have changed.
#[derive(Debug, Default)]
pub(super) struct Touched {
    topics: Mutex<Topics>,
    told: Notify,
}

impl Touched {
    /// Tells of these.
    pub(super) fn tell(&self, topics: Topics) {
        let mut all = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        *all = all.and(topics);
        drop(all);
        self.told.notify_one();
    }

    /// Waits until somebody tells, and gives all that was told since.
    pub(super) async fn wait(&self) -> Topics {
        self.told.notified().await;
        let mut all = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *all)
    }
}
