//! What a person or a program is shown by a check of a captured system.
//!
//! Touches a temporary folder.

use super::*;
use crate::cli::terminal::Style;
use crate::sensors::Root;
use sekisho_policy::words::{Language, width};
use std::fs;

const PLAIN: Style = Style {
    colour: false,
    columns: 90,
};

/// A laptop with a plain disk and a package whose name would play with the terminal.
fn checked() -> Checked {
    checked_at(Moment::at(Timestamp::from_secs(1_795_379_612)))
}

fn checked_at(moment: Moment) -> Checked {
    let tree = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = tree.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("proc/sys/kernel/hostname", "aiko\u{1b}[2J\n");
    write("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
    write("etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian 12\"\n");
    write(
        "proc/1/mountinfo",
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:1 / /mnt/a\\012b\u{202e} rw - ext4 /dev/sda1 rw\n",
    );
    write("proc/swaps", "Filename Type Size Used Priority\n");
    write("sys/devices/ata1/sda/size", "1000000\n");
    fs::create_dir_all(tree.path().join("sys/dev/block")).unwrap();
    std::os::unix::fs::symlink(
        "../../devices/ata1/sda",
        tree.path().join("sys/dev/block/8:1"),
    )
    .unwrap();
    write(
        "var/lib/dpkg/status",
        "Package: te\u{1b}]0;am\u{202e}viewer\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n",
    );
    let facts = gather(&Root::at(tree.path()), Deadlines::default());
    let basis = Basis::find(None, None).unwrap();
    let policy = Policy::parse(&basis.text).unwrap();
    let taken_at = Timestamp::from_secs(1_795_379_612);
    let report = Report {
        sequence: Sequence(0),
        taken_at,
        facts,
    };
    let verdict = judge_since(&report, &basis.entry, |_| None, &policy, moment);
    Checked {
        facts: report.facts,
        verdict,
        basis,
        moment,
        taken_at,
        captured: None,
    }
}

fn table(language: Language) -> String {
    written(&checked(), language, PLAIN)
}

fn written(checked: &Checked, language: Language, style: Style) -> String {
    let mut out = Vec::new();
    table::write(&mut out, checked, language, style, &Zone::fixed(9)).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn what_is_watched_is_told_anew_when_a_person_would_be_told_otherwise() {
    let findings = checked().verdict.findings;
    let mut aged = findings.clone();
    for finding in &mut aged {
        for evidence in &mut finding.evidence {
            evidence.value.push_str(", 1 h old");
        }
    }
    assert_ne!(findings, aged);
    assert_eq!(watch::said(&findings), watch::said(&aged));
    aged[0].cause.key.to_mut().push('x');
    assert_ne!(watch::said(&findings), watch::said(&aged));
}

#[test]
fn no_line_is_wider_than_a_terminal_of_80_columns_and_times_are_local() {
    let style = Style {
        columns: 80,
        ..PLAIN
    };
    for language in [Language::En, Language::Ja] {
        let text = written(&checked(), language, style);
        for line in text.lines() {
            assert!(width(line) <= 80, "{line}\n{text}");
        }
        assert!(text.contains("2026-11-23 05:33 +09:00"), "{text}");
        assert!(!text.contains("Z)"), "a time in UTC: {text}");
    }
}

/// The clock of the laptop says some time, and the collector has told that it is wrong.
#[test]
fn a_wrong_clock_is_told_first_and_to_programs_as_a_flag() {
    let moment = Moment::not_before(Timestamp::from_secs(1_795_379_612));
    let wrong = checked_at(moment);
    for (language, said) in [
        (Language::En, "The clock of this laptop differs"),
        (Language::Ja, "時計"),
    ] {
        let text = written(&wrong, language, PLAIN);
        let before_the_rules = text.split("A.6.2.1").next().unwrap();
        assert!(before_the_rules.contains(said), "{text}");
        assert!(!written(&checked(), language, PLAIN).contains(said));
    }
    let mut out = Vec::new();
    json::write(&mut out, &wrong).unwrap();
    let object: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(object["clock_certain"], false);
    assert_eq!(object["judged_at"], "2026-11-22T20:33:32Z");
}

#[test]
fn a_person_is_told_the_rule_by_both_editions_what_was_found_and_how_to_mend_it() {
    let text = table(Language::En);
    for part in [
        "A.6.2.1(3)",
        "2022: 8.1",
        "How to mend it",
        "NOT encrypted",
        "Debian 12",
    ] {
        assert!(text.contains(part), "{part} is missing in:\n{text}");
    }
    let japanese = table(Language::Ja);
    for part in [
        "A.6.2.1(3)",
        "暗号化されていません",
        "インストール済みパッケージ",
    ] {
        assert!(japanese.contains(part), "{part} is missing in:\n{japanese}");
    }
}

#[test]
fn the_columns_of_the_table_stand_below_one_another_in_japanese() {
    let text = table(Language::Ja);
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("(2022: "))
        .collect();
    assert!(rows.len() >= 4, "{text}");
    let column = |row: &&str| width(row.split("A.").next().unwrap());
    let first = column(&rows[0]);
    assert!(rows.iter().all(|row| column(row) == first), "{text}");
}

#[test]
fn names_from_the_laptop_cannot_play_with_the_terminal() {
    for language in [Language::En, Language::Ja] {
        let text = table(language);
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{202e}'),
            "{text:?}"
        );
    }
}

