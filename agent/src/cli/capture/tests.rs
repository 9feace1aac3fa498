//! Captures of this machine and of one with secrets in every corner, judged again.
//!
//! Touches this machine, reading only, and temporary folders.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::symlink;

use proptest::prelude::*;
use sekisho_policy::facts::{AntivirusProduct, Facts};

use super::*;

fn replayed(folder: &Path) -> Facts {
    gather(&Root::captured(folder).unwrap(), Deadlines::default())
}

/// Records a system, and gives its facts as they were told meanwhile.
fn recorded(base: &Path, folder: &Path) -> Facts {
    let recorded = Arc::new(Recorded::new(base, folder));
    let facts = gather(&Root::recorded(&recorded), Deadlines::default());
    let index = Index {
        format: FORMAT.to_owned(),
        agent_version: "0".to_owned(),
        taken_at: Time(clock::now()),
        host: String::new(),
        system: None,
        by_hand: false,
        late: recorded.late(),
        paths: recorded.close().unwrap(),
    };
    fs::write(folder.join(INDEX), serde_json::to_vec(&index).unwrap()).unwrap();
    facts
}

#[track_caller]
fn assert_same(told: &Facts, again: &Facts) {
    assert_eq!(told.host, again.host);
    assert_eq!(told.volumes, again.volumes);
    assert_eq!(told.antivirus, again.antivirus);
    assert!(told.software == again.software, "software");
    assert_eq!(told.platform, again.platform);
    assert_eq!(told.network, again.network);
}

#[test]
fn a_capture_of_this_machine_is_judged_as_this_machine_was() {
    let folder = tempfile::tempdir().unwrap();
    let told = recorded(Path::new("/"), folder.path());
    assert!(told.host.known().is_some());
    let network = told.network.known().unwrap();
    assert!(network.links.known().is_some(), "{network:?}");
    assert_same(&told, &replayed(folder.path()));
}

