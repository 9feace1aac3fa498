//! Postures, sections, reports and their history.
//!
//! Touches the store it is given.

use std::sync::Arc;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::finding::Standing;
use sekisho_policy::id::{Fingerprint, Sequence};
use sekisho_policy::time::{Span, Timestamp};

use super::Open;
use super::cast::{device, event, id, posture, report, routine, token};
use crate::audit::entry;
use crate::limits::TURNS_MAX;
use crate::record::{AcceptedReport, AuditEvent, Heard, Silence};
use crate::store::{Store, StoreError};

async fn with_device(open: Open<'_>) -> Arc<dyn Store> {
    let store = open();
    let token = token(1, 9);
    store.token_add(token.clone(), vec![]).await.unwrap();
    store.device_enrol(device(1, &token), vec![]).await.unwrap();
    store
}

pub(super) async fn a_report_is_recorded_whole(open: Open<'_>) {
    let store = with_device(open).await;
    assert_eq!(store.posture_fetch(id(1)).await.unwrap(), None);
    let report = report(1, 1, b"zstd");
    store.report_record(report.clone()).await.unwrap();

    let held = store.posture_fetch(id(1)).await.unwrap();
    assert_eq!(held.as_ref(), Some(&report.posture));
    let section = store.section_fetch(id(1), SectionKind::Host).await.unwrap();
    assert_eq!(section, Some((Fingerprint::of(b"zstd"), b"zstd".to_vec())));
    let other = store.section_fetch(id(1), SectionKind::Software).await;
    assert_eq!(other.unwrap(), None);
    let listed = store.device_list(None, 9).await.unwrap();
    assert_eq!(listed[0].1, Ok(held));
    assert_eq!(store.audit_root().await.unwrap().size, 1);

    let stranger = store.report_record(super::cast::report(2, 1, b"")).await;
    assert!(
        matches!(stranger, Err(StoreError::NotFound { .. })),
        "{stranger:?}"
    );
}

pub(super) async fn a_report_that_does_not_follow_is_refused(open: Open<'_>) {
    let store = with_device(open).await;
    let mut first = report(1, 5, b"five");
    first.follows = Sequence(0);
    store.report_record(first).await.unwrap();
    for again in [5, 4] {
        let mut report = report(1, again, b"again");
        report.follows = Sequence(5);
        let refused = store.report_record(report).await;
        assert!(
            matches!(refused, Err(StoreError::Conflict(_))),
            "{refused:?}"
        );
        let refused = store
            .report_record_routine(routine(1, again), Sequence(5))
            .await;
        assert!(
            matches!(refused, Err(StoreError::Conflict(_))),
            "{refused:?}"
        );
    }
    let section = store.section_fetch(id(1), SectionKind::Host).await.unwrap();
    assert_eq!(section.unwrap().1, b"five");
    let mut next = report(1, 9, b"nine");
    next.follows = Sequence(5);
    store.report_record(next).await.unwrap();
}

pub(super) async fn a_report_judged_upon_one_that_was_not_recorded_is_refused(open: Open<'_>) {
    let store = with_device(open).await;
    store.report_record(report(1, 1, b"one")).await.unwrap();
    // The second was refused by a full disk, say, and the third was judged in the belief that it stands.
    let refused = store.report_record(report(1, 3, b"three")).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
    let refused = store
        .report_record_routine(routine(1, 3), Sequence(2))
        .await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
    store.report_record(report(1, 2, b"two")).await.unwrap();
    store.report_record(report(1, 3, b"three")).await.unwrap();
    let history = store.report_history(id(1), Sequence(1), 9).await.unwrap();
    let history: Vec<u64> = history.iter().map(|report| report.sequence.0).collect();
    assert_eq!(history, [1, 2, 3]);
}

pub(super) async fn routine_reports_move_the_posture_on(open: Open<'_>) {
    let store = with_device(open).await;
    let early = store
        .report_record_routine(routine(1, 1), Sequence(0))
        .await;
    assert!(
        matches!(early, Err(StoreError::NotFound { .. })),
        "{early:?}"
    );
    store.report_record(report(1, 1, b"one")).await.unwrap();
    store
        .report_record_routine(routine(1, 2), Sequence(1))
        .await
        .unwrap();

    let held = store.posture_fetch(id(1)).await.unwrap().unwrap();
    assert_eq!(held.sequence, Sequence(2));
    assert_eq!(held.taken_at, routine(1, 2).taken_at);
    assert_eq!(held.recorded_at, routine(1, 2).recorded_at);
    assert_eq!(held.verdict, posture(1).verdict);
    // One entry for the changed report, and one for the group of the routine one.
    assert_eq!(store.audit_root().await.unwrap().size, 2);
}

