//! One identity on two machines.
//!
//! Touches the cast. Must never merge the two.

use sekisho_tests::world::World;
use serde_json::{Value, json};

use crate::judgement::{STRICT, world_with_aiko};

#[test]
fn a_clone_becomes_a_held_case() {
    let (world, mut aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
    assert!(world.device("aiko").unwrap()["clones"].is_null());

    aiko.stop();
    let mut copy = aiko.copied_to(&world.dir().join("copy"), "mallory");
    copy.start();

    let device = until_held(&world);
    let both = device["clones"].to_string();
    assert!(both.contains("aiko") && both.contains("mallory"), "{both}");

    world.ask(&[
        "device",
        "resolve",
        "aiko",
        "--keep",
        "known",
        "--reason",
        "the copy is not ours",
    ]);
    assert!(world.device("aiko").unwrap()["clones"].is_null());
}

fn until_held(world: &World) -> Value {
    sekisho_tests::eventually::eventually("the case is held", || {
        let device = world.device("aiko")?;
        if device["clones"].is_null() {
            Err(device.to_string())
        } else {
            Ok(device)
        }
    })
}
