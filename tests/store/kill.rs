//! The process is killed in mid-write.
//!
//! Touches a temporary folder and the processes it starts.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use sekisho_tests::dice::Dice;
use sekisho_tests::store_load::{check, open};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_missing_after_a_hundred_kills() {
    let seed = Dice::seed();
    println!("SEKISHO_SEED={seed}");
    let mut dice = Dice::new(seed);
    let mut all = 0;
    for chapter in 0..5 {
        let dir = tempfile::tempdir().unwrap();
        let (mut acks, mut acknowledged) = (String::new(), 0);
        for round in 0..20 {
            acks.push_str(&one_life(dir.path(), &mut dice));
            let store = open(dir.path()).unwrap();
            acknowledged = check::check(&store, &acks)
                .await
                .unwrap_or_else(|e| panic!("seed {seed}, round {chapter}.{round}: {e:#}"));
        }
        all += acknowledged;
    }
    println!("100 kills, {all} things acknowledged, all of them there");
    assert!(all > 1000, "only {all} things were written");
}

/// Lets a writer live for a random while, kills it, and gives back what it said.
fn one_life(dir: &std::path::Path, dice: &mut Dice) -> String {
    let mut writer = Command::new(env!("CARGO_BIN_EXE_load"))
        .args(["store", "write"])
        .arg(dir)
        .args(["48", &dice.roll().to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = writer.stdout.take().unwrap();
    let listener = std::thread::spawn(move || {
        let mut text = String::new();
        said.read_to_string(&mut text).unwrap();
        text
    });
    // Not to wait for anything: this is the random moment of the blow.
    std::thread::sleep(Duration::from_micros(dice.between(5_000, 250_000)));
    writer.kill().unwrap();
    writer.wait().unwrap();
    listener.join().unwrap()
}
