//! Keeping it in place: who flushes the rules is seen, and what is right is left alone.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use proptest::collection::btree_set;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use sekisho_agent::clock;
use sekisho_agent::enforce::boot::{Held, assert_at_boot};
use sekisho_agent::enforce::linux::nft;
use sekisho_agent::enforce::linux::watch::{Change, Watch};
use sekisho_agent::enforce::plan::{Way, plan};
use sekisho_agent::enforce::{Desired, Enforcer};
use sekisho_policy::order::{Access, Endpoint, Transport};
use sekisho_policy::reading::Reading;
use tokio::time::timeout;

use crate::lab::*;
use crate::traffic::tcp;
use crate::{REFUSED, assert_isolated};

const BOUND: Duration = Duration::from_secs(10);

#[test]
fn a_flush_by_somebody_else_is_seen_and_undone() {
    let Some(lab) = lab() else { return };
    let wanted = desired(Access::Isolated);
    let mut enforcer = enforcer();
    assert_isolated(&lab.reconcile(&mut enforcer, &wanted));
    for (round, tampering) in [
        "nft flush ruleset",
        "nft delete table inet sekisho_isolation",
        "nft insert rule inet sekisho_isolation outgoing accept",
        "nft flush chain inet sekisho_isolation forwarded",
        "nft 'add table inet sekisho_isolation { flags dormant; }'",
        "nft add table bridge sekisho_isolation '{ flags dormant; }'",
        "nft delete table netdev sekisho_isolation",
        "nft insert rule netdev sekisho_isolation frames accept",
    ]
    .into_iter()
    .enumerate()
    {
        let (change, restored) = lab.as_agent(async {
            let (mut watch, trouble) = Watch::open();
            assert!(trouble.is_none(), "{trouble:?}");
            assert_eq!(watch.changed().await, Change::TimeToLook);
            lab.laptop.sh(tampering);
            let seen_from = clock::instant();
            let change = timeout(BOUND, watch.changed()).await.unwrap();
            // nft 1.0.6 writes broken JSON of some dormant tables: then it cannot be told.
            assert_ne!(
                enforcer.holds(&wanted).await,
                Reading::Known(true),
                "{tampering}"
            );
            let restored = enforcer.reconcile_unprobed(&wanted, clock::now()).await;
            println!("{tampering}: undone in {:?}", seen_from.elapsed());
            (change, restored)
        });
        let Change::Touched(Some(author)) = change else {
            panic!("{tampering}: {change:?}");
        };
        assert_eq!(author.name, "nft");
        assert_eq!(restored.applied, Reading::Known(Access::Isolated));
        assert_eq!(restored.reasserted, round as u64 + 1);
        assert_eq!(tcp(&lab.laptop, SOMEBODY, WORLD_V4), REFUSED);
    }
}

#[test]
fn changes_of_other_tables_are_nobodys_business() {
    let Some(lab) = lab() else { return };
    lab.as_agent(async {
        let (mut watch, _) = Watch::open();
        watch.changed().await;
        lab.laptop
            .sh("nft add table inet company && nft delete table inet company");
        lab.laptop.sh("nft add table inet sekisho_isolation");
        let Change::Touched(_) = timeout(BOUND, watch.changed()).await.unwrap() else {
            panic!("only the last line concerns us");
        };
        let next = timeout(Duration::from_millis(300), watch.changed()).await;
        assert!(next.is_err(), "{next:?}");
    });
}

#[test]
fn rules_that_are_right_are_not_touched_again() {
    let Some(lab) = lab() else { return };
    let mut first = enforcer();
    lab.reconcile(&mut first, &desired(Access::Isolated));
    let before = lab.laptop.sh("nft -a -s list ruleset");
    let again = lab.reconcile(&mut first, &desired(Access::Isolated));
    // An agent that has just started knows nothing of the first one.
    assert_isolated(&lab.reconcile(&mut enforcer(), &desired(Access::Isolated)));
    assert_eq!(again.reasserted, 0);
    assert_eq!(lab.laptop.sh("nft -a -s list ruleset"), before);
    for _ in 0..2 {
        let released = lab.reconcile(&mut first, &desired(Access::Full));
        assert_eq!(released.applied, Reading::Known(Access::Full));
    }
}

#[test]
fn a_ruleset_the_kernel_refuses_leaves_the_one_in_force() {
    let Some(lab) = lab() else { return };
    let mut enforcer = enforcer();
    lab.reconcile(&mut enforcer, &desired(Access::Isolated));
    let before = lab.laptop.sh("nft -a -s list ruleset");
    let broken = serde_json::json!({"nftables": [
        {"delete": {"table": {"family": "inet", "name": "sekisho_isolation"}}},
        {"add": {"rule": {"family": "inet", "table": "nowhere", "chain": "x", "expr": []}}},
    ]});
    let refused = lab.as_agent(async { nft::run(&broken).await });
    assert!(matches!(refused, Err(nft::NftError::Refused { .. })));
    assert_eq!(lab.laptop.sh("nft -a -s list ruleset"), before);
}

