//! What the agent starts from: its memory, read once, every damage told.
//!
//! Touches the state folder. Must never take a damaged file for an empty one where that would open the
//! network.

use std::collections::BTreeMap;
use std::fs::File;
use std::net::IpAddr;

use aws_lc_rs::rand;
use prost::Message;

use sekisho_policy::document::Policy;
use sekisho_policy::finding::RuleId;
use sekisho_policy::id::Fingerprint;
use sekisho_policy::register::Entry;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::order::{self, OrderBody};
use sekisho_proto::wire;

use super::lift;
use crate::config::Config;
use crate::cycle::Start;
use crate::cycle::order::{Held, HeldOrder};
use crate::enforce::lift::Lift;
use crate::identity::{Identity, IdentityError, Validity};
use crate::limits::{CHECK_INTERVAL_SECS, SETTINGS_BYTES_MAX};
use crate::link::is_signed;
use crate::memory::record::{
    AddressesRecord, ClockRecord, OrderRecord, RequestsRecord, SinceRecord, VerdictRecord,
    addresses,
};
use crate::memory::{Memory, Slot};
use crate::paths::{PathError, Paths, read_small};

/// What was remembered.
pub(super) struct Recalled {
    pub(super) start: Start,
    pub(super) policy: Option<Policy>,
    /// Whether it is the company's.
    pub(super) policy_told: bool,
    pub(super) since: BTreeMap<RuleId, Timestamp>,
    pub(super) known: Vec<IpAddr>,
    pub(super) lift: Lift,
}

/// Takes the state folder for this process.
///
/// # Errors
/// When another agent has it.
pub fn lock(paths: &Paths) -> anyhow::Result<File> {
    let path = paths.lock_path();
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| PathError::Write {
            path: path.clone(),
            source,
        })?;
    file.try_lock().map_err(|_| {
        anyhow::anyhow!(
            "another agent runs on {}; stop it first",
            paths.state_dir().display()
        )
    })?;
    Ok(file)
}

pub(super) fn recall(
    memory: &Memory,
    identity: &Identity,
    config: &Config,
) -> anyhow::Result<Recalled> {
    let (mut start, policy) = remembered(memory, identity.validity()?, &identity.order_keys);
    let lift = lift::recall(memory, start.order.generation());
    start.seed = seed()?;
    start.check_interval_secs = config.check_interval_secs;
    start.lifted_until = lift.lifted_until();
    // Until the collector has told its policy the laptop judges itself by the one it came with.
    let policy_told = policy.is_some();
    let shipped = || Policy::parse(Policy::shipped_text()).ok();
    Ok(Recalled {
        policy_told,
        policy: policy.or_else(shipped),
        since: decoded::<SinceRecord>(memory, Slot::Since)
            .unwrap_or_default()
            .since(),
        known: start.known.clone(),
        start,
        lift,
    })
}

/// What the package wrote down of an upgrade that it took back; told to the log.
pub(super) fn taken_back(paths: &Paths) -> Option<String> {
    let found = read_small(&paths.taken_back_path(), SETTINGS_BYTES_MAX);
    let bytes = found
        .inspect_err(|error| tracing::error!(error = super::chain(error), "a note is lost"))
        .ok()??;
    let why = String::from_utf8_lossy(&bytes).trim().to_owned();
    tracing::warn!(why, "an upgrade was taken back; the version before goes on");
    Some(why)
}

/// What of this laptop's state and configuration this version cannot go on with; reads, and changes nothing. A device
/// that is not enrolled has nothing that could be lost.
#[must_use]
pub fn unreadable(paths: &Paths, config: &Config) -> Vec<String> {
    let mut found: Vec<String> = config.trouble.iter().cloned().collect();
    let identity = match Identity::load(paths) {
        Ok(identity) => identity,
        Err(IdentityError::NotEnrolled) => return found,
        Err(error) => {
            found.push(super::chain(&error));
            return found;
        }
    };
    if let Err(error) = identity.validity() {
        found.push(super::chain(&error));
    }
    let memory = Memory::new(&paths.memory_dir(), identity.device);
    for slot in Slot::ALL {
        if let Err(error) = memory.recall(slot) {
            found.push(super::chain(&error));
        }
    }
    if let Held::Damaged(why) = held(&memory, &identity.order_keys) {
        found.push(format!("the order in force: {why}"));
    }
    let policy =
        get(&memory, Slot::Policy).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    if let Some(Err(error)) = policy.as_deref().map(Policy::parse) {
        found.push(format!("the company's policy: {}", super::chain(&error)));
    }
    if let Err(error) = crate::outbox::readable(&paths.outbox_dir(), identity.device) {
        found.push(super::chain(&error));
    }
    found
}

