//! A laptop whose antivirus finds malware.
//!
//! Touches the cast. Must never change a fact but in the laptop's own files.

use sekisho_tests::laptop::Laptop;
use sekisho_tests::world::said;
use serde_json::json;

use crate::judgement::world_with_aiko;

const POLICY: &str = "format = 1\n[rules.no-active-malware]\n";

/// Starts the agent over a Microsoft Defender that has found this, and says what became of it.
fn has_found(aiko: &mut Laptop, state: &str) {
    aiko.stop();
    let machine = aiko.machine();
    machine.write("usr/bin/mdatp", "");
    let captured = "var/lib/sekisho-capture";
    machine.write(&format!("{captured}/mdatp-health.json"), "{}");
    machine.write(&format!("{captured}/mdatp-scans.json"), "[]");
    let threat = json!({
        "threat": { "name": "Trojan:Linux/Sample.B", "resources": ["file:/home/aiko/bin/update"] },
        "history": [{ "key": 1_795_290_000_000_i64, "value": state }],
    });
    let threats = json!({ "threats": { "scans": [{ "threats": [threat] }] } });
    machine.write(
        &format!("{captured}/mdatp-threats.json"),
        threats.to_string(),
    );
    aiko.start();
}

#[test]
fn malware_that_is_still_active_is_told_on_both_sides_until_it_is_dealt_with() {
    let (world, mut aiko) = world_with_aiko(POLICY);
    has_found(&mut aiko, "active");
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    let told = device["posture"]["verdict"].to_string();
    assert!(told.contains("Trojan:Linux/Sample.B"), "{told}");
    assert!(told.contains("critical"), "{told}");
    assert!(
        !told.contains("/home/aiko"),
        "where it lay is nobody's: {told}"
    );

    for (locale, words) in [
        (
            "en_US.UTF-8",
            ["Trojan:Linux/Sample.B", "Take this device off"],
        ),
        (
            "ja_JP.UTF-8",
            ["Trojan:Linux/Sample.B", "ただちにこの端末を"],
        ),
    ] {
        let check = aiko.command(&["check"]).env("LC_ALL", locale).output();
        let text = said(&check.unwrap());
        for word in words {
            assert!(text.contains(word), "no {word:?} in {text}");
        }
    }

    // Nobody knows this word, so nobody takes it for the end of it.
    has_found(&mut aiko, "pending");
    world.until_device(
        "aiko",
        "/posture/verdict/findings/0/outcome",
        &json!("unknown"),
    );
    has_found(&mut aiko, "quarantined");
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
}
