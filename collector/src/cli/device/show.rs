//! One device for people: the register, the last report with its findings, the order, the machine.
//!
//! Touches nothing. Must never merge what was ordered, what the firewall shows and what probing proved.

use sekisho_policy::limits::CLOCK_OFF_MAX;
use sekisho_policy::time::Span;
use sekisho_policy::words::Language;
use sekisho_proto::json::{FindingJson, MessageJson, ReadingJson};

use super::table::{access, standing};
use crate::admin::json::device::{DeviceJson, MachineJson, WholeDeviceJson};
use crate::admin::json::posture::{EnforcementJson, PostureJson, RefusedJson};
use crate::cli::paper::{Ink, Paper};

/// Lines of evidence shown of one finding, as on the laptop itself.
const EVIDENCE_LINES: usize = 4;

pub(super) fn print(paper: &mut Paper, device: &WholeDeviceJson) {
    let seen = &device.seen;
    row(paper, &seen.row);
    if let Some(case) = &seen.row.clones {
        paper.heading("admin-clone-case");
        paper.pair("admin-noticed", &case.noticed_at.to_string());
        paper.pair("admin-noticed-by", &case.by);
        paper.pair("admin-came-from", &case.came_from);
        paper.heading("admin-machine-known");
        machine(paper, &case.known);
        paper.heading("admin-machine-came");
        machine(paper, &case.came);
        paper.line("admin-clone-todo", &[]);
    }
    let (standing, ink) = standing(paper, seen);
    paper.heading("admin-last-report");
    paper.pair_inked("admin-standing", &standing, ink);
    let connection = if seen.attached {
        "admin-attached"
    } else {
        "admin-not-attached"
    };
    let connection = paper.say(connection, &[]);
    paper.pair("admin-connection", &connection);
    match (&seen.posture, &seen.damage) {
        (Some(posture), _) => report(paper, posture, seen.stale),
        (None, Some(damage)) => paper.inked_line(damage, Ink::Bad),
        (None, None) => paper.line("admin-never-connected", &[]),
    }
    order(paper, device);
    if seen.row.clones.is_none() {
        paper.heading("admin-machine");
        machine(paper, &seen.row.machine);
    }
}

pub(super) fn row(paper: &mut Paper, row: &DeviceJson) {
    paper.heading("admin-register");
    paper.pair("admin-id", &row.id);
    paper.pair("admin-name", &row.name);
    let state = paper.say(&format!("registration-{}", row.registration), &[]);
    paper.pair("admin-registration", &state);
    paper.pair("admin-enrolled", &row.enrolled_at.to_string());
    if let Some(until) = row.approved_until {
        paper.pair("admin-approved-until", &until.to_string());
    }
    if let Some(leave) = &row.take_out {
        super::take_out::print(paper, leave);
    }
    paper.pair("admin-group", &row.group);
    let class = row.data_class.as_ref().map_or_else(
        || paper.say("admin-class-of-group", &[]),
        |class| paper.say(&format!("class-{class}"), &[]),
    );
    paper.pair("admin-data-class", &class);
    paper.pair("admin-owner", &row.owner);
    paper.pair("admin-asset", &row.asset_number);
    paper.pair("admin-token", &row.token);
    if row.certificates.is_empty() {
        let none = paper.say("admin-no-certificate", &[]);
        paper.pair_inked("admin-certificate", &none, Ink::Bad);
    }
    for certificate in &row.certificates {
        let short: String = certificate.fingerprint.chars().take(16).collect();
        let end = certificate.not_after.to_string();
        let text = paper.say(
            "admin-certificate-until",
            &[("name", &short), ("end", &end)],
        );
        paper.pair("admin-certificate", &text);
    }
}

