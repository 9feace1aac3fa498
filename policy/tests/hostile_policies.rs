//! Policies nobody meant: mutated, cut, nested, repeated. Each is refused or read, in bounded time,
//! and never more.
//!
//! Touches nothing. Must never assert how long something took: a hang shows as a hang.

use proptest::prelude::*;
use sekisho_policy::document::{Policy, PolicyError};
use sekisho_policy::limits::POLICY_BYTES_MAX;
use sekisho_policy::rules::ALL;

/// The pieces that TOML and this document are made of.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("format = 1\n".to_owned()),
        Just("[rules.disk-encrypted]\n".to_owned()),
        Just("[rules.software-allowed]\n".to_owned()),
        Just("[groups.a.rules.definitions-current]\n".to_owned()),
        Just("[[groups]]\n".to_owned()),
        Just("deny = [\"a*\", { name = \"b\" }]\n".to_owned()),
        Just("max_age_days = ".to_owned()),
        Just("accept = [".to_owned()),
        Just("{ ".to_owned()),
        Just("] }\n".to_owned()),
        Just("a.b.c = 1\n".to_owned()),
        Just("\"\"\"".to_owned()),
        any::<i64>().prop_map(|number| format!("{number}\n")),
        "\\PC{0,12}",
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn any_text_is_read_or_refused(pieces in prop::collection::vec(piece(), 0..12)) {
        let text = pieces.concat();
        if let Err(error) = Policy::parse(&text) {
            let said = error.to_string();
            let unsafe_to_show = ['\u{1b}', '\u{202e}'];
            prop_assert!(!said.contains(unsafe_to_show), "controls in an error");
            if let PolicyError::Wrong { line, .. } = error {
                prop_assert!(line <= text.matches('\n').count() + 1);
            }
        }
    }

    #[test]
    fn the_shipped_policy_with_bytes_changed_is_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<char>()), 1..6),
        cut in any::<prop::sample::Index>(),
        cuts in any::<bool>(),
    ) {
        let mut chars: Vec<char> = Policy::shipped_text().chars().collect();
        for (at, char) in changes {
            let at = at.index(chars.len());
            chars[at] = char;
        }
        if cuts {
            chars.truncate(cut.index(chars.len()));
        }
        let text: String = chars.into_iter().collect();
        if let Ok(policy) = Policy::parse(&text) {
            prop_assert!(policy.default_group().rules.len() <= ALL.len() + 1);
        }
    }
}

#[test]
fn a_megabyte_of_any_construct_is_refused_and_soon() {
    let filled = |begin: &str, repeated: &str, end: &str| {
        let room = POLICY_BYTES_MAX - begin.len() - end.len();
        format!("{begin}{}{end}", repeated.repeat(room / repeated.len()))
    };
    for text in [
        filled("a", ".a", " = 1"),
        filled("[a", ".a", "]"),
        filled("a = ", "[", ""),
        filled("a = ", "{a=", ""),
        filled("", "[[a]]\n", ""),
        filled("", "[a]\n", ""),
        filled("", "a\n", ""),
        filled("", "\"", ""),
        filled("a = \"\"\"", "x\n", ""),
        filled("format = 1\n[rules.software-allowed]\ndeny = [", "1,", "]"),
        filled("format = 1\n[rules.software-allowed]\ndeny = [", "{},", "]"),
        filled("format = 1\n[groups", ".a", "]"),
        filled("", "\u{3000}", ""),
        filled("", "\0", ""),
    ] {
        assert!(Policy::parse(&text).is_err());
    }
    let numbered: String = (0..90_000).map(|at| format!("[a{at}]\n")).collect();
    assert!(numbered.len() < POLICY_BYTES_MAX);
    assert!(Policy::parse(&numbered).is_err());
    let keys: String = (0..90_000).map(|at| format!("a{at}=1\n")).collect();
    assert!(Policy::parse(&keys).is_err());
}
