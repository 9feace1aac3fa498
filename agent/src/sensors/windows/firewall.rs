//! What Windows' own firewall does with connections that come in unasked, on each kind of network.
//!
//! Touches nothing but through `registry` and `wmi`. Must never pass because of the network the laptop is on now: it is
//! carried to others. Must never take another maker's firewall for one that refuses: that it is on is all it tells.
//!
//! The local settings and those of a policy, which come first, are where MS-GPFAS section 2.2 has them; without a word
//! what comes in is blocked (`DefaultInboundAction`, MS-FASP section 2.2.37). Which single rules let something in is not
//! read.

use std::collections::BTreeMap;

use sekisho_policy::facts::{Evidence, Firewall};
use sekisho_policy::reading::{Reading, Why};

use super::registry::{self, Hive, Key};
use super::wmi;
use crate::ask::AskError;
use crate::sensors::Root;

const VALUES: &[&str] = &["EnableFirewall", "DefaultInboundAction"];
const LOCAL: registry::Question = registry::Question {
    name: "firewall",
    hive: Hive::Machine,
    path: r"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy",
    below: true,
    values: VALUES,
};
const POLICY: registry::Question = registry::Question {
    name: "firewall-policy",
    hive: Hive::Machine,
    path: r"SOFTWARE\Policies\Microsoft\WindowsFirewall",
    below: true,
    values: VALUES,
};
const SERVICE: registry::Question = registry::Question {
    name: "firewall-service",
    hive: Hive::Machine,
    path: r"SYSTEM\CurrentControlSet\Services\MpsSvc",
    below: false,
    values: &["Start"],
};
const ENGINE: registry::Question = registry::Question {
    name: "filtering-engine-service",
    hive: Hive::Machine,
    path: r"SYSTEM\CurrentControlSet\Services\BFE",
    below: false,
    values: &["Start"],
};
const OTHERS: wmi::Question = wmi::Question {
    name: "other-firewalls",
    namespace: r"ROOT\SecurityCenter2",
    class: "FirewallProduct",
    fields: &["displayName", "productState"],
    methods: &[],
    is_private: false,
};

/// `SERVICE_DISABLED`.
const DISABLED: u64 = 4;
/// Of the bits of `productState` those that tell whether it is on, and what they are then.
const STATE: i64 = 0xf000;
const ON: i64 = 0x1000;

/// Each kind of network, by its key among the local settings, and by those that a policy may use for it.
const PROFILES: [(&str, &[&str]); 3] = [
    ("DomainProfile", &["DomainProfile"]),
    ("StandardProfile", &["PrivateProfile", "StandardProfile"]),
    ("PublicProfile", &["PublicProfile"]),
];

/// Reads whether it refuses on every kind of network.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Firewall> {
    let (local, policy) = match (registry::ask(root, &LOCAL), asked(root, &POLICY)) {
        (Ok(local), Ok(policy)) => (local, policy),
        (Err(error), _) | (_, Err(error)) => return Reading::Unknown(error.why()),
    };
    let mut evidence = Vec::new();
    let mut all = services(root, &mut evidence);
    for (name, by_policy) in PROFILES {
        let of_policy: Vec<&Key> = by_policy
            .iter()
            .filter_map(|name| policy.keys.get(*name))
            .collect();
        let refused = [&local.refused, &policy.refused];
        let unread = refused
            .into_iter()
            .find_map(|refused| unread(refused, name, by_policy));
        let refuses = match unread {
            Some(why) => Reading::Unknown(why),
            None => profile(name, local.keys.get(name), &of_policy, &mut evidence),
        };
        all = both(all, refuses);
    }
    if all == Reading::Known(false) {
        all = another(root, &mut evidence);
    }
    Reading::Known(Firewall {
        ipv4: all.clone(),
        ipv6: all,
        evidence,
    })
}

/// A key that need not be there.
fn asked(root: &Root, question: &registry::Question) -> Result<Key, AskError> {
    match registry::ask(root, question) {
        Err(AskError::Missing(_)) => Ok(Key::default()),
        read => read,
    }
}

