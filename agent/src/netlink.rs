//! Takes the kernel's netlink messages apart: pure, over untrusted bytes. Below it stand what is read by more than
//! one room, and the sockets.
//!
//! Touches nothing. Must never read beyond a message's own length, and never take what it cannot read
//! for nothing: a message that lies about its length ends the reading with an error.

pub mod ask;
pub mod devices;
pub mod policies;
pub mod routes;
pub mod socket;

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
pub struct Message<'a> {
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
pub enum Told {
    /// One thing more.
    Item,
    /// That is all.
    End,
    /// The kernel refuses, with this error number.
    Refused(i32),
}

impl Message<'_> {
    /// Whether what is listed changed while it was: whoever needs all of it asks again.
    pub const fn is_interrupted(&self) -> bool {
        self.flags & INTERRUPTED != 0
    }

    /// The message with a header again.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = written(self.kind, self.flags, self.body);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    /// Reads what a message of an answer means.
    pub fn told(&self) -> Told {
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

/// Why an answer is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoAnswer {
    /// A message lies about its length.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The kernel refuses, with this error number.
    #[error("the kernel refuses with error {0}")]
    Refused(i32),
    /// What is listed changed while it was.
    #[error("the kernel's list changed while it was read")]
    Interrupted,
    /// It does not say that this is all.
    #[error("the kernel's answer has no end")]
    Endless,
}

/// The things that a whole answer tells, up to the message that ends it.
///
/// # Errors
/// [`NoAnswer`], so that half an answer is never taken for a whole one.
pub fn items(answer: &[u8]) -> Result<Vec<Message<'_>>, NoAnswer> {
    let mut items = Vec::new();
    for message in messages(answer) {
        let message = message?;
        if message.is_interrupted() {
            return Err(NoAnswer::Interrupted);
        }
        match message.told() {
            Told::Item => items.push(message),
            Told::End => return Ok(items),
            Told::Refused(number) => return Err(NoAnswer::Refused(number)),
        }
    }
    Err(NoAnswer::Endless)
}

/// The messages of one datagram; ends after the first that cannot be read.
pub fn messages(mut datagram: &[u8]) -> impl Iterator<Item = Result<Message<'_>, Malformed>> {
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
#[must_use]
pub fn attribute(bytes: &[u8], wanted: u16) -> Option<&[u8]> {
    attributes(bytes).find_map(|(kind, value)| (kind == wanted).then_some(value))
}

/// Every attribute, with its type; ends before the first that cannot be read.
pub fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = usize::from(u16_at(bytes, 0)?);
        let value = bytes.get(4..length)?;
        let kind = u16_at(bytes, 2)? & TYPE_MASK;
        let next = length.checked_next_multiple_of(4)?;
        bytes = bytes.get(next..).unwrap_or_default();
        Some((kind, value))
    })
}

/// Writes an attribute, with what fills it up to four bytes.
#[must_use]
pub fn attribute_of(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len().saturating_add(4)).unwrap_or(u16::MAX);
    let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// The bytes of a string, up to the zero that ends it.
pub fn string(value: &[u8]) -> &[u8] {
    let end = value.iter().position(|byte| *byte == 0);
    value.get(..end.unwrap_or(value.len())).unwrap_or_default()
}

/// Two bytes at a place, in the order of this machine.
pub fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    let bytes = bytes.get(place..)?.first_chunk::<2>()?;
    Some(u16::from_ne_bytes(*bytes))
}

/// Four bytes at a place, in the order of this machine.
pub fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    let bytes = bytes.get(place..)?.first_chunk::<4>()?;
    Some(u32::from_ne_bytes(*bytes))
}

/// Writes a request: `NLM_F_REQUEST` with these flags, and its body.
#[must_use]
pub fn request(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    const REQUEST: u16 = 1;
    written(kind, REQUEST | flags, body)
}

fn written(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEADER_BYTES.saturating_add(body.len())).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEADER_BYTES.saturating_add(body.len()));
    bytes.extend(length.to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    // A sequence number and an address, which a socket that asks one thing at a time needs not.
    bytes.extend([0; 8]);
    bytes.extend(body);
    bytes
}
