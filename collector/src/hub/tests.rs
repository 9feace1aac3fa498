//! Tests of the hub.
//!
//! Touches memory alone. Must never wait for time to pass.

use std::task::Waker;

use super::*;

const AIKO: DeviceId = DeviceId::from_bytes([1; 16]);

fn message(at_ms: i64) -> Arc<FromCollector> {
    Arc::new(FromCollector { at_ms, body: None })
}

fn event(attachment: &Attachment) -> Poll<Event> {
    attachment
        .line()
        .poll_event(&Context::from_waker(Waker::noop()))
}

#[test]
fn what_is_sent_arrives_in_order() {
    let hub = Arc::new(Hub::default());
    let aiko = hub.attach(AIKO, Arc::default());
    assert_eq!(hub.send(AIKO, message(1)), Delivery::Sent);
    assert_eq!(hub.send_all(&message(2)), 1);
    assert_eq!(event(&aiko), Poll::Ready(Event::Send(message(1))));
    assert_eq!(event(&aiko), Poll::Ready(Event::Send(message(2))));
    assert_eq!(event(&aiko), Poll::Pending);
}

#[test]
fn a_second_stream_ends_the_first_and_keeps_its_own_place() {
    let hub = Arc::new(Hub::default());
    let first = hub.attach(AIKO, Arc::default());
    let second = hub.attach(AIKO, Arc::default());
    assert_eq!(event(&first), Poll::Ready(Event::End(End::Replaced)));
    drop(first);
    assert_eq!(hub.online(), vec![AIKO]);
    assert_eq!(event(&second), Poll::Pending);
    drop(second);
    assert_eq!(hub.online(), vec![]);
}

#[test]
fn a_cut_closes_the_connection_and_drops_what_was_waiting() {
    let hub = Arc::new(Hub::default());
    let closer = Arc::new(Closer::default());
    let aiko = hub.attach(AIKO, Arc::clone(&closer));
    hub.send(AIKO, message(1));
    assert!(hub.cut(AIKO, "suspended"));
    assert!(closer.is_closed());
    let end = End::Cut("suspended".to_owned());
    assert_eq!(event(&aiko), Poll::Ready(Event::End(end)));
    assert_eq!(hub.send(AIKO, message(2)), Delivery::NotOnline);
    assert!(!hub.cut(AIKO, "suspended"));
}

#[test]
fn a_device_that_does_not_read_is_ended_and_holds_no_memory() {
    let hub = Arc::new(Hub::default());
    let closer = Arc::new(Closer::default());
    let aiko = hub.attach(AIKO, Arc::clone(&closer));
    for at in 0..OUTGOING_MAX {
        assert_eq!(
            hub.send(AIKO, message(i64::try_from(at).unwrap())),
            Delivery::Sent
        );
    }
    assert_eq!(hub.send(AIKO, message(-1)), Delivery::NotDraining);
    assert_eq!(event(&aiko), Poll::Ready(Event::End(End::NotDraining)));
    assert!(closer.is_closed());
}

#[test]
fn a_change_of_the_register_is_told_once() {
    let hub = Arc::new(Hub::default());
    let aiko = hub.attach(AIKO, Arc::default());
    hub.changed(AIKO);
    hub.changed(AIKO);
    assert_eq!(event(&aiko), Poll::Ready(Event::Changed));
    assert_eq!(event(&aiko), Poll::Pending);
}
