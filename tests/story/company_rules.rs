//! The company writes a rule of its own, in words of its own.
//!
//! Touches the cast. Must never look for a sentence of the product where the company's own are meant.

use std::process::Command;

use sekisho_tests::eventually::eventually;
use sekisho_tests::world::said;
use serde_json::json;

use crate::judgement::{STRICT, apply, world_with_aiko};

/// No package whose name begins with `openjdk-8`.
const NO_OLD_JAVA: &str = "\
[company-rules.no-old-java]
title = { en = \"No outdated Java\", ja = \"古い Java の禁止\" }
remedy = { en = \"Remove Java older than 17.\", ja = \"17 より古い Java を削除してください。\" }
clause = { edition_2013 = \"A.12.6.1\", edition_2022 = \"8.8\" }
expression = '''
  !packages.exists(p, p.name.like(\"openjdk-8*\"))
'''
";

/// What the command says to a reader of this language, and whether it holds all of `words`.
fn says(mut command: Command, locale: &str, words: &[&str]) -> Result<String, String> {
    let output = command.env("LC_ALL", locale).output().unwrap();
    let text = said(&output);
    match words.iter().find(|word| !text.contains(**word)) {
        Some(missing) => Err(format!("no {missing:?} in {text}")),
        None => Ok(text),
    }
}

#[test]
fn a_rule_of_the_company_is_told_in_its_own_words_on_both_sides() {
    let (world, aiko) = world_with_aiko(&format!("{STRICT}{NO_OLD_JAVA}"));
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));

    aiko.machine()
        .has_packages(&["base-files", "openjdk-8-jre"]);
    let device = world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    let findings = device["posture"]["verdict"]["findings"].as_array().unwrap();
    let finding = findings
        .iter()
        .find(|finding| finding["rule"] == "company.no-old-java")
        .unwrap();
    assert_eq!(finding["outcome"], "fail");
    assert_eq!(finding["title"]["ja"], "古い Java の禁止");
    assert_eq!(finding["clause"]["edition_2022"], "8.8");
    assert_eq!(finding["remedy"]["en"], "Remove Java older than 17.");

    let english = [
        "No outdated Java",
        "A.12.6.1",
        "8.8",
        "Remove Java older than 17.",
        "openjdk-8-jre",
    ];
    let japanese = [
        "古い Java の禁止",
        "17 より古い Java を削除してください。",
        "不適合",
        "openjdk-8-jre",
    ];
    for (locale, words) in [
        ("en_US.UTF-8", &english[..]),
        ("ja_JP.UTF-8", &japanese[..]),
    ] {
        let shown = world.command(&["device", "show", "aiko"]);
        says(shown, locale, words).unwrap_or_else(|error| panic!("{error}"));
        eventually("the laptop judges by the collector's policy", || {
            says(aiko.command(&["check"]), locale, words)
        });
    }

    aiko.machine().has_packages(&["base-files"]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
}

#[test]
fn a_rule_that_cannot_work_is_refused_where_it_stands_and_the_last_good_policy_stays() {
    let (world, aiko) = world_with_aiko(&format!("{STRICT}{NO_OLD_JAVA}"));
    let before = world.ask(&["policy", "show"]);
    let path = world.dir().join("bad.toml");
    let line = STRICT.lines().count() + 6;
    for (good, bad, says) in [
        (
            "p.name.like",
            "p.nam.like",
            "column 25: company-rules.no-old-java.expression: packages has no nam; there are name, version",
        ),
        (
            "!packages.exists(p, p.name.like(\"openjdk-8*\"))",
            "size(packages)",
            "true or false is wanted",
        ),
        (
            "openjdk-8*\"))",
            "openjdk-8*\")",
            "company-rules.no-old-java.expression: Syntax error",
        ),
        (
            "p.name.like(\"openjdk-8*\")",
            "packages.exists(q, q.name == p.name)",
            "EXPRESSION_COST_MAX",
        ),
    ] {
        let text = format!("{STRICT}{NO_OLD_JAVA}").replace(good, bad);
        std::fs::write(&path, &text).unwrap();
        for command in ["check", "apply"] {
            let refused = world.type_in(&["policy", command, path.to_str().unwrap()]);
            let told = said(&refused);
            assert_eq!(refused.status.code(), Some(1), "{told}");
            assert!(told.contains(&format!("line {line}")), "{told}");
            assert!(told.contains(says), "{told}");
        }
    }
    assert_eq!(world.ask(&["policy", "show"]), before);

    aiko.machine()
        .has_packages(&["base-files", "openjdk-8-jre"]);
    world.until_device("aiko", "/posture/verdict/standing", &json!("violation"));
    apply(&world, STRICT);
    world.until_device("aiko", "/posture/verdict/standing", &json!("compliant"));
}
