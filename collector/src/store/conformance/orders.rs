//! Orders: in force one after the other, the orders of a command all or none of them.
//!
//! Touches the store it is given.

use std::sync::Arc;

use sekisho_policy::id::Generation;
use sekisho_policy::order::Access;
use sekisho_policy::time::Timestamp;

use super::Open;
use super::cast::{command, device, event, id, order, report, token};
use crate::record::Recipient;
use crate::store::{Store, StoreError};

/// Gives devices their orders.
async fn give(store: &Arc<dyn Store>, to: &[(u8, u64)]) -> Result<(), StoreError> {
    store
        .order_record(command(to).0, vec![event("order.issued")])
        .await
}

/// An open store with devices 1 to `count`.
async fn with_devices(open: Open<'_>, count: u8) -> Arc<dyn Store> {
    let store = open();
    let token = token(1, u32::from(count));
    store.token_add(token.clone(), vec![]).await.unwrap();
    for number in 1..=count {
        let device = device(number, &token);
        store.device_enrol(device, vec![]).await.unwrap();
    }
    store
}

pub(super) async fn an_order_follows_the_one_in_force(open: Open<'_>) {
    let store = with_devices(open, 1).await;
    let stranger = give(&store, &[(2, 1)]).await;
    assert!(
        matches!(stranger, Err(StoreError::NotFound { .. })),
        "{stranger:?}"
    );
    assert_eq!(store.order_fetch(id(1)).await.unwrap(), None);
    assert_eq!(store.order_signed(id(1)).await.unwrap(), None);
    give(&store, &[(1, 1)]).await.unwrap();
    give(&store, &[(1, 2)]).await.unwrap();
    for generation in [1, 2] {
        let refused = give(&store, &[(1, generation)]).await;
        assert!(
            matches!(refused, Err(StoreError::Conflict(_))),
            "{refused:?}"
        );
    }
    assert_eq!(store.order_fetch(id(1)).await.unwrap(), Some(order(1, 2)));
}

pub(super) async fn a_command_gives_all_its_orders_or_none(open: Open<'_>) {
    let store = with_devices(open, 3).await;
    give(&store, &[(2, 5)]).await.unwrap();
    let before = store.audit_root().await.unwrap();
    for to in [
        [(1, 1), (2, 5), (3, 1)],
        [(1, 1), (2, 6), (9, 1)],
        [(1, 1), (2, 6), (1, 1)],
    ] {
        let refused = give(&store, &to).await;
        assert!(refused.is_err(), "{to:?}");
        assert_eq!(store.order_fetch(id(1)).await.unwrap(), None);
        assert_eq!(store.order_fetch(id(2)).await.unwrap(), Some(order(2, 5)));
        assert_eq!(store.audit_root().await.unwrap(), before);
    }
    give(&store, &[(1, 1), (2, 6), (3, 9)]).await.unwrap();
    for (number, generation) in [(1, 1), (2, 6), (3, 9)] {
        let held = store.order_fetch(id(number)).await.unwrap();
        assert_eq!(held, Some(order(number, generation)));
    }
}

pub(super) async fn every_order_of_a_command_is_sent_as_it_was_signed(open: Open<'_>) {
    const DEVICES: u8 = 130;
    let store = with_devices(open, DEVICES).await;
    let to: Vec<_> = (1..=DEVICES).map(|number| (number, 7)).collect();
    let (command, orders) = command(&to);
    store.order_record(command, vec![]).await.unwrap();
    give(&store, &[(66, 8)]).await.unwrap();
    drop(store);

    let store = open();
    for (number, order) in (1..).zip(orders) {
        let sent = store.order_signed(id(number)).await.unwrap();
        assert_eq!(sent == Some(order), number != 66, "device {number}");
    }
}

pub(super) async fn recipients_are_read_page_by_page(open: Open<'_>) {
    let store = with_devices(open, 5).await;
    store.report_record(report(2, 1, b"body")).await.unwrap();
    give(&store, &[(2, 1), (4, 2)]).await.unwrap();
    let mut pages = Vec::new();
    let mut after = None;
    loop {
        let page = store.recipient_list(after, 2).await.unwrap();
        assert_eq!(page.damaged, []);
        pages.push(page.found);
        if page.next.is_none() {
            break;
        }
        after = page.next;
    }
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 1]);
    let token = token(1, 5);
    for (number, found) in (1..).zip(pages.concat()) {
        let row = device(number, &token);
        let given = |generation| {
            (
                Generation(generation),
                Access::Isolated,
                Some(Timestamp(60)),
            )
        };
        let expected = Recipient {
            id: row.id,
            name: row.name,
            registration: row.registration,
            group: row.group,
            given: match number {
                2 => Some(given(1)),
                4 => Some(given(2)),
                _ => None,
            },
            held: (number == 2).then_some((Generation(3), Access::Isolated)),
        };
        let fetched = store.recipient_fetch(found.id).await.unwrap();
        assert_eq!(fetched.as_ref(), Some(&expected));
        assert_eq!(found, expected);
    }
    assert_eq!(store.recipient_fetch(id(9)).await.unwrap(), None);
}
