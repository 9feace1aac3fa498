//! Words that may not be written, clocks that may not be read, and sentences that must be there in
//! both languages.
//!
//! Touches the source tree, reading only. Must never name a banned word whole, or it would find
//! itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{Source, sources};

/// What may not stand in a source file: leftovers, tests that do not test, and the machine it was
/// written on. Each in two halves.
const BANNED: [(&str, &str); 19] = [
    ("db", "g!("),
    ("tod", "o!("),
    ("unimplement", "ed!("),
    ("TO", "DO"),
    ("FIX", "ME"),
    ("XX", "X"),
    ("HA", "CK"),
    ("#[ign", "ore"),
    ("#[al", "low("),
    ("#![al", "low("),
    ("should_", "panic"),
    ("for n", "ow,"),
    ("for n", "ow."),
    ("temporar", "ily disabled"),
    ("lorem ip", "sum"),
    ("not impl", "emented yet"),
    ("coming s", "oon"),
    ("/tmp/", "wt"),
    ("/wo", "rk/"),
];

#[test]
fn nothing_is_left_over_in_the_sources() {
    for Source { path, text } in sources(&[".rs", ".proto", ".toml", ".ftl", ".md"]) {
        for (number, line) in text.lines().enumerate() {
            for (start, end) in BANNED {
                let word = [start, end].concat();
                assert!(
                    !line.contains(&word),
                    "{path}:{}: {word}: {line}",
                    number + 1
                );
            }
        }
    }
}

#[test]
fn a_stand_in_is_spoken_of_only_where_makers_leave_them() {
    let word = ["place", "holder"].concat();
    for Source { path, text } in sources(&[".rs"]) {
        let speaks_of_hardware = path.contains("/host") || path.contains("/smbios");
        let found = text.to_lowercase().contains(&word);
        assert!(speaks_of_hardware || !found, "{path} holds a {word}");
    }
}

#[test]
fn only_the_clock_asks_what_time_it_is() {
    for Source { path, text } in sources(&[".rs"]) {
        if path.ends_with("/clock.rs") {
            continue;
        }
        for clock in ["SystemTime", "Instant", "Utc", "OffsetDateTime"] {
            let calls = [format!("{clock}::now()"), format!("{clock}::now_utc()")];
            let asked = calls.iter().any(|call| text.contains(call.as_str()));
            assert!(!asked, "{path} asks {clock}; time is a parameter");
        }
    }
}

#[test]
fn every_sentence_is_there_in_both_languages_with_the_same_values() {
    let catalogues = sources(&[".ftl"]);
    let read = |language: &str| -> BTreeMap<String, BTreeSet<String>> {
        catalogues
            .iter()
            .filter(|source| source.path.contains(language))
            .flat_map(|source| sentences(&source.text))
            .collect()
    };
    let (english, japanese) = (read("en.ftl"), read("ja.ftl"));
    assert!(!english.is_empty());
    let only_english: Vec<_> = english
        .keys()
        .filter(|key| !japanese.contains_key(*key))
        .collect();
    let only_japanese: Vec<_> = japanese
        .keys()
        .filter(|key| !english.contains_key(*key))
        .collect();
    assert!(only_english.is_empty(), "no Japanese for {only_english:?}");
    assert!(only_japanese.is_empty(), "no English for {only_japanese:?}");
    for (key, values) in &english {
        assert_eq!(Some(values), japanese.get(key), "{key} takes other values");
    }
}

/// Each message of a Fluent catalogue with the variables it takes.
fn sentences(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in text.lines() {
        let begins = line.starts_with(|c: char| c.is_ascii_alphabetic());
        if let Some((name, _)) = line.split_once('=').filter(|_| begins) {
            name.trim().clone_into(&mut key);
            found.entry(key.clone()).or_default();
        }
        let variables = line.split('$').skip(1).map(|after| {
            let end = after.find(|c: char| !c.is_alphanumeric() && c != '-' && c != '_');
            after[..end.unwrap_or(after.len())].to_owned()
        });
        if let Some(values) = found.get_mut(&key).filter(|_| !line.starts_with('#')) {
            values.extend(variables);
        }
    }
    found
}
