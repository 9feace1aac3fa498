//! The power goes in mid-write. Two rounds here; `powercut 100` beside the other programs plays more.
//!
//! Touches a guest under qemu and a folder among the build's own.

use std::path::Path;
use std::process::Command;

use sekisho_tests::dice::Dice;
use sekisho_tests::powercut::Rig;

#[test]
fn nothing_acknowledged_is_missing_after_the_power_went() {
    for tool in [
        "qemu-system-x86_64",
        "mkfs.ext4",
        "debugfs",
        "dpkg-deb",
        "busybox",
    ] {
        if Command::new("which")
            .arg(tool)
            .output()
            .is_ok_and(|o| !o.status.success())
        {
            println!("SKIPPED: {tool} is not installed");
            assert!(
                std::env::var_os("SEKISHO_CI").is_none(),
                "{tool} is missing"
            );
            return;
        }
    }
    let seed = Dice::seed();
    println!("SEKISHO_SEED={seed}");
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("powercut-rig");
    let rig = Rig::prepare(&dir, Path::new(env!("CARGO_BIN_EXE_store-load"))).unwrap();
    for round in 0..2 {
        let played = rig
            .round(seed.wrapping_add(round))
            .unwrap_or_else(|e| panic!("seed {seed}, round {round}: {e:#}"));
        println!("{played:?}");
    }
}
