//! After the storm: everybody has come to agree, and nothing goes on any more.
//!
//! Touches the world, reading only. Must never be satisfied with what one side says of the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use sekisho_collector::audit::HeadSigner;
use sekisho_collector::audit::walk::verify_store;
use sekisho_collector::store::Store;
use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{Fingerprint, Generation};
use sekisho_policy::order::Access;
use sekisho_policy::reading::Reading;
use sekisho_policy::register::{Entry, Registration};
use sekisho_policy::time::Span;

use crate::door::wait;
use crate::laptop::Laptop;
use crate::time;
use crate::world::World;

/// Events for each laptop in an hour in which nothing happens: thirty pulses with their answers, each of
/// them a wake and two messages; four readings with their reports; twelve looks at the firewall.
const QUIET_HOUR_MAX: u64 = 30 * 4 + 4 * 8 + 12 * 3;

/// Lets an hour pass in which only what is routine goes on.
pub(crate) fn is_quiet(world: &mut World) {
    world.counts.clear();
    let acknowledged = world.truth.counts().0;
    world.pass(Span::from_hours(1));
    for trouble in [
        "connects",
        "hears the end",
        "loses its link",
        "is gone",
        "renewed",
    ] {
        assert_eq!(world.counts.get(trouble), None, "{:?}", world.counts);
    }
    let laptops = u64::try_from(world.laptops.len()).expect("a small number");
    let events: u64 = world.counts.values().sum();
    assert!(events <= laptops * QUIET_HOUR_MAX, "{:?}", world.counts);
    let reports = world.truth.counts().0 - acknowledged;
    assert!(
        reports >= world.laptops.len() * 3,
        "{reports} reports in an hour"
    );
}

/// Whether nothing is under way at this moment.
fn is_still(world: &World) -> bool {
    let running = world.centre.running.as_ref().expect("the collector runs");
    let mut agents = world
        .laptops
        .iter()
        .filter_map(|laptop| laptop.agent.as_ref());
    running.store.waiting() == 0 && agents.all(|agent| agent.outbox.is_empty())
}

/// Everything is as it was ordered, known and recorded.
pub(crate) fn everybody_agrees(world: &mut World) {
    let became_still = (0..120).any(|_| {
        world.pass(time::secs(1));
        is_still(world)
    });
    assert!(became_still, "a report or a write has waited for minutes");
    let running = world.centre.running.as_ref().expect("the collector runs");
    assert_eq!(
        running.open(),
        (world.laptops.len(), 0),
        "streams and errands"
    );
    assert_eq!(running.store.waiting(), 0, "writes wait");
    assert_eq!(running.collector.hub.online().len(), world.laptops.len());
    let policy = running.collector.policy.current().text.clone();
    let store = Arc::clone(world.centre.store());
    for laptop in &world.laptops {
        agrees(store.as_ref(), laptop, &policy);
    }
    world.truth.nothing_is_missing(store.as_ref());
    world.truth.log_is_whole(store.as_ref());
    let key = HeadSigner::public_key(&*world.centre.keys.audit);
    wait(verify_store(store, &key, &[])).expect("the audit log verifies");
}

fn agrees(store: &dyn Store, laptop: &Laptop, policy: &str) {
    let device = laptop.device;
    let agent = laptop.agent.as_ref().expect("the agent runs");
    let view = agent.cycle.view(laptop.now());
    assert!(view.attached, "{device} is not attached: {}", view.why_not);
    assert_eq!(
        agent.outbox.len(),
        0,
        "{device} has {:?} waiting: {view:?}",
        agent.outbox.first()
    );
    assert_eq!(view.outbox_trouble, None, "{device}");

    let row = wait(store.device_fetch(device)).expect("readable");
    let row = row.expect("a device");
    assert_eq!(row.registration, Registration::Approved, "{device}");
    // How long it is silent the collector alone counts.
    let entry = Entry {
        silent: None,
        ..row.entry()
    };
    assert_eq!(
        entry, view.register,
        "{device} does not know its registration"
    );
    assert_eq!(
        agent.policy.as_deref(),
        Some(policy),
        "{device} has another policy"
    );

    let posture = wait(store.posture_fetch(device)).expect("readable");
    let posture = posture.expect("a posture");
    let last = view.last_acknowledged.map(|last| last.sequence);
    assert_eq!(Some(posture.sequence), last, "{device}");
    let seen: BTreeMap<SectionKind, Fingerprint> = posture.sections.iter().copied().collect();
    assert_eq!(
        seen,
        laptop.sections(),
        "{device}: its last facts were not judged"
    );
    assert!(posture.verdict.is_some(), "{device} was not judged");

    let order = wait(store.order_fetch(device)).expect("readable");
    let held = view.order.as_ref().map(|order| order.generation);
    let is_over = |until| until <= time::now();
    let access = match &order {
        Some(order) if !order.until.is_some_and(is_over) => order.access,
        Some(_) | None => Access::Full,
    };
    // An order that ended before it arrived is not taken up.
    if access != Access::Full {
        assert_eq!(
            held,
            order.as_ref().map(|order| order.generation),
            "{device}"
        );
    }
    assert_eq!(
        laptop.kernel, access,
        "{device} holds {held:?} of {order:?}"
    );
    let account = posture.enforcement.expect("an account");
    assert_eq!(account.applied, Reading::Known(access), "{device}");
    assert_eq!(
        account.desired,
        (held.unwrap_or(Generation(0)), access),
        "{device}"
    );
}
