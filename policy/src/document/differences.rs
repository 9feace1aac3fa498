//! What differs between two policy documents, key by key; comments and the order of keys make no difference.
//!
//! Touches nothing. Must never call two documents the same that are not judged the same.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::PolicyError;
use super::place;

/// Keys that a summary names; the others are counted.
const NAMED_MAX: usize = 6;

/// What differs at one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The key, with the tables it stands in.
    pub key: String,
    /// What stood there, as TOML; `None` where nothing did, and for a list of which items came or went.
    pub was: Option<String>,
    /// What stands there.
    pub is: Option<String>,
    /// Items that a list has no longer.
    pub removed: Vec<String>,
    /// Items that a list has beside those before.
    pub added: Vec<String>,
}

/// What differs, ordered by key.
///
/// # Errors
/// [`PolicyError`] when one of them is not TOML.
pub fn differences(before: &str, after: &str) -> Result<Vec<Difference>, PolicyError> {
    let (before, after) = (keys(before)?, keys(after)?);
    let mut found = Vec::new();
    for (key, was) in &before {
        match after.get(key) {
            Some(is) if was == is => {}
            is => found.push(difference(key, Some(was), is)),
        }
    }
    let new = after.iter().filter(|(key, _)| !before.contains_key(*key));
    found.extend(new.map(|(key, is)| difference(key, None, Some(is))));
    // A table that is empty in one of them and not in the other is told by the keys it has there.
    let has_more = |keys: &BTreeMap<String, Value>, table: &str| {
        let within = format!("{table}.");
        let mut behind = keys.range(within.clone()..);
        behind
            .next()
            .is_some_and(|(key, _)| key.starts_with(&within))
    };
    found.retain(|one| !has_more(&before, &one.key) && !has_more(&after, &one.key));
    found.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(found)
}

/// The keys that differ, for a line of a list: `+` where one came, `-` where one went.
#[must_use]
pub fn summary(differences: &[Difference]) -> String {
    let named = differences.iter().take(NAMED_MAX);
    let mut said: Vec<_> = named
        .map(|one| match (&one.was, &one.is) {
            (None, Some(_)) => format!("+{}", one.key),
            (Some(_), None) => format!("-{}", one.key),
            _ => one.key.clone(),
        })
        .collect();
    let left = differences.len().saturating_sub(NAMED_MAX);
    if left > 0 {
        said.push(format!("… +{left}"));
    }
    said.join(", ")
}

fn difference(key: &str, was: Option<&Value>, is: Option<&Value>) -> Difference {
    let mut difference = Difference {
        key: key.to_owned(),
        was: None,
        is: None,
        removed: Vec::new(),
        added: Vec::new(),
    };
    if let (Some(Value::Array(was)), Some(Value::Array(is))) = (was, is) {
        let beyond = |items: &[Value], others: &[Value]| {
            let beyond = items.iter().filter(|item| !others.contains(item));
            beyond.map(ToString::to_string).collect::<Vec<_>>()
        };
        difference.removed = beyond(was, is);
        difference.added = beyond(is, was);
        if !difference.removed.is_empty() || !difference.added.is_empty() {
            return difference;
        }
        // The same in another order, or more often.
    }
    difference.was = was.map(ToString::to_string);
    difference.is = is.map(ToString::to_string);
    difference
}

/// Every value that is no table, by its key.
fn keys(text: &str) -> Result<BTreeMap<String, Value>, PolicyError> {
    let table: Table = toml::from_str(text).map_err(|error| place::wrong_toml(text, &error))?;
    let mut keys = BTreeMap::new();
    spread("", table, &mut keys);
    Ok(keys)
}

fn spread(before: &str, table: Table, keys: &mut BTreeMap<String, Value>) {
    for (name, value) in table {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let name = if !name.is_empty() && name.bytes().all(plain) {
            name
        } else {
            format!("{name:?}")
        };
        let key = if before.is_empty() {
            name
        } else {
            format!("{before}.{name}")
        };
        // A rule is in force by its table alone, so an empty one says something.
        match value.as_table().filter(|table| !table.is_empty()) {
            Some(table) => spread(&key, table.clone(), keys),
            None => {
                keys.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn differ(before: &str, after: &str, expected: &[&str]) {
        let found = differences(before, after).unwrap();
        let said = found.iter().map(|one| {
            let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "·".to_owned());
            let lists = [one.removed.join(" "), one.added.join(" ")];
            let [removed, added] = lists;
            let line = format!(
                "{} {} {} [{removed}] [{added}]",
                one.key,
                text(&one.was),
                text(&one.is)
            );
            line
        });
        assert_eq!(said.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn comments_and_order_make_no_difference() {
        let one = "format = 1 # the form\n[rules.a]\nx = 1\ny = 2\n[rules.b]\n";
        let other = "# ours\nformat = 1\n[rules.b]\n[rules.a]\ny = 2\nx = 1\n";
        differ(one, other, &[]);
        differ(
            one,
            "format = 1\nrules = { a = { x = 1, y = 2 }, b = {} }\n",
            &[],
        );
    }

    #[test]
    fn what_came_went_and_changed_is_told_by_key() {
        let before = "[rules.a]\nx = 1\nlist = ['p', 'q']\n[rules.gone]\n";
        let after = "[rules.a]\nx = 2\nlist = ['q', 'r']\n[groups.\"営業 1\".rules.a]\nx = 3\n";
        differ(
            before,
            after,
            &[
                "groups.\"営業 1\".rules.a.x · 3 [] []",
                "rules.a.list · · [\"p\"] [\"r\"]",
                "rules.a.x 1 2 [] []",
                "rules.gone {} · [] []",
            ],
        );
        let found = differences(before, after).unwrap();
        assert_eq!(
            summary(&found),
            "+groups.\"営業 1\".rules.a.x, rules.a.list, rules.a.x, -rules.gone"
        );
        differ(
            "list = [1, 2]",
            "list = [2, 1]",
            &["list [1, 2] [2, 1] [] []"],
        );
    }

    #[test]
    fn an_empty_table_is_told_where_nothing_else_tells_of_it() {
        differ("[rules.a]\n", "", &["rules.a {} · [] []"]);
        differ(
            "[rules.a]\n",
            "[rules.a]\nx = 1\n",
            &["rules.a.x · 1 [] []"],
        );
        differ(
            "[rules.a]\nx = 1\n",
            "[rules.a]\n",
            &["rules.a.x 1 · [] []"],
        );
    }

    #[test]
    fn a_long_summary_counts_the_rest() {
        let after: String = (0..9).map(|number| format!("k{number} = 1\n")).collect();
        let found = differences("", &after).unwrap();
        assert_eq!(summary(&found), "+k0, +k1, +k2, +k3, +k4, +k5, … +3");
    }

    #[test]
    fn what_is_no_toml_is_refused_with_its_place() {
        let refused = differences("", "format = \n").unwrap_err();
        assert!(refused.to_string().starts_with("line 1"), "{refused}");
    }
}
