//! A command on its way to being signed: the tree over its orders; and its parts, from which each
//! device's order is taken without the others'.
//!
//! Touches bytes in memory. Must never encode the terms anew: they are carried as they were signed.

use bytes::Bytes;

use sekisho_policy::id::{DeviceId, Generation};
use sekisho_policy::merkle::{Hash, Tree};

use super::{KeyId, digest, leaf, signed_bytes};
use crate::wire;

/// Orders of one part. Its hashes are made anew to take out one order: some ten microseconds.
const PART_HEIGHT: usize = 6;

/// A command before it is signed.
#[derive(Debug, Clone)]
pub struct Unsigned {
    terms: Bytes,
    recipients: Vec<(DeviceId, Generation)>,
    tree: Tree,
}

/// Up to 64 neighbouring orders of one command, with what leads from them to its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The place of the first of them among the command's orders.
    pub first: u32,
    /// The devices, each with its generation, in the order of the leaves.
    pub recipients: Vec<(DeviceId, Generation)>,
    /// The hashes beside the way from this part to the root, the lowest first.
    pub above: Vec<Hash>,
}

impl Unsigned {
    /// The command that says `terms` to each device at its generation.
    #[must_use]
    pub fn new(terms: Vec<u8>, recipients: Vec<(DeviceId, Generation)>) -> Self {
        let said = digest(&terms);
        let leaves = recipients
            .iter()
            .map(|(device, generation)| leaf(&said, *device, *generation));
        Self {
            tree: Tree::of(leaves.collect()),
            terms: terms.into(),
            recipients,
        }
    }

    /// What is to be signed.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        signed_bytes(self.size(), &self.tree.root())
    }

    /// The command with its signature, without approvals.
    #[must_use]
    pub fn seal(&self, key_id: KeyId, signature: &[u8; 64]) -> wire::Command {
        wire::Command {
            terms: self.terms.clone(),
            size: self.size(),
            key_id: Bytes::copy_from_slice(&key_id),
            signature: Bytes::copy_from_slice(signature),
            approvals: Vec::new(),
        }
    }

    /// The orders of the command, each sealed, in the order of their recipients.
    pub fn orders(&self, command: &wire::Command) -> impl Iterator<Item = wire::SignedOrder> {
        let numbered = (0_u32..).zip(self.recipients.iter().enumerate());
        numbered.map(|(index, (place, recipient))| {
            order(command, *recipient, index, &self.tree.path(place))
        })
    }

    /// The command in parts, to be kept.
    pub fn parts(&self) -> impl Iterator<Item = Part> {
        let parts = self.recipients.chunks(1 << PART_HEIGHT).enumerate();
        let firsts = (0_u32..).step_by(1 << PART_HEIGHT);
        firsts.zip(parts).map(|(first, (number, recipients))| Part {
            first,
            recipients: recipients.to_vec(),
            above: self.tree.path_above(PART_HEIGHT, number),
        })
    }

    /// The devices, each with its generation, in the order of the leaves.
    #[must_use]
    pub fn recipients(&self) -> &[(DeviceId, Generation)] {
        &self.recipients
    }

    fn size(&self) -> u32 {
        u32::try_from(self.recipients.len()).unwrap_or(u32::MAX)
    }
}

impl Part {
    /// The order at a place within this part. `None` when there is none there.
    #[must_use]
    pub fn order(&self, command: &wire::Command, place: usize) -> Option<wire::SignedOrder> {
        let recipient = self.recipients.get(place)?;
        let said = digest(&command.terms);
        let leaves = self
            .recipients
            .iter()
            .map(|(device, generation)| leaf(&said, *device, *generation));
        let within = Tree::of(leaves.collect()).path(place);
        let index = self.first.checked_add(u32::try_from(place).ok()?)?;
        let path = [within.as_slice(), &self.above].concat();
        Some(order(command, *recipient, index, &path))
    }
}

fn order(
    command: &wire::Command,
    (device, generation): (DeviceId, Generation),
    index: u32,
    path: &[Hash],
) -> wire::SignedOrder {
    wire::SignedOrder {
        command: Some(command.clone()),
        device_id: Bytes::copy_from_slice(device.as_bytes()),
        generation: generation.0,
        index,
        path: path.concat().into(),
    }
}
