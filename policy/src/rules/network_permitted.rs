//! M2: outside the company only permitted networks are used.
//!
//! Touches the networks that the laptop is on, and whether it is inside. Must never take a place that is not known
//! for inside or outside: where the two come to different outcomes, the outcome is unknown.

use super::pattern::Pattern;
use super::{Case, Found, Rule, remedy_for};
use crate::facts::{Evidence, LinkKind, NetworkLink, NetworkPlace, Wifi, WifiSecurity};
use crate::finding::{Clause, Message, Outcome};
use crate::reading::{Reading, Why};

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "network-permitted",
    clause: Clause {
        promise: "M2",
        edition_2013: "A.6.2.1(2)",
        edition_2022: "8.1",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// What the laptop may be connected by outside.
    pub outside: Vec<LinkKind>,
    /// Whether it may use Wi-Fi there that lets anybody in.
    pub open_wifi: bool,
    /// The names of the Wi-Fi networks that it may use there; empty for any.
    pub known_wifi: Vec<Pattern>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            outside: vec![
                LinkKind::Wired,
                LinkKind::Wifi,
                LinkKind::Mobile,
                LinkKind::Bluetooth,
                LinkKind::Virtual,
            ],
            open_wifi: false,
            known_wifi: vec![],
        }
    }
}

