//! How many refusals of one stranger, known by its address or its user, go into the audit log, so that it
//! can be seen but cannot fill the disk.
//!
//! Touches memory alone. Must never lose count: what is not written down singly is counted, and the
//! count goes with the next that is or with the last word at the end.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use sekisho_policy::time::{Span, Timestamp};

use crate::limits::{REFUSAL_WINDOW_SECS, REFUSALS_PER_ADDRESS, REFUSALS_PER_WINDOW};
use crate::record::{Actor, AuditEvent};

/// What refusals of one address are counted under: an IPv6 host has a whole /64 to itself (RFC 4291, section
/// 2.5.1), and would otherwise be as many strangers as it likes.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(long) => IpAddr::V6(Ipv6Addr::from_bits(long.to_bits() >> 64 << 64)),
        short @ IpAddr::V4(_) => short,
    }
}

/// The refusals of the present window.
#[derive(Debug)]
pub struct Refusals<K = IpAddr> {
    window: Mutex<Window<K>>,
}

#[derive(Debug)]
struct Window<K> {
    started: Timestamp,
    written: u32,
    by_stranger: BTreeMap<K, u32>,
    withheld: u64,
}

impl<K> Default for Refusals<K> {
    fn default() -> Self {
        let window = Window {
            started: Timestamp::default(),
            written: 0,
            by_stranger: BTreeMap::new(),
            withheld: 0,
        };
        Self {
            window: Mutex::new(window),
        }
    }
}

impl<K: Ord + Copy> Refusals<K> {
    /// The last word: how many of `whom` were not written down since the last that was, if any.
    pub fn last_word(&self, whom: &'static str, at: Timestamp) -> Option<AuditEvent> {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let withheld = std::mem::take(&mut window.withheld);
        drop(window);
        (withheld > 0).then(|| AuditEvent {
            at,
            actor: Actor::Collector,
            action: "refusals.withheld",
            device: None,
            details: vec![("of", whom.to_owned()), ("withheld", withheld.to_string())],
        })
    }

    /// Gives the event back if it may be written, with the number of those that were not since the
    /// last one; `None` if it is to be counted only.
    pub fn note(&self, stranger: K, mut event: AuditEvent) -> Option<AuditEvent> {
        // Counters stay whole whatever panics while they are held.
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let age = event.at.since(window.started);
        if !(Span(0)..Span::from_secs(REFUSAL_WINDOW_SECS)).contains(&age) {
            window.started = event.at;
            window.written = 0;
            window.by_stranger.clear();
        }
        let full = window.written >= REFUSALS_PER_WINDOW;
        let of_stranger = window.by_stranger.get(&stranger).copied().unwrap_or(0);
        if full || of_stranger >= REFUSALS_PER_ADDRESS {
            window.withheld = window.withheld.saturating_add(1);
            return None;
        }
        window.written = window.written.saturating_add(1);
        window
            .by_stranger
            .insert(stranger, of_stranger.saturating_add(1));
        let withheld = std::mem::take(&mut window.withheld);
        drop(window);
        if withheld > 0 {
            event.details.push(("withheld", withheld.to_string()));
        }
        Some(event)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn refusal(at_secs: i64) -> AuditEvent {
        AuditEvent {
            at: Timestamp::from_secs(at_secs),
            actor: Actor::Stranger("192.0.2.1:1".to_owned()),
            action: "connection.refused",
            device: None,
            details: Vec::new(),
        }
    }

    #[test]
    fn a_stranger_that_knocks_for_ever_is_written_down_a_few_times_and_counted() {
        let refusals = Refusals::default();
        let stranger = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        let other = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));
        let written = (0..1000)
            .filter(|_| refusals.note(stranger, refusal(10_000)).is_some())
            .count();
        assert_eq!(written, usize::try_from(REFUSALS_PER_ADDRESS).unwrap());
        let next = refusals.note(other, refusal(10_000)).unwrap();
        let withheld = 1000 - u64::from(REFUSALS_PER_ADDRESS);
        assert_eq!(next.details, vec![("withheld", withheld.to_string())]);
        let later = refusal(10_000 + REFUSAL_WINDOW_SECS);
        assert!(refusals.note(stranger, later).is_some());
    }

    #[test]
    fn what_was_withheld_is_told_at_the_end() {
        let refusals = Refusals::default();
        for _ in 0..REFUSALS_PER_ADDRESS + 3 {
            refusals.note(1, refusal(10_000));
        }
        let end = Timestamp::from_secs(10_001);
        let last = refusals.last_word("users", end).unwrap();
        assert_eq!(last.details[1], ("withheld", "3".to_owned()));
        assert_eq!(refusals.last_word("users", end), None);
    }

    #[test]
    fn the_addresses_of_one_host_are_one_stranger() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:1:ffff::2"));
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:2::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }

    #[test]
    fn many_strangers_together_fill_neither_disk_nor_memory() {
        let refusals = Refusals::default();
        let written = (0..100_000_u32)
            .filter(|number| {
                let address = IpAddr::V4(Ipv4Addr::from_bits(*number));
                refusals.note(address, refusal(10_000)).is_some()
            })
            .count();
        assert_eq!(written, usize::try_from(REFUSALS_PER_WINDOW).unwrap());
        assert_eq!(refusals.window.lock().unwrap().by_stranger.len(), written);
    }
}
