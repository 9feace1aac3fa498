//! Every reading call.
//!
//! Touches the database, reading only. Must never take a row that cannot be read for one that is not
//! there.

use sled::{IVec, Tree};

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::time::Timestamp;

use super::shelf::Shelf;
use super::{change, disk, group, history as packed, keys, rows};
use crate::audit::AuditHead;
use crate::limits::PAGE_MAX;
use crate::record::{Device, PolicyVersion, Posture, RoutineReport, Token};
use crate::store::codec::{self, RowError, ledger};
use crate::store::{AuditIndex, StoreError};

pub(super) async fn tokens(shelf: &Shelf) -> Result<Vec<Token>, StoreError> {
    shelf
        .scan(|tree| {
            tree.scan_prefix(keys::TOKENS)
                .map(|row| {
                    let (key, row) = row.map_err(|e| failed(shelf, e))?;
                    let row = rows::value(tree, &key, row).map_err(|e| failed(shelf, e))?;
                    ledger::decode_token(&row).map_err(|e| unreadable(shelf, &e))
                })
                .collect()
        })
        .await
}

pub(super) async fn device(shelf: &Shelf, id: DeviceId) -> Result<Option<Device>, StoreError> {
    let key = keys::device(id);
    shelf
        .read(&[&key], |tree| {
            row(shelf, tree, &key, codec::device::decode)
        })
        .await
}

pub(super) async fn device_by_key(
    shelf: &Shelf,
    public_key: Fingerprint,
) -> Result<Option<Device>, StoreError> {
    let key = keys::by_key(public_key);
    let id = shelf
        .read(&[&key], |tree| row(shelf, tree, &key, codec::device_id))
        .await?;
    match id {
        Some(id) => Ok(device(shelf, id)
            .await?
            .filter(|device| device.key == public_key)),
        None => Ok(None),
    }
}

pub(super) async fn devices(
    shelf: &Shelf,
    after: Option<DeviceId>,
    limit: usize,
) -> Result<Vec<(Device, Option<Posture>)>, StoreError> {
    let start = after.map_or_else(|| IVec::from(keys::DEVICES), keys::device);
    shelf
        .scan(|tree| {
            tree.range(start.clone()..)
                .take_while(|row| {
                    row.as_ref()
                        .map_or(true, |(key, _)| key.starts_with(keys::DEVICES))
                })
                .filter(|row| row.as_ref().map_or(true, |(key, _)| *key != start))
                .take(limit.min(PAGE_MAX))
                .map(|row| {
                    let (key, row) = row.map_err(|e| failed(shelf, e))?;
                    let row = rows::value(tree, &key, row).map_err(|e| failed(shelf, e))?;
                    let device = codec::device::decode(&row).map_err(|e| unreadable(shelf, &e))?;
                    let posture = posture_of(shelf, tree, device.id)?;
                    Ok((device, posture))
                })
                .collect()
        })
        .await
}

pub(super) async fn posture(shelf: &Shelf, id: DeviceId) -> Result<Option<Posture>, StoreError> {
    let read = [keys::posture(id), keys::seen(id)];
    let read = read.each_ref().map(|key| &key[..]);
    shelf.read(&read, |tree| posture_of(shelf, tree, id)).await
}

/// The posture with what later routine reports and signs of life say.
fn posture_of(shelf: &Shelf, tree: &Tree, id: DeviceId) -> Result<Option<Posture>, StoreError> {
    let Some(held) = value(shelf, tree, &keys::posture(id))? else {
        return Ok(None);
    };
    let damaged = |e| unreadable(shelf, &e);
    let (tail, posture) = packed::split(&held).map_err(damaged)?;
    let mut posture = codec::posture::decode(posture).map_err(damaged)?;
    let tail = packed::decode(id, tail).map_err(damaged)?;
    if let Some(last) = tail.last()
        && last.sequence > posture.sequence
    {
        posture.sequence = last.sequence;
        posture.taken_at = last.taken_at;
        posture.recorded_at = last.recorded_at;
        posture.seen_at = posture.seen_at.max(last.recorded_at);
    }
    if let Some(seen) = value(shelf, tree, &keys::seen(id))? {
        posture.seen_at = posture.seen_at.max(Timestamp(change::seen_at(&seen)));
    }
    Ok(Some(posture))
}

pub(super) async fn section(
    shelf: &Shelf,
    id: DeviceId,
    kind: SectionKind,
) -> Result<Option<(Fingerprint, Vec<u8>)>, StoreError> {
    let key = keys::section(id, kind);
    shelf
        .read(&[&key], |tree| {
            row(shelf, tree, &key, |row| {
                let (digest, body) = row
                    .split_first_chunk::<32>()
                    .ok_or(RowError::Field("section"))?;
                Ok((Fingerprint::from_bytes(*digest), body.to_vec()))
            })
        })
        .await
}

