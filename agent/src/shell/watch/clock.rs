//! Jumps of the clock: it was set, or the machine has slept. Then what rests on the time is another.
//!
//! Touches a timer of the kernel that is never due, so that it costs no wakeup. Must never set the clock.

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};

use nix::errno::Errno;
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use sekisho_policy::time::Span;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::clock;

/// Seconds since 1970 at which the timer is due: in the year 2200.
const NEVER_SECS: i64 = 7_258_118_400;

/// A sleep that is shorter is not told from a clock that is set. What changes in it announces itself.
const SLEEP_MIN: Span = Span(1000);

/// Why the clock jumped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Jump {
    /// It was set.
    Set,
    /// The machine has slept.
    Resumed,
}

impl Jump {
    /// By how long the machine had slept since boot before it and after it.
    fn between(before: Span, after: Span) -> Self {
        match after.0.saturating_sub(before.0) < SLEEP_MIN.0 {
            true => Self::Set,
            false => Self::Resumed,
        }
    }
}

struct Timer(TimerFd);

impl AsRawFd for Timer {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
    }
}

impl Timer {
    fn arm(&self) -> io::Result<()> {
        let never = Expiration::OneShot(TimeSpec::new(NEVER_SECS, 0));
        let absolute =
            TimerSetTimeFlags::TFD_TIMER_ABSTIME | TimerSetTimeFlags::TFD_TIMER_CANCEL_ON_SET;
        match self.0.set(never, absolute) {
            // The clock has jumped once more since it was read, and the timer is set all the same.
            Err(Errno::ECANCELED) => Ok(()),
            other => Ok(other?),
        }
    }
}

/// Tells of each jump. Ends only by an error.
///
/// The kernel cancels such a timer whenever the distance between the time of day and the time the machine
/// was awake becomes another: when the clock is set, and when a suspended machine resumes
/// (timerfd_create(2), `TFD_TIMER_CANCEL_ON_SET`).
#[expect(
    deprecated,
    reason = "its successor is unsafe to call; a TimerFd keeps its descriptor open as both demand"
)]
pub(super) async fn jumps(mut tell: impl FnMut(Jump)) -> io::Result<()> {
    let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
    let timer = TimerFd::new(ClockId::CLOCK_REALTIME, flags)?;
    let timer = AsyncFd::with_interest(Timer(timer), Interest::READABLE)?;
    timer.get_ref().arm()?;
    let mut slept = clock::slept();
    loop {
        let mut ready = timer.readable().await?;
        match timer.get_ref().0.wait() {
            // The library takes being cancelled for being due, which this timer never is.
            Ok(()) => {
                // First, so that what jumps behind it is told of again.
                timer.get_ref().arm()?;
                let before = std::mem::replace(&mut slept, clock::slept());
                tell(Jump::between(before, slept));
            }
            Err(Errno::EAGAIN) => {}
            Err(error) => return Err(error.into()),
        }
        ready.clear_ready();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nix::time::{ClockId, clock_gettime, clock_settime};
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::sync::Notify;
    use tokio::time::timeout;

    /// The clock is set to what it says, which moves it by microseconds and is a jump all the same.
    #[tokio::test]
    async fn a_clock_that_is_set_is_told_at_once_and_again() {
        let (told, tell) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let teller = Arc::clone(&told);
        let jumps = tokio::spawn(async move {
            jumps(|jump| {
                assert_eq!(jump, Jump::Set);
                teller.notify_one();
            })
            .await
        });
        // So that the timer is there before the clock is set.
        drop(timeout(Duration::from_millis(200), tell.notified()).await);
        for _ in 0..2 {
            let now = clock_gettime(ClockId::CLOCK_REALTIME).unwrap();
            if clock_settime(ClockId::CLOCK_REALTIME, now) == Err(Errno::EPERM) {
                assert!(
                    !nix::unistd::geteuid().is_root() || std::env::var_os("SEKISHO_CI").is_none(),
                    "the clock may not be set"
                );
                println!("SKIPPED: the clock may not be set here");
                return;
            }
            timeout(Duration::from_secs(20), told.notified())
                .await
                .unwrap();
        }
        jumps.abort();
    }

    #[test]
    fn a_machine_that_slept_is_told_from_a_clock_that_was_set() {
        let before = Span::from_secs(100);
        assert_eq!(Jump::between(before, before), Jump::Set);
        assert_eq!(Jump::between(before, Span(100_003)), Jump::Set);
        assert_eq!(Jump::between(before, Span::from_secs(130)), Jump::Resumed);
    }
}