pub(super) async fn a_connection_does_not_undo_a_report(open: Open<'_>) {
    let store = with_device(open).await;
    store.report_record(report(1, 1, b"one")).await.unwrap();
    let mut read = store.posture_fetch(id(1)).await.unwrap().unwrap();
    let mut newer = report(1, 2, b"two");
    newer.posture.verdict = None;
    store.report_record(newer).await.unwrap();

    read.thread.last = vec![9];
    store
        .posture_change(id(1), read, vec![event("device.attached")])
        .await
        .unwrap();
    let held = store.posture_fetch(id(1)).await.unwrap().unwrap();
    assert_eq!(held.thread.last, vec![9]);
    assert_eq!(held.sequence, Sequence(2));
    assert_eq!(held.verdict, None);
}

pub(super) async fn a_verdict_is_on_the_last_report_or_refused(open: Open<'_>) {
    let store = with_device(open).await;
    let mut verdict = Arc::unwrap_or_clone(posture(1).verdict.unwrap());
    verdict.standing = Standing::Violation;
    let put = |sequence| {
        let (store, mut verdict) = (Arc::clone(&store), verdict.clone());
        verdict.sequence = Sequence(sequence);
        async move {
            store
                .verdict_record(id(1), verdict, vec![event("verdict.changed")])
                .await
        }
    };
    let early = put(1).await;
    assert!(
        matches!(early, Err(StoreError::NotFound { .. })),
        "{early:?}"
    );
    store.report_record(report(1, 1, b"one")).await.unwrap();
    put(1).await.unwrap();
    store
        .report_record_routine(routine(1, 2), Sequence(1))
        .await
        .unwrap();
    let late = put(1).await;
    assert!(matches!(late, Err(StoreError::Conflict(_))), "{late:?}");
    put(2).await.unwrap();
    let held = store.posture_fetch(id(1)).await.unwrap().unwrap();
    verdict.sequence = Sequence(2);
    assert_eq!(held.verdict.as_deref(), Some(&verdict));
    assert_eq!(held.sequence, Sequence(2));
    assert_eq!(held.thread, posture(1).thread, "the rest stays");
    let entries = store.audit_entries(0, 9).await.unwrap();
    assert_eq!(entries.len(), 4, "one for each that was not refused");
}

pub(super) async fn a_connection_does_not_undo_a_verdict_made_anew(open: Open<'_>) {
    let store = with_device(open).await;
    store.report_record(report(1, 1, b"one")).await.unwrap();
    let routine = store.report_record_routine(routine(1, 2), Sequence(1));
    routine.await.unwrap();
    let read = store.posture_fetch(id(1)).await.unwrap().unwrap();
    let mut anew = Arc::unwrap_or_clone(posture(1).verdict.unwrap());
    anew.sequence = Sequence(2);
    anew.standing = Standing::Violation;
    let event = event("verdict.changed");
    let put = store.verdict_record(id(1), anew.clone(), vec![event]);
    put.await.unwrap();
    store.posture_change(id(1), read, vec![]).await.unwrap();
    let held = store.posture_fetch(id(1)).await.unwrap().unwrap();
    assert_eq!(held.verdict.as_deref(), Some(&anew));
}

pub(super) async fn a_section_of_any_size_comes_back(open: Open<'_>) {
    let store = with_device(open).await;
    let sizes = [0, 1, 6143, 6144, 6145, 100_000, 1_000_000, 7000, 3];
    for (sequence, size) in (1..).zip(sizes) {
        let body: Vec<u8> = (0..size).map(|n: u32| (n % 251) as u8).collect();
        store
            .report_record(report(1, sequence, &body))
            .await
            .unwrap();
        let held = store.section_fetch(id(1), SectionKind::Host).await.unwrap();
        assert!(held == Some((Fingerprint::of(&body), body)), "{size} bytes");
    }
}