#[test]
fn a_way_without_a_collector_is_refused_and_changes_nothing() {
    let Some(lab) = lab() else { return };
    let mut enforcer = enforcer();
    enforcer.set_way(sekisho_agent::enforce::plan::Way::default());
    let report = lab.reconcile(&mut enforcer, &desired(Access::Isolated));
    assert_eq!(
        report.applied,
        Reading::Known(Access::Full),
        "what is, not what was wanted"
    );
    assert!(report.probes.iter().any(|probe| probe.name == "apply"));
}

#[test]
fn a_restart_finds_the_order_and_a_damaged_memory_changes_nothing() {
    let Some(lab) = lab() else { return };
    let wanted = desired(Access::Isolated);
    let unreadable = || Held::Unreadable("checksum of the order file is wrong".to_owned());
    let at_boot =
        |held| lab.as_agent(async { assert_at_boot(&mut enforcer(), held, clock::now()).await });

    // The kernel starts empty: a damaged memory invents no isolation.
    assert_eq!(at_boot(unreadable()).applied, Reading::Known(Access::Full));
    assert_eq!(tcp(&lab.laptop, SOMEBODY, WORLD_V4), Ok(()));
    let asserted = at_boot(Held::Desired(wanted));
    assert_eq!(asserted.applied, Reading::Known(Access::Isolated));
    assert_eq!(tcp(&lab.laptop, SOMEBODY, WORLD_V4), REFUSED);
    // The rules are there: a damaged memory does not open them.
    assert_eq!(
        at_boot(unreadable()).applied,
        Reading::Known(Access::Isolated)
    );
    assert_eq!(tcp(&lab.laptop, SOMEBODY, WORLD_V4), REFUSED);
    assert_eq!(
        at_boot(Held::Desired(Desired::nothing_ordered())).applied,
        Reading::Known(Access::Full)
    );
}

#[test]
fn applying_is_measured() {
    let Some(lab) = lab() else { return };
    let mut enforcer = enforcer();
    let (mut on, mut off) = (Vec::new(), Vec::new());
    lab.as_agent(async {
        for _ in 0..20 {
            for (access, times) in [(Access::Isolated, &mut on), (Access::Full, &mut off)] {
                let start = clock::instant();
                enforcer
                    .reconcile_unprobed(&desired(access), clock::now())
                    .await;
                times.push(start.elapsed());
            }
        }
    });
    for (what, mut times) in [("isolate", on), ("release", off)] {
        times.sort();
        println!(
            "{what} with both read-backs: p50 {:?}, max {:?}",
            times[10], times[19]
        );
    }
}

#[test]
fn an_nft_that_words_a_rule_in_its_own_way_is_believed_only_right_after_it_was_written() {
    let Some(lab) = lab() else { return };
    // nft writes this address as ::192.0.2.9, and the plan as ::c000:209.
    let way = |enforcer: &mut Enforcer| {
        enforcer.set_way(Way {
            collectors: [endpoint("[::c000:209]:8443")].into(),
            allow: BTreeSet::new(),
            owner: Some(AGENT),
        });
    };
    let wanted = desired(Access::Isolated);
    let mut first = enforcer();
    way(&mut first);
    lab.as_agent(async {
        let report = first.reconcile_unprobed(&wanted, clock::now()).await;
        assert_eq!(report.applied, Reading::Known(Access::Isolated));
        assert_eq!(first.holds(&wanted).await, Reading::Known(true));
        lab.laptop
            .sh("nft add rule inet sekisho_isolation incoming accept");
        assert_eq!(first.holds(&wanted).await, Reading::Known(false));
        let mended = first.reconcile_unprobed(&wanted, clock::now()).await;
        assert_eq!(mended.applied, Reading::Known(Access::Isolated));
        // An agent that has just started did not see it written, and writes it again.
        let mut second = enforcer();
        way(&mut second);
        assert_eq!(second.holds(&wanted).await, Reading::Known(false));
        let report = second.reconcile_unprobed(&wanted, clock::now()).await;
        assert_eq!(report.applied, Reading::Known(Access::Isolated));
        assert_eq!((report.reasserted, mended.reasserted), (0, 1));
    });
}

#[test]
fn any_way_is_understood_by_nft_and_read_back_as_written() {
    let Some(lab) = lab() else { return };
    let mut runner = TestRunner::new(Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    });
    let endpoints = || {
        let transport = prop_oneof![Just(Transport::Tcp), Just(Transport::Udp)];
        let one = (any::<IpAddr>(), transport, 1..=u16::MAX);
        let one = one.prop_map(|(address, transport, port)| Endpoint {
            address,
            transport,
            port,
        });
        btree_set(one, 1..8)
    };
    let verdict = runner.run(
        &(endpoints(), endpoints(), option::of(any::<u32>())),
        |(collectors, allow, owner)| {
            let way = Way {
                collectors,
                allow,
                owner,
            };
            if plan(Access::Isolated, &way).is_err() {
                return Ok(());
            }
            let mut enforcer = enforcer();
            enforcer.set_way(way);
            let wanted = desired(Access::Isolated);
            let pass = enforcer.reconcile_unprobed(&wanted, clock::now());
            let report = lab.as_agent(pass);
            prop_assert_eq!(
                report.applied,
                Reading::Known(Access::Isolated),
                "{:?}",
                report.probes
            );
            Ok(())
        },
    );
    verdict.unwrap();
}
