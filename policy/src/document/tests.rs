//! What is taken for a policy, and what the refusals say.
//!
//! Touches nothing. Must never test a rule.

use std::collections::BTreeSet;

use super::*;
use crate::facts::EncryptionKind;
use crate::limits::{GLOBS_MAX, GROUPS_MAX, LIST_ITEMS_MAX};
use crate::rules::disk_encrypted::Demand;
use crate::rules::{ALL, definitions_current, disk_encrypted, software_allowed};

fn shipped() -> Policy {
    Policy::parse(Policy::shipped_text()).expect("the shipped policy")
}

fn rule<'a>(group: &'a Group, id: &str) -> &'a InForce {
    let found = group.rules.iter().find(|rule| rule.parameters.id() == id);
    found.expect("a rule in force")
}

fn ids(group: &Group) -> Vec<&str> {
    let rules = group.rules.iter();
    rules.map(|rule| rule.parameters.id()).collect()
}

fn definitions(group: &Group) -> &definitions_current::Parameters {
    let Parameters::DefinitionsCurrent(parameters) = &rule(group, "definitions-current").parameters
    else {
        panic!("another rule's parameters");
    };
    parameters
}

fn disk(group: &Group) -> &disk_encrypted::Parameters {
    let Parameters::DiskEncrypted(parameters) = &rule(group, "disk-encrypted").parameters else {
        panic!("another rule's parameters");
    };
    parameters
}

fn software(group: &Group) -> &software_allowed::Parameters {
    let Parameters::SoftwareAllowed(parameters) = &rule(group, "software-allowed").parameters
    else {
        panic!("another rule's parameters");
    };
    parameters
}

#[track_caller]
fn refused(text: &str, says: &str) {
    let error = Policy::parse(text).expect_err("no policy");
    let said = error.to_string();
    assert!(said.contains(says), "{said:?} does not hold {says:?}");
}

#[test]
fn the_shipped_policy_puts_every_rule_in_force() {
    let policy = shipped();
    let group = policy.default_group();
    assert_eq!(ids(group), ALL.map(|rule| rule.id));
    let lenient = group.rules.iter().filter(|rule| !rule.unknown_fails);
    let lenient: Vec<_> = lenient.map(|rule| rule.parameters.id()).collect();
    assert_eq!(lenient, ["no-active-malware"]);
    assert_eq!(group.data_class, DataClass::Confidential);
    assert_eq!(definitions(group).max_age, Span::from_days(3));
    assert_eq!(disk(group).from_class, DataClass::Confidential);
    assert_eq!(disk(group).removable, Demand::Report);
    assert!(!disk(group).accept.contains(&EncryptionKind::Fscrypt));
    assert!(!software(group).deny.is_empty());
    assert_eq!(
        policy.fingerprint(),
        Fingerprint::of(Policy::shipped_text().as_bytes())
    );
}

#[test]
fn a_group_takes_what_it_does_not_set_from_the_default_group() {
    let policy = shipped();
    let names: Vec<&str> = policy.group_names().collect();
    assert_eq!(names, ["secret", "suppliers"]);
    let suppliers = policy.group("suppliers").expect("a group");
    assert_eq!(rule(suppliers, "disk-encrypted").grace, Span::from_hours(0));
    assert_eq!(disk(suppliers), disk(policy.default_group()));
    assert_eq!(definitions(suppliers).max_age, Span::from_days(2));
    assert_eq!(software(suppliers), software(policy.default_group()));
    let secret = policy.group("secret").expect("a group");
    assert_eq!(secret.data_class, DataClass::Secret);
    assert_eq!(rule(secret, "disk-encrypted").severity, Severity::Critical);
    assert_eq!(policy.group(""), Some(policy.default_group()));
    assert_eq!(policy.group("nobody"), None);
}

#[test]
fn a_group_can_switch_a_rule_off_and_another_one_on() {
    let policy = Policy::parse(
        "format = 1\n\
         [rules.device-approved]\n\
         [rules.disk-encrypted]\nenabled = false\nboot = \"require\"\n\
         [groups.kiosk.rules.device-approved]\nenabled = false\n\
         [groups.kiosk.rules.disk-encrypted]\nenabled = true\n",
    )
    .expect("a policy");
    assert_eq!(ids(policy.default_group()), ["device-approved"]);
    let kiosk = policy.group("kiosk").expect("a group");
    assert_eq!(ids(kiosk), ["disk-encrypted"]);
    assert_eq!(disk(kiosk).boot, Demand::Require);
}

