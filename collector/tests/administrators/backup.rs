//! A backup taken while a collector serves, and another collector made from it.
//!
//! Touches temporary folders and loopback.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sekisho_collector::config::Config;
use sekisho_collector::keys::Keys;
use sekisho_collector::record::{Certificate, Device, Marks};
use sekisho_collector::store::Store;
use sekisho_collector::store::sqlite::SqliteStore;
use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::reading::Reading;
use sekisho_policy::register::Registration;
use sekisho_policy::time::{Span, Timestamp};

use super::{Collector, ends, run};

/// Two laptops that enrolled by the first token, put into the register of the collector in `home`.
pub(super) fn enrol(home: &Path) {
    let config = Config::usual(home);
    let keys = Keys::load(&config.keys_dir()).unwrap();
    let store = SqliteStore::open(&config.store_dir(), keys.audit).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let token = store.token_list().await.unwrap()[0].id;
        for (number, name) in [(1, "aiko-pc"), (2, "kenji-pc")] {
            let at = Timestamp::from_secs(1_795_379_612);
            let device = Device {
                id: DeviceId::from_bytes([number; 16]),
                revision: 1,
                name: name.to_owned(),
                registration: Registration::Pending,
                group: String::new(),
                data_class: None,
                owner: String::new(),
                asset_number: String::new(),
                enrolled_at: at,
                approved_until: None,
                take_out: None,
                token,
                key: Fingerprint::of(&[number]),
                certificates: vec![Certificate {
                    fingerprint: Fingerprint::of(&[number, 1]),
                    not_after: at.after(Span::from_days(90)),
                }],
                marks: Marks {
                    hostname: name.to_owned(),
                    product_uuid: Reading::Absent,
                    serial: Reading::Absent,
                    machine_mark: Reading::Absent,
                    boot_id: Reading::Absent,
                },
                clones: None,
            };
            store.device_enrol(device, vec![]).await.unwrap();
        }
    });
}

/// A folder that holds a copy of the collector's keys, and nothing else, for a collector in `c`.
fn with_keys_of(collector: &Collector) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let keys = dir.path().join("c/keys");
    fs::create_dir_all(&keys).unwrap();
    for key in fs::read_dir(collector.dir.path().join("c/keys")).unwrap() {
        let key = key.unwrap();
        fs::copy(key.path(), keys.join(key.file_name())).unwrap();
    }
    dir
}

#[test]
fn a_collector_restored_elsewhere_from_a_backup_knows_the_same_devices() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("c");
    assert!(run(&home, &["init"]).status.success());
    enrol(&home);
    let collector = Collector::serving(dir);
    let shown = collector.json(&["device", "list"]);
    assert_eq!(shown["devices"].as_array().unwrap().len(), 2);
    let path = collector.dir.path().join("a.backup");
    let file = path.to_str().unwrap();
    ends(&collector.run(&["backup", file]), 0, "bytes written");
    ends(&collector.run(&["backup", file]), 1, "exists");
    assert!(!home.join("backup.part").exists());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    ends(&collector.run(&["audit", "entries"]), 0, "backup.taken");
    // Made after the backup, so that the restored collector does not have it.
    ends(&collector.run(&["token", "create"]), 0, "sekisho1.");

    let empty = tempfile::tempdir().unwrap();
    let refused = run(empty.path(), &["restore", file]);
    ends(&refused, 1, "Put the copy of the collector's keys");
    let elsewhere = with_keys_of(&collector);
    let there = elsewhere.path().join("c");
    let whole = fs::read(&path).unwrap();
    for at in [0, whole.len() / 2, whole.len() - 1] {
        let mut flipped = whole.clone();
        flipped[at] ^= 1;
        fs::write(&path, flipped).unwrap();
        ends(&run(&there, &["restore", file]), 1, "cannot be read");
        assert!(!there.join("store").exists(), "byte {at}");
    }
    fs::write(&path, whole).unwrap();
    ends(&run(&there, &["restore", file]), 0, "is whole");
    ends(&run(&there, &["restore", file]), 1, "is not empty");
    let restored = Collector::serving(elsewhere);
    assert_eq!(restored.json(&["device", "list"]), shown);
    let tokens = restored.json(&["token", "list"]);
    assert_eq!(tokens["tokens"].as_array().unwrap().len(), 1);
}

#[test]
fn a_backup_under_another_collectors_keys_is_refused() {
    let collector = Collector::new();
    let path = collector.dir.path().join("a.backup");
    let file = path.to_str().unwrap();
    ends(&collector.run(&["backup", file]), 0, "bytes written");
    let other = with_keys_of(&Collector::new());
    let there = other.path().join("c");
    ends(&run(&there, &["restore", file]), 1, "with other keys");
    assert!(!there.join("store").exists());
}
