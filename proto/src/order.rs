//! Opening of signed orders: the leaf leads by its path to the root that is signed, and only then are
//! the terms read.
//!
//! Touches bytes in memory. Must never hold a key: the caller verifies. Must never read the terms of an
//! order before its signature was found good.

mod command;
mod terms;

use prost::Message;
use sha2::{Digest, Sha256};
use thiserror::Error;

use sekisho_policy::id::{DeviceId, Generation};
use sekisho_policy::limits::REASON_CHARS_MAX;
use sekisho_policy::merkle::{Hash, leaf_hash, root_of};
use sekisho_policy::order::{Order, WhyRefused};
use sekisho_policy::time::Timestamp;

pub use command::{Part, Unsigned};
pub use terms::terms;

use crate::convert::{InvalidMessage, at_most, device_id, fixed, within};
use crate::limits::{APPROVALS_MAX, COMMAND_ORDERS_MAX, ORDER_BYTES_MAX, ORDER_PATH_MAX};
use crate::wire;

/// What the signature of a command is made over, before its size and root. Keeps a signature made for
/// one purpose from being good for another.
const DOMAIN: &[u8] = b"sekisho order v1\0";

/// Names a signing key: the first eight bytes of the SHA-256 of the public key.
pub type KeyId = [u8; 8];

/// What an order says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderBody {
    /// The access the device shall have from now on.
    State(Order),
    /// Something to do once.
    Request(Request),
}

/// Something a device shall do once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The device it is for, and no other.
    pub device: DeviceId,
    /// Sixteen random bytes; a device carries out one request once.
    pub id: [u8; 16],
    /// What to do.
    pub kind: RequestKind,
    /// Why, in the words of who asked.
    pub reason: String,
    /// When it was given, by the collector's clock.
    pub issued_at: Timestamp,
    /// When it is too late to do it; `None` when it never is.
    pub until: Option<Timestamp>,
    /// The incident it belongs to.
    pub incident: Option<String>,
}

/// What can be asked of a device. The set is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// Read every fact anew and report.
    CheckNow,
}

/// Why an order is not opened.
#[derive(Debug, Error)]
pub enum InvalidOrder {
    /// The envelope or the terms are malformed or beyond a limit. Whoever made it is at fault.
    #[error("the order is malformed")]
    Malformed(#[source] InvalidMessage),
    /// Its path has not the length that its place among the command's orders demands.
    #[error(
        "the order is malformed: order {index} of {size} has not a path of {hashes} hashes to their root"
    )]
    NoPath {
        /// Its place.
        index: u32,
        /// The command's orders.
        size: u32,
        /// The hashes of its path.
        hashes: usize,
    },
    /// No key this device trusts has signed it. Forged, damaged, not one of that command's orders, or
    /// signed by a key given out after this device enrolled.
    #[error("the order is not signed by a key this device trusts (key {})", hex(.0))]
    NotTrusted(KeyId),
    /// It asks for what this version does not know. Nothing is done.
    #[error("the order asks for what this version does not know; update the agent")]
    NotKnown,
    /// Its reason is longer than may be taken.
    #[error("the order's reason has {0} characters, at most {REASON_CHARS_MAX} are taken")]
    ReasonTooLong(usize),
}

impl From<InvalidMessage> for InvalidOrder {
    fn from(error: InvalidMessage) -> Self {
        // Values are read once the signature was found good: a newer collector meant it.
        if matches!(error, InvalidMessage::UnknownValue { .. }) {
            Self::NotKnown
        } else {
            Self::Malformed(error)
        }
    }
}

impl InvalidOrder {
    /// What the account of enforcement says of it.
    #[must_use]
    pub const fn why(&self) -> WhyRefused {
        match self {
            Self::Malformed(_) | Self::NoPath { .. } | Self::ReasonTooLong(_) => {
                WhyRefused::Malformed
            }
            Self::NotTrusted(_) => WhyRefused::NotTrusted,
            Self::NotKnown => WhyRefused::NotKnown,
        }
    }
}

/// The bytes that the signature of a command is made over: of `size` orders with this root.
#[must_use]
pub fn signed_bytes(size: u32, root: &Hash) -> Vec<u8> {
    [DOMAIN, &u64::from(size).to_be_bytes(), root].concat()
}

/// The hash of one order in the tree of its command.
fn leaf(terms_digest: &Hash, device: DeviceId, generation: Generation) -> Hash {
    let mut entry = [0; 56];
    let parts = terms_digest
        .iter()
        .chain(device.as_bytes())
        .copied()
        .chain(generation.0.to_be_bytes());
    for (to, from) in entry.iter_mut().zip(parts) {
        *to = from;
    }
    leaf_hash(&entry)
}

fn digest(terms: &[u8]) -> Hash {
    Sha256::digest(terms).into()
}

/// Reads an order of a command whose signature `verify(key, message, signature)` finds good.
///
/// # Errors
/// [`InvalidOrder::Malformed`] and [`InvalidOrder::NoPath`] when the envelope is beyond a limit or does
/// not fit together; [`InvalidOrder::NotTrusted`] when the signature is not found good; and when it is,
/// every way in which the terms can be wrong.
pub fn open(
    order: &wire::SignedOrder,
    verify: impl Fn(&KeyId, &[u8], &[u8]) -> bool,
) -> Result<OrderBody, InvalidOrder> {
    let wire::SignedOrder {
        command,
        device_id: device,
        generation,
        index,
        path,
    } = order;
    let wire::Command {
        terms,
        size,
        key_id,
        signature,
        approvals,
    } = command
        .as_ref()
        .ok_or(InvalidMessage::Missing("command of an order"))?;
    within(terms, "an order's terms", ORDER_BYTES_MAX)?;
    if usize::try_from(*size).is_ok_and(|size| size > COMMAND_ORDERS_MAX) {
        return Err(InvalidMessage::TooMany {
            what: "orders of a command",
            count: usize::try_from(*size).unwrap_or(usize::MAX),
            max: COMMAND_ORDERS_MAX,
        }
        .into());
    }
    at_most(
        approvals.iter().collect(),
        "approvals of a command",
        APPROVALS_MAX,
    )?;
    let key_id: KeyId = fixed(key_id, "an order's key id")?;
    let signature: [u8; 64] = fixed(signature, "an order's signature")?;
    let device = device_id(device, "device of an order")?;
    let generation = Generation(*generation);
    let leaf = leaf(&digest(terms), device, generation);
    let path = hashes(path)?;
    let root = root_of(leaf, u64::from(*index), u64::from(*size), &path);
    let root = root.ok_or(InvalidOrder::NoPath {
        index: *index,
        size: *size,
        hashes: path.len(),
    })?;
    if !verify(&key_id, &signed_bytes(*size, &root), &signature) {
        return Err(InvalidOrder::NotTrusted(key_id));
    }
    let terms =
        wire::OrderTerms::decode(terms.clone()).map_err(|cause| InvalidMessage::Malformed {
            what: "an order's terms",
            cause,
        })?;
    terms::read(terms, device, generation)
}

fn hashes(path: &[u8]) -> Result<Vec<Hash>, InvalidMessage> {
    let what = "the path of an order";
    within(path, what, ORDER_PATH_MAX * 32)?;
    let (hashes, rest) = path.as_chunks::<32>();
    if rest.is_empty() {
        Ok(hashes.to_vec())
    } else {
        Err(InvalidMessage::WrongLength {
            what,
            bytes: path.len(),
            expected: hashes.len().saturating_mul(32),
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