#[test]
fn a_program_gets_one_object_with_the_data_unchanged() {
    let mut out = Vec::new();
    json::write(&mut out, &checked()).unwrap();
    assert_eq!(out.iter().filter(|&&byte| byte == b'\n').count(), 1);
    let object: serde_json::Value = serde_json::from_slice(&out).unwrap();
    assert_eq!(object["format"], "sekisho.check/1");
    assert_eq!(object["judged_at"], "2026-11-22T20:33:32Z");
    assert_eq!(object["standing"], "violation");
    let package = &object["facts"]["software"]["value"]["packages"][0];
    assert_eq!(package["name"], "te\u{1b}]0;am\u{202e}viewer");
    let volume = &object["facts"]["volumes"]["value"][0];
    assert_eq!(
        volume["encryption"]["value"]["plain_reason"],
        "no_encryption"
    );
    assert_eq!(object["facts"]["antivirus"]["state"], "absent");
    let rules: Vec<_> = object["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["rule"])
        .collect();
    assert!(
        rules.contains(&&serde_json::json!("disk-encrypted")),
        "{rules:?}"
    );
}

#[test]
fn the_exit_code_tells_broken_from_could_not_tell() {
    let mut verdict = checked().verdict;
    assert_eq!(exit_code(&verdict), EXIT_FINDINGS);
    for finding in &mut verdict.findings {
        finding.outcome = Outcome::Pass;
    }
    assert_eq!(exit_code(&verdict), EXIT_OK);
    verdict.findings[0].outcome = Outcome::Unknown;
    assert_eq!(exit_code(&verdict), EXIT_UNDECIDED);
    verdict.findings.clear();
    assert_eq!(exit_code(&verdict), EXIT_UNDECIDED);
}

#[test]
fn a_check_is_judged_by_what_the_collector_decided_and_says_so_when_it_cannot() {
    use crate::memory::{Memory, Slot};
    use prost::Message;
    use sekisho_policy::id::DeviceId;
    use sekisho_policy::register::{Entry, Registration};
    use sekisho_proto::wire;

    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::new(folder.path());
    let before = Basis::find(None, Some(&paths)).unwrap();
    assert_eq!((before.origin, before.hidden), ("shipped", None));

    fs::create_dir_all(paths.memory_dir()).unwrap();
    let memory = Memory::new(&paths.memory_dir(), DeviceId::from_bytes([7; 16]));
    let policy = format!("{}\n# ours\n", Policy::shipped_text());
    let entry = Entry {
        registration: Some(Registration::Approved),
        ..Entry::unknown()
    };
    memory.keep(Slot::Policy, policy.as_bytes()).unwrap();
    let body = wire::RegisterEntry::from(&entry).encode_to_vec();
    memory.keep(Slot::Register, &body).unwrap();
    let after = Basis::find(None, Some(&paths)).unwrap();
    assert_eq!((after.origin, after.text), ("collector", policy));
    assert_eq!(after.entry, entry);

    fs::write(paths.memory_dir().join("policy"), "torn").unwrap();
    let torn = Basis::find(None, Some(&paths)).unwrap();
    assert_eq!(torn.origin, "shipped");
    assert!(torn.hidden.is_some_and(|why| why.code() == "unreadable"));
}
