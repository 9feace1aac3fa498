//! Every reading call but for orders.
//!
//! Touches the database, reading only. Must never take a row that cannot be read for one that is not
//! there.

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};

use super::group::{self, LogState};
use super::rows::{Rows, behind};
use super::{change, history as packed, keys, seen};
use crate::audit::AuditHead;
use crate::limits::PAGE_MAX;
use crate::record::{
    Device, ExceptionRow, PolicyHead, PolicyVersion, Posture, RoutineReport, Token,
};
use crate::store::codec::{self, RowError, ledger};
use crate::store::{AuditIndex, AuditRoot, Damage, Listed, StoreError};

/// Every token that can be read. One that is damaged lets nobody in.
pub(super) fn tokens(rows: &Rows) -> Result<Vec<Token>, StoreError> {
    readable(rows, keys::TOKENS, ledger::decode_token, |cause| {
        tracing::error!(%cause, "a token cannot be read and lets nobody in; make another");
    })
}

/// Every exception that can be read. One that is damaged is not in force, so that its rule counts.
pub(super) fn exceptions(rows: &Rows) -> Result<Vec<ExceptionRow>, StoreError> {
    readable(rows, keys::EXCEPTIONS, codec::exception::decode, |cause| {
        tracing::error!(%cause, "an exception cannot be read and is not in force; ask for it anew");
    })
}

/// The rows of a kind that can be read; the damage to each other one is told.
fn readable<T>(
    rows: &Rows,
    kind: &[u8; 1],
    decode: impl Fn(&[u8]) -> Result<T, RowError>,
    damaged: impl Fn(String),
) -> Result<Vec<T>, StoreError> {
    let (from, to) = keys::all(kind);
    let mut found = Vec::new();
    rows.scan_each(&from, &to, |_, row| {
        match row.and_then(|row| decode(row).map_err(|error| rows.unreadable(&error))) {
            Ok(row) => found.push(row),
            Err(StoreError::Corrupt { cause, .. }) => damaged(cause),
            Err(error) => return Err(error),
        }
        Ok(true)
    })?;
    Ok(found)
}

pub(super) fn device(rows: &Rows, id: DeviceId) -> Result<Option<Device>, StoreError> {
    rows.row(&keys::device(id), codec::device::decode)
}

pub(super) fn device_by_key(
    rows: &Rows,
    public_key: Fingerprint,
) -> Result<Option<Device>, StoreError> {
    match rows.row(&keys::by_key(public_key), codec::device_id)? {
        Some(id) => device(rows, id),
        None => Ok(None),
    }
}

pub(super) fn devices(
    rows: &Rows,
    after: Option<DeviceId>,
    limit: usize,
) -> Result<Vec<Listed>, StoreError> {
    let mut found = Vec::new();
    let told = |damage| tracing::error!(%damage, "a device is left out of a list");
    let take = |_, row: &[u8]| {
        let device = codec::device::decode(row).map_err(|e| rows.unreadable(&e))?;
        let posture = match posture(rows, device.id) {
            Err(StoreError::Corrupt { cause, .. }) => Err(Damage {
                device: device.id,
                cause,
            }),
            read => Ok(read?),
        };
        found.push((device, posture));
        Ok(())
    };
    each_device(rows, after, limit, take, told)?;
    Ok(found)
}

/// Goes over a page of the register. A row that `take` finds damaged is told, and passed over: it must not
/// keep the others from being listed and given orders.
pub(super) fn each_device(
    rows: &Rows,
    after: Option<DeviceId>,
    limit: usize,
    mut take: impl FnMut(DeviceId, &[u8]) -> Result<(), StoreError>,
    mut damaged: impl FnMut(Damage),
) -> Result<(), StoreError> {
    let (first, to) = keys::all(keys::DEVICES);
    let from = after.map_or(first, |id| behind(&keys::device(id)));
    let mut left = limit.min(PAGE_MAX);
    if left == 0 {
        return Ok(());
    }
    rows.scan_each(&from, &to, |key, row| {
        let device = device_of(key).map_err(|e| rows.unreadable(&e))?;
        match row.and_then(|row| take(device, row)) {
            Ok(()) => left = left.saturating_sub(1),
            Err(StoreError::Corrupt { cause, .. }) => damaged(Damage { device, cause }),
            Err(error) => return Err(error),
        }
        Ok(left > 0)
    })
}

/// The device whose row a key names.
pub(super) fn device_of(key: &[u8]) -> Result<DeviceId, RowError> {
    let id = key.last_chunk::<16>();
    id.map(|id| DeviceId::from_bytes(*id))
        .ok_or(RowError::Field("device id"))
}

