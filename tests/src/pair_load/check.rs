//! The check after a power cut: everything acknowledged is there, the audit log verifies by its public
//! key, and the company goes on working.
//!
//! Touches the folder the disk kept, and the programs it starts over it.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::path::Path;

use anyhow::{Context, ensure};
use serde_json::Value;

use sekisho_agent::identity::Identity;
use sekisho_agent::outbox::Outbox;
use sekisho_agent::paths::Paths;

use super::acked::Book;
use super::{LAPTOPS, number, text};
use crate::eventually::eventually;
use crate::laptop::Laptop;
use crate::world::{World, said};

/// Heads of the audit log that are looked for; each takes a walk over the log.
const HEADS_MAX: usize = 8;

/// An entry of the audit log: what was done, to which device, and one of its particulars.
type Entry = (String, String, String);

/// Looks up every acknowledged thing, then lets the laptops report again. Tells how many things there
/// were.
///
/// # Errors
/// The first thing that is missing or altered.
///
/// # Panics
/// When the programs do not go on.
pub fn check(dir: &Path, address: Ipv4Addr, said: &str) -> anyhow::Result<usize> {
    let book = Book::read(said);
    for laptop in LAPTOPS {
        check_outbox(&dir.join(laptop), &book, laptop).with_context(|| laptop.to_owned())?;
    }
    let mut world = World::found_at(dir, address);
    world.start_collector();
    let entries = audit_log(&world, &book)?;
    check_register(&world, &book, &entries)?;
    for laptop in LAPTOPS {
        check_device(&world, &book, laptop, &entries).with_context(|| laptop.to_owned())?;
    }
    let mut laptops = LAPTOPS.map(|name| (name, world.laptop(name)));
    for (_, laptop) in &mut laptops {
        laptop.start();
    }
    for (name, laptop) in &mut laptops {
        goes_on(&world, laptop, name, book.newest_report(name));
        laptop.stop();
    }
    world.stop_collector();
    Ok(book.len())
}

/// The outbox is whole, and never gives a number again that the collector has acknowledged.
fn check_outbox(laptop_dir: &Path, book: &Book, laptop: &str) -> anyhow::Result<()> {
    let paths = Paths::new(laptop_dir.join("state"));
    let identity = Identity::load(&paths).context("the identity cannot be read")?;
    let (outbox, aside) = Outbox::open(&paths.outbox_dir(), identity.device)?;
    ensure!(aside.is_none(), "the outbox was set aside: {aside:?}");
    let (next, acked) = (outbox.next_sequence().0, book.newest_report(laptop));
    ensure!(
        next > acked,
        "report {next} comes next, and {acked} is recorded"
    );
    Ok(())
}

/// Exports the audit log and verifies it as an auditor does, by the public key and the heads noted down.
fn audit_log(world: &World, book: &Book) -> anyhow::Result<BTreeSet<Entry>> {
    let head = world.ask(&["audit", "head"]);
    let key = text(&head, "/key").context("the log has no key")?;
    let (key_path, log_path) = (world.dir().join("log.pub"), world.dir().join("log.jsonl"));
    std::fs::write(&key_path, key)?;
    let (key, log) = (key_path.to_string_lossy(), log_path.to_string_lossy());
    let exported = world.type_in(&["audit", "export", &log]);
    ensure!(exported.status.success(), "export: {}", said(&exported));
    let mut verify = vec!["audit", "verify", &log, "--key", &key];
    for head in book.heads.iter().rev().take(HEADS_MAX) {
        verify.extend(["--known", head]);
    }
    let verified = world.type_in(&verify);
    ensure!(verified.status.success(), "verify: {}", said(&verified));
    let mut entries = BTreeSet::new();
    for line in std::fs::read_to_string(&log_path)?.lines() {
        let line: Value = serde_json::from_str(line)?;
        let word = |place: &str| text(&line, place).unwrap_or_default().to_owned();
        let details = line.pointer("/entry/details").and_then(Value::as_array);
        for detail in details.into_iter().flatten() {
            let value = text(detail, "/1").unwrap_or_default().to_owned();
            entries.insert((word("/entry/action"), word("/entry/device"), value));
        }
    }
    Ok(entries)
}

fn check_register(world: &World, book: &Book, entries: &BTreeSet<Entry>) -> anyhow::Result<()> {
    let listed = world.ask(&["token", "list"]);
    let listed: BTreeSet<&str> = listed
        .pointer("/tokens")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|token| text(token, "/id"))
        .collect();
    for token in &book.tokens {
        ensure!(listed.contains(token.as_str()), "token {token} is missing");
        let entry = ("token.created".to_owned(), String::new(), token.clone());
        ensure!(
            entries.contains(&entry),
            "token {token} is not in the audit log"
        );
    }
    Ok(())
}

fn check_device(
    world: &World,
    book: &Book,
    laptop: &str,
    entries: &BTreeSet<Entry>,
) -> anyhow::Result<()> {
    let device = world.device(laptop).map_err(anyhow::Error::msg)?;
    let id = text(&device, "/id").context("a device without an id")?;
    let number = |place: &str| number(&device, place).unwrap_or_default();
    let (report, acked) = (number("/posture/sequence"), book.newest_report(laptop));
    ensure!(report >= acked, "report {acked} is missing: {device}");
    let (order, acked) = (number("/order/generation"), book.newest_order(laptop));
    ensure!(order >= acked, "order {acked} is missing: {device}");
    let held = book.held.get(laptop).copied().unwrap_or_default();
    ensure!(
        number("/posture/enforcement/desired_generation") >= held,
        "that order {held} is held is forgotten: {device}"
    );
    let is_noted = |actions: &[&str], number: u64| {
        actions.iter().any(|action| {
            let entry = ((*action).to_owned(), id.to_owned(), number.to_string());
            entries.contains(&entry)
        })
    };
    for (_, generation) in book.orders.iter().filter(|(name, _)| name == laptop) {
        ensure!(
            is_noted(&["order.issued"], *generation),
            "order {generation} is not in the audit log"
        );
    }
    for (_, sequence) in book.reports.iter().filter(|(name, _)| name == laptop) {
        ensure!(
            is_noted(&["report.recorded", "verdict.changed"], *sequence),
            "report {sequence} is not in the audit log"
        );
    }
    Ok(())
}

/// The laptop attaches, what waited arrives, and it holds the collector's order.
fn goes_on(world: &World, laptop: &Laptop, name: &str, acked: u64) {
    let order = number(&world.device(name).unwrap_or_default(), "/order/generation");
    eventually(&format!("{name} goes on where it was"), || {
        let status = laptop.status()?;
        let reported = number(&status, "/judged/sequence").unwrap_or_default();
        let held = number(&status, "/order/generation");
        let is_whole = text(&status, "/outbox_trouble").is_none()
            && status.pointer("/cloned") == Some(&Value::Bool(false));
        match number(&status, "/waiting") {
            Some(0) if reported > acked && held == order && is_whole => Ok(()),
            _ => Err(status.to_string()),
        }
    });
}
