//! Whether the machine that came is the one that is known.
//!
//! Touches nothing. Must never take a reading that could not be made for a difference: a laptop whose
//! firmware does not answer today is the same laptop.

use sekisho_policy::reading::Reading;

use crate::record::{Marks, Thread};

/// By what the machine that came is told from the known one; `None` when nothing speaks against their
/// being the same. The host name and the boot change of themselves and tell nothing.
pub(super) fn told_apart_by(
    known: &Marks,
    came: &Marks,
    thread: Option<&Thread>,
    brought: &[u8],
) -> Option<&'static str> {
    let marks = [
        ("product_uuid", &known.product_uuid, &came.product_uuid),
        ("serial", &known.serial, &came.serial),
        ("machine_mark", &known.machine_mark, &came.machine_mark),
    ];
    marks
        .into_iter()
        .find(|(_, known, came)| differ(known, came))
        .map(|(name, _, _)| name)
        .or_else(|| {
            thread
                .filter(|thread| !follows(thread, brought))
                .map(|_| "thread")
        })
}

/// What a person sees of a machine in the audit log.
pub(super) fn described(marks: &Marks) -> String {
    let word = |reading: &Reading<String>| match reading {
        Reading::Known(value) => value.clone(),
        Reading::Absent => "absent".to_owned(),
        Reading::Unknown(why) => format!("unknown: {}", why.code()),
    };
    format!(
        "{} (product_uuid {}, serial {}, machine_mark {})",
        marks.hostname,
        word(&marks.product_uuid),
        word(&marks.serial),
        word(&marks.machine_mark),
    )
}

fn differ(known: &Reading<String>, came: &Reading<String>) -> bool {
    match (known, came) {
        (Reading::Known(known), Reading::Known(came)) => known != came,
        (Reading::Absent | Reading::Unknown(_), _) | (_, Reading::Absent | Reading::Unknown(_)) => {
            false
        }
    }
}

/// A thread that was never given is followed by anything: the device is new, or a person has just
/// decided a case.
fn follows(thread: &Thread, brought: &[u8]) -> bool {
    thread.last.is_empty() || brought == thread.last || brought == thread.before
}
