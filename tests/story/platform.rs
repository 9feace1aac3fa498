//! A laptop whose platform falls behind: its release, its updates, the lock of its screen.
//!
//! Touches the cast. Must never change a fact but in the laptop's own files.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use sekisho_tests::laptop::Laptop;
use sekisho_tests::machine::Machine;
use sekisho_tests::netns::Namespace;
use sekisho_tests::programs;
use sekisho_tests::skip::may_make_namespaces;
use sekisho_tests::world::said;
use serde_json::{Value, json};

use crate::judgement::{apply, world_with_aiko};

const POLICY: &str = "\
format = 1
[rules.os-supported]
grace_hours = 0
[rules.updates-pending]
grace_hours = 0
max_list_age_days = 365
[rules.screen-locks]
grace_hours = 0
max_delay_minutes = 10
";

const LIST: &str = "var/lib/apt/lists/security.example_debian-security_dists_trixie-security";
const USER_DB: &str = "home/aiko/.config/dconf/user";
const SECURE_BOOT: &str =
    "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c";

/// A file of the samples that the agent's own tests are held to.
fn sample(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../agent/testdata");
    fs::read(path.join(name)).unwrap()
}

/// Gives the laptop fresh lists, in which the security archive has this version of base-files.
fn lists(laptop: &Laptop, base_files: &str) {
    let machine = laptop.machine();
    let at = Command::new("date").args(["-u", "-R"]).output().unwrap();
    let at = String::from_utf8(at.stdout).unwrap();
    let release = format!("Suite: stable-security\nLabel: Debian-Security\nDate: {at}");
    machine.write(&format!("{LIST}_InRelease"), release);
    machine.write(
        &format!("{LIST}_main_binary-amd64_Packages"),
        format!("Package: base-files\nArchitecture: amd64\nVersion: {base_files}\n\n"),
    );
}

fn has_gnome(machine: &Machine) {
    machine.write("run/systemd/sessions/2", sample("logind/gnome"));
    machine.write("etc/passwd", "aiko:x:1000:1000::/home/aiko:/bin/bash\n");
    let schemas = "usr/share/glib-2.0/schemas/gschemas.compiled";
    machine.write(schemas, sample("dconf/gschemas.compiled"));
}

fn outcome(device: &Value, rule: &str) -> (String, String) {
    let findings = device
        .pointer("/posture/verdict/findings")
        .unwrap_or(device);
    let mut findings = findings.as_array().unwrap().iter();
    let found = findings.find(|finding| finding["rule"] == rule).unwrap();
    let outcome = found["outcome"].as_str().unwrap().to_owned();
    (outcome, found.to_string())
}

#[test]
fn it_falls_behind_and_catches_up() {
    let (world, mut aiko) = world_with_aiko(POLICY);
    lists(&aiko, "1.0-1");
    has_gnome(aiko.machine());
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));

    // Fetched lists announce themselves.
    lists(&aiko, "1.0-1+deb13u1");
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    let (updates, said) = outcome(&device, "updates-pending");
    assert_eq!(updates, "fail", "{said}");
    assert!(said.contains("1.0-1 < 1.0-1+deb13u1"), "{said}");
    assert_eq!(outcome(&device, "os-supported").0, "pass");

    aiko.stop();
    lists(&aiko, "1.0-1");
    aiko.start();
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));

    aiko.stop();
    aiko.machine().write(
        "etc/os-release",
        "ID=debian\nVERSION_ID=\"10\"\nPRETTY_NAME=\"Debian GNU/Linux 10 (buster)\"\n",
    );
    aiko.start();
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    let (release, said) = outcome(&device, "os-supported");
    assert_eq!(release, "fail", "{said}");
    assert!(said.contains("2024-06-30"), "{said}");
}

#[test]
fn the_company_locks_the_screen_that_its_user_unlocked() {
    let (world, mut aiko) = world_with_aiko(POLICY);
    lists(&aiko, "1.0-1");
    has_gnome(aiko.machine());
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));

    aiko.stop();
    aiko.machine().write(USER_DB, sample("dconf/user"));
    aiko.start();
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    let (lock, said) = outcome(&device, "screen-locks");
    assert_eq!(lock, "fail", "{said}");
    assert!(
        said.contains("Privacy"),
        "no step of that desktop in {said}"
    );

    // The sample locks 600 s and 30 s more, of which the user has none.
    apply(
        &world,
        &POLICY.replace("max_delay_minutes = 10", "max_delay_minutes = 11"),
    );
    let machine = aiko.machine();
    machine.write("etc/dconf/profile/user", "user-db:user\nsystem-db:local\n");
    machine.write("etc/dconf/db/local", sample("dconf/local"));
    aiko.stop();
    aiko.start();
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
}

