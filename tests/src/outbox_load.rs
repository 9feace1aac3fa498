//! A load on the agent's outbox that says aloud what it has taken and dropped, and the check that it is so
//! after a power cut.
//!
//! Touches the outbox's folder it is given. Must never say that a report is taken before the outbox has
//! said so.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, ensure};

use sekisho_agent::outbox::{Outbox, Section};
use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::time::Timestamp;

use crate::dice::Dice;

/// Whose outbox it is.
const DEVICE: DeviceId = DeviceId::from_bytes([0x5e; 16]);
/// Reports that wait at most; below the outbox's own bound, so that it folds none.
const WAITING_MAX: usize = 100;

/// Writes until the outbox refuses.
///
/// # Errors
/// What the outbox refused with.
pub fn write(dir: &Path, seed: u64) -> anyhow::Result<()> {
    let mut dice = Dice::new(seed);
    let mut out = std::io::stdout();
    let (mut outbox, aside) = Outbox::open(dir, DEVICE)?;
    ensure!(aside.is_none(), "the outbox was set aside: {aside:?}");
    writeln!(out, "opened at {} .", outbox.next_sequence())?;
    let mut sections: BTreeMap<SectionKind, Fingerprint> = BTreeMap::new();
    loop {
        if outbox.len() >= WAITING_MAX || (!outbox.is_empty() && dice.chance(20)) {
            let first = outbox.first().map_or(0, |report| report.sequence.0);
            let last = dice.between(first, outbox.next_sequence().0);
            writeln!(out, "dropping {last} .")?;
            outbox.acknowledge(Sequence(last))?;
            writeln!(out, "dropped {last} .")?;
        }
        let mut frames = Vec::new();
        for kind in SectionKind::ALL {
            if sections.contains_key(&kind) && dice.chance(70) {
                continue;
            }
            let length = if dice.chance(4) { 300_000 } else { 6000 };
            let (seed, length) = (dice.roll(), dice.between(1, length));
            let digest = named(seed, length);
            sections.insert(kind, digest);
            frames.push(Section {
                kind,
                digest,
                frame: frame(digest),
            });
        }
        let taken_at = Timestamp(i64::try_from(outbox.next_sequence().0)?);
        let sequence = outbox.append(taken_at, sections.clone(), &frames, None)?;
        writeln!(out, "taken {sequence} {} .", sum(&sections))?;
    }
}

/// Opens the outbox as the agent would and looks up every report that was taken and not dropped. Tells how
/// many things there were.
///
/// # Errors
/// The first thing that is missing or altered.
pub fn check(dir: &Path, said: &str) -> anyhow::Result<usize> {
    let (outbox, aside) = Outbox::open(dir, DEVICE).context("opening the outbox")?;
    let (mut things, mut dropping, mut dropped) = (0, 0, 0);
    let mut taken = BTreeMap::new();
    for line in said.lines() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["taken", sequence, sum, "."] => {
                let sequence: u64 = sequence.parse()?;
                let before = taken.insert(sequence, sum.to_owned());
                ensure!(before.is_none(), "sequence {sequence} was used twice");
            }
            ["dropping", last, "."] => dropping = last.parse()?,
            ["dropped", last, "."] => dropped = last.parse()?,
            _ => continue,
        }
        things += 1;
    }
    ensure!(aside.is_none(), "the outbox was set aside: {aside:?}");
    if let Some((last, _)) = taken.last_key_value() {
        let next = outbox.next_sequence().0;
        ensure!(next > *last, "{next} comes next, and {last} was used");
    }
    let first = outbox.first().map(|report| report.sequence.0);
    ensure!(
        first.is_none_or(|first| first > dropped),
        "{first:?} waits again, and all up to {dropped} were dropped"
    );
    for (sequence, expected) in taken.range(dropping + 1..) {
        let report = outbox
            .pending(Sequence(*sequence))
            .with_context(|| format!("report {sequence} was taken and is missing"))?;
        ensure!(
            sum(&report.sections).to_string() == *expected,
            "report {sequence} was altered"
        );
        for digest in report.sections.values() {
            let body = outbox.body(*digest)?;
            ensure!(
                body == frame(*digest),
                "a body of report {sequence} was altered"
            );
        }
    }
    Ok(things)
}

/// A digest that says what its frame is: a seed and a length.
fn named(seed: u64, length: u64) -> Fingerprint {
    let mut bytes = [0; 32];
    let (head, rest) = bytes.split_at_mut(8);
    head.copy_from_slice(&seed.to_be_bytes());
    rest.split_at_mut(8)
        .0
        .copy_from_slice(&length.to_be_bytes());
    Fingerprint::from_bytes(bytes)
}

fn frame(digest: Fingerprint) -> Vec<u8> {
    let number = |at: usize| {
        let bytes = digest.as_bytes().iter().skip(at).take(8);
        bytes.fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte))
    };
    let mut dice = Dice::new(number(0));
    (0..number(8))
        .map(|_| dice.roll().to_be_bytes()[0])
        .collect()
}

fn sum(sections: &BTreeMap<SectionKind, Fingerprint>) -> Fingerprint {
    let all: Vec<u8> = sections
        .values()
        .flat_map(|digest| digest.as_bytes().to_vec())
        .collect();
    Fingerprint::of(&all)
}
