//! How many laptops one core judges: by the shipped policy, and with ten rules of the company's own.
//!
//! Touches nothing but its own memory. Must never judge the same facts twice, which a memory would spare.

use std::fmt::Write;

use anyhow::{Context, Result};
use sekisho_policy::document::Policy;
use sekisho_policy::id::Sequence;
use sekisho_policy::judge::judge;
use sekisho_policy::register::{Entry, Registration};
use sekisho_policy::report::Report;
use sekisho_policy::time::Timestamp;

use crate::clock::{epoch_ms, instant};
use crate::figures::{Figure, Sheet};
use crate::posture;

/// Ten rules, of which seven go over every package.
const EXPRESSIONS: [&str; 10] = [
    "!packages.exists(p, p.name.like('openjdk-*-jre*') && p.version.olderThan('17'))",
    "packages.exists(p, p.name == 'package-299')",
    "packages.all(p, !p.name.like('*torrent*') || p.source != 'deb')",
    "!packages.exists(p, p.name in ['telnetd', 'rsh-server', 'vsftpd'])",
    "packages.all(p, !has(p.user))",
    "!packages.exists(p, p.name.startsWith('lib') && p.version.olderThan('1.0'))",
    "packages.all(p, p.architecture in ['amd64', 'all', ''])",
    "volumes.all(v, v.exempt || v.encryption in ['luks2', 'bitlocker'])",
    "antivirus.exists(a, a.running && a.definitions_age_hours < 48)",
    "host.os_id == 'debian' ? !host.os_version.olderThan('12') : device.group != ''",
];

pub(crate) fn run(sheet: &Sheet, quick: bool) -> Result<()> {
    let devices = if quick { 1000 } else { 10_000 };
    let mut text = Policy::shipped_text().to_owned();
    let shipped = rate(devices, &text)?;
    for (number, expression) in EXPRESSIONS.iter().enumerate() {
        write!(
            text,
            "\n[company-rules.r{number}]\ntitle = {{ en = 'a', ja = 'a' }}\n\
             remedy = {{ en = 'a', ja = 'a' }}\nexpression = \"{expression}\"\n"
        )?;
    }
    let own = rate(devices, &text)?;
    for (name, value, baseline) in [
        ("judge.shipped", shipped, None),
        ("judge.own_rules", own, Some(shipped)),
    ] {
        sheet.put(&Figure {
            name,
            value,
            unit: "devices/s",
            baseline,
            bar: None,
        })?;
    }
    Ok(())
}

/// Devices judged in a second by one thread.
fn rate(devices: usize, policy: &str) -> Result<f64> {
    let policy = Policy::parse(policy)?;
    let now = Timestamp(epoch_ms());
    let entry = Entry {
        registration: Some(Registration::Approved),
        ..Entry::unknown()
    };
    let mut seconds = 0.0;
    for number in 0..devices {
        let report = Report {
            sequence: Sequence(1),
            taken_at: now,
            facts: posture::facts(number, 0, now),
        };
        let began = instant();
        let verdict = judge(&report, &entry, None, &policy, now);
        seconds += began.elapsed().as_secs_f64();
        let failing = verdict.failing().next();
        anyhow::ensure!(failing.is_none(), "a good laptop fails {failing:?}");
    }
    let devices = u32::try_from(devices).context("too many devices")?;
    Ok(f64::from(devices) / seconds)
}
