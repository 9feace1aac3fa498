//! Rulesets as others write them, and what becomes of a connection that comes in unasked.
//!
//! Touches nothing. Must never ask a kernel.

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
        Reading::Known(ip),
        "{evidence:?}"
    );
    assert_eq!(
        ruleset.refuses(Family::Ip6, &mut evidence),
        Reading::Known(ip6),
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
fn a_table_that_sleeps_refuses_nothing() {
    let table = |flags: Value| json!({"table": {"family": "inet", "name": "t", "flags": flags}});
    let door = || chain("inet", "in", "drop");
    check(vec![table(json!(["dormant"])), door()], false, false);
    check(vec![table(json!("dormant")), door()], false, false);
    check(vec![table(json!(["owner", "persist"])), door()], true, true);
}

#[test]
fn the_rule_that_opens_a_door_is_named() {
    let wlan0 =
        json!({"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "wlan0"}});
    let listing = json!({"nftables": [chain("inet", "in", "drop"),
        rule("inet", "in", json!([wlan0, {"accept": null}]))]});
    let mut evidence = Vec::new();
    let ruleset = Ruleset::parse(&listing).unwrap();
    assert_eq!(
        ruleset.refuses(Family::Ip, &mut evidence),
        Reading::Known(false)
    );
    assert!(
        evidence.iter().any(|one| one.value.contains("wlan0")),
        "{evidence:?}"
    );
}

#[test]
fn exceptions_that_leave_nothing_out_are_none() {
    let opens = |conditions: &[Value], ip: bool, ip6: bool| {
        let mut expr = conditions.to_vec();
        expr.push(json!({"accept": null}));
        check(
            vec![chain("inet", "in", "drop"), rule("inet", "in", json!(expr))],
            !ip,
            !ip6,
        );
    };
    let meta = |key: &str, right: Value| json!({"match": {"op": "==", "left": {"meta": {"key": key}}, "right": right}});
    let tcp_port = |right: Value| json!({"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": right}});
    opens(&[meta("iifname", json!("wlan0"))], true, true);
    opens(
        &[meta("l4proto", json!({"set": ["tcp", "udp"]}))],
        true,
        true,
    );
    opens(&[meta("l4proto", json!("icmp"))], false, false);
    opens(&[meta("protocol", json!("ip6"))], false, true);
    let (eth, low) = (meta("iifname", json!("eth0")), json!({"range": [1, 65535]}));
    opens(&[eth.clone(), tcp_port(low)], true, true);
    opens(&[eth, tcp_port(json!(22))], false, false);
    opens(
        &[tcp_port(json!({"set": [22, {"range": [1714, 1764]}]}))],
        false,
        false,
    );
    let established = json!({"match": {"op": "in", "left": {"ct": {"key": "state"}}, "right": ["established", "related"]}});
    opens(
        &[meta("iifname", json!("wlan0")), established],
        false,
        false,
    );
}

#[test]
fn the_agents_own_table_is_left_out() {
    let listing = json!({"nftables": [{"chain": {"family": "inet", "table": OWN, "name": "in",
        "type": "filter", "hook": "input", "prio": 0, "policy": "drop"}}]});
    let ruleset = Ruleset::parse(&listing).unwrap();
    assert_eq!(
        ruleset.refuses(Family::Ip, &mut Vec::new()),
        Reading::Known(false)
    );
    assert!(Ruleset::parse(&json!({})).is_none());
}

/// A door that refuses but for one rule: whether it still does.
fn but_for(expr: Value, ip: bool, ip6: bool) {
    check(
        vec![chain("inet", "in", "drop"), rule("inet", "in", expr)],
        ip,
        ip6,
    );
}

fn is(left: Value, operator: &str, right: Value) -> Value {
    json!({"match": {"op": operator, "left": left, "right": right}})
}

fn meta(key: &str) -> Value {
    json!({"meta": {"key": key}})
}

fn field(protocol: &str, field: &str) -> Value {
    json!({"payload": {"protocol": protocol, "field": field}})
}

fn state() -> Value {
    json!({"ct": {"key": "state"}})
}

#[test]
fn a_rule_that_refuses_some_at_times_closes_no_door() {
    let new = || is(state(), "in", json!("new"));
    let limit = || json!({"limit": {"rate": 10, "per": "second", "inv": true}});
    let source = || field("ip", "saddr");
    for condition in [
        limit(),
        json!({"set": {"op": "add", "elem": source(), "set": "@flood", "stmt": [limit()]}}),
        json!({"set": {"op": "add", "elem": source(), "set": "@flood"}}),
        json!({"meter": {"name": "flood", "key": source(), "stmt": limit()}}),
        json!({"ct count": {"val": 20, "inv": true}}),
        json!({"a statement of a later nft": {}}),
    ] {
        let drops = rule("inet", "in", json!([new(), condition, {"drop": null}]));
        check(vec![chain("inet", "in", "accept"), drops], false, false);
        // Who accepts by a rate accepts whoever comes.
        let known = condition.get("a statement of a later nft").is_none();
        but_for(json!([new(), condition, {"accept": null}]), !known, !known);
    }
    let acts = json!([new(), {"counter": {}}, {"log": {}}, {"mangle": {}}, {"drop": null}]);
    check(
        vec![chain("inet", "in", "accept"), rule("inet", "in", acts)],
        true,
        true,
    );
    let others = is(state(), "!=", json!({"set": ["established", "related"]}));
    check(
        vec![
            chain("inet", "in", "accept"),
            rule("inet", "in", json!([others, {"drop": null}])),
        ],
        true,
        true,
    );
}

#[test]
fn an_exception_that_leaves_out_little_is_none() {
    let accept = || json!({"accept": null});
    for condition in [
        is(meta("iifname"), "!=", json!("docker0")),
        is(field("tcp", "dport"), "!=", json!(22)),
        is(field("tcp", "dport"), ">", json!(1023)),
        is(field("tcp", "sport"), "==", json!({"range": [1024, 65535]})),
        is(state(), "!=", json!("invalid")),
        is(meta("l4proto"), "!=", json!("icmp")),
        is(meta("pkttype"), "!=", json!("multicast")),
        is(
            json!({"fib": {"result": "type", "flags": ["daddr"]}}),
            "==",
            json!("local"),
        ),
        is(
            json!({"&": [field("tcp", "flags"), ["fin", "syn", "rst", "ack"]]}),
            "==",
            json!("syn"),
        ),
    ] {
        but_for(json!([condition, accept()]), false, false);
    }
    let of = |protocol: &str, operator: &str, addr: &str, len: u8| {
        is(
            field(protocol, "saddr"),
            operator,
            json!({"prefix": {"addr": addr, "len": len}}),
        )
    };
    but_for(
        json!([of("ip", "!=", "10.0.0.0", 8), accept()]),
        false,
        true,
    );
    but_for(json!([of("ip", "==", "0.0.0.0", 0), accept()]), false, true);
    but_for(json!([of("ip6", "==", "2000::", 3), accept()]), true, false);
    for condition in [
        of("ip", "==", "10.0.0.0", 8),
        of("ip6", "==", "fc00::", 7),
        of("ip", "!=", "0.0.0.0", 0),
        is(state(), "!=", json!("new")),
        is(field("tcp", "dport"), "<", json!(1024)),
        is(meta("mark"), "!=", json!(0)),
        is(
            json!({"&": [state(), ["established", "related"]]}),
            "!=",
            json!(0),
        ),
        is(meta("l4proto"), "!=", json!({"set": ["tcp", "udp"]})),
    ] {
        but_for(json!([condition, accept()]), true, true);
    }
}

#[test]
fn a_chain_for_an_interface_that_lets_all_in_opens_the_door() {
    let jump = |verb: &str| {
        let wlan0 = is(meta("iifname"), "==", json!("wlan0"));
        rule("inet", "in", json!([wlan0, {verb: {"target": "a"}}]))
    };
    for verb in ["jump", "goto"] {
        let to = |verdict: &str| {
            vec![
                chain("inet", "in", "drop"),
                jump(verb),
                rule("inet", "a", json!([{verdict: null}])),
            ]
        };
        check(to("accept"), false, false);
        check(to("drop"), true, true);
        let open = [vec![chain("inet", "in", "accept")], to("drop").split_off(1)];
        check(open.concat(), false, false);
    }
}

#[test]
fn a_table_of_verdicts_is_so_many_rules() {
    let table =
        |key: Value, entries: Value| json!([{"vmap": {"key": key, "data": {"set": entries}}}]);
    let accept = || json!({"accept": null});
    let drop = || json!({"drop": null});
    but_for(
        table(
            state(),
            json!([["invalid", drop()], ["established", accept()]]),
        ),
        true,
        true,
    );
    but_for(
        table(
            state(),
            json!([["established", accept()], ["new", accept()]]),
        ),
        false,
        false,
    );
    but_for(
        table(meta("iifname"), json!([["lo", accept()]])),
        true,
        true,
    );
    but_for(
        table(
            meta("iifname"),
            json!([["lo", accept()], ["wlan0", accept()]]),
        ),
        false,
        false,
    );
    but_for(
        table(meta("iifname"), json!([["lo", drop()], ["*", accept()]])),
        false,
        false,
    );
    but_for(
        table(
            field("tcp", "dport"),
            json!([[22, accept()], [443, accept()]]),
        ),
        true,
        true,
    );
    let refusing = table(state(), json!([["established", accept()], ["new", drop()]]));
    check(
        vec![chain("inet", "in", "accept"), rule("inet", "in", refusing)],
        true,
        true,
    );
}

#[track_caller]
fn untold(items: Vec<Value>) -> Why {
    let listing = json!({"nftables": items});
    let ruleset = Ruleset::parse(&listing).unwrap();
    match ruleset.refuses(Family::Ip, &mut Vec::new()) {
        Reading::Unknown(why) => why,
        other @ (Reading::Known(_) | Reading::Absent) => panic!("{other:?}"),
    }
}

#[test]
fn what_the_listing_leaves_out_is_unknown() {
    let named = |key: Value| json!([{"vmap": {"key": key, "data": "@doors"}}]);
    let by = |expr: Value| vec![chain("inet", "in", "drop"), rule("inet", "in", expr)];
    assert!(matches!(
        untold(by(named(meta("iifname")))),
        Why::Unsupported(_)
    ));
    assert!(matches!(untold(by(named(state()))), Why::Unsupported(_)));
    check(by(named(field("tcp", "dport"))), true, true);
    assert!(matches!(
        untold(by(json!([{"queue": {"num": 1, "flags": "bypass"}}]))),
        Why::Unsupported(_)
    ));
    // Another door that refuses is enough.
    let mut two = by(named(meta("iifname")));
    two.push(chain("ip", "x", "drop"));
    let listing = json!({"nftables": two});
    let ruleset = Ruleset::parse(&listing).unwrap();
    let told = ruleset.refuses(Family::Ip, &mut Vec::new());
    assert_eq!(told, Reading::Known(true));
}

#[test]
fn chains_that_jump_many_times_over_come_to_an_end() {
    let mut items = vec![chain("inet", "c0", "drop")];
    for depth in 0..15 {
        let to = format!("c{}", depth + 1);
        for _ in 0..10 {
            let jump = json!([{"jump": {"target": &to}}]);
            items.push(rule("inet", &format!("c{depth}"), jump));
        }
    }
    items.push(rule("inet", "c15", json!([{"counter": {}}])));
    assert!(matches!(untold(items), Why::TooLarge(_)));
}
