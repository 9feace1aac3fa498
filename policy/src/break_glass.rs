//! Break-glass codes: challenge and response, without a network.
//!
//! A laptop that is cut off and cannot reach its collector shows a challenge; whoever may release it
//! types that into the console and reads back a response, which lifts the isolation for some hours.
//!
//! Touches nothing: random bytes and secrets are given, and the laptop counts the tries. Must never say by its timing how
//! much of a guess was right, and never accept a response for another device, order or number of
//! hours than it was made for.

mod typed;

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use thiserror::Error;

use crate::id::{DeviceId, Generation};

pub use typed::{CODE_CHARS, InvalidCode};

/// The longest a response lifts an isolation, in hours: long enough for a day's travel home, short
/// enough that a code overheard is soon worth nothing.
pub const HOURS_MAX: u8 = 24;

const CHALLENGE_DOMAIN: &[u8] = b"sekisho challenge v1\0";
const RELEASE_DOMAIN: &[u8] = b"sekisho release v1\0";

/// What the laptop shows and the administrator types into the console: eight characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Challenge([u8; CODE_CHARS]);

/// What the console shows and the user types into the laptop: eight characters, 40 bits. Two are
/// compared only by [`verify`].
#[derive(Clone, Copy)]
pub struct Response([u8; CODE_CHARS]);

/// Hours that no response can be made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0} hours are not allowed; 1 to {max}", max = HOURS_MAX)]
pub struct InvalidHours(pub u8);

/// A challenge of this device under the order in force. `random` must be fresh for every challenge,
/// so that a response is good once.
#[must_use]
pub fn challenge(random: &[u8; 32], device: DeviceId, generation: Generation) -> Challenge {
    let generation = generation.0.to_be_bytes();
    let digest = digest(random, &[CHALLENGE_DOMAIN, device.as_bytes(), &generation]);
    Challenge(typed::encode(&digest))
}

/// The response that lifts the isolation of the device with this secret for so many hours.
///
/// # Errors
/// [`InvalidHours`] when the hours are not 1 to [`HOURS_MAX`].
pub fn respond(
    secret: &[u8; 32],
    challenge: &Challenge,
    hours: u8,
) -> Result<Response, InvalidHours> {
    if hours == 0 || hours > HOURS_MAX {
        return Err(InvalidHours(hours));
    }
    let digest = digest(secret, &[RELEASE_DOMAIN, &challenge.0, &[hours]]);
    Ok(Response(typed::encode(&digest)))
}

/// For how many hours the response lifts the isolation. `None` when it answers this challenge for no
/// number of hours. Takes the same time whatever is right or wrong about it.
#[must_use]
pub fn verify(secret: &[u8; 32], challenge: &Challenge, response: &Response) -> Option<u8> {
    let mut lifted = 0_u8;
    for hours in 1..=HOURS_MAX {
        if let Ok(right) = respond(secret, challenge, hours) {
            let equal = right.0.ct_eq(&response.0).unwrap_u8();
            // At most one number of hours can be meant; the lowest wins where two codes collide.
            lifted |= hours & equal.wrapping_neg() & u8::from(lifted == 0).wrapping_neg();
        }
    }
    (lifted != 0).then_some(lifted)
}

impl Challenge {
    /// Reads a challenge as people type it: in any case, with spaces and dashes, `O` for `0`, `I`
    /// and `L` for `1`.
    ///
    /// # Errors
    /// [`InvalidCode`] says what is no code about it.
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        typed::decode(text).map(Self)
    }
}

impl Response {
    /// Reads a response as people type it; see [`Challenge::parse`].
    ///
    /// # Errors
    /// [`InvalidCode`] says what is no code about it.
    pub fn parse(text: &str) -> Result<Self, InvalidCode> {
        typed::decode(text).map(Self)
    }
}

/// Writes the code in two groups, as people read it out: `7KQ2-M0XD`.
impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        typed::write(&self.0, f)
    }
}

/// Writes the code in two groups, as people read it out: `7KQ2-M0XD`.
impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        typed::write(&self.0, f)
    }
}

/// Never shows the code: a response in a log could be used by who reads it.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Response(…)")
    }
}

/// HMAC-SHA256 (RFC 2104) over the parts, one after the other; every part but the last has a fixed
/// length, so that no two lists of parts give the same bytes.
fn digest(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key shorter than a block is filled up with zeros (RFC 2104, section 2).
    let mut block = [0_u8; 64];
    for (place, byte) in block.iter_mut().zip(key) {
        *place = *byte;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests;
