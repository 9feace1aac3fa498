//! The load: administrators who order, make tokens and note down heads; laptops that are switched on and
//! off, and report each time.
//!
//! Touches the programs and standard output.

use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use hyper::Method;
use serde_json::{Value, json};

use sekisho_collector::client::Client;

use super::acked::Acked;
use super::{LAPTOPS, number, text};
use crate::dice::Dice;
use crate::laptop::Laptop;
use crate::world::World;

/// Administrators at work at the same time.
const ADMINISTRATORS: u64 = 3;

type Aloud = Arc<Mutex<std::io::Stdout>>;

/// Starts the company in `dir` and sets it to work, until something ends.
///
/// # Errors
/// What ended.
pub fn write(dir: &Path, address: Ipv4Addr, seed: u64) -> anyhow::Result<()> {
    let mut world = World::found_at(dir, address);
    world.start_collector();
    let aloud = Arc::new(Mutex::new(std::io::stdout()));
    for (name, number) in LAPTOPS.into_iter().zip(0..) {
        let (laptop, aloud) = (world.laptop(name), Arc::clone(&aloud));
        let dice = Dice::new(seed ^ number);
        thread::spawn(move || on_and_off(laptop, name, dice, &aloud));
    }
    let socket = world.collector_dir().join("admin.sock");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut set = tokio::task::JoinSet::new();
        for number in 0..ADMINISTRATORS {
            let dice = Dice::new(seed ^ (0x1000 + number));
            set.spawn(administer(socket.clone(), dice, Arc::clone(&aloud)));
        }
        let ended = set.join_next().await.context("nobody is at work")?;
        ended?
    })
}

async fn administer(socket: PathBuf, mut dice: Dice, aloud: Aloud) -> anyhow::Result<()> {
    let client = Client::at(&socket);
    loop {
        match dice.between(0, 10) {
            0..5 => {
                let body = json!({"uses": 1, "valid_secs": 3600, "note": "load"});
                let made = client.send::<Value>(Method::POST, "/v1/tokens", &body);
                let made = made.await?.raw;
                let id = text(&made, "/id").context("a token without a name")?;
                say(&aloud, &Acked::Token(id.to_owned()));
            }
            5..9 => {
                let laptop = if dice.chance(50) { "aiko" } else { "botan" };
                let access = if dice.chance(50) { "isolated" } else { "full" };
                let body = json!({"access": access, "devices": [laptop], "reason": "load"});
                let given = client.send::<Value>(Method::POST, "/v1/orders", &body);
                let given = given.await?.raw;
                // One that lost a race with another order is refused, and so not acknowledged.
                if let Some(generation) = number(&given, "/results/0/generation") {
                    say(
                        &aloud,
                        &Acked::Order {
                            laptop: laptop.to_owned(),
                            generation,
                        },
                    );
                }
            }
            _ => {
                let head = client.fetch::<Value>("/v1/audit/head").await?.raw;
                if let (Some(size), Some(root)) = (number(&head, "/size"), text(&head, "/root")) {
                    say(&aloud, &Acked::Head(format!("{size}:{root}")));
                }
                held(&client, &aloud).await?;
            }
        }
        tokio::time::sleep(Duration::from_millis(dice.between(0, 60))).await;
    }
}

/// Says which orders the laptops have told the collector that they hold.
async fn held(client: &Client, aloud: &Aloud) -> anyhow::Result<()> {
    for laptop in LAPTOPS {
        let path = format!("/v1/devices/{laptop}");
        let shown = client.fetch::<Value>(&path).await?.raw;
        let generation = number(&shown, "/posture/enforcement/desired_generation");
        if let Some(generation) = generation.filter(|held| *held > 0) {
            say(
                aloud,
                &Acked::Held {
                    laptop: laptop.to_owned(),
                    generation,
                },
            );
        }
    }
    Ok(())
}

/// A laptop that finds new software each time it is switched on, so that it has news to report.
fn on_and_off(mut laptop: Laptop, name: &str, mut dice: Dice, aloud: &Aloud) {
    loop {
        let package = format!("package-{}", dice.roll());
        laptop.machine().has_packages(&["base-files", &package]);
        laptop.start();
        for _ in 0..dice.between(2, 12) {
            // Not to wait for anything: the laptop is switched off at a moment of its own.
            thread::sleep(Duration::from_millis(dice.between(50, 400)));
            let status = laptop.status().unwrap_or_default();
            if let Some(sequence) = number(&status, "/judged/sequence") {
                say(
                    aloud,
                    &Acked::Report {
                        laptop: name.to_owned(),
                        sequence,
                    },
                );
            }
        }
        if dice.chance(70) {
            laptop.kill();
        } else {
            laptop.stop();
        }
    }
}

fn say(aloud: &Aloud, acked: &Acked) {
    let mut aloud = aloud.lock().unwrap_or_else(PoisonError::into_inner);
    // Whoever listened has cut the power.
    let _ = aloud.write_all(acked.line().as_bytes());
    let _ = aloud.flush();
}
