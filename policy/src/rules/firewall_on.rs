//! A.13.1.1: a firewall refuses what comes in unasked.
//!
//! Touches what the kernel's own rules say. Must never pass because a firewall is installed.

use super::{Case, Found, Rule, os_supported, remedy_for};
use crate::facts::{Evidence, Firewall};
use crate::finding::{Clause, Message, Outcome};
use crate::reading::{Reading, Why};

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "firewall-on",
    clause: Clause {
        promise: "M10",
        edition_2013: "A.13.1.1",
        edition_2022: "8.20",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// Whether IPv6 must be guarded as well as IPv4.
    pub ipv6: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self { ipv6: true }
    }
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        match case.facts.platform.fact(|platform| &platform.firewall) {
            Reading::Known(firewall) => self.weigh(firewall, case).resting_on(seen(firewall)),
            Reading::Absent => untold(&Why::NotAsked),
            Reading::Unknown(why) => untold(&why),
        }
    }

    fn weigh(&self, firewall: &Firewall, case: &Case<'_>) -> Found {
        let ipv6 = self.ipv6.then_some(&firewall.ipv6);
        let open = |reading: &Reading<bool>| *reading == Reading::Known(false);
        // IPv4 cannot be absent on a system that has a network.
        let open4 = open(&firewall.ipv4) || firewall.ipv4 == Reading::Absent;
        let open6 = ipv6.is_some_and(open);
        if open4 || open6 {
            let over = match (open4, open6) {
                (true, true) => "both",
                (true, false) => "ipv4",
                (false, _) => "ipv6",
            };
            let cause = Message::new("firewall-on-open").with("over", over);
            let release = case.facts.platform.fact(|platform| &platform.release);
            let os = release
                .known()
                .map_or("other", |one| os_supported::family(&one.id));
            return Found::new(Outcome::Fail, cause)
                .mended_by(Message::new("firewall-on-fix").with("os", os));
        }
        for reading in std::iter::once(&firewall.ipv4).chain(ipv6) {
            if let Reading::Unknown(why) = reading {
                let found = untold(why);
                // Rules were read, and others are beside them that cannot be.
                return match why {
                    Why::Unsupported(_) => found.mended_by(Message::new("firewall-on-legacy-fix")),
                    Why::NotPermitted(_)
                    | Why::ToolMissing(_)
                    | Why::TimedOut(_)
                    | Why::Unreadable(_)
                    | Why::TooLarge(_)
                    | Why::NotAsked => found,
                };
            }
        }
        Found::new(Outcome::Pass, Message::new("firewall-on-ok"))
    }
}

fn untold(why: &Why) -> Found {
    let cause = Message::new("firewall-on-unknown").because(why);
    let remedy = if let Why::ToolMissing(_) = why {
        Message::new("firewall-on-no-nft-fix")
    } else {
        remedy_for(why)
    };
    Found::new(Outcome::Unknown, cause).mended_by(remedy)
}

fn seen(firewall: &Firewall) -> Vec<Evidence> {
    let said = |reading: &Reading<bool>| match reading {
        Reading::Known(true) => "refused".to_owned(),
        Reading::Known(false) => "accepted".to_owned(),
        Reading::Absent => "absent".to_owned(),
        Reading::Unknown(why) => format!("unknown: {why}"),
    };
    let mut seen = vec![
        Evidence::new("unasked over IPv4", said(&firewall.ipv4)),
        Evidence::new("unasked over IPv6", said(&firewall.ipv6)),
    ];
    seen.extend(firewall.evidence.iter().cloned());
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Facts, Platform, Release};
    use crate::rules::testing::{approved, case, check};

    fn examine(parameters: Parameters, firewall: Reading<Firewall>) -> Found {
        let facts = Facts {
            platform: Reading::Known(Platform {
                firewall,
                release: Reading::Known(Release {
                    id: "ubuntu".to_owned(),
                    version: Reading::Absent,
                    name: "Ubuntu".to_owned(),
                    supported_until: Reading::Absent,
                    evidence: vec![],
                }),
                ..Platform::not_asked()
            }),
            ..Facts::not_asked()
        };
        parameters.examine(&case(&facts, &approved()))
    }

    #[track_caller]
    fn finds(ipv4: Reading<bool>, ipv6: Reading<bool>, outcome: Outcome, says: &str) {
        let firewall = Firewall {
            ipv4,
            ipv6,
            evidence: vec![Evidence::new("nft inet filter input", "policy drop")],
        };
        check(
            &examine(Parameters::default(), Reading::Known(firewall)),
            outcome,
            says,
        );
    }

    #[test]
    fn both_families_must_refuse_and_one_that_is_not_there_need_not() {
        use Reading::{Absent, Known};
        finds(Known(true), Known(true), Outcome::Pass, "refuses");
        finds(Known(true), Absent, Outcome::Pass, "");
        finds(Known(false), Known(true), Outcome::Fail, "over IPv4");
        finds(Known(true), Known(false), Outcome::Fail, "over IPv6");
        finds(Known(false), Known(false), Outcome::Fail, "sudo ufw enable");
        finds(Absent, Absent, Outcome::Fail, "");
    }

    #[test]
    fn what_could_not_be_told_is_no_pass_and_hides_no_open_door() {
        let legacy = || Reading::Unknown(Why::Unsupported("iptables-legacy".to_owned()));
        finds(
            legacy(),
            Reading::Known(true),
            Outcome::Unknown,
            "iptables-nft",
        );
        finds(legacy(), Reading::Known(false), Outcome::Fail, "IPv6");
        let forbidden = Reading::Unknown(Why::NotPermitted("CAP_NET_ADMIN".to_owned()));
        check(
            &examine(Parameters::default(), forbidden),
            Outcome::Unknown,
            "sudo",
        );
        check(
            &examine(Parameters::default(), Reading::Absent),
            Outcome::Unknown,
            "",
        );
        let captured = Reading::Unknown(Why::Unsupported("a captured system".to_owned()));
        let found = examine(Parameters::default(), captured);
        check(&found, Outcome::Unknown, "a captured system");
        assert_eq!(found.remedy, Some(Message::new("remedy-unknown")));
    }

    #[test]
    fn a_policy_can_leave_ipv6_to_the_network() {
        let firewall = Reading::Known(Firewall {
            ipv4: Reading::Known(true),
            ipv6: Reading::Known(false),
            evidence: vec![],
        });
        check(
            &examine(Parameters { ipv6: false }, firewall),
            Outcome::Pass,
            "",
        );
    }
}