pub(super) async fn history(
    shelf: &Shelf,
    id: DeviceId,
    from: Sequence,
    limit: usize,
) -> Result<Vec<RoutineReport>, StoreError> {
    let limit = limit.min(PAGE_MAX);
    let last = keys::posture(id);
    shelf
        .read(&[&last], |tree| {
            let start = tree
                .range(keys::history(id, Sequence(0))..=keys::history(id, from))
                .next_back()
                .transpose()
                .map_err(|e| failed(shelf, e))?
                .map_or_else(|| keys::history(id, from), |(key, _)| key.to_vec());
            let mut found = Vec::new();
            for item in tree.range(start..=keys::history(id, Sequence(u64::MAX))) {
                let (key, item) = item.map_err(|e| failed(shelf, e))?;
                let item = rows::value(tree, &key, item).map_err(|e| failed(shelf, e))?;
                let reports = packed::decode(id, &item).map_err(|e| unreadable(shelf, &e))?;
                found.extend(reports.into_iter().filter(|r| r.sequence >= from));
                if found.len() >= limit {
                    break;
                }
            }
            if found.len() < limit {
                let last = row(shelf, tree, &last, |row| {
                    packed::decode(id, packed::split(row)?.0)
                })?;
                let last = last.unwrap_or_default();
                found.extend(last.into_iter().filter(|r| r.sequence >= from));
            }
            found.truncate(limit);
            Ok(found)
        })
        .await
}

pub(super) async fn policy(shelf: &Shelf) -> Result<Option<PolicyVersion>, StoreError> {
    shelf
        .read(&[keys::POLICY_IN_FORCE], |tree| {
            let Some(version) = value(shelf, tree, keys::POLICY_IN_FORCE)? else {
                return Ok(None);
            };
            let key = keys::policy(change::policy_version(&version));
            row(shelf, tree, &key, ledger::decode_policy)
        })
        .await
}

pub(super) async fn head(shelf: &Shelf, at_least: u64) -> Result<Option<AuditHead>, StoreError> {
    shelf
        .scan(|tree| {
            let found = tree
                .range(keys::head(at_least)..=keys::head(u64::MAX))
                .next()
                .transpose()
                .map_err(|e| failed(shelf, e))?;
            let Some((key, row)) = found else {
                return Ok(None);
            };
            let row = rows::value(tree, &key, row).map_err(|e| failed(shelf, e))?;
            AuditHead::decode(&row).map(Some).map_err(|e| {
                let cause = e.to_string();
                unreadable(
                    shelf,
                    &RowError::Encoding {
                        row: "audit head",
                        cause,
                    },
                )
            })
        })
        .await
}

pub(super) async fn routine(
    shelf: &Shelf,
    entry: AuditIndex,
) -> Result<Option<Vec<u8>>, StoreError> {
    let key = keys::routine(entry);
    shelf
        .read(&[&key], |tree| {
            Ok(value(shelf, tree, &key)?.map(|rows| rows.to_vec()))
        })
        .await
}

pub(super) async fn entries(
    shelf: &Shelf,
    from: AuditIndex,
    limit: usize,
) -> Result<Vec<Vec<u8>>, StoreError> {
    shelf
        .scan(|tree| entries_of(shelf, tree, from, limit.min(PAGE_MAX)))
        .await
}

fn entries_of(
    shelf: &Shelf,
    tree: &Tree,
    from: AuditIndex,
    limit: usize,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let start = tree
        .range(keys::entries(0)..=keys::entries(from))
        .next_back()
        .transpose()
        .map_err(|e| failed(shelf, e))?
        .map_or_else(|| keys::entries(from), |(key, _)| key);
    let mut found = Vec::new();
    for item in tree.range(start..=keys::entries(u64::MAX)) {
        let (key, item) = item.map_err(|e| failed(shelf, e))?;
        let malformed = || unreadable(shelf, &RowError::Field("audit entries"));
        let first = key
            .last_chunk::<8>()
            .map(|index| u64::from_be_bytes(*index))
            .ok_or_else(malformed)?;
        let item = rows::value(tree, &key, item).map_err(|e| failed(shelf, e))?;
        for (index, entry) in (first..).zip(group::entries(&item).ok_or_else(malformed)?) {
            if index >= from && found.len() < limit {
                found.push(entry.to_vec());
            }
        }
        if found.len() >= limit {
            break;
        }
    }
    Ok(found)
}

pub(super) fn row<T>(
    shelf: &Shelf,
    tree: &Tree,
    key: &[u8],
    decode: impl FnOnce(&[u8]) -> Result<T, RowError>,
) -> Result<Option<T>, StoreError> {
    value(shelf, tree, key)?
        .map(|row| decode(&row))
        .transpose()
        .map_err(|e| unreadable(shelf, &e))
}

pub(super) fn value(shelf: &Shelf, tree: &Tree, key: &[u8]) -> Result<Option<IVec>, StoreError> {
    rows::fetch(tree, key).map_err(|e| failed(shelf, e))
}

pub(super) fn failed(shelf: &Shelf, error: sled::Error) -> StoreError {
    disk::failed(&shelf.dir, error)
}

pub(super) fn unreadable(shelf: &Shelf, error: &RowError) -> StoreError {
    StoreError::Corrupt {
        path: shelf.dir.display().to_string(),
        cause: error.to_string(),
    }
}
