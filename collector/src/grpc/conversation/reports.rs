//! The reports of a stream: offered to the intake, recorded, answered.
//!
//! Touches the core rooms. Must never let a report pass one that was refused.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use tonic::Status;

use sekisho_policy::finding::Standing;
use sekisho_policy::id::Sequence;
use sekisho_policy::order::Enforcement;
use sekisho_policy::time::Timestamp;
use sekisho_proto::message::{Ack, Busy, FromCollectorBody, Need, ReportHead};

use super::Seat;
use super::writes::{Job, Write, Written};
use crate::intake::{self, IntakeError, Place, Taken};
use crate::limits::{CROWDED_RETRY_MS, HELD_RETRY_MS, ORDER_RETRY_MS, TROUBLE_RETRY_MS};
use crate::store::StoreError;

impl Seat {
    /// Takes a report, or says why not.
    pub(super) async fn report(
        &mut self,
        report: ReportHead,
        now: Timestamp,
    ) -> Result<(), Status> {
        if self.passes_a_refused_one(&report) {
            self.busy(
                report.sequence,
                ORDER_RETRY_MS,
                "an earlier report was not taken",
            );
            return Ok(());
        }
        self.refused_from = None;
        if self.writes.has_account() {
            // The posture that a changed report is recorded with has the account in it, and must not stand
            // where the account with its audit entries was refused.
            self.settle().await?;
        }
        let sequence = report.sequence;
        match self.offer(report, now).await? {
            Ok(taken) => self.follow(sequence, taken).await,
            Err(IntakeError::Crowded) => {
                self.refuse_report(sequence, CROWDED_RETRY_MS, "too many large sections");
                Ok(())
            }
            Err(IntakeError::TooOften { retry_after_ms }) => {
                self.session.failed(&self.at.collector.intake);
                self.refuse_report(sequence, retry_after_ms, "too many reports came");
                Ok(())
            }
            Err(IntakeError::Store(error)) => {
                self.session.failed(&self.at.collector.intake);
                self.refuse_report_for(sequence, &error);
                Ok(())
            }
            Err(error) => {
                self.session.failed(&self.at.collector.intake);
                Err(self.at.malformed(error.into()).await)
            }
        }
    }

    /// Offers a report to the intake until it is not told to come later.
    async fn offer(
        &mut self,
        mut report: ReportHead,
        now: Timestamp,
    ) -> Result<Result<Taken, IntakeError>, Status> {
        loop {
            let settled = self.writes.is_empty();
            let intake = &self.at.collector.intake;
            let taken = self
                .session
                .take(intake, report, &mut self.chunks, settled, now)
                .await;
            match taken {
                Ok(Taken::Later(same)) => {
                    report = same;
                    self.settle().await?;
                }
                taken => return Ok(taken),
            }
        }
    }

    async fn follow(&mut self, sequence: Sequence, taken: Taken) -> Result<(), Status> {
        match taken {
            Taken::Record(write, standing, place) => {
                if !self.chunks.is_empty() {
                    self.give_up_chunks();
                }
                let answers = Some((sequence, Some(standing)));
                self.write(answers, write, place).await?;
            }
            Taken::Repeated(standing) => self.writes.push(Write {
                answers: Some((sequence, standing)),
                account: None,
                job: None,
                result: Some(Ok(())),
                _place: Place::default(),
            }),
            Taken::Superseded(event, standing) => {
                let device = self.at.presented.device;
                let asides = self.at.collector.intake.asides();
                if let Err(wait_ms) = asides.take(device, event.at) {
                    self.refuse_report(sequence, wait_ms, "too many old reports came");
                    return Ok(());
                }
                let write = intake::Write::Audit(event);
                self.write(Some((sequence, standing)), write, Place::default())
                    .await?;
            }
            Taken::Need(sections) => {
                self.refused_from = Some(sequence);
                self.at
                    .say(FromCollectorBody::Need(Need { sequence, sections }));
            }
            Taken::Held => {
                let why = "two machines claim to be this device; an administrator must decide";
                self.busy(sequence, HELD_RETRY_MS, why);
            }
            // The intake was offered it until it said something else.
            Taken::Later(_) => self.busy(sequence, ORDER_RETRY_MS, "come again"),
        }
        Ok(())
    }

    /// Says what came of a write.
    pub(super) fn written(&mut self, written: Written) {
        let Written {
            answers,
            account,
            result,
        } = written;
        match (answers, result) {
            (Some((sequence, standing)), Ok(())) => {
                let collector = &self.at.collector;
                let device = self.at.presented.device;
                collector
                    .seen
                    .note_report(device, sequence, collector.now());
                collector.listening.reported();
                self.at
                    .say(FromCollectorBody::Ack(Ack { sequence, standing }));
            }
            (None, Ok(())) => self.owed = None,
            (answers, Err(error)) => {
                self.session.failed(&self.at.collector.intake);
                match answers {
                    Some((sequence, _)) => self.refuse_report_for(sequence, &error),
                    None => {
                        tracing::error!(%error, "an account of enforcement was not recorded");
                        self.owed = account;
                    }
                }
            }
        }
    }

