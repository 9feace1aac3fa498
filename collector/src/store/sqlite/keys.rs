//! Where each row stands in the one tree: a letter for its kind, then what it is found by.
//!
//! Touches nothing. Must never change the meaning of a letter: rows on disk carry it.

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};

use super::rows::Key;
use crate::record::TokenId;
use crate::store::AuditIndex;
use crate::store::codec::posture::section_code;

/// Number of the last commit group, and the audit log as it leaves it.
pub(crate) const LOG: &[u8] = b"m/log";
/// Version of the policy in force.
pub(crate) const POLICY_IN_FORCE: &[u8] = b"m/policy";

/// How long the collector has listened in all.
pub(crate) const LISTENED: &[u8] = b"m/listened";
/// Number of the last command that gave orders.
pub(crate) const LAST_COMMAND: &[u8] = b"m/command";

/// All devices.
pub(crate) const DEVICES: &[u8; 1] = b"d";
/// All postures.
pub(crate) const POSTURES: &[u8; 1] = b"p";
/// All exceptions.
pub(crate) const EXCEPTIONS: &[u8; 1] = b"x";
/// All policy documents.
pub(crate) const POLICIES: &[u8; 1] = b"v";
/// All tokens.
pub(crate) const TOKENS: &[u8; 1] = b"t";

pub(crate) fn device(id: DeviceId) -> Key {
    key(b'd', id.as_bytes())
}

/// The device that holds a key.
pub(crate) fn by_key(public_key: Fingerprint) -> Key {
    key(b'k', public_key.as_bytes())
}

/// The last reports of a device, and its posture.
pub(crate) fn posture(id: DeviceId) -> Key {
    key(b'p', id.as_bytes())
}

/// Earlier reports of a device, by the first of them.
pub(crate) fn history(id: DeviceId, first: Sequence) -> Key {
    [b"h", &id.as_bytes()[..], &first.0.to_be_bytes()].concat()
}

pub(crate) fn section(id: DeviceId, kind: SectionKind) -> Key {
    [b"s", &id.as_bytes()[..], &[section_code(kind)]].concat()
}

/// When each device was last heard of.
pub(crate) const SEEN: &[u8; 1] = b"e";

/// When a device was last heard of.
pub(crate) fn seen(id: DeviceId) -> Key {
    key(b'e', id.as_bytes())
}

/// Where the audit log tells of the turns in the life of a device's findings.
pub(crate) fn turns(id: DeviceId) -> Key {
    key(b'l', id.as_bytes())
}

pub(crate) fn exception(number: u64) -> Key {
    key(b'x', &number.to_be_bytes())
}

pub(crate) fn token(id: TokenId) -> Key {
    key(b't', &id.0)
}

/// The orders in force for the devices whose ids end in the same byte: 256 rows, so that an order to
/// the whole fleet writes few.
pub(crate) fn orders(of: DeviceId) -> Key {
    let [.., last] = *of.as_bytes();
    key(b'o', &[last])
}

/// A command that gave orders.
pub(crate) fn command(number: u64) -> Key {
    key(b'b', &number.to_be_bytes())
}

/// A part of a command, which gave some of its orders.
pub(crate) fn part(command: u64, number: u32) -> Key {
    let [command, part] = [command, u64::from(number)].map(u64::to_be_bytes);
    key(b'b', &[command, part].concat())
}

pub(crate) fn policy(version: u64) -> Key {
    key(b'v', &version.to_be_bytes())
}

/// Audit entries, by the index of the first of them.
pub(crate) fn entries(first: AuditIndex) -> Key {
    key(b'a', &first.to_be_bytes())
}

/// The signed head of a size.
pub(crate) fn head(size: u64) -> Key {
    key(b'g', &size.to_be_bytes())
}

/// Reports that changed nothing, by the audit entry that holds their digest.
pub(crate) fn routine(entry: AuditIndex) -> Key {
    key(b'r', &entry.to_be_bytes())
}

/// Every key that begins with this one letter: from the first, and before the second.
pub(crate) fn all(letter: &[u8; 1]) -> (Key, Key) {
    let [letter] = *letter;
    (vec![letter], vec![letter.saturating_add(1)])
}

fn key(letter: u8, name: &[u8]) -> Key {
    [&[letter], name].concat()
}
