//! What an expression may cost to read.
//!
//! Touches nothing. Must never measure time.

use super::{comes_to, refused};
use crate::limits::EXPRESSION_CHARS_MAX;
use crate::rules::company::Expression;

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
        "[".repeat(1900),
        "'".repeat(1900),
        "{".repeat(1900),
    ] {
        assert!(Expression::parse(&deep).is_err(), "{deep}");
    }
    // What the parser takes away is not deep, nor are many parts beside each other.
    comes_to(&format!("{}true", "!".repeat(1500)), true);
    comes_to(&format!("{}true{}", "(".repeat(900), ")".repeat(900)), true);
    let wide = vec!["host.os_id == 'debian'"; 70].join(" && ");
    comes_to(&wide, true);
}

#[test]
fn no_expression_is_too_deep_for_a_small_stack() {
    let deep = [
        format!("{}x).a()", ["(", &"!-".repeat(980)].concat()),
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
    let reading = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            for written in deep {
                assert!(written.len() <= EXPRESSION_CHARS_MAX, "{written}");
                let _told = Expression::parse(&written);
            }
        });
    reading.expect("a thread").join().expect("enough stack");
}
