//! Rows of orders: a command with what is said of it, its parts, and where each device's order in force
//! stands.
//!
//! Touches nothing. Must never encode a signed command anew: its bytes are kept as they were signed.

use sekisho_policy::id::{DeviceId, Generation};
use sekisho_policy::order::Access;
use sekisho_policy::time::Timestamp;
use sekisho_proto::order::Part;

use super::{RowError, seal, unseal};
use crate::record::IssuedCommand;

/// Bytes of a device with its generation in the row of a part.
const RECIPIENT_BYTES: usize = 24;
/// Bytes of a slot.
const SLOT_BYTES: usize = 46;
/// Stands for the end of an order that has none.
const NO_END: i64 = i64::MAX;
const MALFORMED: RowError = RowError::Field("list of orders in force");

/// Where the order in force for one device stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The device.
    pub device: DeviceId,
    /// The order's generation.
    pub generation: Generation,
    /// The access it asks for.
    pub access: Access,
    /// When it ends.
    pub until: Option<Timestamp>,
    /// The number of its command.
    pub command: u64,
    /// The part of the command.
    pub part: u32,
    /// Its place within the part.
    pub place: u8,
}

/// Encodes a command, its parts apart.
#[must_use]
pub fn encode_command(command: &IssuedCommand) -> Vec<u8> {
    seal(&CommandRow {
        access: access_code(command.access),
        signed: command.signed.clone(),
        issued_at_ms: command.issued_at.0,
        issued_by: command.issued_by.clone(),
        reason: command.reason.clone(),
        until_ms: command.until.map(|at| at.0),
    })
}

/// Reads a command back, without its parts.
///
/// # Errors
/// [`RowError`] when the bytes are no command.
pub fn decode_command(bytes: &[u8]) -> Result<IssuedCommand, RowError> {
    let row: CommandRow = unseal("order", bytes)?;
    Ok(IssuedCommand {
        access: access(row.access)?,
        signed: row.signed,
        issued_at: Timestamp(row.issued_at_ms),
        issued_by: row.issued_by,
        reason: row.reason,
        until: row.until_ms.map(Timestamp),
        parts: Vec::new(),
    })
}

/// Encodes a part: how many devices, each with its generation, then the hashes above them.
#[must_use]
pub fn encode_part(part: &Part) -> Vec<u8> {
    let count = u32::try_from(part.recipients.len()).unwrap_or(u32::MAX);
    let mut row = Vec::with_capacity(part.recipients.len().saturating_mul(RECIPIENT_BYTES) + 512);
    row.extend_from_slice(&part.first.to_be_bytes());
    row.extend_from_slice(&count.to_be_bytes());
    for (device, generation) in &part.recipients {
        row.extend_from_slice(device.as_bytes());
        row.extend_from_slice(&generation.0.to_be_bytes());
    }
    for hash in &part.above {
        row.extend_from_slice(hash);
    }
    row
}

/// Reads a part back.
///
/// # Errors
/// [`RowError`] when the bytes are no part.
pub fn decode_part(row: &[u8]) -> Result<Part, RowError> {
    part(row).ok_or(RowError::Field("part of a command"))
}

fn part(mut row: &[u8]) -> Option<Part> {
    let first = u32::from_be_bytes(take(&mut row)?);
    let count = u32::from_be_bytes(take(&mut row)?);
    let mut recipients = Vec::with_capacity(row.len() / RECIPIENT_BYTES);
    for _ in 0..count {
        let device = DeviceId::from_bytes(take(&mut row)?);
        let generation = Generation(u64::from_be_bytes(take(&mut row)?));
        recipients.push((device, generation));
    }
    let (above, rest) = row.as_chunks::<32>();
    rest.is_empty().then(|| Part {
        first,
        recipients,
        above: above.to_vec(),
    })
}

/// Encodes slots, which stand in the order of their devices.
#[must_use]
pub fn encode_slots(slots: &[Slot]) -> Vec<u8> {
    let mut row = Vec::with_capacity(slots.len().saturating_mul(SLOT_BYTES));
    for slot in slots {
        row.extend_from_slice(slot.device.as_bytes());
        row.extend_from_slice(&slot.generation.0.to_be_bytes());
        row.push(access_code(slot.access).to_be_bytes()[3]);
        let until = slot.until.map_or(NO_END, |until| until.0);
        row.extend_from_slice(&until.to_be_bytes());
        row.extend_from_slice(&slot.command.to_be_bytes());
        row.extend_from_slice(&slot.part.to_be_bytes());
        row.push(slot.place);
    }
    row
}

