//! Everything that parses what a stranger sends, as functions of bytes: for the fuzzer under
//! `fuzz/`, and for the test that replays its corpus.
//!
//! Touches bytes in memory, and a temporary folder for the readers of a laptop's files. Must never
//! catch a panic: a panic is what is looked for.

mod antivirus;
mod expression;
mod laptop;
mod office;
mod windows;
mod wire;

/// A function that must survive any bytes.
pub type Target = fn(&[u8]);

/// Every target by its name: the name of its program under `fuzz/targets` and of its corpus.
pub const TARGETS: [(&str, Target); 48] = [
    ("admin_request", office::admin_request),
    ("apt_packages", laptop::apt_packages),
    ("apt_release", laptop::apt_release),
    ("audit_log", office::audit_log),
    ("audit_proof", office::audit_proof),
    ("backup_file", office::backup_file),
    ("beacon_answer", wire::beacon_answer),
    ("break_glass", wire::break_glass),
    ("capture_index", laptop::capture_index),
    ("cvd_header", laptop::cvd_header),
    ("dconf_database", laptop::dconf_database),
    ("dm_uuid", laptop::dm_uuid),
    ("dpkg_status", laptop::dpkg_status),
    ("dsa_query", antivirus::dsa_query),
    ("enrolment", wire::enrolment),
    ("eset_modules", antivirus::eset_modules),
    ("expression", expression::expression),
    ("falconctl", antivirus::falconctl),
    ("from_agent", wire::from_agent),
    ("from_collector", wire::from_collector),
    ("group_file", laptop::group_file),
    ("gschemas", laptop::gschemas),
    ("kscreenlockerrc", laptop::kscreenlockerrc),
    ("local_socket", wire::local_socket),
    ("logind_session", laptop::logind_session),
    ("mdatp_health", antivirus::mdatp_health),
    ("mdatp_scans", antivirus::mdatp_scans),
    ("mdatp_threats", antivirus::mdatp_threats),
    ("mountinfo", laptop::mountinfo),
    ("netlink_answer", laptop::netlink_answer),
    ("nft_listing", laptop::nft_listing),
    ("nsswitch", laptop::nsswitch),
    ("order_batch", wire::order_batch),
    ("os_release", laptop::os_release),
    ("passwd_file", laptop::passwd_file),
    ("policy_document", wire::policy_document),
    ("repomd", laptop::repomd),
    ("resolv_conf", laptop::resolv_conf),
    ("rpm_database", laptop::rpm_database),
    ("section", wire::section),
    ("secure_boot", laptop::secure_boot),
    ("sentinelctl", antivirus::sentinelctl),
    ("signed_order", wire::signed_order),
    ("sophos_log", antivirus::sophos_log),
    ("token", wire::token),
    ("updateinfo", laptop::updateinfo),
    ("user_hive", windows::user_hive),
    ("windows_answers", windows::windows_answers),
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
