//! What an expression may cost to read.
//!
//! Touches nothing. Must never measure time.

use super::*;
use crate::limits::{COMPANY_EVIDENCE_BYTES_MAX, EXPRESSION_CHARS_MAX, SOFTWARE_ITEMS_MAX};

#[test]
fn an_expression_that_could_cost_too_much_is_refused() {
    refused(
        "packages.all(p, packages.exists(q, p.name == q.name && p.version == q.version))",
        13,
        "EXPRESSION_COST_MAX",
    );
    refused(
        &"x".repeat(EXPRESSION_CHARS_MAX + 1),
        1,
        "EXPRESSION_CHARS_MAX",
    );
    for deep in [
        format!("1{} == 1", "+1".repeat(900)),
        format!("host{}", ".a".repeat(900)),
        format!("{}true", "true ? true : ".repeat(130)),
        format!("{}true{}", "volumes.exists(a, ".repeat(90), ")".repeat(90)),
        format!("{}true", "!-".repeat(33)),
        format!("{}true", "! -\n".repeat(400)),
        "[".repeat(1900),
        "'".repeat(1900),
        "{".repeat(1900),
    ] {
        assert!(Expression::parse(&deep).is_err(), "{deep}");
    }
    // What the parser takes away is not deep, nor are many parts beside each other.
    comes_to(&format!("{}true", "!".repeat(1500)), true);
    comes_to(&vec!["!(-1 == 1)"; 40].join(" && "), true);
    comes_to(&format!("{}true{}", "(".repeat(900), ")".repeat(900)), true);
    let wide = vec!["host.os_id == 'debian'"; 70].join(" && ");
    comes_to(&wide, true);
}

#[test]
fn no_expression_is_too_deep_for_a_small_stack() {
    let deep = [
        format!("{}x).a()", ["(", &"!-".repeat(980)].concat()),
        format!("{}x).a()", ["(", &"!-".repeat(16)].concat().repeat(30)),
        format!("host{}.b()", ".a".repeat(990)),
        format!("{}1", "1?1:".repeat(490)),
        format!("{}1", "(1?".repeat(600)),
        format!("{}1", "-(".repeat(900)),
        format!("{}1", "a in ".repeat(390)),
        format!("{}1", "1==".repeat(660)),
        format!("{}true", "true||".repeat(330)),
        format!("{}1", "a[".repeat(990)),
        format!("{}1", "f(".repeat(990)),
    ];
    // Threads have 2 MiB, and something stands on their stacks already.
    let reading = std::thread::Builder::new()
        .stack_size(3 << 19)
        .spawn(move || {
            for written in deep {
                assert!(written.len() <= EXPRESSION_CHARS_MAX, "{written}");
                let _told = Expression::parse(&written);
            }
        });
    reading.expect("a thread").join().expect("enough stack");
}

/// Rules that go through a hundred thousand packages, each within its own bound.
fn dear() -> (Parameters, Facts) {
    let mut facts = facts();
    if let Reading::Known(software) = &mut facts.software {
        software.packages = vec![package("y", "1"); SOFTWARE_ITEMS_MAX];
    }
    (rule("packages.all(p, p.name != 'x')"), facts)
}

#[test]
fn what_the_rules_before_it_have_spent_is_gone_and_the_rest_is_unknown() {
    let (dear, facts) = dear();
    let (entry, mut budget) = (approved(), Budget::default());
    let case = case(&facts, &entry);
    let mut outcomes = vec![];
    for _ in 0..100 {
        outcomes.push(dear.examine(&case, &mut budget).outcome);
    }
    let passed = outcomes.iter().take_while(|one| **one == Outcome::Pass);
    let passed = passed.count();
    assert!((20..60).contains(&passed), "{passed}");
    let rest = &outcomes[passed..];
    assert!(rest.iter().all(|one| *one == Outcome::Unknown));
    let last = dear.examine(&case, &mut budget);
    check(&last, Outcome::Unknown, "before it");
}

#[test]
fn what_all_rules_name_as_evidence_is_bounded_together() {
    let (_, facts) = dear();
    let broken = rule("packages.all(p, p.name == 'x' || p.version == '2')");
    let (entry, mut budget) = (approved(), Budget::default());
    let case = case(&facts, &entry);
    let bytes = |found: &Found| -> usize {
        let lines = found.evidence.iter();
        lines.map(|line| line.source.len() + line.value.len()).sum()
    };
    let mut all = 0;
    for _ in 0..100 {
        let found = broken.examine(&case, &mut budget);
        all += bytes(&found);
    }
    // The count of what is left out stands in each.
    assert!(all <= COMPANY_EVIDENCE_BYTES_MAX + 100 * 40, "{all}");
}
