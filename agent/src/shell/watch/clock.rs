//! Jumps of the clock: it was set, or the machine has slept. Then what rests on the time is another.
//!
//! Touches a timer of the kernel that is never due, so that it costs no wakeup. Must never set the clock.

use std::io;
use std::os::fd::{AsFd, AsRawFd, RawFd};

use nix::errno::Errno;
use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Seconds since 1970 at which the timer is due: in the year 2200.
const NEVER_SECS: i64 = 7_258_118_400;

struct Timer(TimerFd);

impl AsRawFd for Timer {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_fd().as_raw_fd()
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
pub(super) async fn jumps(mut tell: impl FnMut()) -> io::Result<()> {
    let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
    let timer = TimerFd::new(ClockId::CLOCK_REALTIME, flags)?;
    let timer = AsyncFd::with_interest(Timer(timer), Interest::READABLE)?;
    let never = Expiration::OneShot(TimeSpec::new(NEVER_SECS, 0));
    let absolute =
        TimerSetTimeFlags::TFD_TIMER_ABSTIME | TimerSetTimeFlags::TFD_TIMER_CANCEL_ON_SET;
    timer.get_ref().0.set(never, absolute)?;
    loop {
        let mut ready = timer.readable().await?;
        match timer.get_ref().0.wait() {
            // The library takes being cancelled for being due, which this timer never is.
            Ok(()) => {
                tell();
                timer.get_ref().0.set(never, absolute)?;
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
        let jumps = tokio::spawn(async move { jumps(|| teller.notify_one()).await });
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
}