/// What a memory holds for a cycle to start from, the seed, the interval and a break-glass release
/// aside; and the policy, if it holds one.
#[must_use]
pub fn remembered(
    memory: &Memory,
    validity: Validity,
    order_keys: &[[u8; 32]],
) -> (Start, Option<Policy>) {
    let text = get(memory, Slot::Policy).and_then(|bytes| String::from_utf8(bytes).ok());
    let policy = text.as_deref().and_then(|text| Policy::parse(text).ok());
    let clock: ClockRecord = decoded(memory, Slot::Clock).unwrap_or_default();
    let order = held(memory, order_keys);
    let requests: RequestsRecord = decoded(memory, Slot::Requests).unwrap_or_default();
    let start = Start {
        device: memory.device(),
        seed: 0,
        check_interval_secs: CHECK_INTERVAL_SECS,
        known: known(memory, &order),
        order,
        thread: get(memory, Slot::Thread).unwrap_or_default(),
        policy: policy
            .as_ref()
            .and(text.as_deref())
            .map(|text| Fingerprint::of(text.as_bytes())),
        register: register(memory),
        requests: requests
            .ids
            .into_iter()
            .filter_map(|id| id.try_into().ok())
            .collect(),
        floor: Timestamp(clock.floor_ms),
        skew: clock.skew_ms.map(Span),
        verdict: decoded::<VerdictRecord>(memory, Slot::Verdict),
        lifted_until: None,
        validity,
        beacons: decoded::<wire::Beacons>(memory, Slot::Beacons)
            .unwrap_or_default()
            .into(),
    };
    (start, policy)
}

/// The order that was remembered, verified anew: the disk could have been in other hands.
pub(super) fn held(memory: &Memory, order_keys: &[[u8; 32]]) -> Held {
    let record = match memory.recall(Slot::Order) {
        Ok(None) => return Held::Nothing,
        Ok(Some(bytes)) => OrderRecord::decode(bytes.as_slice()).map_err(|error| error.to_string()),
        Err(error) => Err(super::chain(&error)),
    };
    let opened = record.and_then(|record| {
        let signed = wire::SignedOrder::decode(record.signed.as_slice())
            .map_err(|error| error.to_string())?;
        let opened = order::open(&signed, |id, message, signature| {
            is_signed(order_keys, id, message, signature)
        });
        Ok((opened.map_err(|error| super::chain(&error))?, record))
    });
    match opened {
        Ok((OrderBody::State(order), record)) => Held::Order(Box::new(HeldOrder {
            met_at: addresses(&record.met_at),
            order,
            signed: record.signed,
            remaining: record.remaining_ms.map(Span),
            elapsed: Span(record.elapsed_ms),
            ended: record.ended,
        })),
        Ok((OrderBody::Request(_), _)) => damaged("it holds a request".to_owned()),
        Err(why) => damaged(why),
    }
}

/// Where the collector was met. Without it an isolation could not be put in force, so what the order was
/// noted with stands in for a list that is lost.
fn known(memory: &Memory, order: &Held) -> Vec<IpAddr> {
    let list: AddressesRecord = decoded(memory, Slot::Addresses).unwrap_or_default();
    let known = addresses(&list.addresses);
    match order {
        Held::Order(held) if known.is_empty() => held.met_at.clone(),
        Held::Order(_) | Held::Nothing | Held::Damaged(_) => known,
    }
}

fn damaged(why: String) -> Held {
    tracing::error!(
        why,
        "the remembered order cannot be used; the firewall stays as it is"
    );
    Held::Damaged(why)
}

fn register(memory: &Memory) -> Entry {
    decoded::<wire::RegisterEntry>(memory, Slot::Register)
        .and_then(|entry| Entry::try_from(entry).ok())
        .unwrap_or_else(Entry::unknown)
}

fn decoded<T: Message + Default>(memory: &Memory, slot: Slot) -> Option<T> {
    let bytes = get(memory, slot)?;
    T::decode(bytes.as_slice())
        .inspect_err(|error| tracing::error!(%error, slot = slot.name(), "a memory makes no sense"))
        .ok()
}

fn get(memory: &Memory, slot: Slot) -> Option<Vec<u8>> {
    match memory.recall(slot) {
        Ok(found) => found,
        Err(error) => {
            tracing::error!(
                slot = slot.name(),
                error = super::chain(&error),
                "a memory is lost"
            );
            None
        }
    }
}

fn seed() -> anyhow::Result<u64> {
    let mut bytes = [0; 8];
    rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("the system gives no randomness"))?;
    Ok(u64::from_le_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sekisho_policy::id::DeviceId;

    #[test]
    fn what_the_order_was_noted_with_stands_in_for_a_list_that_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let memory = Memory::new(dir.path(), DeviceId::from_bytes([7; 16]));
        let noted: Vec<IpAddr> = vec!["192.0.2.7".parse().unwrap()];
        let order = Held::Order(Box::new(HeldOrder {
            order: sekisho_policy::order::Order {
                device: memory.device(),
                generation: sekisho_policy::id::Generation(3),
                access: sekisho_policy::order::Access::Isolated,
                reason: String::new(),
                issued_at: Timestamp(0),
                until: None,
                incident: None,
                allow: Vec::new(),
            },
            signed: Vec::new(),
            remaining: None,
            elapsed: Span(0),
            met_at: noted.clone(),
            ended: false,
        }));
        let later: Vec<IpAddr> = vec!["192.0.2.8".parse().unwrap()];
        let list = AddressesRecord::of(&later).encode_to_vec();
        memory.keep(Slot::Addresses, &list).unwrap();
        assert_eq!(known(&memory, &order), later);
        std::fs::write(dir.path().join("addresses"), b"rubbish").unwrap();
        assert_eq!(known(&memory, &order), noted);
        assert!(known(&memory, &Held::Nothing).is_empty());
    }
}
