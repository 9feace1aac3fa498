//! The catalogues against each other and against the code that speaks from them.
//!
//! Touches the source files of the workspace, to read which keys they name. Must never pass when a
//! key is missing in either language.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::*;
use crate::facts::{LinkKind, NetworkPlace, PackageSource, VpnKind, WifiCipher, WifiSecurity};
use crate::finding::{Finding, Outcome, OwnRule, Past, RuleId, Severity, Standing, Wording};
use crate::order::{Access, GapKind, WhyRefused};
use crate::reading::Why;
use crate::register::{DataClass, Registration};

/// Each key of a catalogue, with the variables its message names.
fn keys(language: Language) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in language.source().lines() {
        if line.starts_with('#') || line.trim().is_empty() {
            continue;
        }
        if let (Some((name, _)), false) = (line.split_once(" ="), line.starts_with([' ', '}'])) {
            key = name.to_owned();
            let before = keys.insert(key.clone(), BTreeSet::new());
            assert_eq!(before, None, "{language:?}: {key} is there twice");
        }
        for (at, _) in line.match_indices('$') {
            let name = line[at + 1..]
                .chars()
                .take_while(|char| char.is_ascii_alphanumeric() || *char == '_')
                .collect();
            keys.get_mut(&key)
                .expect("a line follows its key")
                .insert(name);
        }
    }
    keys
}

#[test]
fn both_catalogues_are_well_formed() {
    for language in Language::ALL {
        if let Err((_, errors)) = FluentResource::try_new(language.source().to_owned()) {
            panic!("{language:?}: {errors:?}");
        }
    }
}

#[test]
fn both_catalogues_have_the_same_keys_with_the_same_variables() {
    let (en, ja) = (keys(Language::En), keys(Language::Ja));
    for (key, variables) in &en {
        assert_eq!(Some(variables), ja.get(key), "{key}");
    }
    for key in ja.keys() {
        assert!(en.contains_key(key), "{key} is in Japanese only");
    }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The keys that stand as literals in `Message::new("…")`, `message("…")`, or as the second argument of
/// `text(…)`.
fn named_in(source: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for (call, arguments_before) in [("Message::new(", 0), ("words::text(", 1), (" text(", 1)] {
        for (at, _) in source.match_indices(call) {
            let mut rest = &source[at + call.len()..];
            for _ in 0..arguments_before {
                rest = rest.split_once(',').map_or("", |(_, rest)| rest);
            }
            let literal = rest
                .trim_start()
                .strip_prefix('"')
                .and_then(|rest| rest.split_once('"'));
            named.extend(literal.map(|(key, _)| key.to_owned()));
        }
    }
    named
}

/// Tests may say what is in no catalogue.
fn is_of_tests(file: &Path) -> bool {
    let names = file.iter().filter_map(|name| name.to_str());
    names
        .map(|name| name.trim_end_matches(".rs"))
        .any(|name| ["tests", "testing", "conformance"].contains(&name))
}

#[test]
fn every_key_that_the_code_names_is_in_the_catalogue() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("a workspace");
    let mut files = vec![];
    for member in ["policy", "agent", "collector"] {
        rust_files(&workspace.join(member).join("src"), &mut files);
    }
    assert!(files.len() > 40, "the sources are not where they were");
    let known = keys(Language::En);
    for file in files {
        if file.strip_prefix(workspace).is_ok_and(is_of_tests) {
            continue;
        }
        let source = std::fs::read_to_string(&file).expect("a readable source");
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        for key in named_in(source) {
            assert!(
                known.contains_key(&key),
                "{key} of {} is missing",
                file.display()
            );
        }
    }
}

