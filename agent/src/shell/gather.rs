//! Reading the facts on a thread of its own, and what the loop needs of them.
//!
//! Touches the sensors. Must never keep the facts but packed: an inventory takes megabytes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use prost::Message as _;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use sekisho_policy::document::Policy;
use sekisho_policy::facts::{Facts, SectionKind};
use sekisho_policy::finding::{RuleId, Verdict};
use sekisho_policy::id::Sequence;
use sekisho_policy::judge::judge_since;
use sekisho_policy::reading::Reading;
use sekisho_policy::report::Report;
use sekisho_policy::time::Timestamp;
use sekisho_proto::convert::Marks;
use sekisho_proto::json::FindingJson;

use super::local::concerns_user;
use super::place::put_place;
use super::recall::Recalled;
use super::{Message, Shell, chain, now};
use crate::clock;
use crate::cycle::{Event, Gathered};
use crate::limits::GATHER_SECS;
use crate::memory::Slot;
use crate::memory::record::SinceRecord;
use crate::outbox::{Packed, Section};
use crate::sensors::{Deadlines, Root, Sensors};
use crate::topics::Topics;

/// The sensors, and the policy to judge by.
#[derive(Debug)]
pub(super) struct Reader {
    sensors: Arc<Sensors>,
    /// What was read last.
    packed: Arc<Packed>,
    policy: Option<Arc<Policy>>,
    /// Whether it is the company's, as the collector told it.
    policy_told: bool,
    /// Since when which rule counts against this laptop.
    since: Arc<BTreeMap<RuleId, Timestamp>>,
}

/// What one reading gave.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) gathered: Gathered,
    /// Which facts were read.
    pub(super) topics: Topics,
    packed: Packed,
    /// Bodies the outbox does not have.
    pub(super) frames: Vec<Section>,
    /// The machine; `None` when the host could not be read.
    pub(super) marks: Option<Marks>,
    verdict: Option<Verdict>,
    /// Whether it is by the company's policy.
    policy_told: bool,
    /// Whether the time was certain that it was judged by.
    certain: bool,
}

impl Reader {
    pub(super) fn new(recalled: &mut Recalled, root: Root) -> Self {
        Self {
            sensors: Arc::new(Sensors::new(root, Deadlines::default())),
            packed: Arc::default(),
            policy: recalled.policy.take().map(Arc::new),
            policy_told: recalled.policy_told,
            since: Arc::new(std::mem::take(&mut recalled.since)),
        }
    }

    pub(super) const fn since(&self) -> &Arc<BTreeMap<RuleId, Timestamp>> {
        &self.since
    }
}

impl Shell {
    /// Begins a reading of these facts; its end is told to the loop.
    pub(super) fn gather(&self, topics: Topics) {
        let packed = Arc::clone(&self.reader.packed);
        let sensors = Arc::clone(&self.reader.sensors);
        let policy = self.reader.policy.clone();
        let policy_told = self.reader.policy_told;
        let since = Arc::clone(&self.reader.since);
        let moment = self.cycle.moment(now());
        let entry = self.cycle.register().clone();
        let here = self.outbox.bodies();
        let health = self.health.fact();
        let place = self.cycle.place(now());
        let access = self.cycle.access(now());
        let tell = self.tell.clone();
        tokio::spawn(async move {
            let reading = spawn_blocking(move || {
                let taken_at = clock::now();
                let mut packed = Packed::clone(&packed);
                let mut facts = known(&packed, topics)?;
                sensors.read(topics, &mut facts);
                if let Reading::Known(platform) = &mut facts.platform {
                    platform.agent = Reading::Known(health);
                }
                put_place(&mut facts, place);
                // What the agent says of itself and of its place comes with every reading.
                let own = |kind| [SectionKind::Platform, SectionKind::Network].contains(&kind);
                let touched = SectionKind::ALL.into_iter();
                let touched = touched.filter(|kind| own(*kind) || topics.touch(*kind));
                packed
                    .renew(&facts, touched)
                    .map_err(|error| error.to_string())?;
                let (sections, frames) = (packed.digests(), packed.missing(&here));
                let marks = facts.host.known().map(Marks::from);
                let verdict = policy.map(|policy| {
                    let report = Report {
                        sequence: Sequence(0),
                        taken_at,
                        facts,
                    };
                    let since = |rule: &RuleId| since.get(rule).copied();
                    judge_since(&report, &entry, since, &policy, moment).told_under(access)
                });
                let gathered = Gathered {
                    taken_at,
                    sections,
                    standing: verdict.as_ref().map(|verdict| verdict.standing),
                };
                Ok(Read {
                    gathered,
                    topics,
                    packed,
                    frames,
                    marks,
                    verdict,
                    policy_told,
                    certain: moment.is_certain(),
                })
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

    /// Remembers what was read, for readings of some facts alone, and the laptop's own judgement: since when a rule
    /// is broken comes from it.
    pub(super) fn judged(&mut self, read: &mut Read) {
        self.reader.packed = Arc::new(std::mem::take(&mut read.packed));
        let Some(verdict) = read.verdict.take() else {
            return;
        };
        if read.policy_told {
            let concerns = verdict.findings.iter().filter(|one| concerns_user(one));
            self.concerns = Some(concerns.map(FindingJson::from).collect());
        }
        if !read.certain {
            return;
        }
        let since = verdict
            .failing()
            .map(|(rule, since)| (rule.clone(), since))
            .collect();
        if since == *self.reader.since {
            return;
        }
        let record = SinceRecord::of(&since).encode_to_vec();
        if let Err(error) = self.memory.keep(Slot::Since, &record) {
            tracing::warn!(
                error = chain(&error),
                "a grace may begin anew at the next start"
            );
        }
        self.reader.since = Arc::new(since);
    }

    /// Judges by another policy from the next reading on, and remembers it; one that is none leaves the
    /// last good one in force, here and after the next start.
    pub(super) fn adopt(&mut self, text: &str) -> Option<Event> {
        match Policy::parse(text) {
            Ok(policy) => {
                self.reader.policy = Some(Arc::new(policy));
                self.reader.policy_told = true;
            }
            Err(error) => {
                tracing::warn!(%error, "the policy that came is none; the last one stays in force");
                return None;
            }
        }
        Some(match self.memory.keep(Slot::Policy, text.as_bytes()) {
            Ok(()) => Event::Kept(Slot::Policy),
            Err(error) => Event::KeepFailed(Slot::Policy, chain(&error)),
        })
    }
}

/// What a reading of some facts is put beside.
fn known(packed: &Packed, topics: Topics) -> Result<Facts, String> {
    if topics == Topics::ALL {
        return Ok(Facts::not_asked());
    }
    packed.facts().map_err(|error| error.to_string())
}
