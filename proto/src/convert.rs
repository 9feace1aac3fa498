//! Wire to domain by `TryFrom`, domain to wire by `From`; every refusal names the part.
//!
//! Touches nothing. Must never decide anything, nor let a value through that a named limit forbids:
//! after this room nobody checks again. The other way, what is made here is never refused here:
//! texts are cut to the limit, and a list that is too long becomes an unknown that says so.

mod antivirus;
mod beacon;
mod detections;
mod enrol;
mod enums;
mod exception;
mod finding;
mod guard;
mod host;
mod network;
pub(crate) mod order;
mod platform;
mod reading;
mod register;
mod software;
mod volumes;

pub use enrol::{
    EnrolRequest, EnrolResponse, RenewExpiredRequest, certificate_request, certificates,
};
pub use host::Marks;
pub(crate) use reading::{alien as alien_reading, why as unknown_from};

use std::net::IpAddr;

use bytes::Bytes;
use thiserror::Error;

use sekisho_policy::facts::{Evidence, SectionKind};
use sekisho_policy::finding::Standing;
use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::limits::{EVIDENCE_MAX, TEXT_BYTES_MAX};

use crate::wire;

/// Why a message is refused. The sender is at fault; nothing of the message is taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidMessage {
    /// A part that must be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A list has more items than may be taken.
    #[error("{what}: {count} items, at most {max} are taken")]
    TooMany {
        /// The list.
        what: &'static str,
        /// Its items.
        count: usize,
        /// The limit.
        max: usize,
    },
    /// A text or body has more bytes than may be taken.
    #[error("{what}: {bytes} bytes, at most {max} are taken")]
    TooLong {
        /// The text or body.
        what: &'static str,
        /// Its bytes.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// A field of a fixed size has another.
    #[error("{what}: {bytes} bytes, and it has {expected}")]
    WrongLength {
        /// The field.
        what: &'static str,
        /// Its bytes.
        bytes: usize,
        /// What it should have.
        expected: usize,
    },
    /// A number lies outside of its range.
    #[error("{what}: {value} is above {max}")]
    OutOfRange {
        /// The field.
        what: &'static str,
        /// Its value.
        value: u64,
        /// The limit.
        max: u64,
    },
    /// An enumeration has a value this version does not know. The peer is newer, or not a peer.
    #[error("{what}: {value} is not known to this version")]
    UnknownValue {
        /// The enumeration.
        what: &'static str,
        /// Its number.
        value: i32,
    },
    /// The bytes are no message of this kind: cut, not UTF-8 where text stands, or alien.
    #[error("{what} cannot be read")]
    Malformed {
        /// The message.
        what: &'static str,
        /// What the decoder said.
        #[source]
        cause: prost::DecodeError,
    },
    /// A section carries another fact than it is said to.
    #[error("the section is said to be {said} and holds another fact")]
    OtherSection {
        /// What it is said to be.
        said: &'static str,
    },
    /// A body is not one zstd frame that states its size.
    #[error("{what} is not one zstd frame with its size: {cause}")]
    NotAFrame {
        /// The body.
        what: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// A body's SHA-256 is not the one it was announced by.
    #[error("{what} was announced as {announced} and is {actual}")]
    OtherDigest {
        /// The body.
        what: &'static str,
        /// The digest announced.
        announced: Fingerprint,
        /// The digest of what came.
        actual: Fingerprint,
    },
}

/// Reads a device id of sixteen bytes.
///
/// # Errors
/// [`InvalidMessage::WrongLength`] naming `what`.
pub fn device_id(bytes: &[u8], what: &'static str) -> Result<DeviceId, InvalidMessage> {
    fixed(bytes, what).map(DeviceId::from_bytes)
}

/// Reads a SHA-256 digest of thirty-two bytes.
///
/// # Errors
/// [`InvalidMessage::WrongLength`] naming `what`.
pub fn fingerprint(bytes: &[u8], what: &'static str) -> Result<Fingerprint, InvalidMessage> {
    fixed(bytes, what).map(Fingerprint::from_bytes)
}

/// Reads the kind of a section.
///
/// # Errors
/// [`InvalidMessage::UnknownValue`].
pub fn section_kind(value: i32) -> Result<SectionKind, InvalidMessage> {
    enums::known::<wire::SectionKind, _>(value, "section kind")
}

/// Reads what findings add up to; unspecified is `None`.
///
/// # Errors
/// [`InvalidMessage::UnknownValue`].
pub fn standing(value: i32) -> Result<Option<Standing>, InvalidMessage> {
    enums::optional::<wire::Standing, _>(value, "standing")
}

/// Reads a field of exactly `N` bytes.
///
/// # Errors
/// [`InvalidMessage::WrongLength`] naming `what`.
pub fn fixed<const N: usize>(bytes: &[u8], what: &'static str) -> Result<[u8; N], InvalidMessage> {
    bytes.try_into().map_err(|_| InvalidMessage::WrongLength {
        what,
        bytes: bytes.len(),
        expected: N,
    })
}

/// Refuses a body of more than `max` bytes.
pub(crate) fn within<T: AsRef<[u8]>>(
    body: T,
    what: &'static str,
    max: usize,
) -> Result<T, InvalidMessage> {
    let bytes = body.as_ref().len();
    if bytes > max {
        return Err(InvalidMessage::TooLong { what, bytes, max });
    }
    Ok(body)
}

/// Refuses a list of more than `max` items.
pub(crate) fn at_most<T>(
    list: Vec<T>,
    what: &'static str,
    max: usize,
) -> Result<Vec<T>, InvalidMessage> {
    let count = list.len();
    if count > max {
        return Err(InvalidMessage::TooMany { what, count, max });
    }
    Ok(list)
}

/// Reads an IP address of four or sixteen bytes.
pub(crate) fn address_from(bytes: &[u8], what: &'static str) -> Result<IpAddr, InvalidMessage> {
    match *bytes {
        [a, b, c, d] => Ok(IpAddr::from([a, b, c, d])),
        _ => fixed::<16>(bytes, what).map(IpAddr::from),
    }
}

/// The bytes of an IP address, in network order.
pub(crate) fn address_to(address: &IpAddr) -> Bytes {
    match address {
        IpAddr::V4(address) => Bytes::copy_from_slice(&address.octets()),
        IpAddr::V6(address) => Bytes::copy_from_slice(&address.octets()),
    }
}

pub(crate) fn text(value: String, what: &'static str) -> Result<String, InvalidMessage> {
    within(value, what, TEXT_BYTES_MAX)
}

/// Cuts a text to what the other side takes, at a character's border.
pub(crate) fn cut(value: &str) -> String {
    let end = value.floor_char_boundary(TEXT_BYTES_MAX);
    value.get(..end).unwrap_or_default().to_owned()
}

pub(crate) fn evidence_from(
    list: Vec<wire::Evidence>,
    what: &'static str,
) -> Result<Vec<Evidence>, InvalidMessage> {
    at_most(list, what, EVIDENCE_MAX)?
        .into_iter()
        .map(|wire::Evidence { source, value }| {
            Ok(Evidence {
                source: text(source, what)?,
                value: text(value, what)?,
            })
        })
        .collect()
}

/// Evidence for the wire; of more than may be sent the first lines go, and the last says how many
/// do not.
pub(crate) fn evidence_to(list: &[Evidence]) -> Vec<wire::Evidence> {
    let whole = list.len() <= EVIDENCE_MAX;
    let sent = if whole { list.len() } else { EVIDENCE_MAX - 1 };
    let mut lines: Vec<_> = list
        .iter()
        .take(sent)
        .map(|Evidence { source, value }| wire::Evidence {
            source: cut(source),
            value: cut(value),
        })
        .collect();
    if !whole {
        lines.push(wire::Evidence {
            source: "lines left out".to_owned(),
            value: list.len().saturating_sub(sent).to_string(),
        });
    }
    lines
}
