//! Tells when somebody changes filters: by the platform's own notices, else by looking.
//!
//! Touches the platform's notices. Must never rest on them alone: Windows does not promise that each is given.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::enforce::filters::objects::is_ours;
use crate::wfp::{Guid, Refused};
use crate::win::wfp::watch::Notices;

/// How often to look where there are no notices.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often to look although there are.
const LOOK_ANYWAY_EVERY: Duration = Duration::from_secs(60);
/// The least time between two changes told: Windows' own firewall makes and removes filters by the dozen.
const PACE: Duration = Duration::from_millis(200);

/// A watch over the filters, to be held while ours are in force.
pub struct Watch {
    notices: Option<Notices>,
    look: Interval,
    pace: Interval,
}

impl Watch {
    /// Opens the watch. Where there are no notices the watch looks at intervals, and the reason comes with it.
    ///
    /// Must be called inside a tokio runtime with time.
    #[must_use]
    pub fn open() -> (Self, Option<Refused>) {
        let (notices, refused) = match Notices::open(matters) {
            Ok(notices) => (Some(notices), None),
            Err(refused) => (None, Some(refused)),
        };
        let every = if notices.is_some() {
            LOOK_ANYWAY_EVERY
        } else {
            LOOK_EVERY
        };
        let watch = Self {
            notices,
            look: unhurried(every),
            pace: unhurried(PACE),
        };
        (watch, refused)
    }

    /// Waits for the next reason to read the filters back; the first comes at once, since nobody knows what happened
    /// before. A call that is dropped loses nothing but a pause.
    pub async fn changed(&mut self) {
        self.pace.tick().await;
        let Some(notices) = &self.notices else {
            self.look.tick().await;
            return;
        };
        tokio::select! {
            () = notices.next() => {}
            _ = self.look.tick() => {}
        }
    }
}

/// One of ours that goes, or another's that comes: it may stand in our sublayer.
const fn matters(key: Guid, has_come: bool) -> bool {
    is_ours(key) != has_come
}

fn unhurried(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
