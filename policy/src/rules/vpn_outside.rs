//! M11: outside the company its systems are reached by the designated VPN.
//!
//! Touches the VPNs that are up, the default routes, and whether the laptop is inside. Must never ask for a VPN
//! inside, nor take a place that is not known for either.

use super::network_permitted::{placed, untold};
use super::pattern::Pattern;
use super::{Case, Found, Rule};
use crate::facts::{DefaultRoute, Evidence, Network, NetworkPlace, Vpn, VpnKind};
use crate::finding::{Clause, Message, Outcome};
use crate::reading::{Reading, Why};

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "vpn-outside",
    clause: Clause {
        promise: "M11",
        edition_2013: "A.6.2.2(2)⑥",
        edition_2022: "6.7",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// Whether a VPN is asked for at all.
    pub required: bool,
    /// What makes a VPN that counts.
    pub kinds: Vec<VpnKind>,
    /// The names of its link; empty for any.
    pub links: Vec<Pattern>,
    /// Whether everything must go through it, and not only what is for the company.
    pub everything: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            required: false,
            kinds: vec![VpnKind::WireGuard, VpnKind::Tun, VpnKind::Ipsec],
            links: vec![],
            everything: false,
        }
    }
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        if !self.required {
            let cause = Message::new("vpn-outside-not-required");
            return Found::new(Outcome::NotApplicable, cause);
        }
        let network = &case.facts.network;
        let place = network.fact(|network| &network.place);
        if place == Reading::Known(&NetworkPlace::Inside) {
            let cause = Message::new("vpn-outside-inside");
            return Found::new(Outcome::NotApplicable, cause).resting_on([placed(&place)]);
        }
        match network.fact(|network| &network.links) {
            Reading::Known(links) if links.is_empty() => {
                return no_network();
            }
            Reading::Known(_) => {}
            Reading::Absent => return no_network(),
            Reading::Unknown(why) => return untold("vpn-outside-unknown", &why),
        }
        let (vpns, dark) = told(network);
        let routes = match network.fact(|network| &network.default_routes) {
            Reading::Known(routes) => routes.as_slice(),
            Reading::Absent => &[],
            Reading::Unknown(_) if !self.everything => &[],
            Reading::Unknown(why) => return untold("vpn-outside-unknown", &why),
        };
        let good: Vec<&Vpn> = vpns
            .iter()
            .copied()
            .filter(|vpn| self.counts(vpn))
            .collect();
        let beside = routes.iter().find(|route| passes_by(route, &good));
        let breach = match (good.first(), beside) {
            (None, _) => Some(Message::new("vpn-outside-not-up")),
            (Some(_), Some(route)) if self.everything => Some(
                Message::new("vpn-outside-beside")
                    .with("family", route.family.name())
                    .with("link", route.link.as_str()),
            ),
            (Some(_), _) => None,
        };
        // What could not be told may be the VPN that is asked for.
        if let (Some(_), Some(why)) = (&breach, &dark) {
            return untold("vpn-outside-unknown", why);
        }
        let found = match (breach, good.first(), &place) {
            (None, vpn, _) => {
                let link = vpn.map_or("", |vpn| vpn.link.as_str());
                Found::new(
                    Outcome::Pass,
                    Message::new("vpn-outside-ok").with("link", link),
                )
            }
            (Some(cause), _, Reading::Known(_)) => {
                Found::new(Outcome::Fail, cause.with("place", "outside")).mended_by(self.remedy())
            }
            // Inside it would not apply.
            (Some(cause), _, Reading::Absent | Reading::Unknown(_)) => {
                Found::new(Outcome::Unknown, cause.with("place", "unknown"))
                    .mended_by(self.remedy())
            }
        };
        found.resting_on(
            std::iter::once(placed(&place)).chain(vpns.iter().flat_map(|vpn| seen(vpn))),
        )
    }

    fn counts(&self, vpn: &Vpn) -> bool {
        let named = || self.links.iter().any(|link| link.matches(&vpn.link));
        self.kinds.contains(&vpn.kind) && (self.links.is_empty() || named())
    }

    fn remedy(&self) -> Message {
        if self.links.is_empty() {
            return Message::new("vpn-outside-fix");
        }
        let names: Vec<&str> = self.links.iter().map(Pattern::written).collect();
        Message::new("vpn-outside-named-fix").with("links", names.join(", "))
    }
}

/// Whoever is on no network for a while has turned no VPN on by that.
fn no_network() -> Found {
    Found::new(Outcome::NotApplicable, Message::new("vpn-outside-none")).for_now()
}

/// Every VPN that is told of, with a link of its own or without, and why there may be more.
fn told(network: &Reading<Network>) -> (Vec<&Vpn>, Option<Why>) {
    let (mut told, mut dark) = (Vec::new(), None);
    let with_link = network.fact(|network| &network.vpns);
    let without_link = network.fact(|network| &network.ipsec);
    for list in [with_link, without_link] {
        match list {
            Reading::Known(vpns) => told.extend(vpns),
            Reading::Absent => {}
            Reading::Unknown(why) => dark = dark.or(Some(why)),
        }
    }
    (told, dark)
}

fn passes_by(route: &DefaultRoute, good: &[&Vpn]) -> bool {
    !good
        .iter()
        .any(|vpn| vpn.link == route.link || vpn.covers.contains(&route.family))
}

fn seen(vpn: &Vpn) -> Vec<Evidence> {
    let mut seen = vec![Evidence::new(vpn.link.as_str(), vpn.kind.name())];
    seen.extend(vpn.evidence.iter().cloned());
    seen
}

#[cfg(test)]
mod tests;
