//! The commands of a program, as its own help lists them.
//!
//! Touches the programs. Must never know a command by name.

use std::path::PathBuf;
use std::process::Command;

use sekisho_tests::programs;

/// Every command of the program that takes `--json`, by what is typed.
pub(crate) fn with_json(program: &str) -> Vec<String> {
    let path = match program {
        "sekisho-agent" => programs::agent(),
        _ => programs::collector(),
    };
    let mut found = Vec::new();
    descend(&path, program, &[], &mut found);
    found
}

fn descend(path: &PathBuf, typed: &str, words: &[&str], found: &mut Vec<String>) {
    let output = Command::new(path)
        .args(words)
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let commands = help.split("\nCommands:\n").nth(1);
    let Some(commands) = commands.and_then(|rest| rest.split("\n\n").next()) else {
        if help.contains("--json") {
            found.push(typed.to_owned());
        }
        return;
    };
    let names = commands.lines().filter_map(|line| {
        // A description that is wrapped stands further in.
        let line = line.strip_prefix("  ")?;
        line.split_whitespace()
            .next()
            .filter(|_| !line.starts_with(' '))
    });
    for name in names.filter(|name| *name != "help") {
        descend(
            path,
            &format!("{typed} {name}"),
            &[words, &[name]].concat(),
            found,
        );
    }
}