fn write(tree: &Path, path: &str, text: impl AsRef<[u8]>) {
    let path = tree.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn sample(name: &str) -> Vec<u8> {
    fs::read(format!("{}/testdata/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// A laptop that has a secret wherever one can be beside what a rule reads.
fn laptop(secret: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let tree = dir.path();
    write(tree, "proc/sys/kernel/hostname", "aiko\n");
    write(tree, "proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
    write(tree, "etc/os-release", sample("os-release/debian-12"));
    write(tree, "etc/machine-id", "0123456789abcdef0123456789abcdef\n");
    write(
        tree,
        "etc/passwd",
        format!(
            "root:x:0:0:{secret}:/root:/bin/sh\naiko:x:1000:1000:{secret}:/home/aiko:/bin/sh\n{secret}:x:1001:1001::/home/ken:/bin/sh\n{secret}:x:33:33::/srv:/bin/sh\n"
        ),
    );
    write(
        tree,
        "etc/group",
        format!("sudo:{secret}:27:aiko\nvideo:x:44:{secret}\n"),
    );
    write(tree, "etc/shadow", secret);
    write(
        tree,
        "proc/1/mountinfo",
        format!(
            "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 0:9 / /srv rw - cifs //srv/x rw,username={secret}\n3 1 0:8 / /o rw - overlay overlay ro,lowerdir=/{secret},upperdir=/up\n"
        ),
    );
    write(tree, "proc/swaps", "Filename Type Size Used Priority\n");
    for (number, name) in [("8:1", "sda1"), ("8:2", "sda2")] {
        let path = format!("sys/devices/ata1/sda/{name}");
        write(tree, &format!("{path}/size"), "9000000\n");
        write(tree, &format!("{path}/partition"), "1\n");
        fs::create_dir_all(tree.join("sys/dev/block")).unwrap();
        symlink(
            format!("../../devices/ata1/sda/{name}"),
            tree.join(format!("sys/dev/block/{number}")),
        )
        .unwrap();
    }
    write(
        tree,
        "run/udev/data/b8:1",
        format!("E:ID_FS_TYPE=ext4\nE:ID_SERIAL={secret}\n"),
    );
    let mut luks = sample("headers/luks2.bin");
    luks.resize(50_000, 0);
    luks.extend_from_slice(secret.as_bytes());
    luks.extend_from_slice(&[7; 20_000]);
    write(tree, "dev/sda2", luks);
    antivirus(tree, secret);
    write(
        tree,
        "etc/resolv.conf",
        format!("# {secret}\nnameserver 192.0.2.53\n"),
    );
    write(tree, "usr/sbin/clamd", "");
    write(tree, "proc/1/comm", "systemd\n");
    write(tree, "proc/77/comm", secret);
    write(
        tree,
        "usr/lib/sysimage/rpm/rpmdb.sqlite",
        sample("rpm/rpmdb.sqlite"),
    );
    write(
        tree,
        "run/systemd/sessions/2",
        format!(
            "UID=1000\nUSER=aiko\nTYPE=wayland\nCLASS=user\nDESKTOP=gnome\nREMOTE_HOST={secret}\n"
        ),
    );
    write(
        tree,
        "run/systemd/sessions/3",
        "UID=1000\nUSER=aiko\nTYPE=x11\nCLASS=user\nDESKTOP=KDE\n",
    );
    write(
        tree,
        "etc/dconf/profile/user",
        "user-db:user\nsystem-db:local\n",
    );
    write(tree, "etc/dconf/db/local", sample("dconf/locked"));
    write(tree, "home/aiko/.config/dconf/user", sample("dconf/user"));
    write(
        tree,
        "usr/share/glib-2.0/schemas/gschemas.compiled",
        sample("dconf/gschemas.compiled"),
    );
    write(
        tree,
        "home/aiko/.config/kscreenlockerrc",
        format!(
            "[Greeter]\nWallpaper={secret}\n[Daemon]\nTimeout=7\nAutolock=true\n[x]\ny={secret}\n"
        ),
    );
    write(
        tree,
        "proc/net/if_inet6",
        format!("{secret} 03 40 20 80 wlan0\n"),
    );
    write(
        tree,
        "var/lib/sekisho-capture/nft.json",
        r#"{"nftables": []}"#,
    );
    dir
}

/// Products whose programs say more than is read.
fn antivirus(tree: &Path, secret: &str) {
    write(tree, "usr/bin/mdatp", "");
    for product in ["eset/eea", "ds_agent", "CrowdStrike", "sentinelone"] {
        fs::create_dir_all(tree.join("opt").join(product)).unwrap();
    }
    for (name, text) in [
        (
            "mdatp-health.json",
            format!(r#"{{"healthy": true, "licensed": true, "orgId": "{secret}"}}"#),
        ),
        (
            "mdatp-threats.json",
            format!(
                r#"{{"threats": {{"scans": [{{"path": "{secret}", "threats": [{{"threat":
                {{"name": "Eicar", "tracking_id": "{secret}", "resources": ["file:/home/{secret}"]}},
                "history": [{{"key": 1795300000000, "value": "active", "by": "{secret}"}}]}}]}}]}}}}"#
            ),
        ),
        (
            "mdatp-scans.json",
            format!(
                r#"[{{"type": "full", "state": "succeeded", "endTime": "1795147900000",
                "path": "/home/{secret}", "threats": ["{secret}"]}}]"#
            ),
        ),
        (
            "falconctl.txt",
            format!("cid=\"{secret}\", aid=\"{secret}\", version = 7.30\nrfm-state=false, \n"),
        ),
        (
            "sentinelctl-control.txt",
            format!("Site {secret}\nAgent state   Enabled\n"),
        ),
        (
            "sentinelctl-management.txt",
            format!("URL https://{secret}.example\nConnectivity   On\n"),
        ),
        (
            "eset-eea-modules.txt",
            format!("EM001 {secret}\nEM002 30412 (20261121) Detection engine\n"),
        ),
        (
            "dsa_query.txt",
            format!("Agent.host: {secret}\nComponent.AM.mode: on\n"),
        ),
    ] {
        write(tree, &format!("var/lib/sekisho-capture/{name}"), text);
    }
}

