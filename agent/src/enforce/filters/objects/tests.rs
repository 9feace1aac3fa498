//! What the objects of any plan must hold.
//!
//! Touches nothing.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use sekisho_policy::order::{Endpoint, Transport};

use super::*;
use crate::enforce::plan::{Way, plan};

const OWN: &[u8] = b"the agent's program";

fn endpoints() -> impl Strategy<Value = BTreeSet<Endpoint>> {
    let transport = prop_oneof![Just(Transport::Tcp), Just(Transport::Udp)];
    let endpoint =
        (any::<IpAddr>(), transport, any::<u16>()).prop_map(|(address, transport, port)| {
            Endpoint {
                address,
                transport,
                port,
            }
        });
    proptest::collection::btree_set(endpoint, 0..=8)
}

fn plans() -> impl Strategy<Value = Ruleset> {
    let access = prop_oneof![Just(Access::Isolated), Just(Access::Restricted)];
    (access, endpoints(), endpoints()).prop_filter_map("no way", |(access, collectors, allow)| {
        let way = Way {
            collectors,
            allow,
            owner: None,
        };
        plan(access, &way).ok().flatten()
    })
}

proptest! {
    #[test]
    fn every_filter_has_a_name_of_its_own_by_which_it_is_known(plan in plans()) {
        for names in [ORDERED, TRIED] {
            let objects = names.objects(&plan, OWN);
            let keys: BTreeSet<_> = objects.filters.iter().map(|filter| filter.key).collect();
            prop_assert_eq!(keys.len(), objects.filters.len());
            prop_assert!(keys.iter().all(|key| is_ours(*key)));
            prop_assert_eq!(&objects, &names.objects(&plan, OWN), "made anew");
        }
    }

    #[test]
    fn what_is_ordered_and_what_is_tried_share_no_name(plan in plans()) {
        let keys = |names: Names| -> BTreeSet<_> {
            names.objects(&plan, OWN).filters.iter().map(|filter| filter.key).collect()
        };
        prop_assert!(keys(ORDERED).is_disjoint(&keys(TRIED)));
    }

    #[test]
    fn each_filter_of_the_plan_lasts_through_a_restart_in_both_of_its_halves(plan in plans()) {
        let objects = ORDERED.objects(&plan, OWN);
        let mut halves: BTreeMap<_, Vec<u32>> = BTreeMap::new();
        for filter in &objects.filters {
            let what = (filter.layer, filter.conditions.clone(), filter.action, filter.weight.clone());
            halves.entry(what).or_default().push(filter.flags);
        }
        for (what, mut flags) in halves {
            flags.sort_unstable();
            prop_assert_eq!(flags, [wfp::PERSISTENT, wfp::BOOT_TIME], "{:?}", what);
        }
    }

    // Of two on one field Windows asks that either holds, and not both.
    #[test]
    fn no_filter_has_two_conditions_on_one_field(plan in plans()) {
        for filter in ORDERED.objects(&plan, OWN).filters {
            let fields: BTreeSet<_> = filter.conditions.iter().map(|one| one.field).collect();
            prop_assert_eq!(fields.len(), filter.conditions.len(), "{:?}", filter);
        }
    }

    #[test]
    fn an_address_has_the_width_of_its_layer(plan in plans()) {
        let v4 = [wfp::CONNECT[0], wfp::ACCEPT[0], wfp::ASSIGN[0], wfp::FORWARD[0]];
        for filter in ORDERED.objects(&plan, OWN).filters {
            for condition in &filter.conditions {
                if [wfp::REMOTE_ADDRESS, wfp::LOCAL_ADDRESS].contains(&condition.field) {
                    let is_v4 = matches!(condition.value, Value::U32(_));
                    prop_assert_eq!(is_v4, v4.contains(&filter.layer));
                }
            }
        }
    }
}

#[test]
fn the_collector_is_told_as_windows_reads_it() {
    let collector = Endpoint::tcp("203.0.113.5".parse().unwrap(), 7443);
    let way = Way {
        collectors: [collector].into(),
        ..Way::default()
    };
    let plan = plan(Access::Isolated, &way).unwrap().unwrap();
    let objects = ORDERED.objects(&plan, OWN);
    assert_eq!(
        access_of(objects.sublayer.as_ref().unwrap()),
        Some(Access::Isolated)
    );
    let own = Value::Blob(OWN.to_vec());
    let named = |filter: &&wfp::Filter| {
        filter.flags == wfp::PERSISTENT && filter.conditions.iter().any(|one| one.value == own)
    };
    let found: Vec<_> = objects.filters.iter().filter(named).collect();
    let [filter] = found.as_slice() else {
        panic!("{found:?}");
    };
    // An address of IPv4 is a number in the order of the machine.
    for (field, value) in [
        (wfp::REMOTE_ADDRESS, Value::U32(0xcb00_7105)),
        (wfp::REMOTE_PORT, Value::U16(7443)),
        (wfp::PROTOCOL, Value::U8(6)),
    ] {
        let condition = wfp::Condition {
            field,
            how: wfp::EQUAL,
            value,
        };
        assert!(filter.conditions.contains(&condition), "{filter:?}");
    }
    assert_eq!(
        (filter.action, filter.layer),
        (wfp::PERMIT, wfp::CONNECT[0])
    );
}
