//! What Windows Update has found on several laptops.
//!
//! Touches folders of its own.

use serde_json::{Value, json};

use super::super::tests::Laptop;
use super::*;

/// 2026-11-20, noon.
const NOON: f64 = 46_346.5;

fn update(article: &str, category: &str, severity: &str) -> Value {
    json!({
        "id": "3c5bb1f5-6d0f-4c9f-9a34-0d5e1f9a0001",
        "articles": [article],
        "categories": [category],
        "severity": severity,
    })
}

fn search(searched: &Value, code: i32, missing: &[Value]) -> Value {
    json!({"searched": searched, "code": code, "count": missing.len(), "missing": missing})
}

fn laptop(search: &Value) -> Laptop {
    Laptop::new()
        .answer(SEARCH, search)
        .answer(RESTART, &json!(false))
}

#[track_caller]
fn known(laptop: &Laptop) -> Updates {
    match read(&laptop.root()) {
        Reading::Known(updates) => updates,
        other @ (Reading::Absent | Reading::Unknown(_)) => panic!("{other:?}"),
    }
}

#[test]
fn security_updates_are_counted_by_category_or_severity_and_named_by_their_articles() {
    let missing = [
        update("5046617", "0FA1201D-4330-4FA8-8AE9-B877473B6441", ""),
        update("5040000", "{e6cf1350-c01b-414d-a61f-263d14d133b4}", ""),
        update(
            "5030000",
            "28bc880e-0592-4cbf-8f95-c79b17911d5f",
            "Important",
        ),
        // Definitions of the antivirus, a driver, a preview.
        update("2267602", DEFINITIONS, "Critical"),
        update("1", "ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0", ""),
        update("2", "cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83", ""),
    ];
    let told = known(&laptop(&search(&json!(NOON), 2, &missing)));
    let names: Vec<&str> = told.pending.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["KB5030000", "KB5040000", "KB5046617"]);
    assert_eq!(told.count, 3);
    let day = Timestamp::of_date("2026-11-20").unwrap();
    assert_eq!(told.listed_at, Timestamp(day.0 + 12 * 3_600_000));
}

#[test]
fn without_the_day_of_the_last_search_nothing_found_is_not_nothing_missing() {
    for searched in [Value::Null, json!(0.0), json!(-1.0), json!(1e30)] {
        let told = read(&laptop(&search(&searched, 2, &[])).root());
        assert!(
            matches!(told, Reading::Unknown(Why::Unreadable(_))),
            "{searched}: {told:?}"
        );
    }
    for code in [0, 1, 3, 4, 5] {
        let told = read(&laptop(&search(&json!(NOON), code, &[])).root());
        assert!(
            matches!(told, Reading::Unknown(Why::Unreadable(_))),
            "{code}: {told:?}"
        );
    }
    assert!(matches!(read(&Laptop::new().root()), Reading::Unknown(_)));
}

#[test]
fn a_list_that_was_cut_is_no_list() {
    let mut cut = search(&json!(NOON), 2, &[]);
    cut["count"] = json!(1001);
    let told = read(&laptop(&cut).root());
    assert!(
        matches!(told, Reading::Unknown(Why::TooLarge(_))),
        "{told:?}"
    );
}

#[test]
fn a_restart_is_due_where_either_says_so_and_unknown_where_one_cannot_be_asked() {
    let none = search(&json!(NOON), 2, &[]);
    let parts = |laptop: Laptop, names: &[&str]| {
        let keys = names.iter().map(|name| ((*name).to_owned(), json!({})));
        let keys: serde_json::Map<String, Value> = keys.collect();
        laptop.registry("servicing", &json!({"keys": keys}))
    };
    let restart = |laptop: &Laptop| known(laptop).restart_needed;
    assert_eq!(
        restart(&parts(laptop(&none), &["Packages"])),
        Reading::Known(false)
    );
    assert_eq!(
        restart(&parts(laptop(&none), &["Packages", MARK])),
        Reading::Known(true)
    );
    let due = laptop(&none).answer(RESTART, &json!(true));
    assert_eq!(restart(&due), Reading::Known(true));
    assert!(matches!(restart(&laptop(&none)), Reading::Unknown(_)));
    let unasked = parts(Laptop::new().answer(SEARCH, &none), &[]);
    assert!(matches!(restart(&unasked), Reading::Unknown(_)));
}
