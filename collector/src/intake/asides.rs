//! How often a device may have something put down for ever beside its reports: a few hundred at once, and
//! then one a second.
//!
//! Touches memory alone. Must never remember a device that has its whole allowance.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use sekisho_policy::id::DeviceId;
use sekisho_policy::time::{Span, Timestamp};

use crate::limits::{ASIDE_MS, ASIDES_MAX};

/// The devices that have used some of their allowance.
#[derive(Debug, Default)]
pub struct Asides {
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    /// When each has all of it again.
    whole_at: BTreeMap<DeviceId, Timestamp>,
    /// How many there may be until those are dropped that have.
    look_at: usize,
}

impl Asides {
    /// Takes one off the device's allowance.
    ///
    /// # Errors
    /// Milliseconds until there is one again.
    pub fn take(&self, device: DeviceId, now: Timestamp) -> Result<(), u32> {
        let all = Span(ASIDE_MS * ASIDES_MAX);
        // Whatever panics, the map is whole.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.whole_at.len() > used.look_at {
            used.whole_at.retain(|_, at| *at > now);
            used.look_at = used.whole_at.len().saturating_mul(2).max(64);
        }
        let held = used.whole_at.get(&device).copied().unwrap_or(now);
        // No further ahead than it can be: a clock that ran ahead must not silence a device.
        let held = held.clamp(now, now.after(all));
        let next = held.after(Span(ASIDE_MS));
        let over = next.since(now.after(all));
        if over > Span(0) {
            used.whole_at.insert(device, held);
            return Err(u32::try_from(over.0).unwrap_or(u32::MAX));
        }
        used.whole_at.insert(device, next);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_379_612);

    fn device(number: u8) -> DeviceId {
        DeviceId::from_bytes([number; 16])
    }

    #[test]
    fn a_device_that_has_used_its_allowance_gets_one_more_a_second_and_others_keep_theirs() {
        let asides = Asides::default();
        let taken = (0..1000).filter(|_| asides.take(device(1), NOW).is_ok());
        assert_eq!(i64::try_from(taken.count()).unwrap(), ASIDES_MAX);
        assert_eq!(asides.take(device(1), NOW), Err(1000));
        assert_eq!(asides.take(device(2), NOW), Ok(()));
        let later = NOW.after(Span::from_secs(1));
        assert_eq!(asides.take(device(1), later), Ok(()));
        assert_eq!(asides.take(device(1), later), Err(1000));
    }

    #[test]
    fn devices_that_have_all_of_it_again_are_forgotten() {
        let asides = Asides::default();
        for number in 0..100 {
            asides.take(device(number), NOW).unwrap();
        }
        for number in 100..140 {
            asides
                .take(device(number), NOW.after(Span::from_hours(1)))
                .unwrap();
        }
        let held = asides.used.lock().unwrap().whole_at.len();
        assert!(held < 100, "{held}");
    }

    #[test]
    fn a_clock_that_ran_ahead_silences_nobody() {
        let asides = Asides::default();
        let ahead = NOW.after(Span::from_days(365));
        asides.take(device(1), ahead).unwrap();
        assert_eq!(asides.take(device(1), NOW), Err(1000));
        let later = NOW.after(Span::from_secs(1));
        assert_eq!(asides.take(device(1), later), Ok(()));
    }
}
