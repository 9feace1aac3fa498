//! Whether the laptop is on other networks than before, once notices about them have calmed down.
//!
//! Touches the reader of the networks. Must never tell of a change of facts when the networks are the same ones:
//! containers come and go by the second.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio::task::spawn_blocking;

use super::Touched;
use crate::sensors::{Deadlines, Root, Sensors};
use crate::topics::{Topic, Topics};

/// Reads the networks after each second of notices. What the system tells is of this machine, and of no other that
/// hangs below a folder.
pub(super) async fn compare(root: Root, calm: &Notify, tell: &Touched) {
    if !root.is_live() {
        return;
    }
    let sensors = Arc::new(Sensors::new(root, Deadlines::default()));
    let mut before = None;
    loop {
        let sensors = Arc::clone(&sensors);
        // A reader that broke off is told of by the next full reading.
        if let Ok(now) = spawn_blocking(move || sensors.network()).await {
            let now = Some(now);
            if before.is_some() && before != now {
                tell.tell(Topics::of(&[Topic::Network]));
            }
            before = now;
        }
        calm.notified().await;
    }
}
