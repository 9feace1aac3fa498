//! A device is suspended, lost or retired, and is out at once.
//!
//! Touches the cast. Must never wait for a certificate to end.

use sekisho_tests::eventually::eventually;
use serde_json::json;

use crate::judgement::{STRICT, world_with_aiko};

#[test]
fn suspended_device_is_cut_at_once() {
    let (world, mut aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/attached", &json!(true));

    world.ask(&["device", "suspend", "aiko", "--reason", "incident 12"]);
    world.until_device("aiko", "/attached", &json!(false));

    // It does not come back by itself, nor by being switched off and on.
    aiko.stop();
    aiko.start();
    let why = eventually("the laptop is refused", || {
        let status = aiko.status()?;
        match status["why_not"].as_str() {
            Some(why) if status["attached"] == json!(false) => Ok(why.to_owned()),
            _ => Err(status.to_string()),
        }
    });
    assert!(why.contains("suspended"), "{why}");
    assert_eq!(world.device("aiko").unwrap()["attached"], json!(false));

    world.ask(&[
        "device",
        "approve",
        "aiko",
        "--reason",
        "incident 12 closed",
    ]);
    aiko.stop();
    aiko.start();
    world.until_device("aiko", "/attached", &json!(true));
}

#[test]
fn a_lost_device_stays_out_for_good() {
    let (world, _aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/attached", &json!(true));

    world.ask(&["device", "lost", "aiko", "--reason", "left on a train"]);
    world.until_device("aiko", "/attached", &json!(false));
    let again = world.type_in(&["device", "approve", "aiko"]);
    assert_eq!(again.status.code(), Some(1), "a lost device was approved");
}
