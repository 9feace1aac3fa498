//! When devices were last heard of, and how long the collector has listened in all.
//!
//! Touches a commit group and the rows. Must never let a clock that was set back undo a sign of life.

use sekisho_policy::id::Sequence;
use sekisho_policy::time::{Span, Timestamp};

use super::group::Group;
use super::keys;
use super::rows::Rows;
use crate::record::{Heard, Posture, Silence};
use crate::store::StoreError;

/// What is known of when a device was last heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Row {
    at: Option<Timestamp>,
    /// From where its silence is counted.
    from: Option<Span>,
    /// The report behind which it is counted. Rows of before it was counted from reports do not tell.
    behind: Option<Sequence>,
}

/// Puts down that devices were heard of, when the collector had listened so long.
pub(super) fn record(
    group: &mut Group<'_>,
    heard: &[Heard],
    listened: Span,
) -> Result<(), StoreError> {
    for sign in heard {
        let key = keys::seen(sign.device);
        let held = match group.fetch(&key) {
            // It says nothing more, and the next one mends it.
            Err(StoreError::Corrupt { .. }) => None,
            held => held?,
        };
        let held = held.as_deref().map(decode).unwrap_or_default();
        group.put(key, encode(after(held, sign, listened)));
    }
    let held = match group.fetch(keys::LISTENED) {
        // It has been made up for when the store was opened.
        Err(StoreError::Corrupt { .. }) => None,
        held => held?,
    };
    let held = held.as_deref().map_or(Span(0), span);
    if listened > held {
        group.put(keys::LISTENED, listened.0.to_be_bytes().to_vec());
    }
    Ok(())
}

/// What is known after a sign of life.
fn after(held: Row, sign: &Heard, listened: Span) -> Row {
    let at = held.at.map_or(sign.at, |held| held.max(sign.at));
    let (from, behind) = match sign.silence {
        Silence::EndedBy(report) if held.behind.is_none_or(|last| report > last) => {
            (Some(listened), Some(report))
        }
        Silence::BeginsAnew(report) => (Some(listened), Some(report)),
        Silence::EndedBy(_) | Silence::GoesOn => (held.from, held.behind),
    };
    let from = from.map(|from| held.from.map_or(from, |held| held.max(from)));
    Row {
        at: Some(at),
        from,
        behind,
    }
}

/// How long the collector has listened in all. Where that cannot be read it is at least as long as it had when a
/// device last reported.
pub(super) fn listened(rows: &Rows) -> Result<Span, StoreError> {
    match rows.get(keys::LISTENED) {
        Err(error @ StoreError::Corrupt { .. }) => {
            let least = last_counted(rows)?;
            tracing::error!(
                %error,
                "how long the collector has listened is counted on from when a device last reported"
            );
            Ok(least)
        }
        row => Ok(row?.as_deref().map_or(Span(0), span)),
    }
}

fn last_counted(rows: &Rows) -> Result<Span, StoreError> {
    let (from, to) = keys::all(keys::SEEN);
    let mut last = Span(0);
    rows.scan_each(&from, &to, |_, row| {
        match row {
            Ok(row) => last = decode(row).from.map_or(last, |from| last.max(from)),
            Err(StoreError::Corrupt { .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(true)
    })?;
    Ok(last)
}

/// Puts into a posture what is known of when the device was last heard of.
pub(super) fn into(posture: &mut Posture, held: &[u8]) {
    let row = decode(held);
    // Where a report came later the row tells of a silence that has ended.
    let is_counted = match row.behind {
        Some(report) => report >= posture.sequence,
        None => row.at.is_some_and(|at| at >= posture.seen_at),
    };
    posture.counted_from = row.from.filter(|_| is_counted);
    posture.seen_at = row.at.map_or(posture.seen_at, |at| at.max(posture.seen_at));
}

/// Three numbers of eight bytes, of which the last may be missing, and the last two.
fn decode(held: &[u8]) -> Row {
    let mut numbers = held.chunks_exact(8).map(|eight| {
        let eight = <[u8; 8]>::try_from(eight).unwrap_or_default();
        i64::from_be_bytes(eight)
    });
    Row {
        at: numbers.next().map(Timestamp),
        from: numbers.next().map(Span),
        behind: numbers
            .next()
            .map(|number| Sequence(number.cast_unsigned())),
    }
}

fn encode(row: Row) -> Vec<u8> {
    let at = row.at.map(|at| at.0);
    let from = row.from.map(|from| from.0);
    let behind = row.behind.map(|behind| behind.0.cast_signed());
    let numbers = [at, from, behind];
    let known = numbers.iter().map_while(|number| *number);
    known.flat_map(i64::to_be_bytes).collect()
}

fn span(held: &[u8]) -> Span {
    Span(<[u8; 8]>::try_from(held).map_or(0, i64::from_be_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::conformance::cast::{id, posture};

    fn sign(at: i64, silence: Silence) -> Heard {
        Heard {
            device: id(1),
            at: Timestamp(at),
            silence,
        }
    }

    #[test]
    fn silence_is_counted_from_the_last_report_and_not_from_any_sign_of_life() {
        let row = after(Row::default(), &sign(10, Silence::GoesOn), Span(1));
        assert_eq!((row.from, encode(row).len()), (None, 8));
        let row = after(row, &sign(20, Silence::EndedBy(Sequence(4))), Span(2));
        assert_eq!(decode(&encode(row)), row);
        for silence in [Silence::GoesOn, Silence::EndedBy(Sequence(4))] {
            let row = after(row, &sign(30, silence), Span(3));
            assert_eq!((row.at, row.from), (Some(Timestamp(30)), Some(Span(2))));
        }
        let later = after(row, &sign(40, Silence::EndedBy(Sequence(5))), Span(4));
        assert_eq!(later.from, Some(Span(4)));
        let anew = after(later, &sign(50, Silence::BeginsAnew(Sequence(5))), Span(9));
        assert_eq!((anew.from, anew.behind), (Some(Span(9)), later.behind));
    }

    #[test]
    fn a_row_of_before_reports_were_counted_is_read_and_its_count_goes_on() {
        let old = [100_i64.to_be_bytes(), 50_i64.to_be_bytes()].concat();
        let pulsed = after(decode(&old), &sign(200, Silence::GoesOn), Span(70));
        assert_eq!((pulsed.from, pulsed.behind), (Some(Span(50)), None));
        let mut counted = posture(3);
        counted.seen_at = Timestamp(90);
        into(&mut counted, &encode(pulsed));
        assert_eq!(counted.counted_from, Some(Span(50)));
        assert_eq!(counted.seen_at, Timestamp(200));
        into(&mut counted, &old);
        assert_eq!(counted.counted_from, None, "something came later");
    }
}
