//! Nonces of enrolment: handed out without being remembered, taken back once.
//!
//! Touches memory and randomness. Must never let one be used twice, nor let a stranger's questions grow
//! memory: only nonces that were used are remembered, and only until they end.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use thiserror::Error;

use sekisho_policy::time::{Span, Timestamp};

use crate::limits::{NONCE_SECS, NONCES_USED_MAX};

const AT_BYTES: usize = 8;
const RANDOM_BYTES: usize = 16;

/// Hands out nonces and takes them back.
#[derive(Debug)]
pub struct Nonces {
    /// Drawn at the start: what was handed out before a restart is not taken back after it.
    key: hmac::Key,
    used: Mutex<BTreeMap<[u8; RANDOM_BYTES], Timestamp>>,
}

/// Why a nonce is not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NonceError {
    /// It is none of ours.
    #[error("the nonce was not given by this collector; begin again")]
    Alien,
    /// Its time is over, or lies ahead.
    #[error("the nonce is older than {NONCE_SECS} s; begin again")]
    Stale,
    /// It was used before: a message was played again.
    #[error("the nonce was used before; begin again")]
    Used,
    /// Too many were used in a short time.
    #[error("too many machines enrol at this moment")]
    Full,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

impl Nonces {
    /// Begins with none handed out.
    ///
    /// # Errors
    /// [`NonceError::Random`].
    pub fn new() -> Result<Self, NonceError> {
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
            .map_err(|_| NonceError::Random)?;
        Ok(Self {
            key,
            used: Mutex::default(),
        })
    }

    /// Hands one out.
    ///
    /// # Errors
    /// [`NonceError::Random`].
    pub fn give(&self, now: Timestamp) -> Result<Vec<u8>, NonceError> {
        let mut random = [0_u8; RANDOM_BYTES];
        SystemRandom::new()
            .fill(&mut random)
            .map_err(|_| NonceError::Random)?;
        let mut nonce = now.0.to_be_bytes().to_vec();
        nonce.extend_from_slice(&random);
        let tag = hmac::sign(&self.key, &nonce);
        nonce.extend_from_slice(tag.as_ref());
        Ok(nonce)
    }

    /// Whether one was given here and its time is not over. Costs nothing: whoever shows it has yet to prove
    /// that it may have something for it.
    ///
    /// # Errors
    /// [`NonceError`] when it is not one that may be used.
    pub fn check(&self, nonce: &[u8], now: Timestamp) -> Result<(), NonceError> {
        self.read(nonce, now).map(|_| ())
    }

    /// The random part of a nonce, and when it was given.
    fn read(
        &self,
        nonce: &[u8],
        now: Timestamp,
    ) -> Result<([u8; RANDOM_BYTES], Timestamp), NonceError> {
        let (said, tag) = nonce
            .split_at_checked(AT_BYTES + RANDOM_BYTES)
            .ok_or(NonceError::Alien)?;
        hmac::verify(&self.key, said, tag).map_err(|_| NonceError::Alien)?;
        let (at, random) = said.split_first_chunk().ok_or(NonceError::Alien)?;
        let random: [u8; RANDOM_BYTES] = random.try_into().map_err(|_| NonceError::Alien)?;
        let given = Timestamp(i64::from_be_bytes(*at));
        if !(Span(0)..Span::from_secs(NONCE_SECS)).contains(&now.since(given)) {
            return Err(NonceError::Stale);
        }
        Ok((random, given))
    }

    /// Takes one back, for good.
    ///
    /// # Errors
    /// [`NonceError`] when it is not one that may be used.
    pub fn take(&self, nonce: &[u8], now: Timestamp) -> Result<(), NonceError> {
        let (random, given) = self.read(nonce, now)?;
        // The map is whole between any two calls on it.
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.contains_key(&random) {
            return Err(NonceError::Used);
        }
        if used.len() >= NONCES_USED_MAX {
            used.retain(|_, ends| *ends > now);
            if used.len() >= NONCES_USED_MAX {
                return Err(NonceError::Full);
            }
        }
        used.insert(random, given.after(Span::from_secs(NONCE_SECS)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_795_379_612);

    #[test]
    fn a_nonce_is_taken_back_once() {
        let nonces = Nonces::new().unwrap();
        let nonce = nonces.give(NOW).unwrap();
        assert!(nonce.len() <= 64);
        assert_eq!(nonces.take(&nonce, NOW), Ok(()));
        assert_eq!(nonces.take(&nonce, NOW), Err(NonceError::Used));
    }

    #[test]
    fn a_nonce_ends_after_two_minutes() {
        let nonces = Nonces::new().unwrap();
        let nonce = nonces.give(NOW).unwrap();
        let late = NOW.after(Span::from_secs(NONCE_SECS));
        assert_eq!(nonces.take(&nonce, late), Err(NonceError::Stale));
        let ahead = NOW.after(Span(-1));
        assert_eq!(nonces.take(&nonce, ahead), Err(NonceError::Stale));
    }

    #[test]
    fn a_nonce_of_another_collector_or_cut_short_is_alien() {
        let nonces = Nonces::new().unwrap();
        let other = Nonces::new().unwrap().give(NOW).unwrap();
        assert_eq!(nonces.take(&other, NOW), Err(NonceError::Alien));
        let nonce = nonces.give(NOW).unwrap();
        for length in 0..nonce.len() {
            assert_eq!(nonces.take(&nonce[..length], NOW), Err(NonceError::Alien));
        }
    }

    #[test]
    fn used_nonces_hold_bounded_memory_and_room_comes_back() {
        let nonces = Nonces::new().unwrap();
        for _ in 0..NONCES_USED_MAX {
            nonces.take(&nonces.give(NOW).unwrap(), NOW).unwrap();
        }
        let next = nonces.give(NOW).unwrap();
        assert_eq!(nonces.take(&next, NOW), Err(NonceError::Full));
        let later = NOW.after(Span::from_secs(NONCE_SECS));
        let next = nonces.give(later).unwrap();
        assert_eq!(nonces.take(&next, later), Ok(()));
    }
}