/// The bytes of every file below a folder.
fn whole(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        bytes.extend_from_slice(path.as_os_str().as_encoded_bytes());
        bytes.extend(if path.is_dir() {
            whole(&path)
        } else {
            fs::read(&path).unwrap()
        });
    }
    bytes
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn a_capture_tells_the_same_without_secrets_and_other_peoples_things() {
    let laptop = laptop("5ecret");
    let folder = tempfile::tempdir().unwrap();
    let told = recorded(laptop.path(), folder.path());
    let platform = told.platform.known().unwrap();
    let locks = platform.screen_locks.known().unwrap();
    assert!(
        locks
            .iter()
            .all(|lock| lock.locks_after_secs.known().is_some()),
        "{locks:?}"
    );
    assert!(
        told.volumes.known().unwrap().len() >= 3,
        "{:?}",
        told.volumes
    );
    assert!(told.software.known().unwrap().packages.len() >= 2);
    let products = told.antivirus.known().unwrap();
    let defender = products.iter().find(|one| one.vendor == "Microsoft");
    let defender = defender.unwrap();
    assert_eq!(defender.detections.known().map(Vec::len), Some(1));
    assert_eq!(defender.scans.known().map(Vec::len), Some(1));
    let healthy = |one: &&AntivirusProduct| one.healthy == Reading::Known(true);
    assert_eq!(products.iter().filter(healthy).count(), 2, "{products:?}");
    let network = told.network.known().unwrap();
    assert!(network.dns_servers.known().is_some(), "{network:?}");
    assert!(has(&whole(laptop.path()), "5ecret"));
    drop(laptop);
    assert_same(&told, &replayed(folder.path()));
    let bytes = whole(folder.path());
    assert!(
        !has(&bytes, "5ecret"),
        "{}",
        String::from_utf8_lossy(&bytes)
    );
    assert!(
        !has(&bytes, "0123456789abcdef0123456789abcdef"),
        "the machine-id"
    );
    assert!(has(&bytes, "/home/ken"), "where software of a user can lie");
}

#[test]
fn a_program_that_gave_no_answer_gives_none_in_the_capture_either() {
    let laptop = laptop("x");
    // What lies there cannot be read as an answer, as the daemon's refusal cannot.
    let answer = laptop
        .path()
        .join("var/lib/sekisho-capture/mdatp-health.json");
    fs::remove_file(&answer).unwrap();
    fs::create_dir(&answer).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let told = recorded(laptop.path(), folder.path());
    let again = replayed(folder.path());
    let defender = |facts: &Facts| {
        let products = facts.antivirus.known().unwrap();
        let mut found = products.iter().filter(|one| one.vendor == "Microsoft");
        found.next().cloned()
    };
    let defender_told = defender(&told).unwrap();
    assert!(matches!(defender_told.detections, Reading::Unknown(_)));
    assert_eq!(defender(&again), Some(defender_told));
}

