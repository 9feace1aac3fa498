//! A ruleset as `nft -j list ruleset` tells it, followed as a connection that comes in unasked would be.
//!
//! Touches nothing. Must never let a rule that only some connections meet decide for all: rules with a
//! condition are the exceptions that somebody made, and are not weighed, but those that let in whole
//! interfaces, protocols or ranges of ports; nor take what the listing leaves out for a rule that refuses.

mod statement;

use std::collections::{BTreeMap, BTreeSet};

use sekisho_policy::facts::Evidence;
use sekisho_policy::reading::{Reading, Why};
use serde_json::Value;

use crate::limits::{CHAIN_DEPTH_MAX, RULES_FOLLOWED_MAX};
use statement::{concerns_all, concerns_most, is_table, spelled_out};

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

    /// As the type of a frame is listed.
    const fn ethernet(self) -> &'static str {
        self.name()
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
        let items = listing.get("nftables")?.as_array()?;
        let asleep = asleep(items);
        for item in items {
            if let Some(chain) = item.get("chain") {
                let place = (
                    word(chain, "family")?,
                    word(chain, "table")?,
                    word(chain, "name")?,
                );
                let filters = word(chain, "type") == Some("filter");
                let counts = place.1 != OWN && !asleep.contains(&(place.0, place.1));
                if filters && word(chain, "hook") == Some("input") && counts {
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
    pub(super) fn refuses(&self, family: Family, evidence: &mut Vec<Evidence>) -> Reading<bool> {
        let mut refuses = Reading::Known(false);
        let mut met = false;
        for (place, policy) in &self.doors {
            if place.0 != family.name() && place.0 != "inet" {
                continue;
            }
            met = true;
            let mut walk = Walk::new(self, family);
            let fate = match walk.follow(*place, 0) {
                Fate::Through if *policy == "drop" => Fate::Refused,
                Fate::Through => Fate::Accepted,
                decided @ (Fate::Accepted | Fate::Refused) => decided,
            };
            let told = match walk.untold {
                Some(why) => Reading::Unknown(why),
                None => Reading::Known(fate == Fate::Refused),
            };
            let said = match &told {
                Reading::Known(true) => "unasked refused".to_owned(),
                Reading::Known(false) | Reading::Absent => "unasked accepted".to_owned(),
                Reading::Unknown(why) => why.to_string(),
            };
            let source = format!(
                "nft {} {} {} ({})",
                place.0,
                place.1,
                place.2,
                family.protocol()
            );
            evidence.push(Evidence::new(source, format!("policy {policy}, {said}")));
            let wide = walk.wide;
            evidence.extend(wide.map(|rule| Evidence::new("nft: lets in too much", rule)));
            refuses = either(refuses, told);
        }
        if !met {
            let source = format!("nft ({})", family.protocol());
            evidence.push(Evidence::new(source, "no chain at the input hook"));
        }
        refuses
    }
}

/// One door that refuses is enough; one that could not be told may.
fn either(one: Reading<bool>, other: Reading<bool>) -> Reading<bool> {
    match (one, other) {
        (Reading::Known(true), _) | (_, Reading::Known(true)) => Reading::Known(true),
        (unknown @ Reading::Unknown(_), _) | (_, unknown @ Reading::Unknown(_)) => unknown,
        (one, _) => one,
    }
}

/// A way through the chains behind a door.
struct Walk<'r, 'a> {
    ruleset: &'r Ruleset<'a>,
    family: Family,
    /// Rules that may still be looked at: chains that jump to others many times over are many ways.
    left: usize,
    /// The rule that lets in too much.
    wide: Option<String>,
    /// Why it cannot be told what becomes of a connection.
    untold: Option<Why>,
}

impl<'r, 'a> Walk<'r, 'a> {
    const fn new(ruleset: &'r Ruleset<'a>, family: Family) -> Self {
        Self {
            ruleset,
            family,
            left: RULES_FOLLOWED_MAX,
            wide: None,
            untold: None,
        }
    }

    fn follow(&mut self, place: Place<'_>, depth: usize) -> Fate {
        // The kernel itself takes no deeper one, so that a deeper one is a circle.
        if depth > CHAIN_DEPTH_MAX {
            return Fate::Through;
        }
        let ruleset = self.ruleset;
        let rules = ruleset.rules.get(&place).map(Vec::as_slice);
        for statements in rules.unwrap_or_default() {
            if self.left == 0 {
                break;
            }
            let decided = if statements.iter().any(is_table) {
                self.table(place, statements, depth)
            } else {
                self.rule(place, statements, depth)
            };
            if let Some(fate) = decided {
                return fate;
            }
        }
        Fate::Through
    }

    /// A table of verdicts is so many rules.
    fn table(&mut self, place: Place<'_>, statements: &[Value], depth: usize) -> Option<Fate> {
        match spelled_out(statements, self.family) {
            Ok(rules) => rules.iter().find_map(|rule| self.rule(place, rule, depth)),
            Err(name) => {
                let what = format!(
                    "nft: what the map {name} holds, by which {} decides",
                    place.2
                );
                self.untold.get_or_insert(Why::Unsupported(what));
                None
            }
        }
    }

    /// What the rule decides for every connection, if it does.
    fn rule(&mut self, place: Place<'_>, statements: &[Value], depth: usize) -> Option<Fate> {
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            let what = format!("nft: more than {RULES_FOLLOWED_MAX} rules on the way in");
            self.untold.get_or_insert(Why::TooLarge(what));
            return Some(Fate::Through);
        }
        let family = self.family;
        let all = statements.iter().all(|one| concerns_all(one, family));
        let most = statements
            .iter()
            .all(|one| concerns_all(one, family) || concerns_most(one, family));
        if !most {
            return None;
        }
        for statement in statements {
            let target = |key: &str| {
                let target = statement.get(key)?.get("target")?.as_str()?;
                Some((place.0, place.1, target))
            };
            let has = |key: &str| statement.get(key).is_some();
            let deeper = depth.saturating_add(1);
            if has("accept") {
                let rule = serde_json::to_string(statements).unwrap_or_default();
                self.wide = Some(format!("{} {} {}: {rule}", place.0, place.1, place.2));
                return Some(Fate::Accepted);
            } else if has("queue") {
                let what = format!("nft: which program decides for {} (queue)", place.2);
                self.untold.get_or_insert(Why::Unsupported(what));
            } else if has("drop") || has("reject") {
                return all.then_some(Fate::Refused);
            } else if has("return") {
                return all.then_some(Fate::Through);
            } else if let Some(chain) = target("goto") {
                let fate = self.follow(chain, deeper);
                return (all || fate == Fate::Accepted).then_some(fate);
            } else if let Some(chain) = target("jump") {
                match self.follow(chain, deeper) {
                    Fate::Through => {}
                    Fate::Accepted => return Some(Fate::Accepted),
                    Fate::Refused => return all.then_some(Fate::Refused),
                }
            }
        }
        None
    }
}

/// Tables with a flag that leaves it open whether their rules are at work, such as `dormant`.
fn asleep(items: &[Value]) -> BTreeSet<(&str, &str)> {
    let tables = items.iter().filter_map(|item| item.get("table"));
    let open = |flag: &Value| flag != "owner" && flag != "persist";
    tables
        .filter(|table| match table.get("flags") {
            Some(Value::Array(flags)) => flags.iter().any(open),
            Some(flag) => open(flag),
            None => false,
        })
        .filter_map(|table| Some((table.get("family")?.as_str()?, table.get("name")?.as_str()?)))
        .collect()
}

#[cfg(test)]
mod tests;
