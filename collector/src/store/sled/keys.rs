//! Where each row stands in the one tree: a letter for its kind, then what it is found by.
//!
//! Touches nothing. Must never change the meaning of a letter: rows on disk carry it.

use sled::IVec;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};

use crate::record::TokenId;
use crate::store::AuditIndex;
use crate::store::codec::posture::section_code;

/// Version of the layout of the store, as decimal digits.
pub(crate) const FORMAT: &[u8] = b"m/format";
/// Number of the last commit group, and the audit log as it leaves it.
pub(crate) const LOG: &[u8] = b"m/log";
/// Version of the policy in force.
pub(crate) const POLICY_IN_FORCE: &[u8] = b"m/policy";

/// Number of the last command that gave orders.
pub(crate) const LAST_COMMAND: &[u8] = b"m/command";

/// All devices.
pub(crate) const DEVICES: &[u8] = b"d";
/// All pieces of values too large for one row.
pub(crate) const PIECES: &[u8] = b"c";
/// All postures.
pub(crate) const POSTURES: &[u8] = b"p";
/// All tokens.
pub(crate) const TOKENS: &[u8] = b"t";

pub(crate) fn device(id: DeviceId) -> IVec {
    key(b'd', id.as_bytes())
}

/// The device that holds a key.
pub(crate) fn by_key(public_key: Fingerprint) -> IVec {
    key(b'k', public_key.as_bytes())
}

/// The last reports of a device, and its posture.
pub(crate) fn posture(id: DeviceId) -> IVec {
    key(b'p', id.as_bytes())
}

/// Earlier reports of a device, by the first of them.
pub(crate) fn history(id: DeviceId, first: Sequence) -> Vec<u8> {
    [b"h", &id.as_bytes()[..], &first.0.to_be_bytes()].concat()
}

pub(crate) fn section(id: DeviceId, kind: SectionKind) -> IVec {
    let mut bytes = [0; 18];
    let (place, rest) = bytes.split_at_mut(1);
    place.copy_from_slice(b"s");
    let (place, last) = rest.split_at_mut(16);
    place.copy_from_slice(id.as_bytes());
    last.copy_from_slice(&[section_code(kind)]);
    IVec::from(&bytes[..])
}

/// When a device was last heard of.
pub(crate) fn seen(id: DeviceId) -> IVec {
    key(b'e', id.as_bytes())
}

pub(crate) fn token(id: TokenId) -> IVec {
    key(b't', &id.0)
}

/// The orders in force for the devices whose ids end in the same byte: 256 rows, so that an order to
/// the whole fleet writes few.
pub(crate) fn orders(of: DeviceId) -> IVec {
    let [.., last] = *of.as_bytes();
    key(b'o', &[last])
}

/// A command that gave orders.
pub(crate) fn command(number: u64) -> IVec {
    key(b'b', &number.to_be_bytes())
}

/// A part of a command, which gave some of its orders.
pub(crate) fn part(command: u64, number: u32) -> IVec {
    let [command, part] = [command, u64::from(number)].map(u64::to_be_bytes);
    key(b'b', &[command, part].concat())
}

pub(crate) fn policy(version: u64) -> IVec {
    key(b'v', &version.to_be_bytes())
}

/// Audit entries, by the index of the first of them.
pub(crate) fn entries(first: AuditIndex) -> IVec {
    key(b'a', &first.to_be_bytes())
}

/// The signed head of a size.
pub(crate) fn head(size: u64) -> IVec {
    key(b'g', &size.to_be_bytes())
}

/// Reports that changed nothing, by the audit entry that holds their digest.
pub(crate) fn routine(entry: AuditIndex) -> IVec {
    key(b'r', &entry.to_be_bytes())
}

/// A piece of a value too large for one row.
pub(crate) fn piece(of: &[u8], index: u32) -> IVec {
    IVec::from([b"c", of, &index.to_be_bytes()].concat())
}

fn key(letter: u8, name: &[u8]) -> IVec {
    let mut bytes = [0; 40];
    let length = name.len().min(39).saturating_add(1);
    for (to, from) in bytes.iter_mut().zip(std::iter::once(&letter).chain(name)) {
        *to = *from;
    }
    IVec::from(bytes.get(..length).unwrap_or_default())
}
