//! Orders: each command once, in parts; and for each device, where its order in force stands.
//!
//! Touches a commit group, and the database for reading. Must never write a row of a command before
//! every order of it was found to follow the one in force.

use std::collections::BTreeMap;

use prost::Message;
use sled::{IVec, Tree};

use sekisho_policy::id::DeviceId;
use sekisho_proto::wire;

use super::change::known_device;
use super::group::Group;
use super::read::{failed, row, unreadable, value};
use super::shelf::Shelf;
use super::{history, keys, rows};
use crate::limits::PAGE_MAX;
use crate::record::{IssuedCommand, IssuedOrder, Recipient};
use crate::store::StoreError;
use crate::store::codec::order::{self as codec, Slot};
use crate::store::codec::{RowError, device, posture};

/// Records the orders of a command.
pub(super) fn record(group: &mut Group<'_>, command: &IssuedCommand) -> Result<(), StoreError> {
    let number = group.fetch(keys::LAST_COMMAND)?;
    let number = number.map_or(0, |row| last_command(&row)).saturating_add(1);
    let mut in_force: BTreeMap<IVec, Vec<Slot>> = BTreeMap::new();
    for slot in slots(command, number) {
        let key = keys::orders(slot.device);
        let held = match in_force.get_mut(&key) {
            Some(held) => held,
            None => {
                let held = group.row(&key, codec::decode_slots)?.unwrap_or_default();
                in_force.entry(key).or_insert(held)
            }
        };
        put(group, held, slot)?;
    }
    for (key, slots) in in_force {
        group.put(key, codec::encode_slots(&slots));
    }
    for (part, row) in (0_u32..).zip(&command.parts) {
        group.put(keys::part(number, part), codec::encode_part(row));
    }
    group.put(keys::command(number), codec::encode_command(command));
    group.put(keys::LAST_COMMAND, &number.to_be_bytes()[..]);
    Ok(())
}

/// Where each order of the command will stand.
fn slots(command: &IssuedCommand, number: u64) -> impl Iterator<Item = Slot> {
    (0_u32..)
        .zip(&command.parts)
        .flat_map(move |(part, recipients)| {
            let placed = (0_u8..).zip(&recipients.recipients);
            placed.map(move |(place, (device, generation))| Slot {
                device: *device,
                generation: *generation,
                access: command.access,
                until: command.until,
                command: number,
                part,
                place,
            })
        })
}

/// Puts a slot in its place among those of other devices, if its order follows the one in force.
fn put(group: &Group<'_>, held: &mut Vec<Slot>, slot: Slot) -> Result<(), StoreError> {
    match held.binary_search_by(|other| other.device.cmp(&slot.device)) {
        Ok(place) => {
            let Some(last) = held.get_mut(place) else {
                return Ok(());
            };
            if slot.generation <= last.generation {
                return Err(conflict(&slot, last.generation.0));
            }
            *last = slot;
        }
        Err(place) => {
            known_device(group, slot.device)?;
            if slot.generation.0 == 0 {
                return Err(conflict(&slot, 0));
            }
            held.insert(place, slot);
        }
    }
    Ok(())
}

fn conflict(slot: &Slot, held: u64) -> StoreError {
    StoreError::Conflict(format!(
        "device {} has an order of generation {held}, and generation {} does not follow it",
        slot.device, slot.generation
    ))
}

fn last_command(row: &[u8]) -> u64 {
    <[u8; 8]>::try_from(row).map_or(0, u64::from_be_bytes)
}

/// The order in force for a device.
pub(super) async fn in_force(
    shelf: &Shelf,
    id: DeviceId,
) -> Result<Option<IssuedOrder>, StoreError> {
    let key = keys::orders(id);
    let read = |tree: &Tree| {
        let Some(slot) = slot(shelf, tree, &key, id)? else {
            return Ok(None);
        };
        let command = command(shelf, tree, &slot)?;
        Ok(Some(IssuedOrder {
            device: id,
            generation: slot.generation,
            access: command.access,
            issued_at: command.issued_at,
            issued_by: command.issued_by,
            reason: command.reason,
            until: command.until,
        }))
    };
    shelf.read(&[&key], read).await
}

