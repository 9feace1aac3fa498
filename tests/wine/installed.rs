//! The package: installed by an administrator who sits elsewhere, upgraded, and taken away.
//!
//! Touches a prefix of Wine and the company's folder. Must never help the laptop by anything the package does not do.

use std::fs;
use std::os::unix::fs::chown;

use nix::unistd::geteuid;
use sekisho_tests::eventually::eventually;
use sekisho_tests::skip::skipped;
use sekisho_tests::world::World;
use serde_json::{Value, json};

use crate::install;
use crate::relay::{POST_QUANTUM, Relay};
use crate::windows::{NEWER, PRESENT, Windows};

/// What msiexec gives back, as Wine cuts it: 1603, the installation failed, and 1627, an action of it.
const REFUSED: [i32; 2] = [1603 % 256, 1627 % 256];
const SETTINGS: &str = r"HKLM\Software\Sekisho";
const UNINSTALL: &str = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall";
const LOGINS: &str = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run";
const EVENTS: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\Sekisho Agent";

fn properties(collector: &str, token: &str) -> [String; 4] {
    [
        format!("COLLECTOR={collector}"),
        format!("ENROLL_TOKEN={token}"),
        "GROUP=sales".to_owned(),
        "LANGUAGE=ja".to_owned(),
    ]
}

/// Everything but the state is gone.
fn nothing_is_left_of(laptop: &Windows) {
    assert!(!laptop.program_dir().exists());
    for key in [SETTINGS, EVENTS] {
        assert_eq!(laptop.registry(key), "", "{key}");
    }
    assert!(!laptop.registry(UNINSTALL).contains("Sekisho"));
    assert!(!laptop.registry(LOGINS).contains("sekisho-agent"));
    // Whoever looked at it last may still hold it.
    eventually("the service is gone", || {
        laptop.service_state().map_or(Ok(()), Err)
    });
}