/// What one network comes to outside.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Weight {
    Permitted,
    Untold(Message, Why),
    Forbidden(Message),
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        let links = match case.facts.network.fact(|network| &network.links) {
            Reading::Known(links) => links.as_slice(),
            Reading::Absent => &[],
            Reading::Unknown(why) => return untold("network-permitted-unknown", &why),
        };
        if links.is_empty() {
            return Found::new(
                Outcome::NotApplicable,
                Message::new("network-permitted-none"),
            )
            .for_now();
        }
        let place = case.facts.network.fact(|network| &network.place);
        let wifi = case.facts.network.fact(|network| &network.wifi);
        let seen = links.iter().flat_map(|link| link.evidence.iter().cloned());
        let seen: Vec<Evidence> = std::iter::once(placed(&place)).chain(seen).collect();
        if place == Reading::Known(&NetworkPlace::Inside) {
            let cause = Message::new("network-permitted-inside");
            return Found::new(Outcome::Pass, cause).resting_on(seen);
        }
        let weighed = self.weigh(links, &wifi);
        let forbidden = weighed.iter().find_map(|weight| match weight {
            Weight::Forbidden(cause) => Some(cause),
            Weight::Permitted | Weight::Untold(..) => None,
        });
        let dark = weighed.iter().find_map(|weight| match weight {
            Weight::Untold(cause, why) => Some((cause, why)),
            Weight::Permitted | Weight::Forbidden(_) => None,
        });
        let found = match (forbidden, dark, &place) {
            (Some(cause), _, Reading::Known(_)) => {
                Found::new(Outcome::Fail, cause.clone().with("place", "outside"))
                    .mended_by(Message::new("network-permitted-fix"))
            }
            // Inside it would pass.
            (Some(cause), _, Reading::Absent | Reading::Unknown(_)) => {
                Found::new(Outcome::Unknown, cause.clone().with("place", "unknown"))
                    .mended_by(Message::new("network-permitted-fix"))
            }
            (None, Some((cause, why)), _) => {
                Found::new(Outcome::Unknown, cause.clone()).mended_by(remedy_for(why))
            }
            (None, None, _) => {
                let names: Vec<&str> = links.iter().map(|link| link.name.as_str()).collect();
                let cause = Message::new("network-permitted-ok").with("links", names.join(", "));
                Found::new(Outcome::Pass, cause)
            }
        };
        found.resting_on(seen)
    }

    fn weigh(&self, links: &[NetworkLink], wifi: &Reading<&Vec<Wifi>>) -> Vec<Weight> {
        let mut weighed: Vec<Weight> = Vec::new();
        for link in links {
            if !self.outside.contains(&link.kind) {
                let cause = Message::new("network-permitted-kind")
                    .with("link", link.name.as_str())
                    .with("kind", link.kind.name());
                weighed.push(Weight::Forbidden(cause));
            } else if link.kind == LinkKind::Wifi && self.asks_of_radio() {
                weighed.extend(self.by_radio(link, wifi));
            }
        }
        weighed
    }

    const fn asks_of_radio(&self) -> bool {
        !self.open_wifi || !self.known_wifi.is_empty()
    }

    /// What a link over Wi-Fi comes to; below a bridge or a bond the radio has another name than the link.
    fn by_radio(&self, link: &NetworkLink, wifi: &Reading<&Vec<Wifi>>) -> Vec<Weight> {
        let untold = |why: &Why| {
            let cause = Message::new("network-permitted-wifi-unknown")
                .with("link", link.name.as_str())
                .because(why);
            vec![Weight::Untold(cause, why.clone())]
        };
        let networks = match wifi {
            Reading::Known(networks) if !networks.is_empty() => networks,
            Reading::Known(_) | Reading::Absent => {
                return untold(&Why::Unreadable("no Wi-Fi network is told".to_owned()));
            }
            Reading::Unknown(why) => return untold(why),
        };
        let own: Vec<&Wifi> = networks
            .iter()
            .filter(|one| one.link == link.name)
            .collect();
        let networks = if own.is_empty() {
            networks.iter().collect()
        } else {
            own
        };
        networks.into_iter().map(|one| self.network(one)).collect()
    }

    fn network(&self, wifi: &Wifi) -> Weight {
        let name = match &wifi.ssid {
            Reading::Known(name) => name.as_str(),
            Reading::Absent | Reading::Unknown(_) => wifi.link.as_str(),
        };
        // What is known to be wrong decides before what could not be told.
        let by_name = self.by_name(name, &wifi.ssid);
        match (&by_name, self.by_offers(name, &wifi.offers)) {
            (Weight::Forbidden(_), _) | (_, Weight::Permitted) => by_name,
            (Weight::Permitted | Weight::Untold(..), by_offers) => by_offers,
        }
    }

    fn by_offers(&self, name: &str, offers: &Reading<Vec<WifiSecurity>>) -> Weight {
        match offers {
            _ if self.open_wifi => Weight::Permitted,
            Reading::Known(offers) if offers.iter().any(|one| one.lets_anybody_in()) => {
                Weight::Forbidden(Message::new("network-permitted-open").with("name", name))
            }
            Reading::Known(offers) if !offers.is_empty() => Weight::Permitted,
            Reading::Known(_) | Reading::Absent => dark(name, &Why::NotAsked),
            Reading::Unknown(why) => dark(name, why),
        }
    }

    fn by_name(&self, shown: &str, ssid: &Reading<String>) -> Weight {
        match ssid {
            _ if self.known_wifi.is_empty() => Weight::Permitted,
            Reading::Known(name) if self.known_wifi.iter().any(|known| known.matches(name)) => {
                Weight::Permitted
            }
            Reading::Known(name) => Weight::Forbidden(
                Message::new("network-permitted-unlisted").with("name", name.as_str()),
            ),
            Reading::Absent => dark(shown, &Why::NotAsked),
            Reading::Unknown(why) => dark(shown, why),
        }
    }
}

fn dark(name: &str, why: &Why) -> Weight {
    let cause = Message::new("network-permitted-wifi-unknown")
        .with("link", name)
        .because(why);
    Weight::Untold(cause, why.clone())
}

/// A finding that could not be told.
pub(super) fn untold(key: &'static str, why: &Why) -> Found {
    Found::new(Outcome::Unknown, Message::new(key).because(why)).mended_by(remedy_for(why))
}

/// Where the laptop is, as evidence.
pub(super) fn placed(place: &Reading<&NetworkPlace>) -> Evidence {
    let said = match place {
        Reading::Known(place) => place.name().to_owned(),
        Reading::Absent => "no beacon is set up".to_owned(),
        Reading::Unknown(why) => format!("unknown: {why}"),
    };
    Evidence::new("place", said)
}

#[cfg(test)]
mod tests;
