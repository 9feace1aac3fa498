//! The verdicts of record, kept true to the policy, the register and the time for devices that do not
//! report by themselves.
//!
//! Touches the store. Must never put a verdict in the place of one on a later report.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};

use sekisho_policy::id::DeviceId;
use sekisho_policy::register::Entry;
use sekisho_policy::time::{Span, Timestamp};

use super::Desk;
use crate::in_force::Ruling;
use crate::intake::{changes, is_outdated, judged_anew, turns};
use crate::limits::{PAGE_MAX, REJUDGED_AT_ONCE_MAX};
use crate::listening::heard_of;
use crate::record::{Actor, AuditEvent, Device, Heard, Posture, Silence};
use crate::store::{Listed, StoreError};

/// What a round over all devices came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Round {
    /// Verdicts made.
    pub judged: u64,
    /// Those of them that say something else than the one before.
    pub changed: u64,
    /// Whose outdated verdicts were left: they are connected, and their next report brings a new one.
    pub left: Left,
}

/// Devices whose outdated verdicts a round has left to their reports.
pub type Left = BTreeSet<DeviceId>;

/// What became of one verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Same,
    Changed,
    /// There is nothing to judge, or a report came in between.
    None,
}

impl Desk {
    /// Judges anew the last report of a device of which the register says something else now. What fails
    /// is logged: the register has changed all the same, and a later round comes by.
    pub(super) async fn rejudge(&self, device: &Device, now: Timestamp) {
        let ruling = self.policy.current();
        let judged = match self.store.posture_fetch(device.id).await {
            Ok(Some(posture)) => {
                let entry = self.entry_of(device, &posture, self.listened());
                self.judge_one(&ruling, device, &entry, &posture, now).await
            }
            Ok(None) => return,
            Err(error) => Err(error),
        };
        if let Err(error) = judged {
            tracing::warn!(%error, device = %device.id, "a verdict is not brought up to date");
        }
    }

    /// Judges anew every verdict that is outdated. Devices that are connected are left to their next report,
    /// which brings a new one, but not those that were left in the round before: some do not report. One summary
    /// stands in the audit log beside an entry for each verdict that changed. The exceptions are read anew,
    /// whatever was known of them. `listened` is how long the collector has listened in all.
    ///
    /// # Errors
    /// [`StoreError`]; what was judged until then stays.
    pub async fn rejudge_all(
        &self,
        left: &Left,
        now: Timestamp,
        listened: Span,
    ) -> Result<Round, StoreError> {
        let store = self.store.as_ref();
        self.policy.read_exceptions(store, now).await?;
        let ruling = self.policy.current();
        let mut round = Round::default();
        let mut after = None;
        loop {
            let page = self.store.device_list(after, PAGE_MAX).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.id);
            self.begin_counting(&page, listened).await?;
            let outdated = page.into_iter().filter_map(|(device, posture)| {
                let posture = posture
                    .inspect_err(|damage| tracing::error!(%damage, "a device is not judged anew"))
                    .ok()??;
                let verdict = posture.verdict.as_ref()?;
                let entry = self.entry_of(&device, &posture, listened);
                let case = device.clones.as_ref();
                let is_due = is_outdated(verdict, &entry, &ruling, now)
                    || case.is_some_and(|case| verdict.judged_at <= case.noticed_at);
                is_due.then_some((device, entry, posture))
            });
            let (waits, due): (Vec<_>, Vec<_>) = outdated.partition(|(device, _, _)| {
                // Of two machines that claim to be one device no report is taken.
                self.hub.is_online(device.id)
                    && device.clones.is_none()
                    && !left.contains(&device.id)
            });
            round
                .left
                .extend(waits.iter().map(|(device, _, _)| device.id));
            let mut outcomes = stream::iter(due)
                .map(|(device, entry, posture)| {
                    let ruling = &ruling;
                    async move {
                        let outcome = self.judge_one(ruling, &device, &entry, &posture, now);
                        (device.id, outcome.await)
                    }
                })
                .buffer_unordered(REJUDGED_AT_ONCE_MAX);
            while let Some((id, outcome)) = outcomes.next().await {
                let outcome = match outcome {
                    Err(error @ StoreError::Corrupt { .. }) => {
                        tracing::error!(%error, device = %id, "a device is not judged anew");
                        continue;
                    }
                    outcome => outcome?,
                };
                round.judged += u64::from(outcome != Outcome::None);
                round.changed += u64::from(outcome == Outcome::Changed);
                // A stream that is open goes by what it has read of the device.
                self.hub.changed(id);
            }
        }
        if round.judged > 0 {
            self.store
                .audit_append(vec![summary(&ruling, &round, now)])
                .await?;
        }
        Ok(round)
    }

    /// What the register says of a device, and how long it has been silent.
    pub(super) fn entry_of(&self, device: &Device, posture: &Posture, listened: Span) -> Entry {
        heard_of(self.policy.entry(device), posture, listened)
    }

    /// Begins to count the silence of devices of which it is not known by when they last reported: from now on.
    async fn begin_counting(&self, page: &[Listed], listened: Span) -> Result<(), StoreError> {
        let uncounted = page.iter().filter_map(|(device, posture)| {
            let posture = posture.as_ref().ok()?.as_ref()?;
            let is_counted = posture.counted_from.is_some();
            (!is_counted).then_some(Heard {
                device: device.id,
                at: posture.seen_at,
                silence: Silence::EndedBy(posture.sequence),
            })
        });
        let uncounted: Vec<_> = uncounted.collect();
        if uncounted.is_empty() {
            return Ok(());
        }
        self.store.seen_record(uncounted, listened).await
    }

    async fn judge_one(
        &self,
        ruling: &Ruling,
        device: &Device,
        entry: &Entry,
        posture: &Posture,
        now: Timestamp,
    ) -> Result<Outcome, StoreError> {
        let store = self.store.as_ref();
        let before = posture.verdict.as_deref();
        let verdict = judged_anew(store, ruling, device, entry, posture, now).await?;
        let Some(verdict) = verdict else {
            return Ok(Outcome::None);
        };
        let (changes, turns) = (changes(before, &verdict), turns(before, &verdict));
        let is_other = before.map(|before| before.standing) != Some(verdict.standing);
        let (outcome, audit) = if is_other || !changes.is_empty() || !turns.is_empty() {
            let mut details = vec![
                ("sequence", verdict.sequence.to_string()),
                ("policy", ruling.version.to_string()),
                ("standing", verdict.standing.name().to_owned()),
                ("changes", changes),
            ];
            details.extend(turns);
            let event = event("verdict.changed", Some(device.id), details, now);
            (Outcome::Changed, vec![event])
        } else {
            (Outcome::Same, Vec::new())
        };
        match store.verdict_record(device.id, verdict, audit).await {
            Ok(()) => Ok(outcome),
            // Its report was judged by the same policy.
            Err(StoreError::Conflict(_)) => Ok(Outcome::None),
            Err(error) => Err(error),
        }
    }
}

fn summary(ruling: &Ruling, round: &Round, now: Timestamp) -> AuditEvent {
    let details = vec![
        ("policy", ruling.version.to_string()),
        ("judged", round.judged.to_string()),
        ("changed", round.changed.to_string()),
        ("left_to_reports", round.left.len().to_string()),
    ];
    event("verdicts.rejudged", None, details, now)
}

fn event(
    action: &'static str,
    device: Option<DeviceId>,
    details: Vec<(&'static str, String)>,
    at: Timestamp,
) -> AuditEvent {
    AuditEvent {
        at,
        actor: Actor::Collector,
        action,
        device,
        details,
    }
}
