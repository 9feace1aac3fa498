//! A watch over the rules on Windows: there are none to be touched, so it only says when to look.
//!
//! Touches nothing. Must never say that somebody touched what was not looked at.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

/// How often the rules are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// The watch.
#[derive(Debug)]
pub struct Watch {
    look: Interval,
}

impl Watch {
    /// Opens the watch; nothing can keep it from that.
    #[must_use]
    pub fn open() -> (Self, Option<Infallible>) {
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        (Self { look }, None)
    }

    /// Waits for the next reason to look; the first comes at once.
    pub async fn changed(&mut self) {
        self.look.tick().await;
    }
}