    /// Has what the device says of its order recorded, if it says anything new. It is recorded as a change
    /// of the posture that is on disk: with that of a report still under way it would outlive a refusal
    /// of that report, and pass for its record.
    pub(super) async fn account(
        &mut self,
        account: Enforcement,
        now: Timestamp,
    ) -> Result<(), Status> {
        self.settle().await?;
        // What was owed until now is older than this.
        self.owed = None;
        let intake = &self.at.collector.intake;
        let said = Box::new(account.clone());
        let news = self.session.enforcement(intake, account, now).await;
        let Some((posture, events)) = news.map_err(Status::from)? else {
            return Ok(());
        };
        let device = self.at.presented.device;
        if intake.asides().take(device, now).is_err() {
            // The last of them is recorded when it is a later message's turn.
            self.session.failed(intake);
            self.owed = Some(said);
            return Ok(());
        }
        let store = Arc::clone(&self.at.collector.store);
        let job: Job = Box::pin(async move { store.posture_change(device, posture, events).await });
        self.begin_write(None, Some(said), job, Place::default())
            .await
    }

    async fn write(
        &mut self,
        answers: Option<(Sequence, Option<Standing>)>,
        write: intake::Write,
        place: Place,
    ) -> Result<(), Status> {
        let store = Arc::clone(&self.at.collector.store);
        let job: Job = match write {
            intake::Write::Accepted(report) => {
                Box::pin(async move { store.report_record(*report).await })
            }
            intake::Write::Routine(report, follows) => {
                Box::pin(async move { store.report_record_routine(report, follows).await })
            }
            intake::Write::Audit(event) => {
                Box::pin(async move { store.audit_append(vec![event]).await })
            }
        };
        self.begin_write(answers, None, job, place).await
    }

    /// Begins a write, unless the stream has been ended: from then on another stream may speak for the
    /// device, and what this one writes must stand before what that one does.
    async fn begin_write(
        &mut self,
        answers: Option<(Sequence, Option<Standing>)>,
        account: Option<Box<Enforcement>>,
        mut job: Job,
        place: Place,
    ) -> Result<(), Status> {
        let line = self.attachment.line();
        let begun = poll_fn(|cx| Poll::Ready(line.while_open(|| job.as_mut().poll(cx)))).await;
        let result = match begun {
            Ok(Poll::Ready(result)) => Some(result),
            Ok(Poll::Pending) => None,
            Err(end) => return Err(end.into()),
        };
        if let Some(Err(_)) = result {
            // It is answered in its turn; what comes after it must not be begun until then.
            self.session.failed(&self.at.collector.intake);
            if let Some((sequence, _)) = answers {
                self.refuse_from(sequence);
            }
        }
        self.writes.push(Write {
            answers,
            account,
            job: Some(job),
            result,
            _place: place,
        });
        Ok(())
    }

    /// Waits until everything under way is recorded, and answers it.
    async fn settle(&mut self) -> Result<(), Status> {
        while !self.writes.is_empty() {
            let line = self.attachment.line();
            let writes = &mut self.writes;
            let written =
                poll_fn(|cx| line.poll_unless_ended(cx, |cx| writes.poll_first(cx))).await;
            match written {
                Ok(written) => self.written(written),
                Err(end) => return Err(end.into()),
            }
        }
        Ok(())
    }

    /// Whether an earlier report was refused, and this one neither is it nor stands for it.
    fn passes_a_refused_one(&self, report: &ReportHead) -> bool {
        let first = report.folded_from.unwrap_or(report.sequence);
        self.refused_from.is_some_and(|refused| first > refused)
    }

    fn refuse_report_for(&mut self, sequence: Sequence, error: &StoreError) {
        let (retry_after_ms, reason) = match error {
            StoreError::Busy { retry_after_ms } => (*retry_after_ms, "the store is busy"),
            StoreError::Conflict(_) | StoreError::NotFound { .. } => {
                tracing::warn!(%sequence, %error, "a report was not recorded");
                (ORDER_RETRY_MS, "the report must be taken anew")
            }
            StoreError::Disk { .. } | StoreError::Corrupt { .. } => {
                tracing::error!(%sequence, %error, "a report was not recorded");
                (
                    TROUBLE_RETRY_MS,
                    "the collector cannot record at this moment",
                )
            }
        };
        self.refuse_report(sequence, retry_after_ms, reason);
    }

    fn refuse_report(&mut self, sequence: Sequence, retry_after_ms: u32, reason: &str) {
        self.refuse_from(sequence);
        self.busy(sequence, retry_after_ms, reason);
    }

    fn refuse_from(&mut self, sequence: Sequence) {
        let first = self
            .refused_from
            .map_or(sequence, |refused| refused.min(sequence));
        self.refused_from = Some(first);
    }

    fn busy(&self, sequence: Sequence, retry_after_ms: u32, reason: &str) {
        self.at.say(FromCollectorBody::Busy(Busy {
            sequence,
            retry_after_ms,
            reason: reason.to_owned(),
        }));
    }
}
