//! A policy rehearsed: the facts on record of every device in use, judged by it and by the one in force at the same
//! moment, so that what differs differs for the policy alone.
//!
//! Touches the store, reading only, a page of devices at a time. Must never change a verdict, nor pass over a device
//! that could not be judged without naming it.

mod compare;

use std::collections::BTreeMap;
use std::sync::Arc;

use sekisho_policy::document::Policy;
use sekisho_policy::finding::{Standing, Verdict};
use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::judge::judge;
use sekisho_policy::report::Report;
use sekisho_policy::time::Timestamp;

use super::find::is_in_use;
use super::{Desk, ResponseError};
use crate::in_force::Ruling;
use crate::intake::facts_on_record;
use crate::limits::{EXPORT_PAGE, RACES_MAX, REHEARSED_CHANGES_MAX, REHEARSED_UNJUDGED_MAX};
use crate::record::{Device, Posture};
use crate::store::{Damage, StoreError};

pub use compare::{Change, State};
use compare::{changes, when_due};

/// How much less the thread of a rehearsal counts than those that take reports in: see nice(2).
const NICENESS: i32 = 10;

/// What a policy would change.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// SHA-256 of the policy's text.
    pub fingerprint: Fingerprint,
    /// Version of the policy in force that it is compared with.
    pub version: u64,
    /// Whether it is that policy.
    pub unchanged: bool,
    /// Devices that were judged.
    pub judged: u64,
    /// Those of them for which something changes.
    pub changed: u64,
    /// How the devices stand: by the policy in force, by the other one, and by that when every grace has ended.
    pub standings: [BTreeMap<&'static str, u64>; 3],
    /// What changes, by group and rule.
    pub rules: BTreeMap<(String, String), Tally>,
    /// The devices for which something changes, until [`REHEARSED_CHANGES_MAX`] changes are listed.
    pub devices: Vec<Rehearsed>,
    /// Devices for which something changes that are not among them.
    pub left_out: u64,
    /// Devices that could not be judged, the first [`REHEARSED_UNJUDGED_MAX`] of them.
    pub unjudged: Vec<Unjudged>,
    /// How many there are of them.
    pub unjudged_count: u64,
}

/// What changes for a rule in a group, in devices.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// It would be a violation at once.
    pub fails: u64,
    /// It would be broken, with a grace.
    pub fails_after_grace: u64,
    /// It is broken, and the grace that runs would end sooner.
    pub sooner: u64,
    /// It could not be told, and does not count.
    pub unknown: u64,
    /// It is not kept, and would not be asked for any longer.
    pub dropped: u64,
    /// It would be kept.
    pub passes: u64,
    /// It would be a violation no longer or only later, with a grace that runs.
    pub eased: u64,
    /// When the first grace ends of those that begin or end at another time.
    pub first_due: Option<Timestamp>,
}

/// A device for which something changes.
#[derive(Debug, Clone)]
pub struct Rehearsed {
    /// Its row of the register.
    pub id: DeviceId,
    /// Its host name.
    pub name: String,
    /// Its policy group.
    pub group: String,
    /// How it stands by the policy in force.
    pub before: Standing,
    /// How it would stand.
    pub after: Standing,
    /// And when every grace has ended.
    pub when_due: Standing,
    /// What changes.
    pub changes: Vec<Change>,
}

/// A device that could not be judged.
#[derive(Debug, Clone)]
pub struct Unjudged {
    /// The device.
    pub id: DeviceId,
    /// Its host name; empty where its row of the register cannot be read.
    pub name: String,
    /// Why not.
    pub why: WhyUnjudged,
}

/// Why a device could not be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhyUnjudged {
    /// It has never reported.
    NoReport,
    /// What it reported cannot be read.
    Damaged(String),
}

impl Desk {
    /// Rehearses a policy on the devices of a group, or on all. One at a time, on a thread of its own that stands back
    /// behind those that take reports in.
    ///
    /// # Errors
    /// [`ResponseError::BadPolicy`] with line, key and what is allowed; `NoSuchGroup` for a group that neither policy
    /// nor a device names; `Store` when the store fails.
    pub async fn rehearse(
        &self,
        text: &str,
        group: Option<String>,
        now: Timestamp,
    ) -> Result<Rehearsal, ResponseError> {
        let policy = super::check_policy(text)?;
        // A mistyped name must not look like a harmless policy.
        if let Some(name) = group.as_deref()
            && policy.group(name).is_none()
        {
            self.meets_group(name).await?;
        }
        let turn = Arc::clone(&self.rehearsing).lock_owned().await;
        let (desk, runtime) = (self.clone(), tokio::runtime::Handle::current());
        let (answer, answered) = tokio::sync::oneshot::channel();
        let work = move || {
            stand_back();
            let rehearsed = runtime.block_on(desk.rehearsed(&policy, group.as_deref(), now));
            // Whoever asked may have gone.
            drop(answer.send(rehearsed));
            drop(turn);
        };
        let failed = |cause: String| {
            ResponseError::Store(StoreError::Disk {
                path: "rehearsal".to_owned(),
                cause,
            })
        };
        std::thread::Builder::new()
            .name("rehearsal".to_owned())
            .spawn(work)
            .map_err(|error| failed(error.to_string()))?;
        match answered.await {
            Ok(rehearsed) => rehearsed,
            Err(_) => Err(failed("the thread has ended".to_owned())),
        }
    }

