//! A ruleset as `nft -j list ruleset` tells it, followed as a connection that comes in unasked would be.
//!
//! Touches nothing. Must never let a rule that only some connections meet decide for all: rules with a
//! condition are the exceptions that somebody made, and are not weighed.

use std::collections::BTreeMap;

use sekisho_policy::facts::Evidence;
use serde_json::Value;

use crate::limits::CHAIN_DEPTH_MAX;

/// The agent's own table, which says nothing of how the laptop is guarded without an order.
const OWN: &str = "sekisho_isolation";

/// A family of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// IPv4.
    Ip,
    /// IPv6.
    Ip6,
}

/// What becomes of a connection in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Accepted,
    Refused,
    /// It comes out at the end.
    Through,
}

/// Family, table and chain.
type Place<'a> = (&'a str, &'a str, &'a str);

/// The chains of a listing with their rules.
pub(super) struct Ruleset<'a> {
    /// Chains at the hook for what comes in, with their policy.
    doors: Vec<(Place<'a>, &'a str)>,
    rules: BTreeMap<Place<'a>, Vec<&'a [Value]>>,
}

impl Family {
    const fn name(self) -> &'static str {
        match self {
            Self::Ip => "ip",
            Self::Ip6 => "ip6",
        }
    }

    const fn protocol(self) -> &'static str {
        match self {
            Self::Ip => "ipv4",
            Self::Ip6 => "ipv6",
        }
    }
}

impl<'a> Ruleset<'a> {
    /// `None` when it is no listing.
    pub(super) fn parse(listing: &'a Value) -> Option<Self> {
        let mut ruleset = Self {
            doors: Vec::new(),
            rules: BTreeMap::new(),
        };
        let word = |object: &'a Value, key: &str| object.get(key).and_then(Value::as_str);
        for item in listing.get("nftables")?.as_array()? {
            if let Some(chain) = item.get("chain") {
                let place = (
                    word(chain, "family")?,
                    word(chain, "table")?,
                    word(chain, "name")?,
                );
                let filters = word(chain, "type") == Some("filter");
                if filters && word(chain, "hook") == Some("input") && place.1 != OWN {
                    let policy = word(chain, "policy").unwrap_or("accept");
                    ruleset.doors.push((place, policy));
                }
            } else if let Some(rule) = item.get("rule") {
                let place = (
                    word(rule, "family")?,
                    word(rule, "table")?,
                    word(rule, "chain")?,
                );
                let statements = rule.get("expr").and_then(Value::as_array);
                let statements = statements.map(Vec::as_slice).unwrap_or_default();
                ruleset.rules.entry(place).or_default().push(statements);
            }
        }
        Some(ruleset)
    }

    /// Whether what comes in unasked over this family is refused. It has to get through every door, so
    /// that one that refuses is enough.
    pub(super) fn refuses(&self, family: Family, evidence: &mut Vec<Evidence>) -> bool {
        let mut refuses = false;
        let mut met = false;
        for (place, policy) in &self.doors {
            if place.0 != family.name() && place.0 != "inet" {
                continue;
            }
            met = true;
            let fate = match self.follow(*place, family, 0) {
                Fate::Through if *policy == "drop" => Fate::Refused,
                Fate::Through => Fate::Accepted,
                decided @ (Fate::Accepted | Fate::Refused) => decided,
            };
            refuses |= fate == Fate::Refused;
            let source = format!(
                "nft {} {} {} ({})",
                place.0,
                place.1,
                place.2,
                family.protocol()
            );
            let said = match fate {
                Fate::Refused => "refused",
                Fate::Accepted | Fate::Through => "accepted",
            };
            evidence.push(Evidence::new(
                source,
                format!("policy {policy}, unasked {said}"),
            ));
        }
        if !met {
            let source = format!("nft ({})", family.protocol());
            evidence.push(Evidence::new(source, "no chain at the input hook"));
        }
        refuses
    }

    fn follow(&self, place: Place<'_>, family: Family, depth: usize) -> Fate {
        // The kernel itself takes no deeper one, so that a deeper one is a circle.
        if depth > CHAIN_DEPTH_MAX {
            return Fate::Through;
        }
        let rules = self
            .rules
            .get(&place)
            .map(Vec::as_slice)
            .unwrap_or_default();
        for statements in rules {
            if !statements.iter().all(|one| concerns_all(one, family)) {
                continue;
            }
            for statement in *statements {
                let target = |key: &str| {
                    let target = statement.get(key)?.get("target")?.as_str()?;
                    Some((place.0, place.1, target))
                };
                let has = |key: &str| statement.get(key).is_some();
                if has("accept") {
                    return Fate::Accepted;
                } else if has("drop") || has("reject") {
                    return Fate::Refused;
                } else if has("return") {
                    return Fate::Through;
                } else if let Some(chain) = target("goto") {
                    return self.follow(chain, family, depth.saturating_add(1));
                } else if let Some(chain) = target("jump") {
                    match self.follow(chain, family, depth.saturating_add(1)) {
                        Fate::Through => {}
                        decided @ (Fate::Accepted | Fate::Refused) => return decided,
                    }
                }
            }
        }
        Fate::Through
    }
}

