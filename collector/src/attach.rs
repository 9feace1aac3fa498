//! The beginning of a device's stream: the hello is held against the certificate and against what is
//! known of the machine, and the connection is put down.
//!
//! Touches the store and randomness. Must never merge two machines that claim one identity: they
//! become a case that a person decides.

mod clone;
#[cfg(test)]
mod tests;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use thiserror::Error;

use sekisho_policy::id::{DeviceId, Generation, Sequence};
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::message::{Hello, PROTOCOL};

use crate::admit::{Presented, Refusal, decide};
use crate::intake::Allowance;
use crate::record::{Actor, AuditEvent, CloneCase, Device, Marks, Posture, Thread};
use crate::store::{Store, StoreError};

/// Bytes of the mark that links a connection to the next.
const THREAD_BYTES: usize = 16;
/// How often a change of the register is tried again that somebody else's change got ahead of.
const TRIES_MAX: u32 = 3;

/// A device whose stream has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attached {
    /// Its row of the register.
    pub device: Device,
    /// What was last seen of it.
    pub posture: Posture,
    /// The mark to give it.
    pub thread: Vec<u8>,
    /// The order in force as it is sent, if the device holds an older one or none.
    pub order: Option<Vec<u8>>,
}

/// Why a stream does not begin.
#[derive(Debug, Error)]
pub enum AttachError {
    /// The agent speaks another version of the contract.
    #[error("the agent speaks version {0} of the contract and this collector {PROTOCOL}")]
    Protocol(u32),
    /// It may not come in.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It has come with another version of the agent too often of late.
    #[error("the agent's version has changed too often of late; come back later")]
    TooOften,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
    /// The store did not record it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Begins the stream of the holder of a certificate. The register is read here and not taken from an
/// earlier admission: between the two the device may have been suspended.
///
/// # Errors
/// [`AttachError`].
pub async fn attach(
    store: &dyn Store,
    asides: &Allowance,
    presented: &Presented,
    hello: &Hello,
    address: &str,
    now: Timestamp,
) -> Result<Attached, AttachError> {
    if hello.protocol != PROTOCOL {
        return Err(AttachError::Protocol(hello.protocol));
    }
    if hello.device != presented.device {
        return Err(Refusal::PeerClaimsOther {
            device: presented.device,
            claimed: hello.device,
        }
        .into());
    }
    let (posture, damage) = last_seen(store, presented.device).await?;
    let device = meet(store, presented, hello, posture.as_ref(), address, now).await?;
    let mut events: Vec<_> = damage
        .map(|cause| lost(device.id, cause, now))
        .into_iter()
        .collect();
    let posture = posture.unwrap_or_else(|| unseen(now));
    if posture.agent_version != hello.agent_version {
        // A device that is never of the same version must not fill the log.
        asides
            .take(device.id, now)
            .map_err(|_| AttachError::TooOften)?;
        events.push(other_version(device.id, &posture, hello, now));
    }
    let (posture, thread) = connect(store, &device, hello, posture, events, now).await?;
    let order = newer_order(store, device.id, hello.generation).await?;
    Ok(Attached {
        device,
        posture,
        thread,
        order,
    })
}

/// Admits the device and puts into its row what the hello shows: that a new certificate has arrived, or
/// that another machine came.
async fn meet(
    store: &dyn Store,
    presented: &Presented,
    hello: &Hello,
    posture: Option<&Posture>,
    address: &str,
    now: Timestamp,
) -> Result<Device, AttachError> {
    let mut tries = 0;
    loop {
        let mut device = store
            .device_fetch(presented.device)
            .await?
            .ok_or(Refusal::UnknownDevice(presented.device))?;
        decide(presented, &device, now)?;
        let mut events = Vec::new();
        events.extend(notice_clone(&mut device, hello, posture, address, now));
        // Until a person has decided, neither of two machines ends the other's certificate.
        if device.clones.is_none() {
            events.extend(supersede(&mut device, presented, now));
        }
        if events.is_empty() {
            return Ok(device);
        }
        tries += 1;
        match store.device_change(device, events).await {
            Err(StoreError::Conflict(_)) if tries < TRIES_MAX => {}
            Err(error) => return Err(error.into()),
            // The row has another revision; the next round finds nothing more to change.
            Ok(()) => tries = 0,
        }
    }
}

/// The newest certificate has been seen, so that those before it are of no more use.
fn supersede(device: &mut Device, presented: &Presented, now: Timestamp) -> Option<AuditEvent> {
    let newest = device.certificates.last()?;
    if newest.fingerprint != presented.fingerprint || device.certificates.len() == 1 {
        return None;
    }
    let newest = newest.clone();
    device.certificates = vec![newest];
    Some(AuditEvent {
        at: now,
        actor: Actor::Device(device.id),
        action: "certificate.superseded",
        device: Some(device.id),
        details: vec![("certificate", presented.fingerprint.to_string())],
    })
}

fn notice_clone(
    device: &mut Device,
    hello: &Hello,
    posture: Option<&Posture>,
    address: &str,
    now: Timestamp,
) -> Option<AuditEvent> {
    if device.clones.is_some() {
        return None;
    }
    let came = marks(hello);
    let thread = posture.map(|posture| &posture.thread);
    let by = clone::told_apart_by(&device.marks, &came, thread, &hello.thread)?;
    let event = AuditEvent {
        at: now,
        actor: Actor::Device(device.id),
        action: "device.clone_noticed",
        device: Some(device.id),
        details: vec![
            ("by", by.to_owned()),
            ("address", address.to_owned()),
            ("known", clone::described(&device.marks)),
            ("came", clone::described(&came)),
        ],
    };
    device.clones = Some(CloneCase {
        noticed_at: now,
        by: by.to_owned(),
        known: device.marks.clone(),
        came,
        came_from: address.to_owned(),
    });
    Some(event)
}

/// Puts the connection down and draws the mark for the next. While a case of two machines is open no new
/// mark is given: neither shall get ahead of the other.
async fn connect(
    store: &dyn Store,
    device: &Device,
    hello: &Hello,
    mut posture: Posture,
    events: Vec<AuditEvent>,
    now: Timestamp,
) -> Result<(Posture, Vec<u8>), AttachError> {
    posture.agent_version.clone_from(&hello.agent_version);
    posture.seen_at = now;
    if device.clones.is_none() {
        posture.thread = Thread {
            last: draw()?,
            before: hello.thread.clone(),
        };
    }
    let thread = if device.clones.is_none() {
        posture.thread.last.clone()
    } else {
        hello.thread.clone()
    };
    store
        .posture_change(device.id, posture.clone(), events)
        .await?;
    Ok((posture, thread))
}

/// The order in force as it is sent, if the device holds an older one or none. One that cannot be read must keep nobody
/// out: many devices may share its row, and each goes on by the order that it holds.
async fn newer_order(
    store: &dyn Store,
    device: DeviceId,
    held: Generation,
) -> Result<Option<Vec<u8>>, StoreError> {
    let order = match store.order_fetch(device).await {
        Ok(Some(order)) if order.generation > held => store.order_signed(device).await,
        Ok(_) => Ok(None),
        Err(error) => Err(error),
    };
    if let Err(StoreError::Corrupt { cause, .. }) = &order {
        tracing::error!(%device, %cause, "the order in force of a device cannot be read and is not sent");
        return Ok(None);
    }
    order
}

/// What was last seen of the device; and why it cannot be read, if it cannot. A device must not be kept
/// from its orders by that: it tells everything anew.
async fn last_seen(
    store: &dyn Store,
    device: DeviceId,
) -> Result<(Option<Posture>, Option<String>), StoreError> {
    match store.posture_fetch(device).await {
        Err(StoreError::Corrupt { cause, .. }) => {
            tracing::error!(%device, %cause, "what was last seen of a device is lost; it begins anew");
            Ok((None, Some(cause)))
        }
        read => Ok((read?, None)),
    }
}

fn lost(device: DeviceId, cause: String, now: Timestamp) -> AuditEvent {
    AuditEvent {
        at: now,
        actor: Actor::Collector,
        action: "posture.lost",
        device: Some(device),
        details: vec![("cause", cause)],
    }
}

fn other_version(device: DeviceId, posture: &Posture, hello: &Hello, now: Timestamp) -> AuditEvent {
    AuditEvent {
        at: now,
        actor: Actor::Device(device),
        action: "agent.version",
        device: Some(device),
        details: vec![
            ("from", posture.agent_version.clone()),
            ("to", hello.agent_version.clone()),
        ],
    }
}

fn draw() -> Result<Vec<u8>, AttachError> {
    let mut thread = vec![0; THREAD_BYTES];
    SystemRandom::new()
        .fill(&mut thread)
        .map_err(|_| AttachError::Random)?;
    Ok(thread)
}

/// The posture of a device of which nothing has been seen.
fn unseen(now: Timestamp) -> Posture {
    Posture {
        agent_version: String::new(),
        thread: Thread::default(),
        sequence: Sequence(0),
        taken_at: Timestamp(0),
        recorded_at: Timestamp(0),
        sections: Vec::new(),
        verdict: None,
        clock_skew: Span(0),
        enforcement: None,
        seen_at: now,
        heard_by: None,
    }
}

fn marks(hello: &Hello) -> Marks {
    crate::record::Marks::from(&hello.marks)
}
