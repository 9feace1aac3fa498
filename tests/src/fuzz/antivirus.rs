//! What antivirus products say: programs of many makers, each with a form of its own.
//!
//! Touches a folder of prepared files, one for each process. Must never panic but to report a fault.

use super::laptop::read_with;

const CAPTURED: &str = "var/lib/sekisho-capture";

pub(super) fn dsa_query(bytes: &[u8]) {
    said("opt/ds_agent/ds_agent", &["dsa_query.txt"], bytes);
}

pub(super) fn eset_modules(bytes: &[u8]) {
    said("opt/eset/eea/bin/upd", &["eset-eea-modules.txt"], bytes);
}

pub(super) fn falconctl(bytes: &[u8]) {
    said("opt/CrowdStrike/falconctl", &["falconctl.txt"], bytes);
}

pub(super) fn mdatp_health(bytes: &[u8]) {
    said("usr/bin/mdatp", &["mdatp-health.json"], bytes);
}

/// The lists are asked for where there is a health alone.
const HEALTH: &[u8] = b"{\"healthy\": true}";

pub(super) fn mdatp_scans(bytes: &[u8]) {
    of_defender("mdatp-scans.json", bytes);
}

pub(super) fn mdatp_threats(bytes: &[u8]) {
    of_defender("mdatp-threats.json", bytes);
}

pub(super) fn sentinelctl(bytes: &[u8]) {
    let answers = ["sentinelctl-control.txt", "sentinelctl-management.txt"];
    said("opt/sentinelone/bin/sentinelctl", &answers, bytes);
}

pub(super) fn sophos_log(bytes: &[u8]) {
    let log = "opt/sophos-spl/plugins/av/chroot/log/sophos_threat_detector.log";
    read_with(&[(log, bytes)]);
}

fn of_defender(list: &str, bytes: &[u8]) {
    read_with(&[
        ("usr/bin/mdatp", b""),
        (&format!("{CAPTURED}/mdatp-health.json"), HEALTH),
        (&format!("{CAPTURED}/{list}"), bytes),
    ]);
}

/// The product is there, and its program has said this.
fn said(program: &str, answers: &[&str], bytes: &[u8]) {
    let answers = answers.iter().map(|answer| format!("{CAPTURED}/{answer}"));
    let answers: Vec<String> = answers.collect();
    let mut files: Vec<(&str, &[u8])> = vec![(program, b"")];
    files.extend(answers.iter().map(|answer| (answer.as_str(), bytes)));
    read_with(&files);
}