/// The order in force for a device as it is sent.
pub(super) async fn signed(shelf: &Shelf, id: DeviceId) -> Result<Option<Vec<u8>>, StoreError> {
    let key = keys::orders(id);
    let read = |tree: &Tree| {
        let Some(slot) = slot(shelf, tree, &key, id)? else {
            return Ok(None);
        };
        let signed = command(shelf, tree, &slot)?.signed;
        let signed = wire::Command::decode(signed.as_slice()).map_err(|error| {
            let cause = error.to_string();
            unreadable(
                shelf,
                &RowError::Encoding {
                    row: "order",
                    cause,
                },
            )
        })?;
        let part = keys::part(slot.command, slot.part);
        let part = row(shelf, tree, &part, codec::decode_part)?;
        let order = part.and_then(|part| part.order(&signed, slot.place.into()));
        let order = order.ok_or_else(|| unreadable(shelf, &RowError::Field("order in force")))?;
        Ok(Some(order.encode_to_vec()))
    };
    shelf.read(&[&key], read).await
}

fn slot(shelf: &Shelf, tree: &Tree, key: &[u8], id: DeviceId) -> Result<Option<Slot>, StoreError> {
    let found = row(shelf, tree, key, |row| codec::find_slot(row, id))?;
    Ok(found.flatten())
}

fn command(shelf: &Shelf, tree: &Tree, slot: &Slot) -> Result<IssuedCommand, StoreError> {
    row(
        shelf,
        tree,
        &keys::command(slot.command),
        codec::decode_command,
    )?
    .ok_or_else(|| unreadable(shelf, &RowError::Field("command of an order in force")))
}

/// What an order needs to know of a device.
pub(super) async fn recipient(
    shelf: &Shelf,
    id: DeviceId,
) -> Result<Option<Recipient>, StoreError> {
    let keys = [keys::device(id), keys::orders(id), keys::posture(id)];
    let [device, orders, _] = &keys;
    let read = |tree: &Tree| {
        let Some(row) = value(shelf, tree, device)? else {
            return Ok(None);
        };
        let orders = value(shelf, tree, orders)?;
        about(shelf, tree, &row, orders.as_ref()).map(Some)
    };
    shelf.read(&keys.each_ref().map(|key| &key[..]), read).await
}

/// What an order needs to know of a page of devices.
pub(super) async fn recipients(
    shelf: &Shelf,
    after: Option<DeviceId>,
    limit: usize,
) -> Result<Vec<Recipient>, StoreError> {
    let start = after.map_or_else(|| IVec::from(keys::DEVICES), keys::device);
    let read = |tree: &Tree| {
        let mut orders: BTreeMap<IVec, Option<IVec>> = BTreeMap::new();
        let mut found = Vec::new();
        for item in tree.range(start.clone()..) {
            let (key, item) = item.map_err(|e| failed(shelf, e))?;
            if key == start {
                continue;
            }
            if !key.starts_with(keys::DEVICES) || found.len() >= limit.min(PAGE_MAX) {
                break;
            }
            let item = rows::value(tree, &key, item).map_err(|e| failed(shelf, e))?;
            let Some(id) = key.last_chunk::<16>() else {
                return Err(unreadable(shelf, &RowError::Field("device id")));
            };
            let key = keys::orders(DeviceId::from_bytes(*id));
            let orders = match orders.get(&key) {
                Some(orders) => orders,
                None => {
                    let row = value(shelf, tree, &key)?;
                    orders.entry(key).or_insert(row)
                }
            };
            found.push(about(shelf, tree, &item, orders.as_ref())?);
        }
        Ok(found)
    };
    shelf.scan(read).await
}

fn about(
    shelf: &Shelf,
    tree: &Tree,
    row: &[u8],
    orders: Option<&IVec>,
) -> Result<Recipient, StoreError> {
    let damaged = |e| unreadable(shelf, &e);
    let (id, name, registration, group) = device::decode_head(row).map_err(damaged)?;
    let slot = orders.map(|orders| codec::find_slot(orders, id));
    let slot = slot.transpose().map_err(damaged)?.flatten();
    let held = value(shelf, tree, &keys::posture(id))?.map(|row| {
        let (_, posture) = history::split(&row)?;
        posture::decode_held(posture)
    });
    Ok(Recipient {
        id,
        name,
        registration,
        group,
        given: slot.map(|slot| (slot.generation, slot.access, slot.until)),
        held: held.transpose().map_err(damaged)?.flatten(),
    })
}
