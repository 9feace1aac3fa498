//! What the plan must hold for any way, and what `nft` says of its JSON.

use proptest::prelude::*;

use super::*;

fn endpoints(max: usize) -> impl Strategy<Value = BTreeSet<Endpoint>> {
    let transport = prop_oneof![Just(Transport::Tcp), Just(Transport::Udp)];
    let endpoint =
        (any::<IpAddr>(), transport, any::<u16>()).prop_map(|(address, transport, port)| {
            Endpoint {
                address,
                transport,
                port,
            }
        });
    proptest::collection::btree_set(endpoint, 0..=max)
}

fn ways() -> impl Strategy<Value = Way> {
    let owner = proptest::option::of(any::<u32>());
    (endpoints(8), endpoints(8), owner).prop_map(|(collectors, allow, owner)| Way {
        collectors,
        allow,
        owner,
    })
}

fn way(collector: &str) -> Way {
    let socket: std::net::SocketAddr = collector.parse().unwrap();
    Way {
        collectors: [Endpoint::tcp(socket.ip(), socket.port())].into(),
        allow: BTreeSet::new(),
        owner: Some(990),
    }
}

#[test]
fn full_access_has_no_rules_even_without_a_way() {
    assert_eq!(plan(Access::Full, &Way::default()), Ok(None));
}

#[test]
fn an_isolation_that_nobody_could_lift_is_not_planned() {
    let refused = plan(Access::Isolated, &Way::default());
    assert_eq!(refused, Err(Unplannable::NoCollector));
    let nowhere = plan(Access::Isolated, &way("[::]:0"));
    assert_eq!(nowhere, Err(Unplannable::NoCollector));
}

#[test]
fn a_collector_written_as_a_mapped_address_is_reached_as_what_it_is() {
    let ruleset = plan(Access::Isolated, &way("[::ffff:192.0.2.10]:8443"))
        .unwrap()
        .unwrap();
    let own = Endpoint::tcp("192.0.2.10".parse().unwrap(), 8443);
    assert!(ruleset.outgoing.contains(&Pass::Collector(own, Some(990))));
}

#[test]
fn more_endpoints_than_the_limit_are_refused_by_count() {
    let allow = (0..=ALLOWED_ENDPOINTS_MAX)
        .map(|number| Endpoint::tcp("192.0.2.1".parse().unwrap(), u16::try_from(number).unwrap()));
    let way = Way {
        allow: allow.collect(),
        ..way("192.0.2.10:8443")
    };
    let refused = plan(Access::Restricted, &way).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "65 listed addresses are more than the 64 that may stay reachable"
    );
}

proptest! {
    #[test]
    fn every_reachable_collector_stays_reachable(way in ways()) {
        if let Ok(Some(ruleset)) = plan(Access::Isolated, &way) {
            let wanted = settled("collector", &way.collectors, COLLECTORS_MAX).unwrap();
            prop_assert!(!wanted.is_empty());
            for endpoint in wanted {
                let pass = Pass::Collector(endpoint, way.owner);
                prop_assert!(ruleset.incoming.contains(&pass) && ruleset.outgoing.contains(&pass));
            }
        }
    }

    #[test]
    fn restricted_and_isolated_differ_in_nothing_but_their_name(way in ways()) {
        let as_isolated = plan(Access::Restricted, &way).map(|ruleset| {
            ruleset.map(|ruleset| Ruleset { access: Access::Isolated, ..ruleset })
        });
        prop_assert_eq!(as_isolated, plan(Access::Isolated, &way));
    }
}

#[cfg(target_os = "linux")]
mod as_nft_sees_it {
    use serde_json::Value;

    use super::*;
    use crate::enforce::linux::render::{self, Ground};

    const WHOLE: Ground<'_> = Ground {
        bridge: true,
        links: Some(&[]),
    };

    proptest! {
        #[test]
        fn nothing_is_accepted_without_saying_what_it_is(way in ways()) {
            if let Ok(Some(ruleset)) = plan(Access::Isolated, &way) {
                for rule in render::tables(&ruleset, WHOLE).iter().filter_map(|item| item.get("rule")) {
                    let statements = rule["expr"].as_array().unwrap();
                    if statements.iter().any(|one| one.get("accept").is_some()) {
                        prop_assert!(names_its_traffic(statements), "{}", rule);
                    }
                }
            }
        }

        #[test]
        fn only_the_owner_may_speak_to_the_collector(way in ways(), owner in any::<u32>()) {
            let way = Way { owner: Some(owner), allow: BTreeSet::new(), ..way };
            if let Ok(Some(ruleset)) = plan(Access::Isolated, &way) {
                let items = render::tables(&ruleset, WHOLE);
                let outgoing_tcp = items.iter().filter_map(|item| item.get("rule")).filter(|rule| {
                    (rule["chain"] == "outgoing" || rule["chain"] == "frames")
                        && rule["expr"].to_string().contains(r#""protocol":"tcp""#)
                });
                for rule in outgoing_tcp {
                    let owned = &rule["expr"][0]["match"];
                    prop_assert_eq!(&owned["left"]["meta"]["key"], "skuid");
                    prop_assert_eq!(owned["right"].as_u64(), Some(u64::from(owner)));
                }
            }
        }
    }

    /// An address with a port or a protocol, a device that is the loopback one, or a message of a named kind.
    fn names_its_traffic(statements: &[Value]) -> bool {
        let tested = |key: &str, fields: &[&str]| {
            statements.iter().any(|one| {
                let left = &one["match"]["left"];
                let field = left[key].get("field").or_else(|| left[key].get("key"));
                field
                    .and_then(Value::as_str)
                    .is_some_and(|field| fields.contains(&field))
            })
        };
        let endpoint =
            tested("payload", &["saddr", "daddr"]) && tested("payload", &["sport", "dport"]);
        let dhcp = tested("payload", &["sport"]) && tested("payload", &["dport"]);
        let loopback = tested("meta", &["iif", "oif"]);
        let message = tested("payload", &["type"]);
        let fragment = tested("payload", &["saddr", "daddr"])
            && (tested("payload", &["protocol"]) || tested("exthdr", &["nexthdr"]));
        endpoint || dhcp || loopback || message || fragment
    }
}
