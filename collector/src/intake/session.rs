//! The reports of one stream, in their order: what was recorded of its device, and what the next report
//! comes to.
//!
//! Touches the store, to read. Must never hold much: thousands of idle streams each hold one.

mod known;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::finding::{Standing, Verdict};
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::judge::judge_again;
use sekisho_policy::limits::CLOCK_OFF_MAX;
use sekisho_policy::order::Enforcement;
use sekisho_policy::register::Entry;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::message::ReportHead;

use super::warm::Known;
use super::{Assemblies, Intake, IntakeError, Place, Taken, Write, compare};
use crate::in_force::Ruling;
use crate::limits::{SEQUENCE_LEAP_MAX, UNPLACED_BYTES_MAX};
use crate::record::{AcceptedReport, Actor, AuditEvent, Posture, RoutineReport};

/// Numbers the streams of this process.
static STREAMS: AtomicU64 = AtomicU64::new(0);

/// The reports of one stream.
#[derive(Debug)]
pub struct Session {
    device: DeviceId,
    stream: u64,
    entry: Entry,
    skew: Span,
    /// As it was last recorded.
    recorded_skew: Span,
    sequence: Sequence,
    sections: Vec<(SectionKind, Fingerprint)>,
    standing: Option<Standing>,
    /// Until when the last verdict holds for unchanged facts; `None` when it does not hold at all.
    holds: Option<(Fingerprint, Timestamp)>,
    /// Something was not recorded, so that the store knows better than this.
    stale: bool,
}

const fn too_often(retry_after_ms: u32) -> IntakeError {
    IntakeError::TooOften { retry_after_ms }
}

fn is_off(skew: Span) -> bool {
    skew.length() > CLOCK_OFF_MAX
}

/// A section whose content is new, with its frame.
type NewSection = (SectionKind, Fingerprint, Bytes);

impl Session {
    /// Begins where the device's posture in the store stands.
    #[must_use]
    pub fn open(device: DeviceId, entry: Entry, posture: &Posture) -> Self {
        let mut session = Self {
            device,
            stream: STREAMS.fetch_add(1, Ordering::Relaxed),
            entry,
            skew: posture.clock_skew,
            recorded_skew: posture.clock_skew,
            sequence: Sequence(0),
            sections: Vec::new(),
            standing: None,
            holds: None,
            stale: false,
        };
        session.stand_at(posture);
        session
    }

    /// The register has another word on the device, and the last report may have been judged anew by it: what
    /// is known here is read again.
    pub fn entry_changed(&mut self, intake: &Intake, entry: Entry) {
        self.entry = entry;
        self.failed(intake);
    }

    /// The device's clock read `at` when a message of it came.
    pub const fn heard(&mut self, at: Timestamp, now: Timestamp) {
        self.skew = at.since(now);
    }

    /// Whether the device's clock has become wrong, or right, since that was last recorded.
    fn clock_turned(&self) -> bool {
        is_off(self.skew) != is_off(self.recorded_skew)
    }

    /// Something that was to be recorded was not.
    pub fn failed(&mut self, intake: &Intake) {
        self.stale = true;
        drop(intake.warm.take(self.device, self.stream));
    }

    /// What a report comes to. `settled` says that nothing of this stream is still being recorded.
    ///
    /// # Errors
    /// [`IntakeError`]; nothing was taken then.
    pub async fn take(
        &mut self,
        intake: &Intake,
        report: ReportHead,
        chunks: &mut Assemblies,
        settled: bool,
        now: Timestamp,
    ) -> Result<Taken, IntakeError> {
        if report.sequence == Sequence(0) {
            return Err(IntakeError::NoSequence);
        }
        if self.entry.cloned {
            return Ok(Taken::Held);
        }
        if self.stale {
            if !settled {
                return Ok(Taken::Later(report));
            }
            let posture = self.posture(intake).await?;
            self.stand_at(&posture);
        }
        if report.sequence <= self.sequence {
            // While it is being recorded it is not yet known to be on disk.
            if !settled {
                return Ok(Taken::Later(report));
            }
            return self.again(intake, report.sequence, now).await;
        }
        if report.sequence.0.saturating_sub(self.sequence.0) > SEQUENCE_LEAP_MAX {
            return Err(IntakeError::Leap {
                sequence: report.sequence,
                last: self.sequence,
            });
        }
        let (new, missing) = self.news(&report, chunks);
        if missing
            .iter()
            .any(|(_, digest)| chunks.was_crowded_out(*digest))
        {
            return Err(IntakeError::Crowded);
        }
        if !missing.is_empty() {
            return Ok(Taken::Need(missing));
        }
        let ruling = intake.policy.current();
        let holds = !self.clock_turned()
            && !self.leaves_out(&report)
            && self.holds.is_some_and(|(policy, until)| {
                policy == ruling.policy.fingerprint() && compare::may_hold(until, now)
            });
        let (true, true, None, Some(standing)) = (
            new.is_empty(),
            holds,
            self.absent_before(&report),
            self.standing,
        ) else {
            return self
                .judged(intake, report, new, &ruling, settled, now)
                .await;
        };
        intake.routine.take(self.device, now).map_err(too_often)?;
        let routine = self.routine(&report, now);
        Ok(Taken::Record(routine, standing, Place::default()))
    }