fn report(paper: &mut Paper, posture: &PostureJson, stale: bool) {
    paper.pair("admin-agent", &posture.agent_version);
    paper.pair("admin-sequence", &posture.sequence.to_string());
    paper.pair("admin-taken", &posture.taken_at.to_string());
    paper.pair("admin-recorded", &posture.recorded_at.to_string());
    let seen = posture.seen_at.to_string();
    if stale {
        let seen = paper.say("admin-seen-long-ago", &[("seen", &seen)]);
        paper.pair_inked("admin-seen", &seen, Ink::Bad);
    } else {
        paper.pair("admin-seen", &seen);
    }
    let off = skew(posture.clock_skew_ms);
    if Span(posture.clock_skew_ms).length() > CLOCK_OFF_MAX {
        let off = paper.say("admin-skew-off", &[("skew", &off)]);
        paper.pair_inked("admin-skew", &off, Ink::Bad);
    } else {
        paper.pair("admin-skew", &off);
    }
    let verdict = posture.verdict.as_ref();
    let mut findings: Vec<_> = verdict
        .and_then(|verdict| verdict.findings.as_ref())
        .into_iter()
        .flatten()
        .collect();
    findings.sort_by_key(|finding| match finding.outcome.as_str() {
        "pass" | "not_applicable" => 2,
        "fail" => 0,
        _ => 1,
    });
    for one in findings {
        finding(paper, one);
    }
}

fn finding(paper: &mut Paper, finding: &FindingJson) {
    let ink = match (finding.outcome.as_str(), finding.counts) {
        ("pass" | "not_applicable", _) => Ink::Good,
        _ if finding.exception.is_some() => Ink::Warning,
        ("fail", _) | (_, true) => Ink::Bad,
        _ => Ink::Warning,
    };
    paper.raw("");
    let title = match paper.language() {
        Language::En => &finding.title.en,
        Language::Ja => &finding.title.ja,
    };
    let clause = finding.clause.as_ref().map_or_else(String::new, |clause| {
        format!(" ({} · 2022 {})", clause.edition_2013, clause.edition_2022)
    });
    let outcome = paper.say(&format!("outcome-{}", finding.outcome), &[]);
    paper.pair_inked("column-outcome", &outcome, ink);
    paper.pair("column-rule", &format!("{title}{clause}"));
    let cause = worded(paper, &finding.cause);
    paper.pair("column-finding", &cause);
    if let Some(remedy) = &finding.remedy {
        let remedy = worded(paper, remedy);
        paper.pair("column-remedy", &remedy);
    }
    if let Some(exception) = &finding.exception {
        let until = exception.until.to_string();
        let said = paper.say(
            "check-exception",
            &[
                ("until", &until),
                ("owner", &exception.owner),
                ("approver", &exception.approver),
                ("reason", &exception.reason),
            ],
        );
        paper.pair_inked("column-exception", &said, Ink::Warning);
    }
    if let Some(first) = finding.first_failed_at {
        paper.pair("admin-since", &first.to_string());
    }
    if finding.returns > 0 {
        let count = finding.returns.to_string();
        let text = paper.say("admin-returned-times", &[("count", &count)]);
        paper.pair_inked("admin-returned", &text, Ink::Warning);
    }
    if let Some(mended) = finding.mended_at {
        paper.pair("admin-mended", &mended.to_string());
    }
    if let Some(due) = finding.due_at {
        paper.pair("column-due", &due.to_string());
    }
    if finding.outcome != "pass" {
        for evidence in finding.evidence.iter().take(EVIDENCE_LINES) {
            paper.pair(
                "admin-evidence",
                &format!("{}: {}", evidence.source, evidence.value),
            );
        }
        let left = finding.evidence.len().saturating_sub(EVIDENCE_LINES);
        if left > 0 {
            let count = left.to_string();
            let more = paper.say("check-more-evidence", &[("count", &count)]);
            paper.pair("admin-evidence", &more);
        }
    }
}

/// The order in force and what the device has made of it.
pub(in crate::cli) fn order(paper: &mut Paper, device: &WholeDeviceJson) {
    paper.heading("admin-order");
    match &device.order {
        Some(order) => {
            let access = access(paper, &order.access);
            paper.pair("admin-ordered", &format!("{access} ({})", order.generation));
            paper.pair("admin-reason", &order.reason);
            let given = format!("{} ({})", order.issued_at, order.issued_by);
            paper.pair("admin-given", &given);
            if let Some(until) = order.until {
                paper.pair("admin-ends", &until.to_string());
            }
            if !order.allow.is_empty() {
                let allowed: Vec<_> = order.allow.iter().map(ToString::to_string).collect();
                paper.pair("admin-allowed", &allowed.join(" "));
            }
        }
        None => match &device.order_damage {
            Some(why) => {
                let said = paper.say("admin-order-damaged", &[("why", why)]);
                paper.inked_line(&said, Ink::Bad);
            }
            None => paper.line("admin-no-order", &[]),
        },
    }
    let posture = device.seen.posture.as_ref();
    if let Some(enforcement) = posture.and_then(|posture| posture.enforcement.as_ref()) {
        enforced(paper, enforcement);
    }
}

