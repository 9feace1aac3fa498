//! Tests of the guests' rules, against a firewall made of a list.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;

use super::*;

/// A firewall that refuses calls by their number.
#[derive(Debug, Clone, Default)]
struct Model {
    rules: Vec<Row>,
    refuses: Vec<usize>,
    calls: usize,
    is_missing: bool,
}

impl Model {
    fn call(&mut self) -> Result<(), AskError> {
        self.calls += 1;
        if self.is_missing {
            return Err(AskError::ToolMissing(PathBuf::from(CLASS)));
        }
        if self.refuses.contains(&self.calls) {
            return Err(AskError::NotPermitted(PathBuf::from(CLASS)));
        }
        Ok(())
    }

    fn holds(&self, rule: &Rule) -> bool {
        self.rules.iter().any(|row| is_in_force(row, rule))
    }

    fn names(&self, rule: &Rule) -> bool {
        self.rules.iter().any(|row| row.text(ID) == Some(rule.id))
    }
}

impl GuestFirewall for Model {
    fn rules(&mut self) -> Result<Vec<Row>, AskError> {
        self.call()?;
        Ok(self.rules.clone())
    }

    fn put(&mut self, rule: &Rule) -> Result<(), AskError> {
        self.call()?;
        self.rules.push(made(rule));
        Ok(())
    }

    fn remove(&mut self, rule: &Rule) -> Result<(), AskError> {
        self.call()?;
        self.rules.retain(|row| row.text(ID) != Some(rule.id));
        Ok(())
    }
}

/// A rule as Windows may give it back: with the fields that nobody set.
fn made(rule: &Rule) -> Row {
    let number = |number: i32| Value::Number(number.into());
    let fields = [
        (ID, text(rule.id)),
        (DIRECTION, number(rule.direction)),
        (ACTION, number(BLOCK)),
        (ENABLED, number(IS_ENABLED)),
        (PRIORITY, number(FIRST)),
        ("Profiles", number(0)),
        ("VMCreatorId", text(ANY[2])),
        ("Protocol", text("Any")),
        ("RemoteAddresses", Value::Texts(vec!["Any".to_owned()])),
        // There is no port that it could be applied to.
        ("EnforcementStatus", number(3)),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value));
    Row(BTreeMap::from(fields))
}

fn text(text: &str) -> Value {
    Value::Texts(vec![text.to_owned()])
}

fn with(mut row: Row, field: &str, value: Value) -> Row {
    row.0.insert(field.to_owned(), value);
    row
}

#[test]
fn guests_are_cut_off_and_freed_again_and_nothing_else_is_touched() {
    let other = Rule {
        id: "{6801592e-92b2-495e-a18d-9629c6774697}",
        name: "of WSL's own",
        direction: 1,
    };
    let before = vec![with(made(&other), ACTION, Value::Number(2))];
    let mut firewall = Model {
        rules: before.clone(),
        ..Model::default()
    };
    assert_eq!(look(&mut firewall), Standing::Free);
    assert_eq!(keep(&mut firewall, true), Standing::Blocks);
    assert!(RULES.iter().all(|rule| firewall.holds(rule)));
    assert_eq!(look(&mut firewall), Standing::Blocks);

    let there = firewall.rules.clone();
    firewall.calls = 0;
    assert_eq!(keep(&mut firewall, true), Standing::Blocks);
    assert_eq!(
        (firewall.calls, &firewall.rules),
        (1, &there),
        "nothing to do"
    );

    assert_eq!(keep(&mut firewall, false), Standing::Free);
    assert_eq!(firewall.rules, before);
}

#[test]
fn a_windows_without_that_firewall_is_told_from_one_that_refuses() {
    let mut none = Model {
        is_missing: true,
        ..Model::default()
    };
    for is_cut_off in [true, false] {
        assert_eq!(keep(&mut none, is_cut_off), Standing::NoFirewall);
    }
    assert_eq!(none.calls, 2, "nothing is written where there is nothing");
    let mut refusing = Model {
        refuses: vec![2],
        ..Model::default()
    };
    let stands = keep(&mut refusing, true);
    assert!(matches!(&stands, Standing::Unknown(_)), "{stands:?}");
}

#[test]
fn a_rule_that_somebody_has_weakened_is_made_anew() {
    let weakened = [
        (ACTION, Value::Number(2)),
        (ENABLED, Value::Number(2)),
        (DIRECTION, Value::Number(1)),
        (PRIORITY, Value::Number(9)),
        ("Profiles", Value::Number(4)),
        ("Protocol", text("UDP")),
        ("RemotePorts", Value::Texts(vec!["53".to_owned()])),
        (
            "VMCreatorId",
            text("{40E0AC32-46A5-438A-A0B2-2B479E8F2E90}"),
        ),
        ("EnforcementStatus", Value::Number(5)),
    ];
    for (field, value) in weakened {
        let mut firewall = Model {
            rules: vec![made(&RULES[0]), with(made(&RULES[1]), field, value)],
            ..Model::default()
        };
        let stands = look(&mut firewall);
        assert_eq!(stands, Standing::Weakened(RULES[1].name), "{field}");
        assert_eq!(keep(&mut firewall, true), Standing::Blocks, "{field}");
        assert!(RULES.iter().all(|rule| firewall.holds(rule)), "{field}");
    }
}

proptest! {
    /// Whatever stood there and whatever is refused: what is told is what is there.
    #[test]
    fn what_is_told_of_the_guests_is_there(
        ours in prop::collection::vec((0_usize..2, 0_i64..5), 0..3),
        refuses in prop::collection::vec(1_usize..8, 0..4),
        is_cut_off: bool,
    ) {
        let rules = ours.iter().map(|(which, action)| {
            with(made(&RULES[*which]), ACTION, Value::Number(*action))
        });
        let mut firewall = Model { rules: rules.collect(), refuses, ..Model::default() };
        match keep(&mut firewall, is_cut_off) {
            Standing::Blocks => {
                prop_assert!(is_cut_off);
                prop_assert!(RULES.iter().all(|rule| firewall.holds(rule)));
            }
            Standing::Free => {
                prop_assert!(!is_cut_off);
                prop_assert!(!RULES.iter().any(|rule| firewall.names(rule)));
            }
            Standing::NoFirewall => prop_assert!(false, "there is one"),
            Standing::Weakened(_) | Standing::Unknown(_) => {}
        }
        firewall.refuses.clear();
        let desired = if is_cut_off { Standing::Blocks } else { Standing::Free };
        prop_assert_eq!(keep(&mut firewall, is_cut_off), desired);
    }
}
