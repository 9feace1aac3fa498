//! How a document's own rules are read, and what their refusals say.
//!
//! Touches nothing. Must never test what an expression finds.

use super::*;
use crate::document::{Group, Policy};

const RULE: &str = "format = 1
[company-rules.no-rpm]
title = { en = \"No rpm\", ja = \"rpm なし\" }
remedy = { en = \"Remove it.\", ja = \"削除してください。\" }
clause = { edition_2013 = \"A.12.6.2\", edition_2022 = \"8.19\" }
grace_hours = 5
expression = '''
packages.all(p,
  p.source != \"rpm\")
'''
";

fn company(group: &Group) -> Vec<(&InForce, &company::Parameters)> {
    let rules = group.rules.iter();
    rules
        .filter_map(|rule| {
            if let Parameters::Company(parameters) = &rule.parameters {
                Some((rule, parameters))
            } else {
                None
            }
        })
        .collect()
}

#[track_caller]
fn refused(text: &str, says: &str) {
    let error = Policy::parse(text).expect_err("no policy");
    let said = error.to_string();
    assert!(said.contains(says), "{said:?} does not hold {says:?}");
}

#[test]
fn a_rule_is_read_with_its_words_and_its_clause() {
    let policy = Policy::parse(RULE).expect("a policy");
    let rules = company(policy.default_group());
    let [(rule, parameters)] = rules.as_slice() else {
        panic!("{rules:?}");
    };
    assert_eq!(parameters.id, "company.no-rpm");
    assert_eq!(parameters.named.title.ja, "rpm なし");
    assert_eq!(parameters.named.edition_2022, "8.19");
    assert_eq!(parameters.remedy.en, "Remove it.");
    assert_eq!(rule.severity, Severity::Medium);
    assert_eq!(rule.grace, Span::from_hours(5));
    assert!(rule.unknown_fails);
}

#[test]
fn a_group_lies_over_a_rule_key_by_key_and_adds_its_own() {
    let more = "[groups.a.company-rules.no-rpm]
severity = \"critical\"
unknown = \"report\"
expression = \"size(packages) < 9\"
[groups.b.company-rules.no-rpm]
enabled = false
[groups.b.company-rules.only-b]
title = { en = \"B\", ja = \"乙\" }
remedy = { en = \"Ask.\", ja = \"問い合わせてください。\" }
expression = \"device.group == 'b'\"
";
    let policy = Policy::parse(&format!("{RULE}{more}")).expect("a policy");
    let of_a = company(policy.group("a").expect("a"));
    let [(rule, parameters)] = of_a.as_slice() else {
        panic!("{of_a:?}");
    };
    assert_eq!(rule.severity, Severity::Critical);
    assert_eq!(rule.grace, Span::from_hours(5));
    assert!(!rule.unknown_fails);
    assert_eq!(parameters.expression.on_one_line(), "size(packages) < 9");
    assert_eq!(parameters.named.title.en, "No rpm");
    let of_b = company(policy.group("b").expect("b"));
    let ids: Vec<&str> = of_b.iter().map(|(_, rule)| rule.id.as_str()).collect();
    assert_eq!(ids, ["company.only-b"]);
    assert_eq!(company(policy.default_group()).len(), 1);
}

#[test]
fn a_bad_expression_is_refused_with_its_place_in_the_document() {
    refused(
        &RULE.replace("p.source", "p.sauce"),
        "line 9, column 5: company-rules.no-rpm.expression: packages has no sauce; there are name, version,",
    );
    refused(
        &RULE.replace("p.source != \"rpm\")", "p.source != \"rpm\""),
        "company-rules.no-rpm.expression: Syntax error",
    );
    let group = "[groups.a.company-rules.no-rpm]\nexpression = \"nothing == 1\"\n";
    refused(
        &format!("{RULE}{group}"),
        "line 12, column 15: groups.a.company-rules.no-rpm.expression: nothing is not known; there are administrators, antivirus,",
    );
    // With escapes the document's columns are not those of the expression.
    let escaped = "[groups.a.company-rules.no-rpm]\nexpression = \"\\\"a\\\" == nothing\"\n";
    refused(
        &format!("{RULE}{escaped}"),
        "line 12, column 14: groups.a.company-rules.no-rpm.expression: line 1, column 8 of the expression: nothing is not known",
    );
}

#[test]
fn a_bad_expression_is_refused_though_its_rule_is_switched_off() {
    let off = RULE.replace("grace_hours = 5", "enabled = false");
    assert!(company(Policy::parse(&off).expect("a policy").default_group()).is_empty());
    refused(&off.replace("p.source", "p.sauce"), "no sauce");
}

#[test]
fn a_rule_without_its_words_is_refused() {
    for key in ["title", "remedy", "expression"] {
        let without: String = RULE
            .replace(
                "'''\npackages.all(p,\n  p.source != \"rpm\")\n'''",
                "'true'",
            )
            .lines()
            .filter(|line| !line.starts_with(key))
            .flat_map(|line| [line, "\n"])
            .collect();
        refused(
            &without,
            "line 2, column 1: company-rules.no-rpm: a rule has title, remedy",
        );
    }
    refused(
        &RULE.replace(", ja = \"rpm なし\"", ""),
        "company-rules.no-rpm.title: missing field `ja`",
    );
    refused(
        &RULE.replace("No rpm", ""),
        "one line of 1 to 64 characters",
    );
    refused(&RULE.replace("No rpm", "a\\nb"), "without controls");
    refused(
        &RULE.replace("Remove it.", &"x".repeat(257)),
        "1 to 256 characters",
    );
    refused(
        &RULE.replace("no-rpm", "\"No Rpm\""),
        "a to z, 0 to 9 and -",
    );
    refused(
        &RULE.replace("grace_hours", "grace_days"),
        "unknown field `grace_days`, expected one of `enabled`",
    );
}

#[test]
fn there_are_so_many_rules_in_a_group_and_no_more() {
    let rule = |at: usize| {
        format!(
            "[company-rules.r{at}]\ntitle = {{ en = 'a', ja = 'a' }}\nremedy = {{ en = 'a', ja = 'a' }}\nexpression = 'true'\n"
        )
    };
    let rules = |count: usize| {
        let rules: String = (0..count).map(rule).collect();
        format!("format = 1\n{rules}")
    };
    let policy = Policy::parse(&rules(COMPANY_RULES_MAX)).expect("a policy");
    assert_eq!(policy.default_group().rules.len(), COMPANY_RULES_MAX);
    refused(&rules(COMPANY_RULES_MAX + 1), "COMPANY_RULES_MAX");
    let one_more = "[groups.a.company-rules.one-more]\ntitle = { en = 'a', ja = 'a' }\nremedy = { en = 'a', ja = 'a' }\nexpression = 'true'\n";
    refused(
        &format!("{}{one_more}", rules(COMPANY_RULES_MAX)),
        "COMPANY_RULES_MAX",
    );
}

#[test]
fn the_shipped_policy_shows_a_rule_that_can_be_put_in_force() {
    let lines = Policy::shipped_text().lines();
    let shown = lines.skip_while(|line| !line.starts_with("# [company-rules."));
    let example: String = shown
        .map_while(|line| line.strip_prefix("# "))
        .flat_map(|line| [line, "\n"])
        .collect();
    let policy = Policy::parse(&format!("format = 1\n{example}")).expect("a policy");
    assert_eq!(company(policy.default_group()).len(), 1);
}

#[test]
fn the_shipped_policy_names_all_that_can_be_asked() {
    let text = Policy::shipped_text();
    for variable in company::VARIABLES {
        let list = if variable.items_max.is_some() {
            " (list)"
        } else {
            ""
        };
        let line = format!("#   {}{list}: ", variable.name);
        let (_, after) = text
            .split_once(&line)
            .unwrap_or_else(|| panic!("no {line:?}"));
        let named: Vec<&str> = after
            .lines()
            .enumerate()
            .take_while(|(place, line)| *place == 0 || line.starts_with("#     "))
            .flat_map(|(_, line)| line.trim_start_matches('#').split(','))
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        assert_eq!(named, variable.field_names(), "{}", variable.name);
    }
}