fn only_device(world: &World) -> String {
    let devices = world.ask(&["device", "list"]);
    let list = devices["devices"].as_array().unwrap();
    assert_eq!(list.len(), 1, "{devices}");
    list[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn a_package_enrols_a_laptop_that_nobody_sits_at_and_keeps_it_through_upgrades() {
    let world = World::new();
    let (enrolment, agents) = (world.enrolment_address(), world.agents_address());
    let wire = Relay::to(&[&enrolment, &agents]);
    let laptop = Windows::without_agent();
    install(&laptop, "AnyDesk", "8.0.11");

    let port = enrolment.rsplit_once(':').unwrap().1;
    let collector = format!("{}:{port}", wire.address());
    let token = world.token(&["--approve"]);
    let log = laptop.installs(PRESENT, &properties(&collector, &token));
    assert!(!log.contains("Warning"), "{log}");
    let status = laptop.until_status("/attached", |attached| *attached == json!(true));
    let device = only_device(&world);
    assert_eq!(status["device"], json!(device), "{status}");

    world.until_device(&device, "/posture/sequence", &json!(1));
    let shown = world.ask(&["device", "show", &device]);
    assert_eq!(shown["registration"], "approved", "{shown}");
    assert_eq!(shown["group"], "", "the token decides, and not the laptop");
    let found = world.ask(&["finding", "list", "--rule", "software-allowed"]);
    assert!(found.to_string().contains("AnyDesk"), "{found}");
    let agreed = wire.agreed();
    assert!(agreed.len() >= 2, "enrolment and link: {agreed:x?}");
    assert!(
        agreed.iter().all(|group| *group == POST_QUANTUM),
        "{agreed:x?}"
    );

    let settings = laptop.registry(SETTINGS);
    assert!(settings.contains(&collector), "{settings}");
    assert!(!settings.contains("EnrollToken"), "{settings}");
    assert!(!laptop.state().iter().any(|name| name == "enrolment-token"));
    let said = laptop.log();
    assert!(said.contains("another group"), "{said}");
    assert!(!said.contains(&token), "a token is never told");
    let people = laptop.type_in(&["status"]);
    assert!(people.stdout.contains("端末"), "{}", people.stdout);

    world.ask(&["order", "isolate", &device, "--reason", "malware found"]);
    let status = laptop.until_status("/access", |access| *access == json!("isolated"));
    let detail = status["applied"].to_string();
    assert!(detail.contains("isolation unavailable"), "{detail}");
    world.ask(&["order", "release", &device, "--reason", "reinstalled"]);
    laptop.until_status("/access", |access| *access == json!("full"));

    let before = status["agent"]["started_at"].clone();
    laptop.installs(NEWER, &[]);
    laptop.until_status("/agent/started_at", |started| *started != before);
    let status = laptop.until_status("/attached", |attached| *attached == json!(true));
    assert_eq!(status["device"], json!(device), "{status}");
    assert_eq!(only_device(&world), device);
    let settings = laptop.registry(SETTINGS);
    assert!(settings.contains(&collector), "{settings}");
    let listed = laptop.registry(UNINSTALL);
    assert_eq!(listed.matches("Sekisho Agent").count(), 1, "{listed}");
    assert!(listed.contains(NEWER), "{listed}");

    let code = laptop.msiexec(&["/i", &laptop.package(PRESENT)], &[]);
    assert!(REFUSED.contains(&code), "a downgrade gave {code}");
    assert!(laptop.registry(UNINSTALL).contains(NEWER));
    let logins = laptop.registry(LOGINS);
    let starts = r#""C:\Program Files\Sekisho\sekisho-agent.exe" notify"#;
    assert!(logins.contains(starts), "{logins}");
    assert_eq!(laptop.service_state().as_deref(), Some("RUNNING"));

    laptop.uninstalls(NEWER, &[]);
    nothing_is_left_of(&laptop);
    assert!(laptop.state().iter().any(|name| name == "identity"));

    laptop.installs(NEWER, &[]);
    let status = laptop.until_status("/attached", |attached| *attached == json!(true));
    assert_eq!(status["device"], json!(device), "the state was kept");
    laptop.uninstalls(NEWER, &["PURGE=1".to_owned()]);
    nothing_is_left_of(&laptop);
    assert_eq!(laptop.state(), Vec::<String>::new());
}

#[test]
fn a_laptop_that_cannot_enrol_says_why_and_does_once_it_can() {
    let mut world = World::new();
    let (good, spoilt) = (world.token(&[]), world.token(&[]));
    world.stop_collector();
    let laptop = Windows::without_agent();
    let at = world.enrolment_address();
    laptop.installs(PRESENT, &properties(&at, &good));
    let why_not = |what: &str| {
        eventually("the laptop says why it is not enrolled", || {
            let status = laptop.status()?;
            let error = &status["error"];
            let said = error["message"].as_str().unwrap_or_default();
            match error["code"] == "not_enrolled" && said.contains(what) {
                true => Ok(()),
                false => Err(status.to_string()),
            }
        });
    };
    why_not("nothing answers");
    assert!(laptop.state().iter().any(|name| name == "enrolment-token"));
    assert!(!laptop.registry(SETTINGS).contains("EnrollToken"));

    world.start_collector();
    laptop.until_status("/attached", |attached| *attached == json!(true));
    laptop.uninstalls(PRESENT, &["PURGE=1".to_owned()]);

    // The token was used, and is good for one laptop.
    laptop.installs(PRESENT, &properties(&at, &good));
    why_not("refused");
    // Another one is heeded without a new start of anything.
    laptop.policy("EnrollToken", &spoilt);
    let status = laptop.until_status("/attached", |attached| *attached == json!(true));
    assert_eq!(status["registration"], "pending", "{status}");
}

#[test]
fn a_folder_that_a_user_has_put_in_the_agents_place_stops_the_installation() {
    if !geteuid().is_root() {
        skipped("only root can make a folder of somebody else's");
        return;
    }
    let laptop = Windows::without_agent();
    let folder = laptop.state_path();
    fs::create_dir_all(&folder).unwrap();
    chown(&folder, Some(12_345), None).unwrap();
    let code = laptop.msiexec(&["/i", &laptop.package(PRESENT)], &[]);
    assert!(REFUSED.contains(&code), "{code}");
    nothing_is_left_of(&laptop);
    assert_eq!(laptop.state(), Vec::<String>::new());

    fs::remove_dir(&folder).unwrap();
    laptop.installs(PRESENT, &[]);
    let status: Value = eventually("the agent answers", || laptop.status());
    assert_eq!(status["error"]["code"], "not_enrolled", "{status}");
}
