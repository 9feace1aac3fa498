//! What the outbox promises, on a real file system.
//!
//! Touches temporary folders. Must never look into the database by another way than the outbox.

use super::*;

const DEVICE: DeviceId = DeviceId::from_bytes([7; 16]);

fn open(dir: &Path) -> Outbox {
    let (outbox, aside) = Outbox::open(&dir.join("outbox"), DEVICE).unwrap();
    assert_eq!(aside, None);
    outbox
}

/// One section, so that a test can say what changed by one word.
fn add(outbox: &mut Outbox, state: &str, sending: Option<Sequence>) -> Sequence {
    let digest = Fingerprint::of(state.as_bytes());
    let section = Section {
        kind: SectionKind::Host,
        digest,
        frame: state.as_bytes().to_vec(),
    };
    let sections = BTreeMap::from([(SectionKind::Host, digest)]);
    outbox
        .append(Timestamp(1), sections, &[section], sending)
        .unwrap()
}

#[test]
fn reports_wait_across_a_restart_and_the_row_has_no_gap() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = open(dir.path());
    assert_eq!(add(&mut outbox, "one", None), Sequence(1));
    assert_eq!(add(&mut outbox, "two", None), Sequence(2));
    outbox.acknowledge(Sequence(1)).unwrap();
    drop(outbox);
    let mut outbox = open(dir.path());
    let first = outbox.first().unwrap().clone();
    assert_eq!(first.sequence, Sequence(2));
    let body = outbox.body(first.sections[&SectionKind::Host]).unwrap();
    assert_eq!(body, b"two");
    assert_eq!(add(&mut outbox, "three", None), Sequence(3));
}

#[test]
fn an_acknowledged_report_does_not_come_back_and_its_sequence_is_not_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = open(dir.path());
    add(&mut outbox, "one", None);
    outbox.acknowledge(Sequence(1)).unwrap();
    drop(outbox);
    let mut outbox = open(dir.path());
    assert!(outbox.is_empty());
    assert_eq!(add(&mut outbox, "one", None), Sequence(2));
}

#[test]
fn a_full_outbox_folds_what_changed_nothing_and_accounts_for_every_sequence() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = open(dir.path());
    add(&mut outbox, "before", None);
    for _ in 0..OUTBOX_REPORTS_MAX + 20 {
        add(&mut outbox, "steady", Some(Sequence(1)));
    }
    add(&mut outbox, "after", Some(Sequence(1)));
    assert_eq!(outbox.len(), OUTBOX_REPORTS_MAX);
    drop(outbox);
    let outbox = open(dir.path());
    let mut expected = 1;
    let mut states = Vec::new();
    for report in outbox.rows.pending.values() {
        let from = report.folded_from.unwrap_or(report.sequence);
        assert_eq!(from, Sequence(expected), "nothing is lost between reports");
        expected = report.sequence.0 + 1;
        states.push(outbox.body(report.sections[&SectionKind::Host]).unwrap());
    }
    assert_eq!(Sequence(expected), outbox.next_sequence());
    states.dedup();
    assert_eq!(
        states,
        [b"before".to_vec(), b"steady".to_vec(), b"after".to_vec()]
    );
}

#[test]
fn bodies_nobody_needs_any_more_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = open(dir.path());
    for state in ["one", "two", "three"] {
        add(&mut outbox, state, None);
    }
    outbox.acknowledge(Sequence(3)).unwrap();
    let left = std::fs::read_dir(dir.path().join("outbox/bodies")).unwrap();
    assert_eq!(left.count(), 1, "the newest stays, in case it is asked for");
    assert!(outbox.has_body(Fingerprint::of(b"three")));
}

#[test]
fn an_altered_body_is_reported_and_never_sent() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = open(dir.path());
    add(&mut outbox, "one", None);
    let digest = Fingerprint::of(b"one");
    let path = dir.path().join("outbox/bodies").join(digest.to_string());
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(
        outbox.body(digest),
        Err(OutboxError::Damaged { .. })
    ));
}

#[test]
fn an_outbox_that_cannot_be_read_is_set_aside_and_its_row_goes_on_behind_the_collectors() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = open(dir.path());
    add(&mut outbox, "one", None);
    drop(outbox);
    std::fs::write(dir.path().join("outbox/sled/db"), b"rubbish").unwrap();
    let (mut outbox, aside) = Outbox::open(&dir.path().join("outbox"), DEVICE).unwrap();
    assert!(aside.is_some(), "the loss is told");
    assert!(dir.path().join("outbox.damaged-1").exists());
    assert_eq!(add(&mut outbox, "two", None), Sequence(1));
    outbox.resume(Sequence(41)).unwrap();
    assert_eq!(outbox.first().unwrap().sequence, Sequence(42));
    assert_eq!(add(&mut outbox, "three", None), Sequence(43));
    outbox.resume(Sequence(42)).unwrap();
    assert_eq!(outbox.first().unwrap().sequence, Sequence(43));
}

#[test]
fn another_devices_outbox_is_not_sent_under_a_new_name() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = open(dir.path());
    add(&mut outbox, "one", None);
    drop(outbox);
    let other = DeviceId::from_bytes([8; 16]);
    let (outbox, aside) = Outbox::open(&dir.path().join("outbox"), other).unwrap();
    assert!(aside.is_some_and(|why| why.contains("another device")));
    assert!(outbox.is_empty());
}
