//! How often a device may have something put down for ever: so many at once, and then one in each so much time.
//!
//! Touches memory alone. Must never remember a device that has its whole allowance.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use sekisho_policy::id::DeviceId;
use sekisho_policy::time::{Span, Timestamp};

/// What each device may have put down, and those that have used some of it.
#[derive(Debug)]
pub struct Allowance {
    /// The time in which a device may have one more.
    each: Span,
    /// The time in which one that has used all of it has all of it again.
    all: Span,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    /// When each has all of it again.
    whole_at: BTreeMap<DeviceId, Timestamp>,
    /// How many there may be until those are dropped that have.
    look_at: usize,
}

impl Allowance {
    /// `count` at once, and then one more in each `each`.
    #[must_use]
    pub fn new(count: u32, each: Span) -> Self {
        Self {
            each,
            all: Span(each.0.saturating_mul(i64::from(count))),
            used: Mutex::default(),
        }
    }

    /// As much again, for something else.
    #[must_use]
    pub fn another(&self) -> Self {
        Self {
            each: self.each,
            all: self.all,
            used: Mutex::default(),
        }
    }

    /// Whether there is one left of the device's allowance.
    ///
    /// # Errors
    /// Milliseconds until there is one again.
    pub fn ask(&self, device: DeviceId, now: Timestamp) -> Result<(), u32> {
        // Whatever panics, the map is whole.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        self.after_one_more(&mut used, device, now).map(|_| ())
    }

    /// Takes one off the device's allowance.
    ///
    /// # Errors
    /// Milliseconds until there is one again.
    pub fn take(&self, device: DeviceId, now: Timestamp) -> Result<(), u32> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.whole_at.len() > used.look_at {
            used.whole_at.retain(|_, at| *at > now);
            used.look_at = used.whole_at.len().saturating_mul(2).max(64);
        }
        let whole_at = self.after_one_more(&mut used, device, now)?;
        used.whole_at.insert(device, whole_at);
        Ok(())
    }

    /// When it would have all of it again, or how many milliseconds it is short of one.
    fn after_one_more(
        &self,
        used: &mut Used,
        device: DeviceId,
        now: Timestamp,
    ) -> Result<Timestamp, u32> {
        let held = used.whole_at.get_mut(&device).map_or(now, |held| {
            // No further ahead than it can be: a clock that ran ahead must not silence a device.
            *held = (*held).clamp(now, now.after(self.all));
            *held
        });
        let next = held.after(self.each);
        let over = next.since(now.after(self.all));
        if over > Span(0) {
            return Err(u32::try_from(over.0).unwrap_or(u32::MAX));
        }
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_379_612);

    fn allowance() -> Allowance {
        Allowance::new(240, Span::from_secs(1))
    }

    fn device(number: u8) -> DeviceId {
        DeviceId::from_bytes([number; 16])
    }

    #[test]
    fn a_device_that_has_used_its_allowance_gets_one_more_a_second_and_others_keep_theirs() {
        let allowance = allowance();
        let taken = (0..1000).filter(|_| allowance.take(device(1), NOW).is_ok());
        assert_eq!(taken.count(), 240);
        assert_eq!(allowance.take(device(1), NOW), Err(1000));
        assert_eq!(allowance.take(device(2), NOW), Ok(()));
        let later = NOW.after(Span::from_secs(1));
        assert_eq!(allowance.take(device(1), later), Ok(()));
        assert_eq!(allowance.take(device(1), later), Err(1000));
    }

    #[test]
    fn devices_that_have_all_of_it_again_are_forgotten() {
        let allowance = allowance();
        for number in 0..100 {
            allowance.take(device(number), NOW).unwrap();
        }
        for number in 100..140 {
            allowance
                .take(device(number), NOW.after(Span::from_hours(1)))
                .unwrap();
        }
        let held = allowance.used.lock().unwrap().whole_at.len();
        assert!(held < 100, "{held}");
    }

    #[test]
    fn a_clock_that_ran_ahead_silences_nobody() {
        let allowance = allowance();
        let ahead = NOW.after(Span::from_days(365));
        allowance.take(device(1), ahead).unwrap();
        assert_eq!(allowance.take(device(1), NOW), Err(1000));
        let later = NOW.after(Span::from_secs(1));
        assert_eq!(allowance.take(device(1), later), Ok(()));
    }
}
