//! Policies, the audit log, and what is left after a restart.
//!
//! Touches the store it is given.

use std::sync::Arc;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{Fingerprint, Sequence};
use sekisho_policy::time::Timestamp;
use sha2::Sha256;

use ct_merkle::mem_backed_tree::MemoryBackedTree;

use super::Open;
use super::cast::{command, device, event, exception, id, policy, report, routine, token};
use crate::audit::entry;
use crate::limits::POLICIES_KEPT_MAX;
use crate::record::{ExceptionRow, Scope, Step};
use crate::store::{Store, StoreError};

pub(super) async fn a_policy_follows_the_one_in_force(open: Open<'_>) {
    let store = open();
    assert_eq!(store.policy_current().await.unwrap(), None);
    store.policy_apply(policy(1), vec![]).await.unwrap();
    for version in [1, 3] {
        let refused = store.policy_apply(policy(version), vec![]).await;
        assert!(
            matches!(refused, Err(StoreError::Conflict(_))),
            "{refused:?}"
        );
    }
    store.policy_apply(policy(2), vec![]).await.unwrap();
    assert_eq!(store.policy_current().await.unwrap(), Some(policy(2)));
}

pub(super) async fn earlier_policies_are_kept_up_to_a_bound(open: Open<'_>) {
    let store = open();
    let last = POLICIES_KEPT_MAX + 2;
    for version in 1..=last {
        store.policy_apply(policy(version), vec![]).await.unwrap();
    }
    drop(store);
    let store = open();
    let heads = store.policy_list().await.unwrap();
    let versions: Vec<_> = heads.iter().map(|head| head.version).collect();
    assert_eq!(versions, (3..=last).rev().collect::<Vec<_>>());
    let oldest = heads.last().unwrap();
    assert_eq!(
        (oldest.reverts, oldest.summary.as_str()),
        (Some(1), "version 3")
    );
    for version in [1, 2, last + 1] {
        assert_eq!(store.policy_fetch(version).await.unwrap(), None);
    }
    assert_eq!(store.policy_fetch(3).await.unwrap(), Some(policy(3)));
}

pub(super) async fn an_exception_goes_on_from_the_step_it_has_reached(open: Open<'_>) {
    let step = |by: &str| {
        Some(Step {
            by: by.to_owned(),
            login: Some(1001),
            at: Timestamp(5),
        })
    };
    let asked = |number: u64, scope: Scope| ExceptionRow {
        scope,
        ..exception(number)
    };
    let store = open();
    let one = asked(1, Scope::Device(id(1)));
    let group = asked(2, Scope::Group(String::new()));
    let mut approved = one.clone();
    approved.approved = step("Mika");
    approved.terms.approver = "Mika".to_owned();
    let refused = store.exception_put(approved.clone(), vec![]).await;
    assert!(refused.is_err(), "nobody asked for it");
    for row in [&one, &group, &approved] {
        store.exception_put(row.clone(), vec![]).await.unwrap();
    }
    let mut other = approved.clone();
    other.approved = step("Kenji");
    let mut longer = group.clone();
    longer.terms.until = Timestamp(7);
    for row in [one.clone(), other, longer] {
        let refused = store.exception_put(row, vec![]).await;
        assert!(
            matches!(refused, Err(StoreError::Conflict(_))),
            "{refused:?}"
        );
    }
    let mut revoked = approved.clone();
    revoked.revoked = step("Kenji");
    store.exception_put(revoked.clone(), vec![]).await.unwrap();
    let refused = store.exception_put(approved, vec![]).await;
    assert!(refused.is_err(), "it was taken back");
    drop(store);
    assert_eq!(open().exception_list().await.unwrap(), [revoked, group]);
}

pub(super) async fn entries_stand_in_the_order_they_were_written(open: Open<'_>) {
    let store = open();
    let empty = store.audit_root().await.unwrap();
    assert_eq!(empty.size, 0);
    assert_eq!(empty.root, Fingerprint::of(b""));
    for round in 0..30_u32 {
        let mut events = vec![event("test.first"), event("test.second")];
        events[0].details = vec![("round", round.to_string())];
        events[1].details = vec![("long", "x".repeat(500))];
        store.audit_append(events).await.unwrap();
    }
    let mut tree = MemoryBackedTree::<Sha256, Vec<u8>>::new();
    let mut from = 0;
    loop {
        let page = store.audit_entries(from, 7).await.unwrap();
        if page.is_empty() {
            break;
        }
        for bytes in page {
            let entry = entry::decode(&bytes).unwrap();
            if from % 2 == 0 {
                assert_eq!(entry.action, "test.first");
                assert_eq!(entry.details[0].1, (from / 2).to_string());
            } else {
                assert_eq!(entry.action, "test.second");
            }
            tree.push(bytes);
            from += 1;
        }
    }
    let root = store.audit_root().await.unwrap();
    assert_eq!(root.size, 60);
    assert_eq!(from, 60);
    assert_eq!(&root.root.as_bytes()[..], &tree.root().as_bytes()[..]);
}

pub(super) async fn a_refused_change_leaves_nothing_behind(open: Open<'_>) {
    let store = open();
    let nothing = store.audit_root().await.unwrap();
    let refused = store
        .device_enrol(device(1, &token(1, 1)), vec![event("device.enrolled")])
        .await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
    let refused = store
        .policy_apply(policy(7), vec![event("policy.applied")])
        .await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
    assert_eq!(store.audit_root().await.unwrap(), nothing);
    assert!(store.audit_entries(0, 9).await.unwrap().is_empty());
}

pub(super) async fn all_is_there_after_a_restart(open: Open<'_>) {
    let store = open();
    let token = token(1, 9);
    store
        .token_add(token.clone(), vec![event("token.made")])
        .await
        .unwrap();
    store.device_enrol(device(1, &token), vec![]).await.unwrap();
    store.report_record(report(1, 1, b"body")).await.unwrap();
    store
        .report_record_routine(routine(1, 2), Sequence(1))
        .await
        .unwrap();
    let (command, _) = command(&[(1, 1)]);
    store.order_record(command, vec![]).await.unwrap();
    store.policy_apply(policy(1), vec![]).await.unwrap();
    let before = everything(&store).await;
    drop(store);

    let store = open();
    assert_eq!(everything(&store).await, before);
    store
        .audit_append(vec![event("collector.started")])
        .await
        .unwrap();
    let root = store.audit_root().await.unwrap();
    assert_eq!(root.size, 4);
}

async fn everything(store: &Arc<dyn Store>) -> String {
    format!(
        "{:?}",
        (
            store.token_list().await.unwrap(),
            store.device_list(None, 9).await.unwrap(),
            store.section_fetch(id(1), SectionKind::Host).await.unwrap(),
            store.report_history(id(1), Sequence(0), 9).await.unwrap(),
            store.order_fetch(id(1)).await.unwrap(),
            store.order_signed(id(1)).await.unwrap(),
            store.policy_current().await.unwrap(),
            store.audit_root().await.unwrap(),
            store.audit_entries(0, 99).await.unwrap(),
        )
    )
}
