//! The tests of the agent's own rooms, built for Windows and run in Wine.
//!
//! Touches a prefix of Wine. Must never pass where none of them ran.
//!
//! Those of the readers are left to Linux: they judge captured laptops, which no Windows takes.

use std::path::Path;

use crate::windows::Windows;

#[test]
fn the_agents_own_tests_pass_on_windows() {
    let laptop = Windows::new();
    let program = std::env::var("SEKISHO_WINDOWS_UNIT_TESTS");
    let program = program.expect("it names the program; cargo xtask windows sets it");
    let said = laptop.types(Path::new(&program), &["--skip", "sensors::"]);
    let ended = said
        .stdout
        .lines()
        .rfind(|line| line.starts_with("test result: "));
    let ended = ended.unwrap_or_else(|| panic!("{}{}", said.stdout, said.stderr));
    assert!(said.status.success(), "{}{}", said.stdout, said.stderr);
    let passed = ended
        .split(" passed")
        .next()
        .and_then(|told| told.rsplit(' ').next());
    let passed: u32 = passed.and_then(|count| count.parse().ok()).unwrap_or(0);
    assert!(passed > 150, "{ended}");
    println!("{ended}");
}
