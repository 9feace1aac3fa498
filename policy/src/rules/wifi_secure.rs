//! M10: the Wi-Fi in use is encrypted, and by a way that holds.
//!
//! Touches the Wi-Fi networks that the laptop is connected to. Must never pass by the best way that an access
//! point offers: which one was taken is not known.

use super::network_permitted::untold;
use super::{Case, Found, Rule, remedy_for};
use crate::facts::{Evidence, Wifi, WifiCipher, WifiSecurity};
use crate::finding::{Clause, Message, Outcome};
use crate::reading::{Reading, Why};

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "wifi-secure",
    clause: Clause {
        promise: "M10",
        edition_2013: "A.6.2.2(2)④",
        edition_2022: "8.20",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// The ways to authenticate that are good enough.
    pub accept: Vec<WifiSecurity>,
    /// Whether frames may be encrypted by TKIP.
    pub accept_tkip: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            accept: vec![
                WifiSecurity::Owe,
                WifiSecurity::Wpa2Personal,
                WifiSecurity::Wpa2Enterprise,
                WifiSecurity::Wpa3Personal,
                WifiSecurity::Wpa3Enterprise,
            ],
            accept_tkip: false,
        }
    }
}

/// What one network comes to, the worst last.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Weight {
    Good(WifiSecurity),
    /// Which of the ways was taken decides.
    Mixed(WifiSecurity, WifiSecurity),
    Untold(Why),
    WeakCipher(WifiCipher),
    Weak(WifiSecurity),
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        let networks = match case.facts.network.fact(|network| &network.wifi) {
            Reading::Known(networks) => networks,
            Reading::Absent => {
                return Found::new(Outcome::NotApplicable, Message::new("wifi-secure-none"));
            }
            Reading::Unknown(why) => return untold("wifi-secure-unknown", &why),
        };
        let weighed = networks.iter().map(|one| (self.weigh(one), one));
        let Some((weight, wifi)) = weighed.max_by_key(|(weight, _)| rank(weight)) else {
            let cause = Message::new("wifi-secure-not-connected");
            return Found::new(Outcome::NotApplicable, cause).for_now();
        };
        let name = match &wifi.ssid {
            Reading::Known(name) => name.as_str(),
            Reading::Absent | Reading::Unknown(_) => wifi.link.as_str(),
        };
        let say = |key: &'static str| Message::new(key).with("name", name);
        let fix = || Message::new("wifi-secure-fix");
        let found = match weight {
            Weight::Good(way) => Found::new(
                Outcome::Pass,
                say("wifi-secure-ok").with("security", way.name()),
            ),
            Weight::Weak(way) => {
                let cause = say("wifi-secure-weak").with("security", way.name());
                Found::new(Outcome::Fail, cause).mended_by(fix())
            }
            Weight::WeakCipher(cipher) => {
                let cause = say("wifi-secure-weak-cipher").with("cipher", cipher.name());
                Found::new(Outcome::Fail, cause).mended_by(fix())
            }
            Weight::Mixed(good, weak) => {
                let cause = say("wifi-secure-mixed")
                    .with("good", good.name())
                    .with("weak", weak.name());
                Found::new(Outcome::Unknown, cause).mended_by(Message::new("wifi-secure-mixed-fix"))
            }
            Weight::Untold(why) => {
                let cause = say("wifi-secure-network-unknown").because(&why);
                Found::new(Outcome::Unknown, cause).mended_by(remedy_for(&why))
            }
        };
        found.resting_on(networks.iter().flat_map(seen))
    }

    fn weigh(&self, wifi: &Wifi) -> Weight {
        let offers = match &wifi.offers {
            Reading::Known(offers) => offers,
            Reading::Absent => return Weight::Untold(Why::NotAsked),
            Reading::Unknown(why) => return Weight::Untold(why.clone()),
        };
        let weak = offers.iter().find(|way| !self.accept.contains(way));
        let good = offers.iter().find(|way| self.accept.contains(way));
        let (weak, good) = match (weak, good) {
            (Some(weak), None) if *weak != WifiSecurity::Other => return Weight::Weak(*weak),
            (weak, good) => (weak, good),
        };
        // Frames to all stations are encrypted for every one of them in the same way: that is known.
        match &wifi.group_cipher {
            Reading::Known(cipher) if self.is_weak(*cipher) => return Weight::WeakCipher(*cipher),
            Reading::Known(_) | Reading::Absent => {}
            Reading::Unknown(why) => return Weight::Untold(why.clone()),
        }
        let ciphers = match &wifi.ciphers {
            Reading::Known(ciphers) => ciphers.as_slice(),
            Reading::Absent => &[],
            Reading::Unknown(why) => return Weight::Untold(why.clone()),
        };
        let weak_cipher = ciphers.iter().find(|cipher| self.is_weak(**cipher));
        match (weak_cipher, good, weak) {
            (Some(cipher), ..) if ciphers.iter().all(|one| self.is_weak(*one)) => {
                Weight::WeakCipher(*cipher)
            }
            (Some(cipher), ..) => Weight::Untold(Why::Unsupported(format!(
                "{} is offered beside others, and which one is in use is not told",
                cipher.name()
            ))),
            (None, Some(good), Some(weak)) => Weight::Mixed(*good, *weak),
            (None, None, Some(weak)) => Weight::Untold(Why::Unsupported(format!(
                "{}: a way to authenticate that this version does not know",
                weak.name()
            ))),
            (None, Some(good), None) => Weight::Good(*good),
            (None, None, None) => Weight::Untold(Why::NotAsked),
        }
    }

    fn is_weak(&self, cipher: WifiCipher) -> bool {
        match cipher {
            WifiCipher::Wep => !self.accept.contains(&WifiSecurity::Wep),
            WifiCipher::Tkip => !self.accept_tkip,
            // What is not known to be weak is judged by the way to authenticate.
            WifiCipher::Other | WifiCipher::Ccmp | WifiCipher::Gcmp => false,
        }
    }
}

const fn rank(weight: &Weight) -> u8 {
    match weight {
        Weight::Good(_) => 0,
        Weight::Mixed(..) => 1,
        Weight::Untold(_) => 2,
        Weight::WeakCipher(_) => 3,
        Weight::Weak(_) => 4,
    }
}

fn seen(wifi: &Wifi) -> Vec<Evidence> {
    let list = match &wifi.offers {
        Reading::Known(offers) => {
            let names: Vec<&str> = offers.iter().map(|one| one.name()).collect();
            names.join(", ")
        }
        Reading::Absent => "absent".to_owned(),
        Reading::Unknown(why) => format!("unknown: {why}"),
    };
    let mut seen = vec![Evidence::new(format!("{} offers", wifi.link), list)];
    seen.extend(wifi.evidence.iter().cloned());
    seen
}

#[cfg(test)]
mod tests;