fn unread(refused: &BTreeMap<String, u32>, name: &str, by_policy: &[&str]) -> Option<Why> {
    let mut names = by_policy.iter().copied().chain([name]);
    names.find_map(|name| {
        let code = refused.get(name)?;
        let said = format!("the firewall's settings of {name}: Windows' error {code:#x}");
        Some(match *code {
            registry::DENIED => Why::NotPermitted(said),
            _ => Why::Unreadable(said),
        })
    })
}

/// Whether the services run at all without which nothing is filtered.
fn services(root: &Root, evidence: &mut Vec<Evidence>) -> Reading<bool> {
    let mut all = Reading::Known(true);
    for question in [&SERVICE, &ENGINE] {
        let runs = match registry::ask(root, question).map(|key| key.number("Start")) {
            Ok(Some(DISABLED)) => {
                evidence.push(Evidence::new(question.path, "Start=4"));
                Reading::Known(false)
            }
            Ok(Some(_)) => Reading::Known(true),
            Ok(None) => Reading::Unknown(Why::Unreadable(format!("{}: no Start", question.path))),
            Err(AskError::Missing(_)) => Reading::Known(false),
            Err(error) => Reading::Unknown(error.why()),
        };
        all = both(all, runs);
    }
    all
}

/// Whether one profile refuses.
fn profile(
    name: &str,
    local: Option<&Key>,
    policy: &[&Key],
    evidence: &mut Vec<Evidence>,
) -> Reading<bool> {
    let told = |value: &str| {
        let by_policy = policy.iter().find_map(|key| key.number(value));
        by_policy
            .map(|number| (number, " (policy)"))
            .or_else(|| Some((local?.number(value)?, "")))
    };
    let mut seen = Vec::new();
    let mut flag = |value: &str, without: Option<bool>| {
        let Some((number, by)) = told(value) else {
            return without;
        };
        seen.push(format!("{value}={number}{by}"));
        match number {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    };
    let (on, blocks) = (
        flag("EnableFirewall", None),
        flag("DefaultInboundAction", Some(true)),
    );
    evidence.push(Evidence::new(
        format!(r"FirewallPolicy\{name}"),
        seen.join(", "),
    ));
    match (on, blocks) {
        (Some(on), Some(blocks)) => Reading::Known(on && blocks),
        (None, _) | (_, None) => Reading::Unknown(Why::Unreadable(format!(
            "the firewall's settings of {name} are not as Windows writes them"
        ))),
    }
}

/// What holds where Windows' firewall does not refuse: nothing, unless another maker's is on.
fn another(root: &Root, evidence: &mut Vec<Evidence>) -> Reading<bool> {
    let listed = match wmi::ask(root, &OTHERS) {
        Ok(listed) => listed,
        // A server has no Security Center.
        Err(AskError::Missing(_)) => return Reading::Known(false),
        Err(error) => return Reading::Unknown(error.why()),
    };
    for row in &listed {
        let name = row
            .text("displayName")
            .unwrap_or("a firewall without a name");
        let state = row.number("productState");
        let told = state.map_or_else(|| "none".to_owned(), |state| format!("{state:#x}"));
        evidence.push(Evidence::new(
            "FirewallProduct",
            format!("{name}: productState {told}"),
        ));
        if state.is_none_or(|state| state & STATE == ON) {
            let said = format!(
                "{name} is on in place of Windows' firewall, and does not tell what it refuses"
            );
            return Reading::Unknown(Why::Unreadable(said));
        }
    }
    Reading::Known(false)
}

/// One that does not refuse is enough to be open, and one of which nothing is known to be unknown.
fn both(one: Reading<bool>, other: Reading<bool>) -> Reading<bool> {
    match (one, other) {
        (open @ Reading::Known(false), _) | (_, open @ Reading::Known(false)) => open,
        (Reading::Known(true), rest) | (rest, Reading::Known(true)) => rest,
        (unknown, _) => unknown,
    }
}

#[cfg(test)]
mod tests;
