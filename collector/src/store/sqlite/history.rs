//! When the reports of one device were recorded, ten bytes for each.
//!
//! Touches nothing. Must never lose a report by packing it: what is packed reads back as it was.

use prost::Message;

use sekisho_policy::id::{DeviceId, Sequence};
use sekisho_policy::time::Timestamp;

use crate::record::RoutineReport;
use crate::store::codec::RowError;

/// Reports in one row. A full row is about 160 bytes: it is written anew with every report.
pub(super) const REPORTS_MAX: usize = 16;

/// Sequence, time taken and time recorded of each report, each as the difference to the report before.
#[derive(Clone, PartialEq, prost::Message)]
struct HistoryRow {
    #[prost(sint64, repeated, tag = "1")]
    steps: Vec<i64>,
}

/// Packs reports of one device.
pub(super) fn encode(reports: &[RoutineReport]) -> Vec<u8> {
    let mut before = [0_i64; 3];
    let mut steps = Vec::with_capacity(reports.len().saturating_mul(3));
    for report in reports {
        let after = [
            report.sequence.0.cast_signed(),
            report.taken_at.0,
            report.recorded_at.0,
        ];
        steps.extend(after.iter().zip(before).map(|(a, b)| a.wrapping_sub(b)));
        before = after;
    }
    HistoryRow { steps }.encode_to_vec()
}

/// Unpacks the reports of `device`.
pub(super) fn decode(device: DeviceId, bytes: &[u8]) -> Result<Vec<RoutineReport>, RowError> {
    let row = HistoryRow::decode(bytes).map_err(|e| RowError::Encoding {
        row: "history",
        cause: e.to_string(),
    })?;
    let (mut sequence, mut taken, mut recorded) = (0_i64, 0_i64, 0_i64);
    Ok(row
        .steps
        .chunks_exact(3)
        .map(|step| {
            if let [s, t, r] = step {
                sequence = sequence.wrapping_add(*s);
                taken = taken.wrapping_add(*t);
                recorded = recorded.wrapping_add(*r);
            }
            RoutineReport {
                device,
                sequence: Sequence(sequence.cast_unsigned()),
                taken_at: Timestamp(taken),
                recorded_at: Timestamp(recorded),
            }
        })
        .collect())
}

/// Puts a device's last reports and its posture into one row: both change with every report.
pub(super) fn join(tail: &[u8], posture: &[u8]) -> Vec<u8> {
    let length = u32::try_from(tail.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), tail, posture].concat()
}

/// The last reports and the posture, each as it was encoded.
pub(super) fn split(row: &[u8]) -> Result<(&[u8], &[u8]), RowError> {
    let parts = row.split_first_chunk::<4>().and_then(|(length, rest)| {
        rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
    });
    parts.ok_or(RowError::Field("history beside a posture"))
}

/// The compact row of a report that changed nothing, as the digest of its commit group covers it.
pub(super) fn compact(report: &RoutineReport) -> [u8; 40] {
    let mut row = [0; 40];
    let parts = report
        .device
        .as_bytes()
        .iter()
        .copied()
        .chain(report.sequence.0.to_be_bytes())
        .chain(report.taken_at.0.to_be_bytes())
        .chain(report.recorded_at.0.to_be_bytes());
    for (to, from) in row.iter_mut().zip(parts) {
        *to = from;
    }
    row
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn packed_reports_read_back_as_they_were(
            rows in prop::collection::vec(any::<(u64, i64, i64)>(), 0..80)
        ) {
            let device = DeviceId::from_bytes([9; 16]);
            let reports: Vec<_> = rows
                .into_iter()
                .map(|(sequence, taken_at, recorded_at)| RoutineReport {
                    device,
                    sequence: Sequence(sequence),
                    taken_at: Timestamp(taken_at),
                    recorded_at: Timestamp(recorded_at),
                })
                .collect();
            prop_assert_eq!(decode(device, &encode(&reports)).unwrap(), reports);
        }
    }

    #[test]
    fn an_hourly_report_takes_about_ten_bytes() {
        let device = DeviceId::from_bytes([9; 16]);
        let reports: Vec<_> = (0..64)
            .map(|hour| RoutineReport {
                device,
                sequence: Sequence(hour + 1000),
                taken_at: Timestamp(1_795_379_612_000 + hour.cast_signed() * 3_600_123),
                recorded_at: Timestamp(1_795_379_612_200 + hour.cast_signed() * 3_600_125),
            })
            .collect();
        assert!(encode(&reports).len() <= 64 * 10);
    }
}
