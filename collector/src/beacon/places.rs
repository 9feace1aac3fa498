//! Who may be asking the beacon at once: few of one address, and of all together so many that the oldest
//! makes way for the newest.
//!
//! Touches memory alone. Must never let who asks slowly, from however many addresses, keep out who asks as
//! one should.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::limits::{BEACON_PLACES_MAX, BEACON_PLACES_PER_ADDRESS};

/// The places of one beacon.
#[derive(Debug, Default)]
pub struct Places(Mutex<Taken>);

#[derive(Debug, Default)]
struct Taken {
    /// Counted up, so that the first in order is the oldest.
    last: u64,
    by_age: BTreeMap<u64, (IpAddr, oneshot::Sender<()>)>,
    by_address: BTreeMap<IpAddr, usize>,
}

/// A place; free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    places: Arc<Places>,
    number: u64,
    lost: oneshot::Receiver<()>,
}

impl Places {
    /// A place for a peer; the oldest of all loses its own where there is none left. `None` when the
    /// address has as many as one may have.
    #[must_use]
    pub fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let mut taken = self.lock();
        if taken.by_address.get(&address).copied().unwrap_or(0) >= BEACON_PLACES_PER_ADDRESS {
            return None;
        }
        if taken.by_age.len() >= BEACON_PLACES_MAX
            && let Some(oldest) = taken.by_age.keys().next().copied()
        {
            taken.free(oldest);
        }
        taken.last = taken.last.wrapping_add(1);
        let number = taken.last;
        let (keep, lost) = oneshot::channel();
        taken.by_age.insert(number, (address, keep));
        let count = taken.by_address.entry(address).or_default();
        *count = count.saturating_add(1);
        drop(taken);
        Some(Place {
            places: Arc::clone(self),
            number,
            lost,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Nothing under this lock can panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Frees a place; whoever holds it hears of it.
    fn free(&mut self, number: u64) {
        let Some((address, _)) = self.by_age.remove(&number) else {
            return;
        };
        if let Some(count) = self.by_address.get_mut(&address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.by_address.remove(&address);
            }
        }
    }
}

impl Place {
    /// Returns when the place was given to another.
    pub async fn lost(&mut self) {
        // Nothing is ever sent: the sender goes when the place does.
        drop((&mut self.lost).await);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.lock().free(self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(number: usize) -> IpAddr {
        IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(number).unwrap()))
    }

    #[test]
    fn one_address_has_few_places_and_gets_them_back() {
        let places = Arc::new(Places::default());
        let mut held: Vec<_> = (0..BEACON_PLACES_PER_ADDRESS)
            .map(|_| places.take(address(1)).unwrap())
            .collect();
        assert!(places.take(address(1)).is_none());
        let mapped = IpAddr::V6(Ipv4Addr::from_bits(1).to_ipv6_mapped());
        assert!(places.take(mapped).is_none(), "the same address");
        assert!(places.take(address(2)).is_some());
        held.pop();
        assert!(places.take(address(1)).is_some());
    }

    #[tokio::test]
    async fn when_all_places_are_held_by_who_says_nothing_the_oldest_makes_way() {
        let places = Arc::new(Places::default());
        let mut held: Vec<_> = (0..BEACON_PLACES_MAX)
            .map(|number| places.take(address(number)).unwrap())
            .collect();
        let honest = places.take(address(99_999));
        assert!(honest.is_some());
        held[0].lost().await;
        assert!(places.take(address(0)).is_some(), "and is not counted");
        drop(held);
        drop(honest);
        assert!(places.lock().by_address.is_empty());
        assert!(places.lock().by_age.is_empty());
    }
}
