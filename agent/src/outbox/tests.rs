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
    for report in outbox.row.pending.values() {
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
fn an_altered_body_is_reported_and_never_sent_and_comes_anew_with_the_next_report() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = open(dir.path());
    add(&mut outbox, "one", None);
    let digest = Fingerprint::of(b"one");
    let path = dir.path().join("outbox/bodies").join(digest.to_string());
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(matches!(
        outbox.body_or_forget(digest),
        Err(OutboxError::Damaged { .. })
    ));
    assert!(!outbox.bodies().contains(&digest), "it is packed again");
    add(&mut outbox, "one", None);
    assert_eq!(outbox.body(digest).unwrap(), b"one");
}

#[test]
fn an_outbox_that_cannot_be_read_is_set_aside_and_its_row_goes_on_behind_the_collectors() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = open(dir.path());
    add(&mut outbox, "one", None);
    drop(outbox);
    std::fs::write(dir.path().join("outbox/row"), b"rubbish").unwrap();
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
fn a_row_altered_or_cut_anywhere_is_never_taken_for_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = open(dir.path());
    add(&mut outbox, "one", None);
    let path = dir.path().join("outbox/row");
    let whole = std::fs::read(&path).unwrap();
    let refused = |bytes: &[u8]| {
        std::fs::write(&path, bytes).unwrap();
        Row::read(&dir.path().join("outbox"), DEVICE).is_err()
    };
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        assert!(refused(&altered), "byte {at}");
        assert!(refused(&whole[..at]), "cut at {at}");
    }
    assert!(!refused(&whole));
}

#[test]
fn a_row_that_is_gone_is_a_loss_and_no_beginning() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = open(dir.path());
    add(&mut outbox, "one", None);
    drop(outbox);
    std::fs::remove_file(dir.path().join("outbox/row")).unwrap();
    let (outbox, aside) = Outbox::open(&dir.path().join("outbox"), DEVICE).unwrap();
    assert!(aside.is_some_and(|why| why.contains("missing")));
    assert!(outbox.is_empty());
}

#[test]
fn a_report_that_cannot_be_written_is_not_there_and_its_sequence_is_used_by_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = open(dir.path());
    add(&mut outbox, "one", None);
    // A folder in the way of the scratch file: no right makes that writable.
    let scratch = dir.path().join("outbox/row.new");
    std::fs::create_dir(&scratch).unwrap();
    let sections = outbox.row.latest.clone();
    let error = outbox
        .append(Timestamp(2), sections, &[], None)
        .unwrap_err();
    let row = Path::new("outbox").join("row");
    let said = error.to_string();
    assert!(said.contains(&row.display().to_string()), "{said}");
    assert!(outbox.acknowledge(Sequence(1)).is_err());
    assert_eq!((outbox.len(), outbox.next_sequence()), (1, Sequence(2)));
    std::fs::remove_dir(&scratch).unwrap();
    assert_eq!(add(&mut outbox, "two", None), Sequence(2));
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

#[test]
fn a_row_made_from_nothing_goes_on_behind_the_collectors_though_a_crash_hid_the_loss() {
    let dir = tempfile::tempdir().unwrap();
    let mut outbox = open(dir.path());
    add(&mut outbox, "one", None);
    drop(outbox);
    // Set aside, and then the power went.
    std::fs::rename(
        dir.path().join("outbox"),
        dir.path().join("outbox.damaged-1"),
    )
    .unwrap();
    let mut outbox = open(dir.path());
    add(&mut outbox, "two", None);
    outbox.resume(Sequence(41)).unwrap();
    assert_eq!(
        outbox.first().unwrap().sequence,
        Sequence(42),
        "it is not dropped"
    );
    assert_eq!(outbox.len(), 1);
}
