//! A laptop is out of reach, and nothing it had to say is lost.
//!
//! Touches the cast. Must never count on an order of arrival but that of the sequence.

use sekisho_tests::eventually::eventually;
use serde_json::json;

use crate::judgement::{STRICT, world_with_aiko};

#[test]
fn goes_offline_and_nothing_is_lost() {
    let (mut world, mut aiko) = world_with_aiko(STRICT);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));

    world.stop_collector();
    aiko.machine()
        .has_packages(&["base-files", "qbittorrent-nox"]);
    let waiting = eventually("a report waits for the collector", || {
        let status = aiko.status()?;
        match status["waiting"].as_u64() {
            Some(waiting) if waiting > 0 => Ok(waiting),
            _ => Err(status.to_string()),
        }
    });
    assert!(waiting > 0);
    // What waits must outlast the laptop's own power.
    aiko.kill();
    aiko.start();

    world.start_collector();
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    eventually("nothing waits any more", || {
        let status = aiko.status()?;
        match status["waiting"].as_u64() {
            Some(0) => Ok(()),
            _ => Err(status.to_string()),
        }
    });
}
