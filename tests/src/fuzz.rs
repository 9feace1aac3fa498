//! Everything that parses what a stranger sends, as functions of bytes: for the fuzzer under
//! `fuzz/`, and for the test that replays its corpus.
//!
//! Touches bytes in memory, and a temporary folder for the readers of a laptop's files. Must never
//! catch a panic: a panic is what is looked for.

mod expression;
mod laptop;
mod office;
mod wire;

/// A function that must survive any bytes.
pub type Target = fn(&[u8]);

/// Every target by its name: the name of its program under `fuzz/targets` and of its corpus.
pub const TARGETS: [(&str, Target); 20] = [
    ("admin_request", office::admin_request),
    ("audit_log", office::audit_log),
    ("audit_proof", office::audit_proof),
    ("backup_file", office::backup_file),
    ("break_glass", wire::break_glass),
    ("cvd_header", laptop::cvd_header),
    ("dm_uuid", laptop::dm_uuid),
    ("dpkg_status", laptop::dpkg_status),
    ("enrolment", wire::enrolment),
    ("expression", expression::expression),
    ("from_agent", wire::from_agent),
    ("from_collector", wire::from_collector),
    ("local_socket", wire::local_socket),
    ("mountinfo", laptop::mountinfo),
    ("order_batch", wire::order_batch),
    ("policy_document", wire::policy_document),
    ("rpm_database", laptop::rpm_database),
    ("section", wire::section),
    ("signed_order", wire::signed_order),
    ("token", wire::token),
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
