//! A laptop becomes a device.
//!
//! Touches the cast. Must never approve where the chapter is about waiting.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use sekisho_tests::world::{World, said};
use serde_json::json;

#[test]
fn a_new_laptop_enrols_and_waits() {
    let world = World::new();
    let mut aiko = world.laptop("aiko");
    assert!(world.device("aiko").is_err(), "nobody knows it yet");

    let enrolled = aiko.enrol(&world.enrolment_address(), &world.token(&[]));
    assert!(enrolled.status.success(), "{}", said(&enrolled));
    aiko.start();

    let device = world.until_device("aiko", "/attached", &json!(true));
    assert_eq!(device["registration"], "pending");
    let device = world.until_device("aiko", "/posture/sequence", &json!(1));
    assert_eq!(
        device["posture"]["verdict"]["standing"], "violation",
        "nobody approved it"
    );
}

#[test]
fn a_token_that_approves_spares_the_wait() {
    let world = World::new();
    let aiko = world.laptop("aiko");
    let enrolled = aiko.enrol(&world.enrolment_address(), &world.token(&["--approve"]));
    assert!(enrolled.status.success(), "{}", said(&enrolled));
    assert_eq!(world.device("aiko").unwrap()["registration"], "approved");
}

#[test]
fn whoever_is_not_reached_is_told_from_whoever_refuses() {
    let mut world = World::new();
    let made = world.ask(&["token", "create"]);
    let token = made["token"].as_str().unwrap();
    let aiko = world.laptop("aiko");
    for typed in ["status", "release"] {
        let ended = aiko.type_in(&[typed]);
        assert_eq!(ended.status.code(), Some(2), "{}", said(&ended));
    }
    world.stop_collector();
    let ended = aiko.enrol(&world.enrolment_address(), token);
    assert_eq!(ended.status.code(), Some(2), "{}", said(&ended));
    world.start_collector();
    world.ask(&["token", "withdraw", made["id"].as_str().unwrap()]);
    let ended = aiko.enrol(&world.enrolment_address(), token);
    assert_eq!(ended.status.code(), Some(1), "{}", said(&ended));
}

#[test]
fn a_laptop_that_waits_is_told_when_it_is_approved() {
    let world = World::new();
    let mut aiko = world.laptop("aiko");
    aiko.enrol(&world.enrolment_address(), &world.token(&[]));
    aiko.start();
    world.until_device("aiko", "/attached", &json!(true));

    world.ask(&["device", "approve", "aiko"]);

    sekisho_tests::eventually::eventually("the laptop knows that it is approved", || {
        let status = aiko.status()?;
        match status["registration"].as_str() {
            Some("approved") => Ok(()),
            _ => Err(status.to_string()),
        }
    });
}

#[test]
fn a_collector_that_falls_silent_is_not_waited_for_without_end() {
    let world = World::new();
    let silent = falls_silent_after_the_handshake(world.enrolment_address());
    let ended = world.laptop("aiko").enrol(&silent, &world.token(&[]));
    assert_eq!(ended.status.code(), Some(2), "{}", said(&ended));
    assert!(
        said(&ended).contains("no answer in time"),
        "{}",
        said(&ended)
    );
}

/// Passes on what both sides say until the laptop speaks for the second time, and from then on nothing
/// of the collector. Gives its address.
fn falls_silent_after_the_handshake(collector: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for laptop in listener.incoming().flatten() {
            let collector = TcpStream::connect(&collector).unwrap();
            let answered = Arc::new(AtomicBool::new(false));
            let silent = Arc::new(AtomicBool::new(false));
            let (to, from) = (collector.try_clone().unwrap(), laptop.try_clone().unwrap());
            let (seen, falls) = (Arc::clone(&answered), Arc::clone(&silent));
            thread::spawn(move || {
                pass_on(from, to, || {
                    falls.fetch_or(seen.load(Ordering::SeqCst), Ordering::SeqCst);
                    true
                });
            });
            thread::spawn(move || {
                pass_on(collector, laptop, || {
                    answered.store(true, Ordering::SeqCst);
                    !silent.load(Ordering::SeqCst)
                });
            });
        }
    });
    address
}

/// Passes on each piece that may go on, to the end of either side.
fn pass_on(mut from: TcpStream, mut to: TcpStream, may: impl Fn() -> bool) {
    let mut piece = [0; 65_536];
    while let Ok(read @ 1..) = from.read(&mut piece) {
        if may() && to.write_all(&piece[..read]).is_err() {
            return;
        }
    }
}