fn enforced(paper: &mut Paper, enforcement: &EnforcementJson) {
    let desired = access(paper, &enforcement.desired);
    let desired = format!("{desired} ({})", enforcement.desired_generation);
    paper.pair("admin-desired", &desired);
    for (key, reading) in [
        ("admin-applied", &enforcement.applied),
        ("admin-verified", &enforcement.verified),
    ] {
        let (text, ink) = match reading {
            ReadingJson::Known { value } if *value == enforcement.desired => {
                (access(paper, value), Ink::Good)
            }
            ReadingJson::Known { value } => (access(paper, value), Ink::Bad),
            ReadingJson::Absent | ReadingJson::Unknown { .. } => {
                (told(paper, reading), Ink::Warning)
            }
        };
        paper.pair_inked(key, &text, ink);
    }
    for probe in &enforcement.probes {
        let open = match &probe.open {
            ReadingJson::Known { value: true } => paper.say("admin-open", &[]),
            ReadingJson::Known { value: false } => paper.say("admin-closed", &[]),
            ReadingJson::Absent => "-".to_owned(),
            ReadingJson::Unknown { why, detail } => unknown(paper, why, detail),
        };
        paper.pair("admin-probe", &format!("{}: {open}", probe.name));
    }
    paper.pair("admin-observed", &enforcement.observed_at.to_string());
    if let Some(until) = enforcement.lifted_until {
        paper.pair_inked("admin-lifted", &until.to_string(), Ink::Warning);
    }
    if enforcement.reasserted > 0 {
        let times = enforcement.reasserted.to_string();
        paper.pair_inked("admin-reasserted", &times, Ink::Warning);
    }
    for gap in &enforcement.gaps {
        let kind = paper.say(&format!("gap-{}", gap.kind), &[]);
        let text = format!("{kind} ({})", gap.detail);
        paper.pair_inked("admin-gap", &text, Ink::Warning);
    }
    if let Some(last) = &enforcement.last_refused {
        refused(paper, enforcement.refused, last);
    }
}

fn refused(paper: &mut Paper, count: u64, last: &RefusedJson) {
    let [count, at] = [count.to_string(), last.at.to_string()];
    let why = paper.say(&format!("refused-{}", last.why), &[]);
    let generation = last.generation.map(|generation| generation.to_string());
    let generation = generation.unwrap_or_else(|| "-".to_owned());
    let args = [
        ("count", count.as_str()),
        ("generation", &generation),
        ("at", &at),
        ("why", &why),
    ];
    let text = paper.say("admin-refused-last", &args);
    paper.pair_inked("admin-refused", &text, Ink::Bad);
}

fn machine(paper: &mut Paper, machine: &MachineJson) {
    paper.pair("admin-hostname", &machine.hostname);
    for (key, reading) in [
        ("admin-product-uuid", &machine.product_uuid),
        ("admin-serial", &machine.serial),
        ("admin-machine-mark", &machine.machine_mark),
        ("admin-boot-id", &machine.boot_id),
    ] {
        let text = told(paper, reading);
        paper.pair(key, &text);
    }
}

fn told(paper: &Paper, reading: &ReadingJson<String>) -> String {
    match reading {
        ReadingJson::Known { value } => value.clone(),
        ReadingJson::Absent => paper.say("admin-absent", &[]),
        ReadingJson::Unknown { why, detail } => unknown(paper, why, detail),
    }
}

fn unknown(paper: &Paper, why: &str, detail: &str) -> String {
    paper.say(&format!("why-{why}"), &[("detail", detail)])
}

fn worded(paper: &Paper, message: &MessageJson) -> String {
    match paper.language() {
        Language::En => message.en.clone(),
        Language::Ja => message.ja.clone(),
    }
}

fn skew(millis: i64) -> String {
    let sign = if millis < 0 { '-' } else { '+' };
    let millis = millis.unsigned_abs();
    format!("{sign}{}.{:03} s", millis / 1000, millis % 1000)
}