    /// What the device says of its order, if it says anything new; to be recorded as its posture.
    ///
    /// # Errors
    /// [`IntakeError`] when the store cannot be asked.
    pub async fn enforcement(
        &mut self,
        intake: &Intake,
        account: Enforcement,
        now: Timestamp,
    ) -> Result<Option<(Posture, Vec<AuditEvent>)>, IntakeError> {
        let mut warm = intake.warm.take(self.device, self.stream);
        let mut posture = match &warm {
            Some(known) => known.posture.clone(),
            None => self.posture(intake).await?,
        };
        let said = posture.enforcement.as_ref();
        let is_news = said.is_none_or(|said| !known::says_the_same(said, &account));
        let events = known::enforcement_events(self.device, said, &account, now);
        posture.enforcement = Some(account);
        posture.clock_skew = self.skew;
        posture.seen_at = now;
        if let Some(mut known) = warm.take() {
            known.posture = posture.clone();
            intake.warm.put(self.device, known);
        }
        Ok(is_news.then_some((posture, events)))
    }

    /// A report that is not after the last recorded one.
    async fn again(
        &self,
        intake: &Intake,
        sequence: Sequence,
        now: Timestamp,
    ) -> Result<Taken, IntakeError> {
        if sequence != self.sequence {
            let recorded = intake
                .store
                .report_history(self.device, sequence, 1)
                .await?;
            if recorded.first().map(|report| report.sequence) != Some(sequence) {
                let event = AuditEvent {
                    at: now,
                    actor: Actor::Device(self.device),
                    action: "report.superseded",
                    device: Some(self.device),
                    details: vec![
                        ("sequence", sequence.to_string()),
                        ("last", self.sequence.to_string()),
                    ],
                };
                return Ok(Taken::Superseded(event, self.standing));
            }
        }
        Ok(Taken::Repeated(self.standing))
    }

    /// The sections of a report whose content is new, and those of which the content has not come.
    fn news(
        &self,
        report: &ReportHead,
        chunks: &Assemblies,
    ) -> (Vec<NewSection>, Vec<(SectionKind, Fingerprint)>) {
        let (mut new, mut missing) = (Vec::new(), Vec::new());
        for section in &report.sections {
            let (kind, digest) = (section.kind, section.digest);
            if self.sections.contains(&(kind, digest)) {
                continue;
            }
            if !section.body.is_empty() {
                new.push((kind, digest, section.body.clone()));
            } else if let Some(frame) = chunks.frame(digest) {
                new.push((kind, digest, Bytes::copy_from_slice(frame)));
            } else {
                missing.push((kind, digest));
            }
        }
        (new, missing)
    }

    /// Whether the report no longer names a section that the last one did: the device tells of it no more.
    fn leaves_out(&self, report: &ReportHead) -> bool {
        let mut held = self.sections.iter();
        held.any(|(kind, _)| !report.names(*kind))
    }

    /// Judges a report in which something may have changed.
    async fn judged(
        &mut self,
        intake: &Intake,
        report: ReportHead,
        new: Vec<NewSection>,
        ruling: &Arc<Ruling>,
        settled: bool,
        now: Timestamp,
    ) -> Result<Taken, IntakeError> {
        let absent = self.absent_before(&report);
        let left_out = self.leaves_out(&report);
        let changed = !new.is_empty() || left_out || self.clock_turned();
        let allowance = if !changed && absent.is_none() {
            &intake.routine
        } else {
            &intake.changes
        };
        // Before anything is read for it, and taken only when that is done.
        allowance.ask(self.device, now).map_err(too_often)?;
        let mut known = match intake.warm.take(self.device, self.stream) {
            Some(known) => known,
            None if settled => match self.load(intake, &report, &new).await? {
                Ok(known) => known,
                Err(missing) => return Ok(Taken::Need(missing)),
            },
            None => return Ok(Taken::Later(report)),
        };
        allowance.take(self.device, now).map_err(too_often)?;
        let bytes: usize = new.iter().map(|(_, _, frame)| frame.len()).sum();
        let place = if bytes > UNPLACED_BYTES_MAX {
            intake.budget.place(bytes)?
        } else {
            Place::default()
        };
        for (kind, digest, frame) in &new {
            known
                .put_section(*kind, *digest, frame)
                .map_err(|section| IntakeError::Section {
                    sequence: report.sequence,
                    section,
                })?;
        }
        for kind in SectionKind::ALL {
            if !report.names(kind) {
                known.drop_section(kind);
            }
        }
        known.report.sequence = report.sequence;
        known.report.taken_at = report.taken_at;
        let before = known.posture.verdict.take();
        let Known {
            report: held,
            memory,
            ..
        } = &mut *known;
        let verdict = judge_again(
            held,
            &self.entry,
            before.as_deref(),
            &ruling.policy,
            now,
            memory,
        );
        self.holds = Some((
            ruling.policy.fingerprint(),
            compare::holds_until(&verdict, &self.entry, now),
        ));
        let standing = verdict.standing;
        let is_routine = !changed
            && absent.is_none()
            && before
                .as_ref()
                .is_some_and(|before| compare::is_same(before, &verdict));
        let write = if is_routine {
            known.posture.verdict = before;
            self.routine(&report, now)
        } else {
            let event = self.event(&report, &new, absent, before.as_deref(), &verdict, now);
            self.accept(&mut known, &report, new, verdict, event, now)
        };
        self.standing = Some(standing);
        intake.warm.put(self.device, known);
        Ok(Taken::Record(write, standing, place))
    }

