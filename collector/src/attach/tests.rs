//! Tests of how one machine is told from another.
//!
//! Touches memory alone. Must never wait for time to pass.

use sekisho_policy::reading::{Reading, Why};

use super::clone::told_apart_by;
use crate::record::{Marks, Thread};

fn machine() -> Marks {
    let known = |text: &str| Reading::Known(text.to_owned());
    Marks {
        hostname: "aiko".to_owned(),
        product_uuid: known("uuid"),
        serial: known("serial"),
        machine_mark: known("mark"),
        boot_id: known("boot"),
    }
}

fn thread() -> Thread {
    Thread {
        last: b"last".to_vec(),
        before: b"before".to_vec(),
    }
}

#[track_caller]
fn check(change: impl FnOnce(&mut Marks), brought: &[u8], by: Option<&str>) {
    let mut came = machine();
    change(&mut came);
    assert_eq!(
        told_apart_by(&machine(), &came, Some(&thread()), brought),
        by
    );
}

#[test]
fn the_same_machine_is_known_by_its_mark_or_the_one_before() {
    check(|_| {}, b"last", None);
    check(|_| {}, b"before", None);
    check(|_| {}, b"older", Some("thread"));
    check(|_| {}, b"", Some("thread"));
}

#[test]
fn another_name_or_boot_is_no_other_machine() {
    check(|came| came.hostname = "ken".to_owned(), b"last", None);
    check(
        |came| came.boot_id = Reading::Known("next".to_owned()),
        b"last",
        None,
    );
}

#[test]
fn another_serial_board_or_installation_is_another_machine() {
    let other = || Reading::Known("other".to_owned());
    check(
        |came| came.product_uuid = other(),
        b"last",
        Some("product_uuid"),
    );
    check(|came| came.serial = other(), b"last", Some("serial"));
    check(
        |came| came.machine_mark = other(),
        b"last",
        Some("machine_mark"),
    );
}

#[test]
fn what_could_not_be_read_tells_nothing() {
    check(|came| came.serial = Reading::Absent, b"last", None);
    let unknown = Reading::Unknown(Why::TimedOut("dmi".to_owned()));
    check(|came| came.product_uuid = unknown, b"last", None);
}

#[test]
fn a_device_of_which_nothing_was_seen_brings_any_mark() {
    assert_eq!(told_apart_by(&machine(), &machine(), None, b"any"), None);
    let decided = Thread::default();
    assert_eq!(
        told_apart_by(&machine(), &machine(), Some(&decided), b"any"),
        None
    );
}
