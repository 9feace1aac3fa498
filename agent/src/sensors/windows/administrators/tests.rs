//! Groups of administrators, as Windows laptops had them.
//!
//! Touches folders of its own.

use serde_json::{Value, json};

use super::super::tests::Laptop;
use super::*;

const HERE: &str = "S-1-5-21-1004336348-1177238915-682003330";
const DOMAIN: &str = "S-1-5-21-2000478354-1708537768-1957994488";

fn member(sid: &str, kind: i32, name: &str) -> Value {
    json!({"sid": sid, "kind": kind, "name": name})
}

fn told(members: &[Value]) -> Reading<Administrators> {
    let name = json!({"values": {"ComputerName": {"text": "AIKO-PC"}}});
    let laptop = Laptop::new()
        .answer(ANSWER, &Value::from(members.to_vec()))
        .registry("computer-name", &name);
    read(&laptop.root())
}

#[track_caller]
fn known(members: &[Value]) -> Administrators {
    match told(members) {
        Reading::Known(known) => known,
        other @ (Reading::Absent | Reading::Unknown(_)) => panic!("{other:?}"),
    }
}

fn shown(known: &Administrators) -> Vec<(&str, bool)> {
    let accounts = known.accounts.iter();
    accounts
        .map(|one| {
            assert_eq!(one.groups, [WINDOWS_GROUP], "{}", one.name);
            (one.name.as_str(), one.is_root)
        })
        .collect()
}

#[test]
fn accounts_of_the_machine_have_their_bare_name_and_those_of_a_domain_say_where_they_are_from() {
    let known = known(&[
        member(&format!("{HERE}-500"), 1, r"AIKO-PC\管理者"),
        member(&format!("{HERE}-1001"), 1, r"aiko-pc\aiko"),
        member(&format!("{DOMAIN}-1104"), 1, r"CORP\it-kenji"),
    ]);
    assert_eq!(
        shown(&known),
        [(r"CORP\it-kenji", false), ("aiko", false), ("管理者", true)]
    );
    assert!(known.not_read.is_empty());
}

#[test]
fn a_group_is_a_member_itself_and_who_is_in_it_was_not_read() {
    let known = known(&[
        member(&format!("{DOMAIN}-512"), 2, r"CORP\Domain Admins"),
        // An Entra role that nobody names offline, and an account that is gone.
        member("S-1-12-1-1-2-3-4", 8, ""),
        member(&format!("{HERE}-1009"), 6, ""),
        member("S-1-5-4", 5, r"NT AUTHORITY\対話型"),
    ]);
    let gone = format!("{HERE}-1009");
    let all = [
        r"CORP\Domain Admins",
        "INTERACTIVE (S-1-5-4)",
        "S-1-12-1-1-2-3-4",
        &gone,
    ];
    let anybody = |name: &str| name.starts_with("INTERACTIVE");
    assert_eq!(shown(&known), all.map(|name| (name, anybody(name))));
    assert_eq!(known.not_read, all);
}

#[test]
fn the_built_in_account_of_a_domain_is_not_that_of_the_machine() {
    let known = known(&[member(&format!("{DOMAIN}-500"), 1, r"CORP\Administrator")]);
    assert_eq!(shown(&known), [(r"CORP\Administrator", false)]);
}

#[test]
fn no_member_or_no_answer_is_unknown() {
    assert!(matches!(told(&[]), Reading::Unknown(Why::Unreadable(_))));
    assert!(matches!(read(&Laptop::new().root()), Reading::Unknown(_)));
    let many: Vec<Value> = (0..=ADMINISTRATORS_MAX)
        .map(|at| {
            member(
                &format!("{HERE}-{}", 2000 + at),
                1,
                &format!(r"AIKO-PC\u{at}"),
            )
        })
        .collect();
    assert!(matches!(told(&many), Reading::Unknown(Why::TooLarge(_))));
}
