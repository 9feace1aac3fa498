//! The load: lanes that report, order and append side by side, so that groups of many sizes form.
//!
//! Touches the store and the line for acknowledgements.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use sekisho_collector::record::{
    AcceptedReport, Actor, AuditEvent, IssuedCommand, Posture, RoutineReport, Thread,
};
use sekisho_collector::store::{Store, StoreError};
use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{Fingerprint, Generation, Sequence};
use sekisho_policy::order::Access;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::order::Part;

use super::{Acked, device, lane_id, token};
use crate::dice::Dice;

/// Where acknowledgements are said aloud, one whole line at a time.
pub type Aloud = Arc<Mutex<dyn Write + Send>>;

/// Writes in `lanes` lanes until the store refuses.
///
/// # Errors
/// What the store refused with.
pub async fn write(
    store: Arc<dyn Store>,
    lanes: u32,
    seed: u64,
    aloud: Aloud,
) -> Result<(), StoreError> {
    write_until(store, lanes, seed, aloud, std::future::pending()).await
}

/// Writes in `lanes` lanes until `end`, or until the store refuses. When it returns, nothing that was
/// asked for is still being committed.
///
/// # Errors
/// What the store refused with.
pub async fn write_until(
    store: Arc<dyn Store>,
    lanes: u32,
    seed: u64,
    aloud: Aloud,
    end: impl Future<Output = ()>,
) -> Result<(), StoreError> {
    if store.token_list().await?.is_empty() {
        store.token_add(token(), Vec::new()).await?;
    }
    let mut set = tokio::task::JoinSet::new();
    for number in 0..lanes {
        let lane = Lane {
            number,
            store: Arc::clone(&store),
            dice: Dice::new(seed ^ u64::from(number)),
            aloud: Arc::clone(&aloud),
        };
        set.spawn(lane.run());
    }
    let outcome = tokio::select! {
        refused = first_refusal(&mut set) => refused,
        () = end => Ok(()),
    };
    set.shutdown().await;
    // The store takes things in their order: this is answered after all that the lanes asked for.
    let settled = store.audit_append(Vec::new()).await;
    outcome.and(settled)
}

async fn first_refusal(
    set: &mut tokio::task::JoinSet<Result<(), StoreError>>,
) -> Result<(), StoreError> {
    while let Some(ended) = set.join_next().await {
        if let Ok(Err(error)) = ended {
            return Err(error);
        }
    }
    Ok(())
}

struct Lane {
    number: u32,
    store: Arc<dyn Store>,
    dice: Dice,
    aloud: Aloud,
}

impl Lane {
    async fn run(mut self) -> Result<(), StoreError> {
        let id = lane_id(self.number);
        if self.store.device_fetch(id).await?.is_none() {
            let enrolled = event("device.enrolled", self.number, 0);
            self.store
                .device_enrol(device(self.number), vec![enrolled])
                .await?;
        }
        let held = self.store.posture_fetch(id).await?;
        let mut sequence = held.map_or(0, |posture| posture.sequence.0);
        let mut generation = self
            .store
            .order_fetch(id)
            .await?
            .map_or(0, |order| order.generation.0);
        loop {
            match self.dice.between(0, 100) {
                0..5 => {
                    generation += 1;
                    self.order(generation).await?;
                }
                5..10 => self.audit().await?,
                10..40 if sequence > 0 => {
                    sequence += 1;
                    self.routine(sequence).await?;
                }
                _ => {
                    sequence += 1;
                    self.changed(sequence).await?;
                }
            }
        }
    }

    async fn changed(&mut self, sequence: u64) -> Result<(), StoreError> {
        let longest = if self.dice.chance(5) { 40_000 } else { 4000 };
        let length = self.dice.between(100, longest);
        let body: Vec<u8> = (0..length)
            .map(|_| self.dice.roll().to_be_bytes()[0])
            .collect();
        let digest = Fingerprint::of(&body);
        self.store
            .report_record(AcceptedReport {
                device: lane_id(self.number),
                follows: Sequence(sequence - 1),
                posture: posture(sequence, digest),
                sections: vec![(SectionKind::Host, digest, body)],
                audit: vec![event("load.changed", self.number, sequence)],
            })
            .await?;
        self.say(Acked::Changed {
            lane: self.number,
            sequence,
        });
        Ok(())
    }

    async fn routine(&self, sequence: u64) -> Result<(), StoreError> {
        let at = time(sequence);
        let report = RoutineReport {
            device: lane_id(self.number),
            sequence: Sequence(sequence),
            taken_at: at,
            recorded_at: at,
        };
        self.store
            .report_record_routine(report, Sequence(sequence - 1))
            .await?;
        self.say(Acked::Routine {
            lane: self.number,
            sequence,
        });
        Ok(())
    }

    async fn order(&self, generation: u64) -> Result<(), StoreError> {
        self.store
            .order_record(
                IssuedCommand {
                    access: Access::Isolated,
                    signed: vec![7; 200],
                    parts: vec![Part {
                        first: 0,
                        recipients: vec![(lane_id(self.number), Generation(generation))],
                        above: Vec::new(),
                    }],
                    issued_at: time(generation),
                    issued_by: "load".to_owned(),
                    reason: "load".to_owned(),
                    until: None,
                },
                vec![event("load.order", self.number, generation)],
            )
            .await?;
        self.say(Acked::Order {
            lane: self.number,
            generation,
        });
        Ok(())
    }

    async fn audit(&mut self) -> Result<(), StoreError> {
        let number = self.dice.roll();
        self.store
            .audit_append(vec![event("load.audit", self.number, number)])
            .await?;
        self.say(Acked::Audit {
            lane: self.number,
            number,
        });
        Ok(())
    }

    fn say(&self, acked: Acked) {
        let mut aloud = self.aloud.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever listened may be gone; the store goes on.
        let _ = aloud.write_all(acked.line().as_bytes());
    }
}

fn time(number: u64) -> Timestamp {
    Timestamp(1_795_379_612_000_i64.saturating_add_unsigned(number))
}

fn posture(sequence: u64, digest: Fingerprint) -> Posture {
    Posture {
        agent_version: "0.1.0".to_owned(),
        thread: Thread::default(),
        sequence: Sequence(sequence),
        taken_at: time(sequence),
        recorded_at: time(sequence),
        sections: vec![(SectionKind::Host, digest)],
        verdict: None,
        clock_skew: Span(0),
        enforcement: None,
        seen_at: time(sequence),
        counted_from: None,
    }
}

fn event(action: &'static str, lane: u32, number: u64) -> AuditEvent {
    AuditEvent {
        at: time(number),
        actor: Actor::Device(lane_id(lane)),
        action,
        device: Some(lane_id(lane)),
        details: vec![("lane", lane.to_string()), ("number", number.to_string())],
    }
}