#[test]
fn a_device_can_only_be_put_into_a_group_that_exists() {
    let error = shipped().require_group("guests").expect_err("no group");
    assert_eq!(
        error.to_string(),
        "the policy has no group \"guests\"; it has the default group (an empty name), secret, suppliers"
    );
    assert!(shipped().require_group("suppliers").is_ok());
    assert!(shipped().require_group("").is_ok());
}

#[test]
fn every_name_of_the_vocabulary_can_be_written() {
    for kind in EncryptionKind::ALL {
        let text = format!(
            "format = 1\n[rules.disk-encrypted]\naccept = [\"{}\"]",
            kind.name()
        );
        let policy = Policy::parse(&text).expect("a policy");
        assert_eq!(disk(policy.default_group()).accept, BTreeSet::from([kind]));
    }
    for class in [
        DataClass::Public,
        DataClass::Internal,
        DataClass::Confidential,
        DataClass::Secret,
    ] {
        let text = format!("format = 1\ndata_class = \"{}\"", class.name());
        let policy = Policy::parse(&text).expect("a policy");
        assert_eq!(policy.default_group().data_class, class);
    }
    for severity in [
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ] {
        let name = severity.name();
        let text = format!("format = 1\n[rules.device-approved]\nseverity = \"{name}\"");
        let policy = Policy::parse(&text).expect("a policy");
        assert_eq!(policy.default_group().rules[0].severity, severity);
    }
    for source in ["deb", "rpm", "flatpak", "snap", "windows", "msix"] {
        let text = format!(
            "format = 1\n[rules.software-allowed]\ndeny = [{{ name = \"x\", source = \"{source}\" }}]"
        );
        let policy = Policy::parse(&text).expect("a policy");
        let deny = format!("{:?}", software(policy.default_group()).deny);
        assert!(deny.contains("source: Some("), "{deny}");
    }
}

#[test]
fn a_refusal_names_line_column_key_and_what_is_allowed() {
    let text = |line: &str| format!("format = 1\n\n[rules.definitions-current]\n{line}\n");
    refused(
        &text("max_age_days = 0"),
        "line 4, column 16: rules.definitions-current.max_age_days: 0 is not allowed; 1 to 365",
    );
    refused(
        &text("max_age_days = \"seven\""),
        "rules.definitions-current.max_age_days: invalid type: string \"seven\", expected a whole number from 1 to 365",
    );
    refused(
        &text("max_age_day = 3"),
        "line 4, column 1: rules.definitions-current.max_age_day: unknown field `max_age_day`, expected one of `enabled`, `severity`",
    );
    refused(
        &text("severity = \"huge\""),
        "`low`, `medium`, `high`, `critical`",
    );
    refused(&text("unknown = \"pass\""), "expected `fail` or `report`");
    refused(
        &text("max_age_days = 2\nwarn_before_hours = 49"),
        "line 5, column 21: rules.definitions-current.warn_before_hours: 49 is not allowed; 0 to 48, the hours of max_age_days",
    );
    refused(
        &text("products = [\"a\", \"\"]"),
        "rules.definitions-current.products",
    );
    refused(
        &text("grace_hours = 8761"),
        "8761 is not allowed; 0 to 8760",
    );
}

#[test]
fn an_unknown_rule_is_refused_with_those_that_exist() {
    let known = ALL.map(|rule| format!("`{}`", rule.id)).join(", ");
    refused(
        "format = 1\n[rules.disk-encryption]\n",
        &format!(
            "line 2, column 8: rules.disk-encryption: unknown field `disk-encryption`, expected \
             one of {known}"
        ),
    );
    refused(
        "format = 1\n[groups.x.rules.disk]\n",
        "groups.x.rules.disk: unknown field `disk`, expected one of `definitions-current`",
    );
    refused(
        "format = 1\n[rule.x]\n",
        "unknown field `rule`, expected one of",
    );
}

