//! One statement of a rule: whom it lets go on to the next one.
//!
//! Touches nothing. Must never take a statement that it does not know for one that all go past.

use serde_json::{Value, json};

use super::Family;

/// Ports of a range that is no exception any more: a quarter of all.
const PORTS_WIDE: u64 = 16_384;
const PORTS: u64 = 65_536;

/// Statements that do something, or decide, whoever it is.
const UNCONDITIONAL: [&str; 15] = [
    "accept",
    "drop",
    "reject",
    "return",
    "continue",
    "jump",
    "goto",
    "queue",
    "counter",
    "log",
    "mangle",
    "notrack",
    "ct helper",
    "ct timeout",
    "last",
];
/// Statements that let whoever comes go on, only not everyone at all times: by rate, or while a set has room.
const RATIONED: [&str; 6] = ["limit", "quota", "ct count", "set", "map", "meter"];

/// Whether a statement lets every new connection from outside go on to the next one.
pub(super) fn concerns_all(statement: &Value, family: Family) -> bool {
    let Some(one) = Match::of(statement) else {
        return has_any(statement, &UNCONDITIONAL);
    };
    match (one.meta(), one.tracked(), one.operator) {
        (Some("nfproto"), _, "==") => one.right == family.protocol(),
        (Some("iifname" | "iif"), _, "!=") => one.right == "lo",
        (_, Some("state"), "==" | "in") => names(one.right, "new"),
        (_, Some("state"), "!=") => !names(one.right, "new"),
        _ => false,
    }
}

/// Whether a statement leaves so many go on that whoever accepts those has made no exception: all but some, those of
/// an interface that is not `lo`, of a protocol, or of a range of ports or addresses that hides nothing.
pub(super) fn concerns_most(statement: &Value, family: Family) -> bool {
    let Some(one) = Match::of(statement) else {
        return has_any(statement, &RATIONED);
    };
    let protocols = ["tcp", "udp"];
    let of_family = one.payload("protocol") == Some(family.name());
    let right = one.right;
    match (one.meta(), one.payload("field"), one.operator) {
        (Some("iifname" | "iif"), _, "==") => right != "lo",
        (Some("iifname" | "iif"), _, "!=") => true,
        (Some("l4proto"), _, "==") => names_any(right, &protocols),
        (Some("l4proto"), _, "!=") => !names_all(right, &protocols),
        (Some("protocol"), _, "==") => names(right, family.ethernet()),
        (Some("protocol"), _, "!=") => !names(right, family.ethernet()),
        (Some("nfproto"), _, "!=") => !names(right, family.protocol()),
        (Some("pkttype"), _, "==") => names_any(right, &["host", "unicast"]),
        (Some("pkttype"), _, "!=") => !names_any(right, &["host", "unicast"]),
        (None, Some("protocol" | "nexthdr"), "==") => names_any(right, &protocols),
        (None, Some("protocol" | "nexthdr"), "!=") => !names_all(right, &protocols),
        (None, Some("dport" | "sport"), operator) => ports_of(operator, right) >= PORTS_WIDE,
        (None, Some("saddr"), "==") => of_family && members(right).any(|one| is_vast(one, family)),
        (None, Some("saddr"), "!=") => of_family && !members(right).any(|one| is_vast(one, family)),
        (None, Some("daddr"), "!=") => of_family,
        (None, Some("flags"), "==" | "in") => names(right, "syn"),
        _ if one.tracked() == Some("direction") => right == "original",
        _ if one
            .left
            .pointer("/fib/result")
            .is_some_and(|told| told == "type") =>
        {
            one.operator == "==" && names(right, "local")
        }
        _ => false,
    }
}

/// Whether it is a table of verdicts (`vmap`).
pub(super) fn is_table(statement: &Value) -> bool {
    statement.get("vmap").is_some()
}

/// The rules that one with a table of verdicts stands for; none where what it goes by is narrow.
///
/// # Errors
/// The name of a table that the listing leaves out, where it decides for many.
pub(super) fn spelled_out(statements: &[Value], family: Family) -> Result<Vec<Vec<Value>>, String> {
    let place = statements.iter().position(is_table).unwrap_or_default();
    let (before, rest) = statements.split_at(place);
    let table = rest.first().and_then(|one| one.get("vmap"));
    let of = |key: &str| table.and_then(|table| table.get(key));
    let (key, data) = (of("key").unwrap_or(&Value::Null), of("data"));
    if let Some(name) = data.and_then(Value::as_str) {
        let broad = before
            .iter()
            .all(|one| concerns_all(one, family) || concerns_most(one, family));
        return match broad && tells_many_apart(key) {
            true => Err(name.to_owned()),
            false => Ok(Vec::new()),
        };
    }
    let entries = data.and_then(|data| data.get("set")?.as_array());
    let rules = entries.into_iter().flatten().filter_map(|entry| {
        let (value, verdict) = (entry.get(0)?, entry.get(1)?);
        let mut rule = before.to_vec();
        // What no other entry names.
        if value != "*" {
            let right = members(value).next()?;
            rule.push(json!({"match": {"op": "==", "left": key, "right": right}}));
        }
        rule.push(verdict.clone());
        Some(rule)
    });
    Ok(rules.collect())
}

