//! Takes the kernel's netlink messages apart: pure, over untrusted bytes.
//!
//! Touches nothing. Must never read beyond a message's own length, and never take what it cannot read
//! for nothing: a message that lies about its length ends the reading with an error.

use thiserror::Error;

/// `NLMSG_ERROR` of linux/netlink.h: an acknowledgement, or what was refused.
const ERROR: u16 = 2;
/// `NLMSG_DONE`: the end of a list.
const DONE: u16 = 3;
/// `NLM_F_DUMP_INTR`: what is listed changed while it was.
const INTERRUPTED: u16 = 0x10;
/// `struct nlmsghdr`.
const HEADER_BYTES: usize = 16;
/// `NLA_TYPE_MASK`: the two highest bits of a type are flags.
const TYPE_MASK: u16 = 0x3fff;

/// One message, without its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Message<'a> {
    /// `nlmsg_type`.
    pub kind: u16,
    /// `nlmsg_flags`.
    pub flags: u16,
    /// What follows the header.
    pub body: &'a [u8],
}

/// A message whose length is a lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the kernel sent a message that cannot be read")]
pub struct Malformed;

/// What a message of an answer means for the one who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// One thing more.
    Item,
    /// That is all.
    End,
    /// The kernel refuses, with this error number.
    Refused(i32),
}

impl Message<'_> {
    /// Whether what is listed changed while it was: whoever needs all of it asks again.
    pub(super) const fn is_interrupted(&self) -> bool {
        self.flags & INTERRUPTED != 0
    }

    /// Reads what a message of an answer means.
    pub(super) fn told(&self) -> Told {
        if self.kind != ERROR && self.kind != DONE {
            return Told::Item;
        }
        let code = self.body.first_chunk::<4>();
        match code.map_or(0, |code| i32::from_ne_bytes(*code)) {
            0 => Told::End,
            code => Told::Refused(code.saturating_neg()),
        }
    }
}

/// The messages of one datagram; ends after the first that cannot be read.
pub(super) fn messages(
    mut datagram: &[u8],
) -> impl Iterator<Item = Result<Message<'_>, Malformed>> {
    std::iter::from_fn(move || {
        if datagram.is_empty() {
            return None;
        }
        let Some((message, rest)) = first(datagram) else {
            datagram = &[];
            return Some(Err(Malformed));
        };
        datagram = rest;
        Some(Ok(message))
    })
}

fn first(bytes: &[u8]) -> Option<(Message<'_>, &[u8])> {
    let length = usize::try_from(u32_at(bytes, 0)?).ok()?;
    let message = Message {
        kind: u16_at(bytes, 4)?,
        flags: u16_at(bytes, 6)?,
        body: bytes.get(HEADER_BYTES..length)?,
    };
    let after = bytes.get(length.checked_next_multiple_of(4)?..);
    Some((message, after.unwrap_or_default()))
}

/// The value of the first attribute of a type.
pub(super) fn attribute(mut bytes: &[u8], wanted: u16) -> Option<&[u8]> {
    loop {
        let length = usize::from(u16_at(bytes, 0)?);
        let value = bytes.get(4..length)?;
        if u16_at(bytes, 2)? & TYPE_MASK == wanted {
            return Some(value);
        }
        bytes = bytes.get(length.checked_next_multiple_of(4)?..)?;
    }
}

/// The bytes of a string, up to the zero that ends it.
pub(super) fn string(value: &[u8]) -> &[u8] {
    let end = value.iter().position(|byte| *byte == 0);
    value.get(..end.unwrap_or(value.len())).unwrap_or_default()
}

/// Two bytes at a place, in the order of this machine.
pub(super) fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    let bytes = bytes.get(place..)?.first_chunk::<2>()?;
    Some(u16::from_ne_bytes(*bytes))
}

/// Four bytes at a place, in the order of this machine.
pub(super) fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    let bytes = bytes.get(place..)?.first_chunk::<4>()?;
    Some(u32::from_ne_bytes(*bytes))
}

/// Writes a request: `NLM_F_REQUEST` with these flags, and its body.
pub(super) fn request(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    const REQUEST: u16 = 1;
    let length = u32::try_from(HEADER_BYTES.saturating_add(body.len())).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEADER_BYTES.saturating_add(body.len()));
    bytes.extend(length.to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend((REQUEST | flags).to_ne_bytes());
    // A sequence number and an address, which a socket that asks one thing at a time needs not.
    bytes.extend([0; 8]);
    bytes.extend(body);
    bytes
}