#[test]
fn a_late_reader_leaves_no_half_of_a_copy() {
    let laptop = laptop("x");
    let folder = tempfile::tempdir().unwrap();
    let recorded = Arc::new(Recorded::new(laptop.path(), folder.path()));
    let root = Root::recorded(&recorded).for_fact("late");
    let mut file = crate::ask::open(&root.path("/etc/passwd")).unwrap();
    io::Read::read(&mut file, &mut [0; 4]).unwrap();
    recorded.close().unwrap();
    let later = crate::ask::open(&root.path("/etc/group"));
    let mut left = Vec::new();
    files(folder.path(), &mut left);
    assert!(left.is_empty(), "{left:?}");
    drop((file, later));
    files(folder.path(), &mut left);
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_path_that_was_not_there_at_first_and_was_read_later_is_in_the_capture() {
    let laptop = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let recorded = Arc::new(Recorded::new(laptop.path(), folder.path()));
    let root = Root::recorded(&recorded);
    let read = || crate::ask::read_text(&root.path("/etc/x"), 100);
    assert!(read().is_err());
    write(laptop.path(), "etc/x", "told");
    assert_eq!(read().unwrap(), "told");
    drop(root);
    let paths = recorded.close().unwrap();
    let entry = &paths["/etc/x"];
    assert_eq!((entry.bytes, entry.there), (Some(4), None));
}

#[test]
fn a_capture_that_lost_a_file_makes_its_fact_unknown_and_no_better() {
    let laptop = laptop("x");
    let folder = tempfile::tempdir().unwrap();
    recorded(laptop.path(), folder.path());
    fs::remove_file(folder.path().join("proc/1/mountinfo")).unwrap();
    fs::remove_file(folder.path().join("etc/passwd")).unwrap();
    let facts = replayed(folder.path());
    assert!(
        matches!(facts.volumes, Reading::Unknown(_)),
        "{:?}",
        facts.volumes
    );
    let platform = facts.platform.known().unwrap();
    assert!(matches!(platform.administrators, Reading::Unknown(_)));
}

/// Every file of the folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
    found.sort();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A reader that panics is told as one that broke off.
    #[test]
    fn no_damage_to_a_capture_brings_a_reader_down(
        hits in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..40),
        cut in any::<bool>(),
    ) {
        let laptop = laptop("x");
        let folder = tempfile::tempdir().unwrap();
        recorded(laptop.path(), folder.path());
        let mut found = Vec::new();
        files(folder.path(), &mut found);
        found.retain(|path| !path.ends_with(INDEX));
        for (file, place, byte) in hits {
            let path = &found[file.index(found.len())];
            let mut bytes = fs::read(path).unwrap();
            if bytes.is_empty() {
                continue;
            }
            let place = place.index(bytes.len());
            if cut { bytes.truncate(place) } else { bytes[place] = byte }
            fs::write(path, bytes).unwrap();
        }
        let facts = replayed(folder.path());
        let told = format!("{facts:?}");
        prop_assert!(!told.contains("broke off\""), "{told}");
    }
}

#[test]
fn a_folder_that_holds_something_or_is_a_link_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let full = dir.path().join("full");
    write(&full, "mine", "kept");
    let refused = |folder: &Path| prepared(folder).err().map(|error| error.kind());
    assert_eq!(refused(&full), Some(io::ErrorKind::DirectoryNotEmpty));
    let empty = dir.path().join("empty");
    assert!(prepared(&empty).unwrap().made);
    fs::set_permissions(&empty, fs::Permissions::from_mode(0o755)).unwrap();
    assert!(!prepared(&empty).unwrap().made);
    let mode = fs::metadata(&empty).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    symlink(&empty, dir.path().join("link")).unwrap();
    assert!(refused(&dir.path().join("link")).is_some());
    assert_eq!(fs::read(full.join("mine")).unwrap(), b"kept");
}

#[test]
fn a_capture_that_fails_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("new");
    let prepared = prepared(&folder).unwrap();
    assert!(prepared.made);
    write(&folder, "etc/half", "x");
    cleared(&prepared, &folder);
    assert!(!folder.exists());
}

#[test]
fn a_folder_of_somebody_else_is_refused_and_one_put_in_its_place_gets_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("cap");
    let prepared = prepared(&folder).unwrap();
    fs::rename(&folder, dir.path().join("moved")).unwrap();
    fs::create_dir(&folder).unwrap();
    let tree = tempfile::tempdir().unwrap();
    write(tree.path(), "etc/os-release", "ID=x\n");
    captured(tree.path(), &prepared.path).unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    assert!(dir.path().join("moved").join(INDEX).is_file());
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    std::os::unix::fs::chown(&folder, Some(65_534), None).unwrap();
    let refused = super::prepared(&folder).err().map(|error| error.kind());
    assert_eq!(refused, Some(io::ErrorKind::PermissionDenied));
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
}