#[test]
fn the_end_of_a_release_is_written_as_its_name_and_a_day() {
    let text = |ends: &str| format!("format = 1\n[rules.os-supported]\nends = {{ {ends} }}\n");
    let policy = Policy::parse(&text("\"ubuntu 20.04\" = \"2030-04-23\"")).expect("a policy");
    let Parameters::OsSupported(parameters) = &policy.default_group().rules[0].parameters else {
        panic!("another rule's parameters");
    };
    let day = crate::time::Timestamp::of_date("2030-04-23");
    assert_eq!(parameters.ends.get("ubuntu 20.04").copied(), day);
    refused(&text("\"ubuntu 20.04\" = \"2030-02-30\""), "line 3");
    refused(&text("\"ubuntu 20.04\" = \"soon\""), "a day such as");
    refused(&text("\"ubuntu\" = \"2030-04-23\""), "ID and VERSION_ID");
}

#[test]
fn what_is_not_toml_is_refused_with_its_place() {
    refused("format = 1\nformat = 1\n", "line 2, column 1");
    refused("format = 1\n[rules\n", "line 2");
    refused("", "missing field `format`");
    refused(
        "format = 2",
        "line 1, column 10: format: 2 is not allowed; this product reads format 1",
    );
}

#[test]
fn a_group_within_an_inherited_limit_is_judged_by_what_it_inherits() {
    refused(
        "format = 1\n[rules.definitions-current]\nmax_age_days = 5\nwarn_before_hours = 72\n\
         [groups.strict.rules.definitions-current]\nmax_age_days = 1\n",
        "72 is not allowed; 0 to 24",
    );
}

#[test]
fn group_names_are_names() {
    let group = |name: &str| format!("format = 1\n[groups.{name}]\n");
    refused(
        &group("default"),
        "the default group is what stands outside [groups]",
    );
    refused(&group("\"a\\u202eb\""), "control characters");
    refused(&group("\" a\""), "begin or end with a space");
    refused(&group(&"x".repeat(65)), "GROUP_NAME_CHARS_MAX");
    assert!(Policy::parse(&group("\"営業部\"")).is_ok());
}

#[test]
fn every_bound_is_named_when_it_is_passed() {
    let megabytes = "#".repeat(10 * 1024 * 1024);
    refused(&megabytes, "POLICY_BYTES_MAX");
    let groups: String = (0..=GROUPS_MAX)
        .map(|at| format!("[groups.g{at}]\n"))
        .collect();
    refused(&format!("format = 1\n{groups}"), "GROUPS_MAX");
    let list = |item: &str, count: usize| {
        let items = format!("\"{item}\",").repeat(count);
        format!("format = 1\n[rules.software-allowed]\ndeny = [{items}]\n")
    };
    refused(
        &list("a", LIST_ITEMS_MAX + 1),
        "rules.software-allowed.deny",
    );
    refused(&list("a", LIST_ITEMS_MAX + 1), "LIST_ITEMS_MAX");
    refused(&list("a*", GLOBS_MAX + 1), "GLOBS_MAX");
    assert!(Policy::parse(&list("a", LIST_ITEMS_MAX)).is_ok());
    refused(&list(&"x".repeat(257), 1), "PATTERN_CHARS_MAX");
    refused(&list("*********", 1), "PATTERN_STARS_MAX");
    refused(
        "format = 1\n[rules.software-allowed]\ndeny = [\"a\", { name = \"b\", from = \"deb\" }]\n",
        "rules.software-allowed.deny[1].from: unknown field `from`, expected one of `name`, `source`, `version`",
    );
    refused(
        "format = 1\n[rules.software-allowed]\ndeny = [\"a\", 7]\n",
        "rules.software-allowed.deny[1]: invalid type: integer `7`, expected a name, or a table",
    );
    refused(
        "format = 1\n[rules.disk-encrypted]\naccept = []\n",
        "one or more of luks1, luks2",
    );
}

#[test]
fn an_error_shows_no_controls_and_stays_short() {
    let error = Policy::parse("format = 1\n\"a\\u202e\\u001b[2J\" = 1").expect_err("no policy");
    let said = error.to_string();
    assert!(said.contains("\\u{202e}\\u{1b}"), "{said}");
    let long = format!("format = 1\n{} = 1", "k".repeat(500_000));
    let said = Policy::parse(&long).expect_err("no policy").to_string();
    assert!(said.chars().count() < 2100, "{}", said.len());
}
