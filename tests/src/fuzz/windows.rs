//! What a captured Windows laptop answers: a capture may be a stranger's.
//!
//! Touches a folder of prepared files, one for each process. Must never panic but to report a fault.
#![expect(
    clippy::expect_used,
    reason = "without its folder there is nothing to try"
)]

use std::cell::OnceCell;
use std::fs;
use std::path::Path;

use data_encoding::HEXLOWER;
use sekisho_agent::sensors::{Deadlines, FORMAT, INDEX, Root, Sensors, WINDOWS};
use sekisho_policy::reading::Reading;
use serde_json::json;
use tempfile::TempDir;

thread_local! {
    static LAPTOP: OnceCell<TempDir> = const { OnceCell::new() };
}

/// Its networks: the bytes as each of the answers, and as what an access point says.
pub(super) fn networks(bytes: &[u8]) {
    LAPTOP.with(|laptop| {
        let laptop = laptop.get_or_init(prepared).path();
        let said = json!({ "adapters": [{ "id": "{7}", "connection": { "told": {
            "ssid": "6f", "is_secured": true, "authentication": 7, "cipher": 4,
            "access_point": { "told": { "capability": 17, "elements": HEXLOWER.encode(bytes) } },
        }}}]});
        for wlan in [bytes, said.to_string().as_bytes()] {
            put(laptop, "adapters", bytes);
            put(laptop, "ipsec-tunnels", bytes);
            put(laptop, "wlan", wlan);
            read(laptop);
        }
        put(laptop, "adapters", br#"{ "adapters": [], "routes": [] }"#);
        read(laptop);
    });
}

fn prepared() -> TempDir {
    let dir = TempDir::new().expect("a folder");
    let index = json!({
        "format": FORMAT, "agent_version": "0.1.0", "taken_at": "2026-12-01T00:00:00Z", "host": "AIKO",
        "system": WINDOWS, "by_hand": true,
    });
    fs::write(dir.path().join(INDEX), index.to_string()).expect("a list");
    dir
}

fn put(laptop: &Path, name: &str, bytes: &[u8]) {
    let folder = laptop.join("var/lib/sekisho-capture/network");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(format!("{name}.json")), bytes).expect("an answer");
}

fn read(laptop: &Path) {
    let root = Root::captured(laptop).expect("a captured laptop");
    let network = Sensors::new(root, Deadlines::default()).network();
    let broke_off = [
        why(&network.links),
        why(&network.dns_servers),
        why(&network.ipsec),
        why(&network.wifi),
    ];
    assert!(
        !broke_off.iter().any(|why| why.ends_with("broke off")),
        "{network:?}"
    );
}

fn why<T>(reading: &Reading<T>) -> String {
    match reading {
        Reading::Unknown(why) => why.detail().to_owned(),
        Reading::Known(_) | Reading::Absent => String::new(),
    }
}