#[test]
fn every_term_has_a_word_in_both_languages() {
    let known = keys(Language::En);
    let mut terms = vec![];
    for outcome in [
        Outcome::Pass,
        Outcome::NotApplicable,
        Outcome::Unknown,
        Outcome::Fail,
    ] {
        terms.push(format!("outcome-{}", outcome.name()));
    }
    for standing in [
        Standing::Compliant,
        Standing::Undecided,
        Standing::Grace,
        Standing::Violation,
    ] {
        terms.push(format!("standing-{}", standing.name()));
    }
    for severity in [
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ] {
        terms.push(format!("severity-{}", severity.name()));
    }
    for registration in [
        Registration::Pending,
        Registration::Approved,
        Registration::Suspended,
        Registration::Retired,
        Registration::Lost,
    ] {
        terms.push(format!("registration-{}", registration.name()));
    }
    for class in [
        DataClass::Public,
        DataClass::Internal,
        DataClass::Confidential,
        DataClass::Secret,
    ] {
        terms.push(format!("class-{}", class.name()));
    }
    for access in [Access::Full, Access::Restricted, Access::Isolated] {
        terms.push(format!("access-{}", access.name()));
    }
    for source in [
        PackageSource::Dpkg,
        PackageSource::Rpm,
        PackageSource::Flatpak,
        PackageSource::Snap,
        PackageSource::WindowsUninstall,
        PackageSource::Msix,
    ] {
        terms.push(format!("source-{}", source.name()));
    }
    let some = String::new;
    for why in [
        Why::NotPermitted(some()),
        Why::ToolMissing(some()),
        Why::TimedOut(some()),
        Why::Unreadable(some()),
        Why::TooLarge(some()),
        Why::Unsupported(some()),
        Why::NotAsked,
    ] {
        terms.push(format!("why-{}", why.code()));
    }
    for kind in [
        GapKind::Frames,
        GapKind::OpenConnections,
        GapKind::Configuration,
        GapKind::Other,
        GapKind::Upgrade,
    ] {
        terms.push(format!("gap-{}", kind.name()));
    }
    for why in [
        WhyRefused::NotTrusted,
        WhyRefused::Malformed,
        WhyRefused::NotKnown,
        WhyRefused::OtherDevice,
        WhyRefused::Older,
        WhyRefused::Conflicting,
        WhyRefused::Ended,
        WhyRefused::Other,
    ] {
        terms.push(format!("refused-{}", why.name()));
    }
    terms.extend(
        [NetworkPlace::Inside, NetworkPlace::Outside].map(|one| format!("place-{}", one.name())),
    );
    terms.push("place-no-beacon".to_owned());
    terms.extend(LinkKind::ALL.map(|one| format!("link-{}", one.name())));
    terms.extend(WifiSecurity::ALL.map(|one| format!("wifi-{}", one.name())));
    terms.extend(WifiCipher::ALL.map(|one| format!("cipher-{}", one.name())));
    terms.extend(VpnKind::ALL.map(|one| format!("vpn-{}", one.name())));
    for rule in crate::rules::ALL {
        terms.push(format!("rule-{}", rule.id));
    }
    for term in terms {
        assert!(known.contains_key(&term), "{term} has no word");
    }
}

#[test]
fn a_reader_is_spoken_to_in_the_language_of_the_locale() {
    for japanese in [
        "ja_JP.UTF-8",
        "ja",
        "ja-JP",
        "JA_JP",
        "ja:en",
        "Japanese_Japan.932",
    ] {
        assert_eq!(Language::of_locale(japanese), Language::Ja, "{japanese}");
    }
    for english in [
        "C",
        "C.UTF-8",
        "POSIX",
        "",
        "en_US.UTF-8",
        "de_DE",
        "jam",
        "en:ja",
    ] {
        assert_eq!(Language::of_locale(english), Language::En, "{english}");
    }
    assert_eq!(outcome(Language::Ja, Outcome::Fail), "不適合");
    assert_eq!(outcome(Language::En, Outcome::Fail), "fail");
}

#[test]
fn a_missing_key_is_shown_as_the_key() {
    assert_eq!(text(Language::Ja, "no-such-key", &[]), "no-such-key");
    assert_eq!(text(Language::En, "bad\nkey", &[]), "bad\\u{a}key");
    let mut finding = Finding {
        rule: RuleId("ours\u{202e}".to_owned()),
        own: None,
        outcome: Outcome::Pass,
        severity: Severity::Low,
        counts: false,
        exception: None,
        cause: Message::new("a"),
        remedy: None,
        evidence: vec![],
        first_failed_at: None,
        due_at: None,
        past: Past::default(),
    };
    assert_eq!(rule_title(Language::En, &finding), "ours\\u{202e}");
    finding.own = Some(OwnRule {
        title: Wording {
            en: "Ours\u{202e}".to_owned(),
            ja: "独自".to_owned(),
        },
        edition_2013: String::new(),
        edition_2022: String::new(),
    });
    assert_eq!(rule_title(Language::En, &finding), "Ours\\u{202e}");
    assert_eq!(rule_title(Language::Ja, &finding), "独自");
}

#[test]
fn of_an_argument_in_several_languages_a_message_has_its_own() {
    let message = Message::new("company-fix")
        .with("text.en", "Mend it.")
        .with("text.ja", "直してください。")
        .with("text.de", "Mach es heil.");
    assert_eq!(say(Language::En, &message), "Mend it.");
    assert_eq!(say(Language::Ja, &message), "直してください。");
}

#[test]
fn what_a_stranger_wrote_is_shown_with_its_controls_written_out() {
    let why = Why::Unreadable("\u{1b}[31m\u{202e}/etc".to_owned());
    let said = super::why(Language::En, &why);
    assert_eq!(said, "the answer makes no sense (\\u{1b}[31m\\u{202e}/etc)");
}

#[test]
fn a_number_in_an_argument_is_written_as_it_came() {
    for number in [
        "0",
        "7",
        "00",
        "1000",
        "999999999",
        "99999999999999999999",
        "1.50",
        "-3",
    ] {
        let said = text(Language::En, "why-unreadable", &[("detail", number)]);
        assert_eq!(said, format!("the answer makes no sense ({number})"));
    }
}

#[test]
fn a_catalogue_serves_many_threads() {
    let threads: Vec<_> = (0..8)
        .map(|_| std::thread::spawn(|| severity(Language::Ja, Severity::High)))
        .collect();
    for thread in threads {
        assert_eq!(thread.join().expect("a word"), "高");
    }
}
