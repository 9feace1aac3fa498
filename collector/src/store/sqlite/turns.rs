//! Where the audit log tells of the turns in the life of a device's findings: for each device the places of the last
//! entries, packed.
//!
//! Touches a commit group and the rows. Must never say what happened: the entries do.

use prost::Message;

use sekisho_policy::id::DeviceId;

use super::group::Group;
use super::rows::Rows;
use super::{keys, read};
use crate::limits::TURNS_MAX;
use crate::store::codec::RowError;
use crate::store::{AuditIndex, StoreError};

/// The places, oldest first, each as the difference to the one before.
#[derive(Clone, PartialEq, prost::Message)]
struct TurnsRow {
    #[prost(uint64, repeated, tag = "1")]
    steps: Vec<u64>,
}

/// Notes the place of one more entry. A row that cannot be read begins anew: what it led to is in the log, and no report
/// shall wait for it.
pub(super) fn note(group: &mut Group<'_>, id: DeviceId, place: AuditIndex) {
    let key = keys::turns(id);
    let mut held = match group.row(&key, unpack) {
        Ok(held) => held.unwrap_or_default(),
        Err(error @ StoreError::Corrupt { .. }) => {
            tracing::error!(%error, device = %id, "where the audit log tells of a device's findings is lost");
            Vec::new()
        }
        // It may be whole; where it could not be read nothing of the group is written either.
        Err(error) => {
            tracing::error!(%error, device = %id, "a turn of a device's findings is not noted");
            return;
        }
    };
    held.push(place);
    let left_out = held.len().saturating_sub(TURNS_MAX);
    group.put(key, pack(held.get(left_out..).unwrap_or_default()));
}

/// The last entries, newest first.
pub(super) fn read(
    rows: &Rows,
    id: DeviceId,
    limit: usize,
) -> Result<Vec<(AuditIndex, Vec<u8>)>, StoreError> {
    let places = rows.row(&keys::turns(id), unpack)?.unwrap_or_default();
    let mut found = Vec::new();
    for place in places.into_iter().rev().take(limit) {
        match read::entries(rows, place, 1) {
            Ok(entry) => found.extend(entry.into_iter().map(|entry| (place, entry))),
            Err(error @ StoreError::Corrupt { .. }) => {
                tracing::error!(%error, place, "an entry of the audit log cannot be read");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn pack(places: &[AuditIndex]) -> Vec<u8> {
    let mut before = 0;
    let steps = places.iter().map(|place| {
        let step = place.wrapping_sub(before);
        before = *place;
        step
    });
    let steps = steps.collect();
    TurnsRow { steps }.encode_to_vec()
}

fn unpack(row: &[u8]) -> Result<Vec<AuditIndex>, RowError> {
    let row = TurnsRow::decode(row).map_err(|e| RowError::Encoding {
        row: "turns",
        cause: e.to_string(),
    })?;
    let mut place = 0_u64;
    let places = row.steps.into_iter().map(|step| {
        place = place.wrapping_add(step);
        place
    });
    Ok(places.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_back_as_they_were() {
        for places in [vec![], vec![0], vec![3, 4, 1_000_000, u64::MAX]] {
            assert_eq!(unpack(&pack(&places)).unwrap(), places);
        }
    }
}
