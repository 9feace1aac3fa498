//! Everything that parses what a stranger sends, as functions of bytes: for the fuzzer under
//! `fuzz/`, and for the test that replays its corpus.
//!
//! Touches bytes in memory. Must never catch a
//! panic: a panic is what is looked for.

mod wire;

/// A function that must survive any bytes.
pub type Target = fn(&[u8]);

/// Every target by its name: the name of its program under `fuzz/targets` and of its corpus.
pub const TARGETS: [(&str, Target); 5] = [
    ("from_agent", wire::from_agent),
    ("from_collector", wire::from_collector),
    ("policy_document", wire::policy_document),
    ("section", wire::section),
    ("signed_order", wire::signed_order),
];

/// Runs the target of this name; the fuzzer's programs consist of this call.
///
/// # Panics
/// When there is no such target, and when the target finds a fault.
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    let (_, target) = target.unwrap_or_else(|| panic!("{name} is no target"));
    target(bytes);
}