    async fn rehearsed(
        &self,
        policy: &Policy,
        group: Option<&str>,
        now: Timestamp,
    ) -> Result<Rehearsal, ResponseError> {
        let ruling = self.policy.current();
        let mut rehearsal = Rehearsal::of(policy, &ruling);
        let (mut after, mut listed) = (None, 0_usize);
        loop {
            let page = self.store.device_list(after, EXPORT_PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.id);
            let meant = page.into_iter().filter(|(device, _)| {
                is_in_use(device.registration) && group.is_none_or(|group| device.group == group)
            });
            for (device, posture) in meant {
                match self.on_record(&device, posture).await? {
                    Ok((posture, report)) => {
                        let entry = self.entry_of(&device, &posture, self.listening.so_far());
                        let previous = posture.verdict.as_deref();
                        let by = |policy| judge(&report, &entry, previous, policy, now);
                        let verdicts = (by(&ruling.policy), by(policy));
                        rehearsal.add(device, &verdicts.0, &verdicts.1, &mut listed);
                    }
                    Err(why) => rehearsal.pass_over(device.id, device.name, why),
                }
            }
        }
        // Of what group they are cannot be told.
        for damage in self.unlisted().await? {
            let why = WhyUnjudged::Damaged(damage.cause);
            rehearsal.pass_over(damage.device, String::new(), why);
        }
        Ok(rehearsal)
    }

    /// The posture of a device with the facts of its last report. Read again where a report came in between.
    async fn on_record(
        &self,
        device: &Device,
        listed: Result<Option<Posture>, Damage>,
    ) -> Result<OnRecord, StoreError> {
        let mut posture = listed;
        for _ in 0..RACES_MAX {
            let held = match posture {
                Err(damage) => return Ok(Err(WhyUnjudged::Damaged(damage.cause))),
                Ok(held) => held.filter(|held| held.verdict.is_some()),
            };
            let Some(held) = held else {
                return Ok(Err(WhyUnjudged::NoReport));
            };
            match facts_on_record(self.store.as_ref(), device.id, &held).await {
                Ok(Some(report)) => return Ok(Ok((held, report))),
                Ok(None) => {}
                Err(StoreError::Corrupt { cause, .. }) => {
                    return Ok(Err(WhyUnjudged::Damaged(cause)));
                }
                Err(error) => return Err(error),
            }
            let now = self.store.posture_fetch(device.id).await?;
            if now
                .as_ref()
                .is_some_and(|now| now.sections == held.sections)
            {
                break;
            }
            posture = Ok(now);
        }
        let why = "a part of its last report is not there or makes no sense";
        Ok(Err(WhyUnjudged::Damaged(why.to_owned())))
    }
}

/// A device's posture and last report, or why there is none to judge.
type OnRecord = Result<(Posture, Report), WhyUnjudged>;

impl Rehearsal {
    fn of(policy: &Policy, ruling: &Ruling) -> Self {
        Self {
            fingerprint: policy.fingerprint(),
            version: ruling.version,
            unchanged: policy.fingerprint() == ruling.policy.fingerprint(),
            judged: 0,
            changed: 0,
            standings: [BTreeMap::new(), BTreeMap::new(), BTreeMap::new()],
            rules: BTreeMap::new(),
            devices: Vec::new(),
            left_out: 0,
            unjudged: Vec::new(),
            unjudged_count: 0,
        }
    }

    fn add(&mut self, device: Device, before: &Verdict, after: &Verdict, listed: &mut usize) {
        add(&mut self.judged);
        let due = when_due(after);
        let stands = [before.standing, after.standing, due];
        for (counts, standing) in self.standings.iter_mut().zip(stands) {
            add(counts.entry(standing.name()).or_default());
        }
        let changes = changes(before, after);
        if changes.is_empty() && before.standing == after.standing {
            return;
        }
        add(&mut self.changed);
        for change in &changes {
            let key = (device.group.clone(), change.rule.clone());
            self.rules.entry(key).or_default().count(change);
        }
        // One more even where nothing but the standing changes.
        *listed = listed.saturating_add(changes.len().max(1));
        if *listed > REHEARSED_CHANGES_MAX {
            add(&mut self.left_out);
            return;
        }
        self.devices.push(Rehearsed {
            id: device.id,
            name: device.name,
            group: device.group,
            before: before.standing,
            after: after.standing,
            when_due: due,
            changes,
        });
    }

    fn pass_over(&mut self, id: DeviceId, name: String, why: WhyUnjudged) {
        add(&mut self.unjudged_count);
        if self.unjudged.len() < REHEARSED_UNJUDGED_MAX {
            self.unjudged.push(Unjudged { id, name, why });
        }
    }
}

impl Tally {
    fn count(&mut self, change: &Change) {
        let number = match (change.was, change.is) {
            (_, State::Violation) => &mut self.fails,
            (State::Violation, State::Grace) => &mut self.eased,
            (State::Grace, State::Grace) if change.due_at < change.was_due => &mut self.sooner,
            (State::Grace, State::Grace) => &mut self.eased,
            (_, State::Grace) => &mut self.fails_after_grace,
            // What the policy no longer counts has not become better.
            (_, State::Unknown) => &mut self.unknown,
            (_, State::NotAsked) => &mut self.dropped,
            (_, State::Kept) => &mut self.passes,
        };
        add(number);
        if change.is == State::Grace {
            self.first_due = match (self.first_due, change.due_at) {
                (Some(first), Some(due)) => Some(first.min(due)),
                (first, due) => first.or(due),
            };
        }
    }
}

/// Has the scheduler prefer others to this thread.
#[cfg(unix)]
fn stand_back() {
    // Where the system does not allow it the rehearsal runs as all else does.
    let _ = rustix::process::setpriority_process(None, NICENESS);
}

fn add(number: &mut u64) {
    *number = number.saturating_add(1);
}
