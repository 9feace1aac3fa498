//! The collector's machine is lost, and another is made from a backup.
//!
//! Touches the cast. Must never give the new machine more than a backup and the copy of the keys.

use std::fs;

use sekisho_tests::eventually::eventually;
use sekisho_tests::world::{World, said};
use serde_json::json;

#[test]
fn a_collector_made_from_a_backup_serves_the_same_laptops() {
    let mut world = World::new();
    let mut aiko = world.laptop("aiko");
    aiko.enrol(&world.enrolment_address(), &world.token(&["--approve"]));
    aiko.start();
    world.until_device("aiko", "/posture/sequence", &json!(1));
    let backup = world.dir().join("a.backup");
    let backup = backup.to_str().unwrap();
    let taken = world.type_in(&["backup", backup]);
    assert!(taken.status.success(), "{}", said(&taken));

    // What happens after the backup is lost with the machine: a connection, and the laptop's part in it.
    aiko.stop();
    aiko.machine().has_packages(&["qbittorrent"]);
    aiko.start();
    world.until_device("aiko", "/posture/sequence", &json!(2));
    world.kill_collector();
    fs::remove_dir_all(world.collector_dir().join("store")).unwrap();

    let unserved = world.type_in(&["serve"]);
    assert_eq!(unserved.status.code(), Some(1), "{}", said(&unserved));
    assert!(said(&unserved).contains("restore"), "{}", said(&unserved));
    let restored = world.type_in(&["restore", backup]);
    assert!(restored.status.success(), "{}", said(&restored));
    world.start_collector();

    let device = world.until_device("aiko", "/attached", &json!(true));
    assert_eq!(device["clones"], json!(null), "it is no clone of itself");
    aiko.stop();
    aiko.machine().has_packages(&["base-files"]);
    aiko.start();
    eventually("a report made after the restoring is recorded", || {
        let device = world.device("aiko")?;
        match device["posture"]["sequence"].as_u64() {
            Some(sequence) if sequence >= 3 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    world.ask(&["order", "isolate", "aiko", "--reason", "drill"]);
    world.until_device("aiko", "/posture/enforcement/desired", &json!("isolated"));
    let log = world.ask(&["audit", "entries"]).to_string();
    assert!(log.contains("store.restored"), "{log}");
}
