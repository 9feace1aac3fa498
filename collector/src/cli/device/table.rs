//! The list of devices for people.
//!
//! Touches nothing. Must never show a device that nobody has heard of as compliant.

use crate::admin::json::device::SeenDeviceJson;
use crate::cli::paper::{Cell, Ink, Paper};

pub(super) fn print(paper: &mut Paper, devices: &[SeenDeviceJson]) {
    if devices.is_empty() {
        paper.line("admin-no-devices", &[]);
        return;
    }
    let rows: Vec<_> = devices.iter().map(|device| row(paper, device)).collect();
    let headings = [
        "admin-id",
        "admin-name",
        "admin-registration",
        "admin-standing",
        "admin-access",
        "admin-connection",
        "admin-seen",
        "admin-owner",
    ];
    paper.table(&headings, &rows);
    paper.raw("");
    paper.line(
        "admin-devices-count",
        &[("count", &devices.len().to_string())],
    );
}

fn row(paper: &Paper, device: &SeenDeviceJson) -> Vec<Cell> {
    let row = &device.row;
    let posture = device.posture.as_ref();
    let registration = paper.say(&format!("registration-{}", row.registration), &[]);
    let (standing, ink) = standing(paper, device);
    let enforcement = posture.and_then(|posture| posture.enforcement.as_ref());
    let access = enforcement.map_or_else(
        || "-".to_owned(),
        |enforcement| access(paper, &enforcement.desired),
    );
    let connection = if device.attached {
        "admin-attached"
    } else {
        "admin-not-attached"
    };
    let seen = posture.map_or_else(|| "-".to_owned(), |posture| posture.seen_at.to_string());
    let (seen, seen_ink) = if device.stale {
        (
            paper.say("admin-seen-long-ago", &[("seen", &seen)]),
            Ink::Bad,
        )
    } else {
        (seen, Ink::Plain)
    };
    vec![
        Cell::plain(&row.id),
        Cell::plain(&row.name),
        Cell::inked(&registration, registration_ink(device)),
        Cell::inked(&standing, ink),
        Cell::plain(&access),
        Cell::plain(&paper.say(connection, &[])),
        Cell::inked(&seen, seen_ink),
        Cell::plain(if row.owner.is_empty() {
            "-"
        } else {
            &row.owner
        }),
    ]
}

/// The word for how a device stands, and its ink; a clone case goes before the verdict.
pub(super) fn standing(paper: &Paper, device: &SeenDeviceJson) -> (String, Ink) {
    if device.row.clones.is_some() {
        return (paper.say("admin-cloned", &[]), Ink::Bad);
    }
    if device.damage.is_some() {
        return (paper.say("admin-standing-damaged", &[]), Ink::Bad);
    }
    let verdict = device
        .posture
        .as_ref()
        .and_then(|posture| posture.verdict.as_ref());
    let Some(verdict) = verdict else {
        return (paper.say("admin-no-verdict", &[]), Ink::Warning);
    };
    let ink = match verdict.standing.as_str() {
        "compliant" => Ink::Good,
        "violation" => Ink::Bad,
        _ => Ink::Warning,
    };
    (
        paper.say(&format!("standing-{}", verdict.standing), &[]),
        ink,
    )
}

/// The word for an access.
pub(super) fn access(paper: &Paper, name: &str) -> String {
    paper.say(&format!("access-{name}"), &[])
}

fn registration_ink(device: &SeenDeviceJson) -> Ink {
    match device.row.registration.as_str() {
        "approved" => Ink::Good,
        "pending" => Ink::Warning,
        _ => Ink::Bad,
    }
}