/// Whether a statement lets every new connection from outside go on to the next one.
fn concerns_all(statement: &Value, family: Family) -> bool {
    let Some(one) = statement.get("match") else {
        // `xt` is a condition of iptables that the listing does not spell out, `vmap` a table of
        // verdicts; limits are met by some and not by others.
        let conditions = ["xt", "vmap", "limit", "quota", "ct count", "queue"];
        return !conditions.iter().any(|key| statement.get(key).is_some());
    };
    let meta = one.pointer("/left/meta/key").and_then(Value::as_str);
    let tracked = one.pointer("/left/ct/key").and_then(Value::as_str);
    let operator = one.get("op").and_then(Value::as_str).unwrap_or_default();
    let right = one.get("right").unwrap_or(&Value::Null);
    match (meta, tracked, operator) {
        (Some("nfproto"), _, "==") => right == family.protocol(),
        (Some("iifname" | "iif"), _, "!=") => right == "lo",
        (_, Some("state"), "==" | "in") => names(right, "new"),
        _ => false,
    }
}

fn names(right: &Value, word: &str) -> bool {
    let list = right.get("set").unwrap_or(right);
    match list.as_array() {
        Some(list) => list.iter().any(|one| one == word),
        None => list == word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn chain(family: &str, name: &str, policy: &str) -> Value {
        json!({"chain": {"family": family, "table": "t", "name": name, "type": "filter",
            "hook": "input", "prio": 0, "policy": policy}})
    }

    fn rule(family: &str, chain: &str, expr: Value) -> Value {
        json!({"rule": {"family": family, "table": "t", "chain": chain, "expr": expr}})
    }

    #[track_caller]
    fn check(items: Vec<Value>, ip: bool, ip6: bool) {
        let listing = json!({"nftables": items});
        let ruleset = Ruleset::parse(&listing).unwrap();
        let mut evidence = Vec::new();
        assert_eq!(
            ruleset.refuses(Family::Ip, &mut evidence),
            ip,
            "{evidence:?}"
        );
        assert_eq!(
            ruleset.refuses(Family::Ip6, &mut evidence),
            ip6,
            "{evidence:?}"
        );
        assert!(evidence.len() >= 2);
    }

    fn lo() -> Value {
        json!({"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "lo"}})
    }

    #[test]
    fn a_door_counts_for_its_own_family_alone() {
        check(vec![], false, false);
        check(vec![chain("ip", "in", "drop")], true, false);
        check(vec![chain("ip6", "in", "drop")], false, true);
        check(vec![chain("inet", "in", "drop")], true, true);
        check(
            vec![chain("inet", "in", "accept"), chain("ip", "x", "drop")],
            true,
            false,
        );
        check(vec![chain("bridge", "in", "drop")], false, false);
    }

    #[test]
    fn exceptions_open_no_door_and_a_rule_for_all_does() {
        let door = || chain("inet", "in", "drop");
        check(
            vec![door(), rule("inet", "in", json!([lo(), {"accept": null}]))],
            true,
            true,
        );
        check(
            vec![
                door(),
                rule("inet", "in", json!([{"counter": {}}, {"accept": null}])),
            ],
            false,
            false,
        );
        let new = json!({"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["new", "established"]}});
        check(
            vec![door(), rule("inet", "in", json!([new, {"accept": null}]))],
            false,
            false,
        );
        let ipv6 =
            json!({"match": {"op": "==", "left": {"meta": {"key": "nfproto"}}, "right": "ipv6"}});
        check(
            vec![door(), rule("inet", "in", json!([ipv6, {"accept": null}]))],
            true,
            false,
        );
        let outside =
            json!({"match": {"op": "!=", "left": {"meta": {"key": "iifname"}}, "right": "lo"}});
        check(
            vec![
                door(),
                rule("inet", "in", json!([outside, {"accept": null}])),
            ],
            false,
            false,
        );
        let xt = json!([{"xt": {"type": "match", "name": "conntrack"}}, {"accept": null}]);
        check(vec![door(), rule("inet", "in", xt)], true, true);
    }

    #[test]
    fn chains_are_followed_through_jumps_and_a_circle_ends() {
        let door = || chain("inet", "in", "accept");
        let jump = |to: &str| json!([{"jump": {"target": to}}]);
        let all = |verdict: &str| json!([{verdict: null}]);
        let refused = vec![
            door(),
            rule("inet", "in", jump("a")),
            rule("inet", "a", all("drop")),
        ];
        check(refused, true, true);
        let back = vec![
            door(),
            rule("inet", "in", jump("a")),
            rule("inet", "a", all("return")),
            rule("inet", "a", all("accept")),
            rule("inet", "in", json!([{"reject": {"type": "icmpx"}}])),
        ];
        check(back, true, true);
        let gone = vec![
            door(),
            rule("inet", "in", json!([{"goto": {"target": "a"}}])),
            rule("inet", "in", all("drop")),
        ];
        check(gone, false, false);
        let circle = vec![
            door(),
            rule("inet", "in", jump("a")),
            rule("inet", "a", jump("a")),
        ];
        check(circle, false, false);
    }

    #[test]
    fn the_agents_own_table_is_left_out() {
        let listing = json!({"nftables": [{"chain": {"family": "inet", "table": OWN, "name": "in",
            "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}}]});
        let ruleset = Ruleset::parse(&listing).unwrap();
        assert!(!ruleset.refuses(Family::Ip, &mut Vec::new()));
        assert!(Ruleset::parse(&json!({})).is_none());
    }
}