/// The posture with what later routine reports and signs of life say.
pub(super) fn posture(rows: &Rows, id: DeviceId) -> Result<Option<Posture>, StoreError> {
    let Some(held) = rows.get(&keys::posture(id))? else {
        return Ok(None);
    };
    let damaged = |e| rows.unreadable(&e);
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
    match rows.get(&keys::seen(id)) {
        // The next sign of life mends it.
        Err(StoreError::Corrupt { .. }) => {}
        held => {
            if let Some(row) = held? {
                seen::into(&mut posture, &row);
            }
        }
    }
    Ok(Some(posture))
}

pub(super) fn section(
    rows: &Rows,
    id: DeviceId,
    kind: SectionKind,
) -> Result<Option<(Fingerprint, Vec<u8>)>, StoreError> {
    rows.row(&keys::section(id, kind), |row| {
        let (digest, body) = row
            .split_first_chunk::<32>()
            .ok_or(RowError::Field("section"))?;
        Ok((Fingerprint::from_bytes(*digest), body.to_vec()))
    })
}

pub(super) fn history(
    rows: &Rows,
    id: DeviceId,
    from: Sequence,
    limit: usize,
) -> Result<Vec<RoutineReport>, StoreError> {
    let limit = limit.min(PAGE_MAX);
    let [first, asked, last] =
        [Sequence(0), from, Sequence(u64::MAX)].map(|sequence| keys::history(id, sequence));
    let start = rows.last_key(&first, &behind(&asked))?.unwrap_or(asked);
    let mut found = Vec::new();
    rows.scan(&start, &behind(&last), |_, row| {
        let reports = packed::decode(id, row).map_err(|e| rows.unreadable(&e))?;
        found.extend(reports.into_iter().filter(|r| r.sequence >= from));
        Ok(found.len() < limit)
    })?;
    if found.len() < limit {
        let last = rows.row(&keys::posture(id), |row| {
            packed::decode(id, packed::split(row)?.0)
        })?;
        let last = last.unwrap_or_default();
        found.extend(last.into_iter().filter(|r| r.sequence >= from));
    }
    found.truncate(limit);
    Ok(found)
}

/// Every policy document that can be read, the newest first.
pub(super) fn policies(rows: &Rows) -> Result<Vec<PolicyHead>, StoreError> {
    let mut found = readable(rows, keys::POLICIES, ledger::decode_policy_head, |cause| {
        tracing::error!(%cause, "a policy document cannot be read and is left out");
    })?;
    found.reverse();
    Ok(found)
}

pub(super) fn policy(rows: &Rows) -> Result<Option<PolicyVersion>, StoreError> {
    let Some(version) = rows.get(keys::POLICY_IN_FORCE)? else {
        return Ok(None);
    };
    let key = keys::policy(change::policy_version(&version));
    rows.row(&key, ledger::decode_policy)
}

pub(super) fn root(rows: &Rows) -> Result<AuditRoot, StoreError> {
    LogState::read(rows).map(|log| log.root())
}

pub(super) fn head(rows: &Rows, at_least: u64) -> Result<Option<AuditHead>, StoreError> {
    let mut found = None;
    let last = behind(&keys::head(u64::MAX));
    rows.scan(&keys::head(at_least), &last, |_, row| {
        let head = AuditHead::decode(row).map_err(|e| {
            let cause = e.to_string();
            rows.unreadable(&RowError::Encoding {
                row: "audit head",
                cause,
            })
        });
        found = Some(head?);
        Ok(false)
    })?;
    Ok(found)
}

pub(super) fn routine(rows: &Rows, entry: AuditIndex) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(rows.get(&keys::routine(entry))?.map(Vec::from))
}

pub(super) fn entries(
    rows: &Rows,
    from: AuditIndex,
    limit: usize,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let limit = limit.min(PAGE_MAX);
    let asked = keys::entries(from);
    let start = rows
        .last_key(&keys::entries(0), &behind(&asked))?
        .unwrap_or(asked);
    let malformed = || rows.unreadable(&RowError::Field("audit entries"));
    let mut found = Vec::new();
    rows.scan(&start, &behind(&keys::entries(u64::MAX)), |key, row| {
        let first = key
            .last_chunk::<8>()
            .map(|index| u64::from_be_bytes(*index))
            .ok_or_else(malformed)?;
        for (index, entry) in (first..).zip(group::entries(row).ok_or_else(malformed)?) {
            if index >= from && found.len() < limit {
                found.push(entry.to_vec());
            }
        }
        Ok(found.len() < limit)
    })?;
    Ok(found)
}