    fn accept(
        &mut self,
        known: &mut Known,
        report: &ReportHead,
        new: Vec<NewSection>,
        verdict: Verdict,
        event: AuditEvent,
        now: Timestamp,
    ) -> Write {
        let follows = std::mem::replace(&mut self.sequence, report.sequence);
        self.sections.clear();
        self.sections.extend(
            report
                .sections
                .iter()
                .map(|section| (section.kind, section.digest)),
        );
        let posture = &mut known.posture;
        posture.sequence = report.sequence;
        posture.taken_at = report.taken_at;
        posture.recorded_at = now;
        posture.sections.clone_from(&self.sections);
        posture.verdict = Some(Arc::new(verdict));
        posture.clock_skew = self.skew;
        self.recorded_skew = self.skew;
        posture.seen_at = now;
        Write::Accepted(Box::new(AcceptedReport {
            device: self.device,
            follows,
            posture: posture.clone(),
            sections: new
                .into_iter()
                .map(|(kind, digest, frame)| (kind, digest, frame.into()))
                .collect(),
            audit: vec![event],
        }))
    }

    fn routine(&mut self, report: &ReportHead, now: Timestamp) -> Write {
        let follows = std::mem::replace(&mut self.sequence, report.sequence);
        let report = RoutineReport {
            device: self.device,
            sequence: report.sequence,
            taken_at: report.taken_at,
            recorded_at: now,
        };
        Write::Routine(report, follows)
    }

    /// The reports between the last recorded one and this one: how many, and whether the device says that
    /// it folded them into this one. `None` when there are none.
    fn absent_before(&self, report: &ReportHead) -> Option<(Sequence, bool)> {
        let due = Sequence(self.sequence.0.saturating_add(1));
        (report.sequence > due).then(|| {
            let folded = report.folded_from.is_some_and(|first| first <= due);
            (due, folded)
        })
    }

    fn event(
        &self,
        report: &ReportHead,
        new: &[NewSection],
        absent: Option<(Sequence, bool)>,
        before: Option<&Verdict>,
        verdict: &Verdict,
        now: Timestamp,
    ) -> AuditEvent {
        let changes = compare::changes(before, verdict);
        let is_other = before.map(|before| before.standing) != Some(verdict.standing);
        let mut details = vec![("sequence", report.sequence.to_string())];
        for (kind, digest, _) in new {
            details.push((kind.name(), digest.to_string()));
        }
        let left_out = self.sections.iter().map(|(kind, _)| *kind);
        let left_out: Vec<_> = left_out.filter(|kind| !report.names(*kind)).collect();
        if !left_out.is_empty() {
            let names: Vec<_> = left_out.into_iter().map(SectionKind::name).collect();
            details.push(("left_out", names.join(", ")));
        }
        details.push(("standing", verdict.standing.name().to_owned()));
        if !changes.is_empty() {
            details.push(("changes", changes));
        }
        details.extend(compare::turns(before, verdict));
        if self.clock_turned() {
            details.push(("clock_skew_ms", self.skew.0.to_string()));
        }
        if let Some((first, folded)) = absent {
            let name = if folded {
                "folded_from"
            } else {
                "missing_from"
            };
            details.push((name, first.to_string()));
        }
        AuditEvent {
            at: now,
            actor: Actor::Device(self.device),
            action: if is_other {
                "verdict.changed"
            } else {
                "report.recorded"
            },
            device: Some(self.device),
            details,
        }
    }
}