pub(super) async fn history_is_read_from_any_report_on(open: Open<'_>) {
    let store = with_device(open).await;
    store.report_record(report(1, 1, b"one")).await.unwrap();
    let last = 300;
    for sequence in 2..=last {
        store
            .report_record_routine(routine(1, sequence), Sequence(sequence - 1))
            .await
            .unwrap();
    }
    for from in [0, 1, 2, 64, 65, 66, 128, 200, 299, 300, 301] {
        let found = store
            .report_history(id(1), Sequence(from), 1000)
            .await
            .unwrap();
        let found: Vec<u64> = found.iter().map(|r| r.sequence.0).collect();
        assert_eq!(
            found,
            (from.max(1)..=last).collect::<Vec<_>>(),
            "from {from}"
        );
    }
    let page = store.report_history(id(1), Sequence(60), 10).await.unwrap();
    assert_eq!(page.len(), 10);
    assert_eq!(page[9], routine(1, 69));
    assert!(
        store
            .report_history(id(2), Sequence(0), 9)
            .await
            .unwrap()
            .is_empty()
    );
}

pub(super) async fn a_sign_of_life_never_goes_back(open: Open<'_>) {
    let store = with_device(open).await;
    store.report_record(report(1, 1, b"one")).await.unwrap();
    let size = store.audit_root().await.unwrap().size;
    let seen = async |at: i64, report: u64, listened: i64| {
        let heard = vec![heard(at, Silence::EndedBy(Sequence(report)))];
        store.seen_record(heard, Span(listened)).await.unwrap();
        let held = store.posture_fetch(id(1)).await.unwrap().unwrap();
        (held.seen_at.0, held.counted_from.unwrap().0)
    };
    let before = store.posture_fetch(id(1)).await.unwrap().unwrap();
    assert_eq!(before.counted_from, None, "nothing was counted yet");
    assert_eq!(seen(5000, 1, 70).await, (5000, 70));
    assert_eq!(seen(5001, 1, 75).await, (5001, 70), "it is no other report");
    assert_eq!(seen(4000, 2, 80).await, (5001, 80), "a clock was set back");
    assert_eq!(seen(6000, 3, 60).await, (6000, 80));
    let pulse = vec![heard(7000, Silence::GoesOn)];
    store.seen_record(pulse, Span(85)).await.unwrap();
    let held = store.posture_fetch(id(1)).await.unwrap().unwrap();
    assert_eq!((held.seen_at.0, held.counted_from), (7000, Some(Span(80))));
    store.seen_record(vec![], Span(90)).await.unwrap();
    assert_eq!(store.listened().await.unwrap(), Span(90));
    assert_eq!(store.audit_root().await.unwrap().size, size);
    let mut later = report(1, 4, b"two");
    later.follows = Sequence(1);
    later.posture.seen_at = Timestamp(7000);
    store.report_record(later).await.unwrap();
    let held = store.posture_fetch(id(1)).await.unwrap().unwrap();
    assert_eq!(held.counted_from, None, "a report has ended that silence");
}

fn heard(at: i64, silence: Silence) -> Heard {
    Heard {
        device: id(1),
        at: Timestamp(at),
        silence,
    }
}

pub(super) async fn the_turns_of_a_device_are_found_newest_first_and_bounded(open: Open<'_>) {
    let store = with_device(open).await;
    let turn = |number: usize| AuditEvent {
        device: Some(id(1)),
        details: vec![("began", format!("rule-{number}"))],
        ..event("verdict.changed")
    };
    let more = AuditEvent {
        device: Some(id(1)),
        ..event("report.recorded")
    };
    store.report_record(report(1, 1, b"one")).await.unwrap();
    assert!(store.device_turns(id(1), 9).await.unwrap().is_empty());
    let first = AcceptedReport {
        audit: vec![turn(0)],
        ..report(1, 2, b"two")
    };
    store.report_record(first).await.unwrap();
    for number in 1..=TURNS_MAX {
        let events = vec![turn(number), more.clone()];
        store.audit_append(events).await.unwrap();
    }
    drop(store);
    let store = open();
    let found = store.device_turns(id(1), 2).await.unwrap();
    let said = |bytes: &[u8]| entry::decode(bytes).unwrap().details[0].1.clone();
    let last: Vec<_> = found.iter().map(|(_, bytes)| said(bytes)).collect();
    let newest = |back: usize| format!("rule-{}", TURNS_MAX - back);
    assert_eq!(last, [newest(0), newest(1)]);
    let (place, bytes) = &found[0];
    let entries = store.audit_entries(*place, 1).await.unwrap();
    assert_eq!(&entries[0], bytes);
    let all = store.device_turns(id(1), usize::MAX).await.unwrap();
    assert_eq!(all.len(), TURNS_MAX);
    assert_eq!(said(&all[TURNS_MAX - 1].1), "rule-1", "the oldest has gone");
    assert!(store.device_turns(id(2), 9).await.unwrap().is_empty());
}
