//! Reading the facts on a thread of its own, and what the loop needs of them.
//!
//! Touches the sensors. Must never keep the facts themselves: an inventory takes megabytes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use sekisho_policy::document::Policy;
use sekisho_policy::facts::SectionKind;
use sekisho_policy::finding::{Standing, Verdict};
use sekisho_policy::id::{Fingerprint, Sequence};
use sekisho_policy::judge::judge;
use sekisho_policy::register::Entry;
use sekisho_policy::report::Report;
use sekisho_proto::convert::Marks;
use sekisho_proto::section::{compress, encode};

use super::{Message, Shell};
use crate::clock;
use crate::cycle::Gathered;
use crate::limits::GATHER_SECS;
use crate::outbox::Section;
use crate::sensors::{Deadlines, Root, Sensors};

/// The sensors, and the policy to judge by.
#[derive(Debug)]
pub(super) struct Reader {
    sensors: Arc<Sensors>,
    policy: Option<Arc<Policy>>,
    previous: Option<Arc<Verdict>>,
}

/// What one reading gave.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) gathered: Gathered,
    /// Bodies the outbox does not have.
    pub(super) frames: Vec<Section>,
    /// The machine; `None` when the host could not be read.
    pub(super) marks: Option<Marks>,
    verdict: Option<Verdict>,
}

impl Reader {
    pub(super) fn new(policy: Option<Policy>, root: Root) -> Self {
        Self {
            sensors: Arc::new(Sensors::new(root, Deadlines::default())),
            policy: policy.map(Arc::new),
            previous: None,
        }
    }

    /// Judges by another policy from the next reading on; by the last good one when this one is none.
    pub(super) fn adopt(&mut self, text: &str) {
        match Policy::parse(text) {
            Ok(policy) => self.policy = Some(Arc::new(policy)),
            Err(error) => {
                tracing::warn!(%error, "the policy that came is none; the last one stays in force");
            }
        }
    }
}

impl Shell {
    /// Begins a reading; its end is told to the loop.
    pub(super) fn gather(&self) {
        let sensors = Arc::clone(&self.reader.sensors);
        let policy = self.reader.policy.clone();
        let previous = self.reader.previous.clone();
        let entry = self.cycle.register().clone();
        let here = self.outbox.bodies();
        let tell = self.tell.clone();
        tokio::spawn(async move {
            let reading = spawn_blocking(move || {
                read(
                    &sensors,
                    policy.as_deref(),
                    previous.as_deref(),
                    &entry,
                    &here,
                )
            });
            let limit = Duration::from_secs(GATHER_SECS);
            let read = match timeout(limit, reading).await {
                Ok(Ok(read)) => read,
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(format!("no answer within {GATHER_SECS} s")),
            };
            // Nobody listens any more when the agent is ending.
            let _ = tell.send(Message::Gathered(read.map(Box::new))).await;
        });
    }

    /// Remembers the laptop's own judgement: since when a rule is broken comes from it.
    pub(super) fn judged(&mut self, read: &mut Read) {
        if let Some(verdict) = read.verdict.take() {
            self.reader.previous = Some(Arc::new(verdict));
        }
    }
}

fn read(
    sensors: &Sensors,
    policy: Option<&Policy>,
    previous: Option<&Verdict>,
    entry: &Entry,
    here: &BTreeSet<Fingerprint>,
) -> Result<Read, String> {
    let taken_at = clock::now();
    let report = Report {
        sequence: Sequence(0),
        taken_at,
        facts: sensors.gather(),
    };
    let verdict = policy.map(|policy| judge(&report, entry, previous, policy, clock::now()));
    let mut sections = BTreeMap::new();
    let mut frames = Vec::new();
    for kind in SectionKind::ALL {
        let section = encode(&report.facts, kind);
        sections.insert(kind, section.digest);
        if !here.contains(&section.digest) {
            let frame = compress(&section.bytes).map_err(|error| error.to_string())?;
            let digest = section.digest;
            frames.push(Section {
                kind,
                digest,
                frame,
            });
        }
    }
    let standing: Option<Standing> = verdict.as_ref().map(|verdict| verdict.standing);
    Ok(Read {
        gathered: Gathered {
            taken_at,
            sections,
            standing,
        },
        frames,
        marks: report.facts.host.known().map(Marks::from),
        verdict,
    })
}
