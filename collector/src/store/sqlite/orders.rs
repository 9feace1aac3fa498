//! Orders: each command once, in parts; and for each device, where its order in force stands.
//!
//! Touches a commit group, and the database for reading. Must never write a row of a command before
//! every order of it was found to follow the one in force.

use std::collections::BTreeMap;

use bytes::Bytes;
use prost::Message;

use sekisho_policy::id::{DeviceId, Generation};
use sekisho_policy::order::Access;
use sekisho_proto::wire;

use super::change::known_device;
use super::group::Group;
use super::read::{device_of, each_device};
use super::rows::{Key, Rows, behind};
use super::{history, keys};
use crate::limits::PAGE_MAX;
use crate::record::{IssuedCommand, IssuedOrder, Recipient};
use crate::store::codec::order::{self as codec, Slot};
use crate::store::codec::{RowError, device, posture};
use crate::store::{Damage, Recipients, StoreError};

/// Records the orders of a command.
pub(super) fn record(group: &mut Group<'_>, command: &IssuedCommand) -> Result<(), StoreError> {
    let number = group.fetch(keys::LAST_COMMAND)?;
    let number = number.map_or(0, |row| last_command(&row)).saturating_add(1);
    let mut in_force: BTreeMap<Key, Vec<Slot>> = BTreeMap::new();
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
    group.put(keys::LAST_COMMAND, number.to_be_bytes().to_vec());
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
pub(super) fn in_force(rows: &Rows, id: DeviceId) -> Result<Option<IssuedOrder>, StoreError> {
    let Some(slot) = slot(rows, id)? else {
        return Ok(None);
    };
    let command = command(rows, &slot)?;
    Ok(Some(IssuedOrder {
        device: id,
        generation: slot.generation,
        access: command.access,
        issued_at: command.issued_at,
        issued_by: command.issued_by,
        reason: command.reason,
        until: command.until,
    }))
}

/// The order in force for a device as it is sent.
pub(super) fn signed(rows: &Rows, id: DeviceId) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(slot) = slot(rows, id)? else {
        return Ok(None);
    };
    let signed = command(rows, &slot)?.signed;
    let signed = wire::Command::decode(signed.as_slice()).map_err(|error| {
        let cause = error.to_string();
        rows.unreadable(&RowError::Encoding {
            row: "order",
            cause,
        })
    })?;
    let part = keys::part(slot.command, slot.part);
    let part = rows.row(&part, codec::decode_part)?;
    let order = part.and_then(|part| part.order(&signed, slot.place.into()));
    let order = order.ok_or_else(|| rows.unreadable(&RowError::Field("order in force")))?;
    Ok(Some(order.encode_to_vec()))
}

fn slot(rows: &Rows, id: DeviceId) -> Result<Option<Slot>, StoreError> {
    let found = rows.row(&keys::orders(id), |row| codec::find_slot(row, id))?;
    Ok(found.flatten())
}

fn command(rows: &Rows, slot: &Slot) -> Result<IssuedCommand, StoreError> {
    rows.row(&keys::command(slot.command), codec::decode_command)?
        .ok_or_else(|| rows.unreadable(&RowError::Field("command of an order in force")))
}

/// What an order needs to know of a device.
pub(super) fn recipient(rows: &Rows, id: DeviceId) -> Result<Option<Recipient>, StoreError> {
    let Some(row) = rows.get(&keys::device(id))? else {
        return Ok(None);
    };
    let head = device::decode_head(&row).map_err(|e| rows.unreadable(&e))?;
    let orders = rows.get(&keys::orders(id))?;
    let held = held_by(rows, id)?;
    about(rows, head, orders.as_ref(), held).map(Some)
}

/// The order that a device said it holds. What is damaged says nothing: an order must reach it all the same.
fn held_by(rows: &Rows, id: DeviceId) -> Result<Option<(Generation, Access)>, StoreError> {
    match rows.row(&keys::posture(id), held) {
        Err(error @ StoreError::Corrupt { .. }) => {
            tracing::error!(device = %id, %error, "what was last seen of a device cannot be read");
            Ok(None)
        }
        read => Ok(read?.flatten()),
    }
}

/// What an order needs to know of a page of devices.
pub(super) fn recipients(
    rows: &Rows,
    after: Option<DeviceId>,
    limit: usize,
) -> Result<Recipients, StoreError> {
    let mut page = Vec::new();
    let mut damaged = Vec::new();
    let take = |_, row: &[u8]| {
        page.push(device::decode_head(row).map_err(|e| rows.unreadable(&e))?);
        Ok(())
    };
    each_device(rows, after, limit, take, |damage| damaged.push(damage))?;
    let (Some((first, ..)), Some((last, ..))) = (page.first(), page.last()) else {
        return Ok(Recipients {
            found: Vec::new(),
            damaged,
            next: None,
        });
    };
    // A scan that reached the end has told every damaged row behind the last one.
    let next = (page.len() >= limit.min(PAGE_MAX)).then_some(*last);
    // In one pass beside them, not one by one: an order to the fleet waits for this.
    let holding = holding(rows, *first, *last);
    if let Err(error @ StoreError::Disk { .. }) = holding {
        return Err(error);
    }
    let mut orders: BTreeMap<Key, Result<Option<Bytes>, StoreError>> = BTreeMap::new();
    let mut found = Vec::with_capacity(page.len());
    for head in page {
        let id = head.0;
        let key = keys::orders(id);
        let orders = match orders.get(&key) {
            Some(orders) => orders,
            None => {
                let row = rows.get(&key);
                orders.entry(key).or_insert(row)
            }
        };
        let held = match &holding {
            Ok(holding) => holding.get(&id).copied().flatten(),
            Err(_) => held_by(rows, id)?,
        };
        let orders = orders.as_ref().map_err(StoreError::again);
        match orders.and_then(|orders| about(rows, head, orders.as_ref(), held)) {
            Ok(recipient) => found.push(recipient),
            // Which generation would follow cannot be told.
            Err(StoreError::Corrupt { cause, .. }) => damaged.push(Damage { device: id, cause }),
            Err(error) => return Err(error),
        }
    }
    Ok(Recipients {
        found,
        damaged,
        next,
    })
}

/// The orders that all devices from `first` to `last` said they hold.
fn holding(
    rows: &Rows,
    first: DeviceId,
    last: DeviceId,
) -> Result<BTreeMap<DeviceId, Option<(Generation, Access)>>, StoreError> {
    let mut holding = BTreeMap::new();
    let (from, to) = (keys::posture(first), behind(&keys::posture(last)));
    rows.scan(&from, &to, |key, row| {
        let id = device_of(key).map_err(|e| rows.unreadable(&e))?;
        holding.insert(id, held(row).map_err(|e| rows.unreadable(&e))?);
        Ok(true)
    })?;
    Ok(holding)
}

/// The order that a device said it holds, in the row of its posture.
fn held(row: &[u8]) -> Result<Option<(Generation, Access)>, RowError> {
    let (_, posture) = history::split(row)?;
    posture::decode_held(posture)
}

fn about(
    rows: &Rows,
    (id, name, registration, group): device::Head,
    orders: Option<&Bytes>,
    held: Option<(Generation, Access)>,
) -> Result<Recipient, StoreError> {
    let damaged = |e| rows.unreadable(&e);
    let slot = orders.map(|orders| codec::find_slot(orders, id));
    let slot = slot.transpose().map_err(damaged)?.flatten();
    Ok(Recipient {
        id,
        name,
        registration,
        group,
        given: slot.map(|slot| (slot.generation, slot.access, slot.until)),
        held,
    })
}