/// Reads slots back.
///
/// # Errors
/// [`RowError`] when the bytes are no slots.
pub fn decode_slots(row: &[u8]) -> Result<Vec<Slot>, RowError> {
    let (slots, rest) = row.as_chunks::<SLOT_BYTES>();
    if !rest.is_empty() {
        return Err(MALFORMED);
    }
    slots.iter().map(|slot| decode_slot(slot)).collect()
}

/// Finds a device's slot without reading the others.
///
/// # Errors
/// [`RowError`] when what is found is no slot.
pub fn find_slot(row: &[u8], device: DeviceId) -> Result<Option<Slot>, RowError> {
    let (slots, _) = row.as_chunks::<SLOT_BYTES>();
    let found = slots.binary_search_by(|slot| slot.iter().take(16).cmp(device.as_bytes()));
    let found = found.ok().and_then(|place| slots.get(place));
    found.map(|slot| decode_slot(slot)).transpose()
}

fn decode_slot(slot: &[u8]) -> Result<Slot, RowError> {
    let (device, generation, code, until, command, part, place) =
        slot_fields(slot).ok_or(MALFORMED)?;
    Ok(Slot {
        device: DeviceId::from_bytes(device),
        generation: Generation(u64::from_be_bytes(generation)),
        access: access(u32::from(code))?,
        until: Some(i64::from_be_bytes(until))
            .filter(|until| *until != NO_END)
            .map(Timestamp),
        command: u64::from_be_bytes(command),
        part: u32::from_be_bytes(part),
        place,
    })
}

type SlotFields = ([u8; 16], [u8; 8], u8, [u8; 8], [u8; 8], [u8; 4], u8);

fn slot_fields(mut slot: &[u8]) -> Option<SlotFields> {
    let row = &mut slot;
    Some((
        take(row)?,
        take(row)?,
        u8::from_be_bytes(take(row)?),
        take(row)?,
        take(row)?,
        take(row)?,
        u8::from_be_bytes(take(row)?),
    ))
}

fn take<const N: usize>(row: &mut &[u8]) -> Option<[u8; N]> {
    let (head, rest) = row.split_first_chunk::<N>()?;
    *row = rest;
    Some(*head)
}

pub(crate) const fn access_code(access: Access) -> u32 {
    match access {
        Access::Full => 1,
        Access::Restricted => 2,
        Access::Isolated => 3,
    }
}

pub(crate) const fn access(code: u32) -> Result<Access, RowError> {
    Ok(match code {
        1 => Access::Full,
        2 => Access::Restricted,
        3 => Access::Isolated,
        _ => return Err(RowError::Field("access")),
    })
}

#[derive(Clone, PartialEq, prost::Message)]
struct CommandRow {
    #[prost(bytes = "vec", tag = "1")]
    signed: Vec<u8>,
    #[prost(uint32, tag = "2")]
    access: u32,
    #[prost(int64, tag = "3")]
    issued_at_ms: i64,
    #[prost(string, tag = "4")]
    issued_by: String,
    #[prost(string, tag = "5")]
    reason: String,
    #[prost(int64, optional, tag = "6")]
    until_ms: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots() -> Vec<Slot> {
        let slot = |number: u8| Slot {
            device: DeviceId::from_bytes([number; 16]),
            generation: Generation(u64::from(number) << 40),
            access: Access::Isolated,
            until: number.is_multiple_of(2).then_some(Timestamp(-1)),
            command: 7,
            part: 9,
            place: 63,
        };
        (1..=5).map(slot).collect()
    }

    #[test]
    fn slots_read_back_as_they_were_and_each_is_found() {
        let slots = slots();
        let row = encode_slots(&slots);
        assert_eq!(row.len(), 5 * SLOT_BYTES);
        assert_eq!(decode_slots(&row).unwrap(), slots);
        for slot in slots {
            assert_eq!(find_slot(&row, slot.device).unwrap(), Some(slot));
        }
        let other = DeviceId::from_bytes([9; 16]);
        assert_eq!(find_slot(&row, other).unwrap(), None);
        assert!(decode_slots(&row[1..]).is_err());
    }

    #[test]
    fn a_part_reads_back_as_it_was_and_a_cut_one_is_refused() {
        let part = Part {
            first: 64,
            recipients: vec![(DeviceId::from_bytes([3; 16]), Generation(8)); 3],
            above: vec![[7; 32], [8; 32]],
        };
        let row = encode_part(&part);
        assert_eq!(decode_part(&row).unwrap(), part);
        assert!(decode_part(&row[..row.len() - 1]).is_err());
        assert!(decode_part(&row[..40]).is_err());
    }
}
