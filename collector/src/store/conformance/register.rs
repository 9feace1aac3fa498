//! Tokens and the device register.
//!
//! Touches the store it is given.

use std::sync::Arc;

use sekisho_policy::id::Fingerprint;
use sekisho_policy::register::Registration;

use super::Open;
use super::cast::{device, event, id, token};
use crate::store::StoreError;

pub(super) async fn a_device_enrols_once_for_each_use_of_its_token(open: Open<'_>) {
    let store = open();
    let token = token(1, 2);
    store.token_add(token.clone(), vec![]).await.unwrap();
    let again = store.token_add(token.clone(), vec![]).await;
    assert!(matches!(again, Err(StoreError::Conflict(_))), "{again:?}");

    let first = device(1, &token);
    store.device_enrol(first.clone(), vec![]).await.unwrap();
    let mut same_key = device(2, &token);
    same_key.key = first.key;
    let refused = store.device_enrol(same_key, vec![]).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
    store.device_enrol(device(2, &token), vec![]).await.unwrap();
    let third = store.device_enrol(device(3, &token), vec![]).await;
    assert!(matches!(third, Err(StoreError::Conflict(_))), "{third:?}");

    assert_eq!(store.device_fetch(first.id).await.unwrap(), Some(first));
    assert_eq!(store.device_fetch(id(3)).await.unwrap(), None);
    let held = store.token_by_digest(token.digest).await.unwrap().unwrap();
    assert_eq!(held.uses_left, 0);
    assert_eq!(store.token_list().await.unwrap(), vec![held]);
}

pub(super) async fn a_withdrawn_token_lets_nobody_in(open: Open<'_>) {
    let store = open();
    let token = token(1, 9);
    let unknown = store.token_withdraw(token.id, vec![]).await;
    assert!(
        matches!(unknown, Err(StoreError::NotFound { what: "token", .. })),
        "{unknown:?}"
    );
    store.token_add(token.clone(), vec![]).await.unwrap();
    store.token_withdraw(token.id, vec![]).await.unwrap();
    let refused = store.device_enrol(device(1, &token), vec![]).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
    assert_eq!(store.device_fetch(id(1)).await.unwrap(), None);
    assert!(store.token_list().await.unwrap()[0].withdrawn);
}

pub(super) async fn a_race_for_the_last_use_of_a_token_has_one_winner(open: Open<'_>) {
    let store = open();
    let token = token(1, 1);
    store.token_add(token.clone(), vec![]).await.unwrap();
    let racers: Vec<_> = (1..=20)
        .map(|number| {
            let (store, device) = (Arc::clone(&store), device(number, &token));
            tokio::spawn(async move {
                store
                    .device_enrol(device, vec![event("device.enrolled")])
                    .await
            })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(()) => winners += 1,
            Err(StoreError::Conflict(_)) => {}
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!(winners, 1);
    assert_eq!(store.device_list(None, 100).await.unwrap().len(), 1);
    assert_eq!(store.audit_root().await.unwrap().size, 1);
}

pub(super) async fn a_change_on_an_old_revision_is_refused(open: Open<'_>) {
    let store = open();
    let token = token(1, 9);
    store.token_add(token.clone(), vec![]).await.unwrap();
    let missing = store.device_change(device(1, &token), vec![]).await;
    assert!(
        matches!(missing, Err(StoreError::NotFound { .. })),
        "{missing:?}"
    );
    store.device_enrol(device(1, &token), vec![]).await.unwrap();

    let read = store.device_fetch(id(1)).await.unwrap().unwrap();
    let mut approved = read.clone();
    approved.registration = Registration::Approved;
    store.device_change(approved, vec![]).await.unwrap();
    let mut lost = read.clone();
    lost.registration = Registration::Lost;
    let refused = store.device_change(lost, vec![]).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );

    let held = store.device_fetch(id(1)).await.unwrap().unwrap();
    assert_eq!(held.registration, Registration::Approved);
    assert_eq!(held.revision, read.revision + 1);
}

pub(super) async fn a_device_is_found_by_its_present_key_only(open: Open<'_>) {
    let store = open();
    let token = token(1, 9);
    store.token_add(token.clone(), vec![]).await.unwrap();
    for number in [1, 2] {
        store
            .device_enrol(device(number, &token), vec![])
            .await
            .unwrap();
    }
    let mut renewed = store.device_fetch(id(1)).await.unwrap().unwrap();
    let (old, new) = (renewed.key, Fingerprint::of(b"renewed"));
    renewed.key = new;
    store.device_change(renewed, vec![]).await.unwrap();
    assert_eq!(store.device_by_key(old).await.unwrap(), None);
    let found = store.device_by_key(new).await.unwrap().unwrap();
    assert_eq!(found.id, id(1));

    let mut thief = store.device_fetch(id(2)).await.unwrap().unwrap();
    thief.key = new;
    let refused = store.device_change(thief, vec![]).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
}

pub(super) async fn the_register_is_read_page_by_page(open: Open<'_>) {
    let store = open();
    let token = token(1, 200);
    store.token_add(token.clone(), vec![]).await.unwrap();
    for number in (1..=25).rev() {
        store
            .device_enrol(device(number, &token), vec![])
            .await
            .unwrap();
    }
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.device_list(after, 10).await.unwrap();
        assert!(page.len() <= 10);
        let Some((last, _)) = page.last() else { break };
        after = Some(last.id);
        seen.extend(page.iter().map(|(device, _)| device.id));
    }
    assert_eq!(seen, (1..=25).map(id).collect::<Vec<_>>());
}