/// As a user who may read nobody's home, which the installed agent may not either.
#[test]
fn a_closed_home_hides_the_lock_until_the_company_locks_it() {
    let dir = tempfile::tempdir().unwrap();
    let open = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    open(dir.path(), 0o755).unwrap();
    let machine = Machine::new(&dir.path().join("root"), "aiko");
    has_gnome(&machine);
    machine.write(USER_DB, sample("dconf/user"));
    open(&machine.root_dir().join("home/aiko"), 0o700).unwrap();
    let program = dir.path().join("sekisho-agent");
    fs::copy(programs::agent(), &program).unwrap();
    let policy = dir.path().join("policy.toml");
    fs::write(&policy, POLICY.replace("minutes = 10", "minutes = 11")).unwrap();
    let checked = || -> (String, String) {
        let output = Command::new("setpriv")
            .args(["--reuid=61234", "--regid=61234", "--clear-groups"])
            .arg(&program)
            .args(["check", "--json", "--root"])
            .arg(machine.root_dir())
            .arg("--policy")
            .arg(&policy)
            .output()
            .unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", said(&output)));
        outcome(&answer["findings"], "screen-locks")
    };
    let (hidden, told) = checked();
    assert_eq!(hidden, "unknown", "{told}");
    assert!(told.contains("dconf update"), "{told}");

    machine.write("etc/dconf/profile/user", "user-db:user\nsystem-db:local\n");
    machine.write("etc/dconf/db/local", sample("dconf/local"));
    assert_eq!(
        checked().0,
        "unknown",
        "two of the four keys are still the user's"
    );

    machine.write("etc/dconf/db/local", sample("dconf/locked"));
    let (locked, told) = checked();
    assert_eq!(locked, "pass", "{told}");
}

/// The agent's user, with and without the one right that the installed agent has, in a network of its
/// own: what the kernel says there decides, and not what is written in a file.
#[test]
fn a_firewall_counts_once_its_rules_are_in_the_kernel() {
    if !may_make_namespaces() {
        return;
    }
    let network = Namespace::new("laptop");
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = dir.path().join("sekisho-agent");
    fs::copy(programs::agent(), &program).unwrap();
    let policy = dir.path().join("policy.toml");
    fs::write(&policy, "format = 1\n[rules.firewall-on]\n").unwrap();
    let checked = |right: &str| -> (String, String) {
        let output = network
            .command("setpriv")
            .args(["--reuid=61234", "--regid=61234", "--clear-groups"])
            .arg(format!("--inh-caps=-all,{right}"))
            .arg(format!("--ambient-caps=-all,{right}"))
            .arg(&program)
            .args(["check", "--json", "--policy"])
            .arg(&policy)
            .env("SEKISHO_STATE_DIR", dir.path().join("state"))
            .output()
            .unwrap();
        let answer: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", said(&output)));
        outcome(&answer["findings"], "firewall-on")
    };
    let (open, told) = checked("+net_admin");
    assert_eq!(open, "fail", "{told}");

    network.sh("nft add table inet filter
         nft 'add chain inet filter input { type filter hook input priority 0; policy drop; }'
         nft add rule inet filter input iifname lo accept
         nft add rule inet filter input ct state established,related accept");
    let (closed, told) = checked("+net_admin");
    assert_eq!(closed, "pass", "{told}");

    let (hidden, told) = checked("-net_admin");
    assert_eq!(hidden, "unknown", "{told}");
    assert!(told.contains("CAP_NET_ADMIN"), "{told}");

    network.sh("nft insert rule inet filter input counter accept");
    assert_eq!(checked("+net_admin").0, "fail", "a rule lets everything in");
    network.sh("nft flush chain inet filter input && nft 'add rule inet filter input meta nfproto ipv6 accept'");
    let (half, told) = checked("+net_admin");
    assert_eq!(half, "fail", "{told}");
    assert!(told.contains("IPv6"), "{told}");
}

#[test]
fn who_becomes_an_administrator_is_seen_and_so_is_a_boot_of_anything() {
    let policy = "format = 1\n[rules.local-administrators]\nmax_others = 1\n[rules.secure-boot]\n";
    let (world, mut aiko) = world_with_aiko(policy);
    let machine = aiko.machine();
    machine.write(
        "etc/passwd",
        "root:x:0:0::/root:/bin/sh\naiko:x:1000:1000::/home/aiko:/bin/sh\n",
    );
    machine.write("etc/group", "sudo:x:27:aiko\n");
    machine.write(SECURE_BOOT, [6, 0, 0, 0, 1]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));

    let status = aiko.until_status("/agent/read_at", |at| at.is_string());
    assert!(status["agent"]["started_at"].is_string(), "{status}");
    assert_eq!(status["agent"]["not_watched"], json!([]), "{status}");

    // A change of the file announces itself.
    aiko.machine().write("etc/group", "sudo:x:27:aiko,ken\n");
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    let (administrators, said) = outcome(&device, "local-administrators");
    assert_eq!(administrators, "fail", "{said}");
    assert!(said.contains("ken"), "{said}");
    assert_eq!(outcome(&device, "secure-boot").0, "pass");

    aiko.stop();
    aiko.machine().write("etc/group", "sudo:x:27:aiko\n");
    aiko.machine().write(SECURE_BOOT, [6, 0, 0, 0, 0]);
    aiko.start();
    world.until_device(
        "aiko",
        "/posture/verdict/findings/1/outcome",
        &json!("fail"),
    );
}