/// Whether a single value of it can be many connections.
fn tells_many_apart(key: &Value) -> bool {
    let word = |pointer: &str| key.pointer(pointer).and_then(Value::as_str);
    matches!(
        word("/meta/key"),
        Some("iifname" | "iif" | "l4proto" | "protocol" | "nfproto" | "pkttype")
    ) || word("/ct/key") == Some("state")
        || matches!(word("/payload/field"), Some("protocol" | "nexthdr"))
}

/// A condition.
struct Match<'a> {
    left: &'a Value,
    operator: &'a str,
    right: &'a Value,
}

impl<'a> Match<'a> {
    fn of(statement: &'a Value) -> Option<Self> {
        let one = statement.get("match")?;
        let left = one.get("left").unwrap_or(&Value::Null);
        // `tcp flags & (fin | syn) == syn`
        let masked = left.pointer("/&/0");
        let flags = masked.filter(|one| {
            one.pointer("/payload/field")
                .is_some_and(|field| field == "flags")
        });
        Some(Self {
            left: flags.unwrap_or(left),
            operator: one.get("op").and_then(Value::as_str).unwrap_or_default(),
            right: one.get("right").unwrap_or(&Value::Null),
        })
    }

    fn meta(&self) -> Option<&'a str> {
        self.left.pointer("/meta/key").and_then(Value::as_str)
    }

    fn tracked(&self) -> Option<&'a str> {
        self.left.pointer("/ct/key").and_then(Value::as_str)
    }

    fn payload(&self, what: &str) -> Option<&'a str> {
        self.left.get("payload")?.get(what)?.as_str()
    }
}

/// Ports that the condition lets go on.
fn ports_of(operator: &str, right: &Value) -> u64 {
    let number = right.as_u64().unwrap_or(PORTS);
    match operator {
        "==" | "in" => members(right).map(ports).sum(),
        "!=" => PORTS.saturating_sub(members(right).map(ports).sum()),
        "<" => number,
        "<=" => number.saturating_add(1),
        ">" => PORTS.saturating_sub(number).saturating_sub(1),
        ">=" => PORTS.saturating_sub(number),
        _ => 0,
    }
}

/// Ports of a range, or one.
fn ports(value: &Value) -> u64 {
    let range = || {
        let ends = value.get("range").and_then(Value::as_array)?;
        let [first, last] = ends.as_slice() else {
            return None;
        };
        let last = last.as_u64()?.saturating_add(1);
        Some(last.saturating_sub(first.as_u64()?))
    };
    range().unwrap_or(1)
}

/// Whether it is larger than any block of addresses that is somebody's own (10.0.0.0/8, fc00::/7).
fn is_vast(value: &Value, family: Family) -> bool {
    let length = value.pointer("/prefix/len").and_then(Value::as_u64);
    length.is_some_and(|length| match family {
        Family::Ip => length < 8,
        Family::Ip6 => length < 7,
    })
}

/// The values of a set or a list, or the one value, without what is said of each beside it.
fn members(value: &Value) -> impl Iterator<Item = &Value> {
    let list = value.get("set").or_else(|| value.get("|"));
    let list = list.unwrap_or(value);
    let members = list.as_array().map(Vec::as_slice);
    let members = members.unwrap_or(std::slice::from_ref(list)).iter();
    members.map(|one| one.pointer("/elem/val").unwrap_or(one))
}

fn names(right: &Value, word: &str) -> bool {
    members(right).any(|one| one == word)
}

fn names_any(right: &Value, words: &[&str]) -> bool {
    words.iter().any(|word| names(right, word))
}

fn names_all(right: &Value, words: &[&str]) -> bool {
    words.iter().all(|word| names(right, word))
}

fn has_any(statement: &Value, keys: &[&str]) -> bool {
    keys.iter().any(|key| statement.get(key).is_some())
}
