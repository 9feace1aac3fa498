//! What a package meets that nobody hopes for: a power cut in the middle of it, and its program in use.
//!
//! Touches a prefix of Wine and the company's folder. Must never mend by hand what the next installation has to.

use std::fs;

use sekisho_tests::eventually::eventually;
use sekisho_tests::world::World;
use serde_json::json;

use crate::windows::{NEWER, PRESENT, Windows};

const UNINSTALL: &str = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall";
const SERVICE: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\SekishoAgent";

/// A laptop that is enrolled by its package.
fn enrolled(world: &World) -> (Windows, serde_json::Value) {
    let laptop = Windows::without_agent();
    let token = world.token(&["--approve"]);
    let properties = [
        format!("COLLECTOR={}", world.enrolment_address()),
        format!("ENROLL_TOKEN={token}"),
    ];
    laptop.installs(PRESENT, &properties);
    let status = laptop.until_status("/attached", |attached| *attached == json!(true));
    let device = status["device"].clone();
    (laptop, device)
}

fn serves_as(laptop: &Windows, device: &serde_json::Value) {
    let status = laptop.until_status("/attached", |attached| *attached == json!(true));
    assert_eq!(status["device"], *device, "{status}");
    assert_eq!(laptop.service_state().as_deref(), Some("RUNNING"));
    let listed = laptop.registry(UNINSTALL);
    assert_eq!(listed.matches("Sekisho Agent").count(), 1, "{listed}");
    assert!(listed.contains(NEWER), "{listed}");
}

#[test]
fn an_installation_that_lost_its_power_is_made_good_by_the_next() {
    let laptop = Windows::without_agent();
    let program = laptop.program_dir().join("sekisho-agent.exe");
    let broken_off = laptop.begins_to_install(PRESENT);
    eventually("the program is copied", || {
        program
            .exists()
            .then_some(())
            .ok_or("it is not there".to_owned())
    });
    laptop.boots();
    drop(broken_off);
    assert!(!laptop.registry(UNINSTALL).contains("Sekisho Agent"));

    // What was written of the program may be any part of it.
    fs::write(&program, b"MZ").unwrap();
    laptop.installs(PRESENT, &[]);
    let status = eventually("the agent answers", || laptop.status());
    assert_eq!(status["error"]["code"], "not_enrolled", "{status}");
    laptop.uninstalls(PRESENT, &["PURGE=1".to_owned()]);
    assert!(!laptop.program_dir().exists());
    assert_eq!(laptop.registry(SERVICE), "");
    assert_eq!(laptop.state(), Vec::<String>::new());
}

#[test]
fn an_upgrade_that_lost_its_power_is_made_good_by_the_next() {
    let world = World::new();
    let (laptop, device) = enrolled(&world);
    let program = laptop.program_dir().join("sekisho-agent.exe");
    let broken_off = laptop.begins_to_install(NEWER);
    eventually("the earlier program is gone", || {
        (!program.exists())
            .then_some(())
            .ok_or("it is there".to_owned())
    });
    laptop.boots();
    drop(broken_off);
    assert!(!laptop.registry(UNINSTALL).contains(NEWER));

    laptop.installs(NEWER, &[]);
    serves_as(&laptop, &device);
}

#[test]
fn an_upgrade_ends_what_somebody_left_open_of_the_program() {
    let world = World::new();
    let (mut laptop, device) = enrolled(&world);
    laptop.leaves_open(&["check", "--watch"]);

    laptop.installs(NEWER, &[]);
    assert!(!laptop.is_open());
    serves_as(&laptop, &device);
}
