//! What a beacon and a laptop say to each other, and what a laptop is told of beacons.
//!
//! Touches bytes in memory. Must never say whether a laptop is inside: an answer says what was seen, and
//! only TLS under a pinned key makes it a beacon's.
//!
//! The laptop sends [`QUESTION_BYTES`], the beacon answers with [`ANSWER_BYTES`] and closes. Both sizes are
//! fixed, so that neither side reads a length that a stranger has chosen.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use thiserror::Error;

use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::Timestamp;

/// The protocol by its name in TLS (RFC 7301). Another form of question or answer gets another name.
pub const ALPN: &[u8] = b"sekisho-beacon/1";
/// Bytes of a question: a nonce that was drawn for it.
pub const QUESTION_BYTES: usize = 32;
/// Bytes of an answer: the nonce, the beacon's clock, the address it saw.
pub const ANSWER_BYTES: usize = QUESTION_BYTES + TIME_BYTES + ADDRESS_BYTES;
const TIME_BYTES: usize = 8;
const ADDRESS_BYTES: usize = 16;

/// A question: thirty-two random bytes.
pub type Nonce = [u8; QUESTION_BYTES];

/// What a laptop is told of beacons.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beacons {
    /// Where they listen.
    pub addresses: Vec<SocketAddr>,
    /// SHA-256 of the public keys that one of them may hold.
    pub pins: Vec<Fingerprint>,
}

/// What a beacon answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The beacon's clock.
    pub at: Timestamp,
    /// The address that the question came from, as the beacon saw it.
    pub seen: IpAddr,
}

/// Bytes that are no answer to the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidAnswer {
    /// It has another size.
    #[error("the answer has {0} bytes, and one has {ANSWER_BYTES}")]
    WrongLength(usize),
    /// It answers another question.
    #[error("the answer is to another question")]
    OtherNonce,
}

impl Beacons {
    /// Whether the company has set one up, be it one that cannot be asked.
    #[must_use]
    pub const fn is_set_up(&self) -> bool {
        !self.addresses.is_empty() || !self.pins.is_empty()
    }

    /// Whether they are the same ones under other keys, one of which was known.
    #[must_use]
    pub fn is_other_key_of(&self, before: &Self) -> bool {
        let is_known = |pin: &Fingerprint| before.pins.contains(pin);
        self.addresses == before.addresses && self.pins.iter().any(is_known)
    }

    /// Whether nothing can be asked: no address, or no key to know a beacon by.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        self.addresses.is_empty() || self.pins.is_empty()
    }
}

impl Answer {
    /// The answer to a question, as it is sent.
    #[must_use]
    pub fn to(&self, question: &Nonce) -> [u8; ANSWER_BYTES] {
        let seen = match self.seen {
            IpAddr::V4(short) => short.to_ipv6_mapped(),
            IpAddr::V6(long) => long,
        };
        let mut bytes = [0; ANSWER_BYTES];
        let said = question
            .iter()
            .copied()
            .chain(self.at.0.to_be_bytes())
            .chain(seen.octets());
        for (to, from) in bytes.iter_mut().zip(said) {
            *to = from;
        }
        bytes
    }

    /// Reads what came as the answer to a question.
    ///
    /// # Errors
    /// [`InvalidAnswer`].
    pub fn read(bytes: &[u8], question: &Nonce) -> Result<Self, InvalidAnswer> {
        let whole: [u8; ANSWER_BYTES] = bytes
            .try_into()
            .map_err(|_| InvalidAnswer::WrongLength(bytes.len()))?;
        let parts = whole
            .strip_prefix(question)
            .and_then(|rest| rest.split_first_chunk::<TIME_BYTES>())
            .and_then(|(at, rest)| Some((at, <[u8; ADDRESS_BYTES]>::try_from(rest).ok()?)));
        let (at, seen) = parts.ok_or(InvalidAnswer::OtherNonce)?;
        Ok(Self {
            at: Timestamp(i64::from_be_bytes(*at)),
            seen: Ipv6Addr::from(seen).to_canonical(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTION: Nonce = [7; QUESTION_BYTES];

    #[test]
    fn an_answer_is_read_as_it_was_given_by_whom_it_was_given_to() {
        for seen in ["10.1.2.3", "fd12::7"] {
            let answer = Answer {
                at: Timestamp(1_795_379_612_345),
                seen: seen.parse().unwrap(),
            };
            let bytes = answer.to(&QUESTION);
            assert_eq!(Answer::read(&bytes, &QUESTION), Ok(answer));
            let other = Answer::read(&bytes, &[8; QUESTION_BYTES]);
            assert_eq!(other, Err(InvalidAnswer::OtherNonce));
        }
    }

    #[test]
    fn an_answer_that_is_cut_or_goes_on_is_none() {
        let answer = Answer {
            at: Timestamp(0),
            seen: [10, 0, 0, 1].into(),
        };
        let bytes = answer.to(&QUESTION);
        for bytes in [&bytes[..55], &[&bytes[..], &[0]].concat(), &[]] {
            let wrong = InvalidAnswer::WrongLength(bytes.len());
            assert_eq!(Answer::read(bytes, &QUESTION), Err(wrong));
        }
    }
}
