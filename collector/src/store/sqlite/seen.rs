//! When devices were last heard of, and how long the collector has listened in all.
//!
//! Touches a commit group and the rows. Must never let a clock that was set back undo a sign of life.

use sekisho_policy::id::DeviceId;
use sekisho_policy::time::{Span, Timestamp};

use super::group::Group;
use super::keys;
use super::rows::Rows;
use crate::record::Posture;
use crate::store::StoreError;

/// Puts down that devices were heard of, when the collector had listened so long.
pub(super) fn record(
    group: &mut Group<'_>,
    seen: &[(DeviceId, Timestamp)],
    listened: Span,
) -> Result<(), StoreError> {
    for (id, at) in seen {
        let key = keys::seen(*id);
        let held = match group.fetch(&key) {
            // It says nothing more, and the next one mends it.
            Err(StoreError::Corrupt { .. }) => None,
            held => held?,
        };
        let (held_at, held_by) = held.as_deref().map_or((i64::MIN, None), row);
        let at = at.0.max(held_at).to_be_bytes();
        let by = held_by.map_or(listened, |held| held.max(listened));
        group.put(key, [at, by.0.to_be_bytes()].concat());
    }
    let held = group.fetch(keys::LISTENED)?;
    let held = held.as_deref().map_or(Span(0), span);
    if listened > held {
        group.put(keys::LISTENED, listened.0.to_be_bytes().to_vec());
    }
    Ok(())
}

/// How long the collector has listened in all.
pub(super) fn listened(rows: &Rows) -> Result<Span, StoreError> {
    let row = rows.get(keys::LISTENED)?;
    Ok(row.as_deref().map_or(Span(0), span))
}

/// Puts into a posture what is known of when the device was last heard of.
pub(super) fn into(posture: &mut Posture, row_held: &[u8]) {
    let (at, by) = row(row_held);
    // Where a report came later the row tells of a silence that has ended.
    posture.heard_by = by.filter(|_| at >= posture.seen_at.0);
    posture.seen_at = posture.seen_at.max(Timestamp(at));
}

/// When the device was last heard of, and how long the collector had listened by then: rows of before it counted
/// that do not tell.
fn row(held: &[u8]) -> (i64, Option<Span>) {
    let Some((at, rest)) = held.split_first_chunk::<8>() else {
        return (i64::MIN, None);
    };
    let by = rest
        .first_chunk::<8>()
        .map(|by| Span(i64::from_be_bytes(*by)));
    (i64::from_be_bytes(*at), by)
}

fn span(held: &[u8]) -> Span {
    Span(<[u8; 8]>::try_from(held).map_or(0, i64::from_be_bytes))
}
