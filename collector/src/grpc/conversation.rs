//! One device's stream from its hello to its end: messages in, answers out, writes under way.
//!
//! Touches the core rooms. Must never acknowledge a report before the store has it, and never answer
//! reports in another order than they came.

mod reports;
mod writes;

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream;
use tokio::time::{Sleep, sleep, timeout};
use tonic::Status;

use sekisho_policy::order::Enforcement;
use sekisho_proto::message::{
    FromAgent, FromAgentBody, FromCollector, FromCollectorBody, Hello, Welcome,
};
use sekisho_proto::wire;

use self::writes::{Writes, Written};
use super::note_refusal;
use super::stream::Answers;
use crate::admit::{Presented, Refusal, decide};
use crate::attach::{AttachError, Attached, attach};
use crate::hub::{Attachment, Event};
use crate::intake::{Assemblies, IntakeError, Session};
use crate::limits::{ANSWERS_MAX, ASSEMBLY_SECS, HELLO_SECS, IN_FLIGHT_MAX, PULSE_SECS};
use crate::record::{Actor, AuditEvent};
use crate::serve::Collector;
use crate::tls::Peer;

/// A stream that has been opened by an admitted device.
pub(super) struct Conversation {
    collector: Arc<Collector>,
    peer: Arc<Peer>,
    presented: Presented,
    inbound: Inbound,
    answers: Answers,
}

/// What a device says, message by message, as the wire gives it.
pub type Inbound = Pin<Box<dyn Stream<Item = Result<wire::FromAgent, Status>> + Send + Sync>>;

/// A conversation after the welcome.
struct Seat {
    at: Conversation,
    attachment: Attachment,
    session: Session,
    chunks: Assemblies,
    chunks_end: Option<Pin<Box<Sleep>>>,
    writes: Writes,
    /// The first report that was refused and has not come again: those after it would leave a gap.
    refused_from: Option<sekisho_policy::id::Sequence>,
    /// The last account of enforcement, if the store refused it: the device will not say it again.
    owed: Option<Box<Enforcement>>,
    /// The device will say no more.
    is_over: bool,
}

/// What happens next on a stream.
#[expect(
    clippy::large_enum_variant,
    reason = "it lives for one step, and a box for each message would cost more"
)]
enum Next {
    Line(Event),
    Written(Written),
    Said(wire::FromAgent),
    Over,
    ChunksEnded,
}

impl Conversation {
    /// A conversation over a stream that has just been opened.
    pub(super) fn new(
        collector: Arc<Collector>,
        peer: Arc<Peer>,
        presented: Presented,
        inbound: Inbound,
        answers: Answers,
    ) -> Self {
        Self {
            collector,
            peer,
            presented,
            inbound,
            answers,
        }
    }

    /// Holds the conversation until one side ends it.
    pub(super) async fn hold(self) -> Result<(), Status> {
        let peer = Arc::clone(&self.peer);
        let _busy = peer.idle.busy();
        // Boxed, so that what only the beginning needs is not kept for the length of the stream.
        let seat = Box::pin(self.begin()).await?;
        seat.hold().await
    }

    async fn begin(mut self) -> Result<Box<Seat>, Status> {
        let first = poll_fn(|cx| self.inbound.as_mut().poll_next(cx));
        let said = match timeout(Duration::from_secs(HELLO_SECS), first).await {
            Ok(Some(Ok(said))) => said,
            Ok(Some(Err(status))) => return Err(self.broken_off(status).await),
            Ok(None) => return Err(Status::invalid_argument("no hello came")),
            Err(_) => return Err(Status::deadline_exceeded("no hello came in time")),
        };
        let said = self.parse(said).await?;
        let FromAgentBody::Hello(hello) = said.body else {
            let status = Status::invalid_argument("the first message is not a hello");
            return Err(self.malformed(status).await);
        };
        let attachment = self
            .collector
            .hub
            .attach(self.presented.device, Arc::clone(&self.peer.closer));
        let address = self.peer.address.to_string();
        let store = self.collector.store.as_ref();
        let asides = self.collector.intake.asides();
        let now = self.collector.now();
        let attached = attach(store, asides, &self.presented, &hello, &address, now);
        let attached = match attached.await {
            Ok(attached) => attached,
            Err(AttachError::Refused(refusal)) => return Err(self.refuse(refusal).await),
            Err(error) => return Err(error.into()),
        };
        let entry = self.collector.policy.entry(&attached.device);
        let mut session = Session::open(attached.device.id, entry, &attached.posture);
        session.heard(said.at, self.collector.now());
        self.welcome(&hello, attached);
        Ok(Box::new(Seat {
            at: self,
            attachment,
            session,
            chunks: Assemblies::default(),
            chunks_end: None,
            writes: Writes::default(),
            refused_from: None,
            owed: None,
            is_over: false,
        }))
    }

    fn welcome(&self, hello: &Hello, attached: Attached) {
        let ruling = self.collector.policy.current();
        self.say(FromCollectorBody::Welcome(Welcome {
            thread: attached.thread,
            register: self.collector.policy.entry(&attached.device),
            last_sequence: attached.posture.sequence,
            sections: attached.posture.sections,
            pulse_secs: PULSE_SECS,
            beacons: self.collector.beacon.told(),
        }));
        if hello.policy != Some(ruling.policy.fingerprint()) {
            self.say(FromCollectorBody::Policy(ruling.text.clone()));
        }
        if let Some(order) = attached.order {
            match prost::Message::decode(order.as_slice()) {
                Ok(signed) => self.say(FromCollectorBody::Order(signed)),
                Err(error) => {
                    let device = attached.device.id;
                    tracing::error!(%device, %error, "the order in the store cannot be read");
                }
            }
        }
    }

    fn say(&self, body: FromCollectorBody) {
        let at = self.collector.now();
        self.answers.push(FromCollector { at, body }.into());
    }

    async fn refuse(&self, refusal: Refusal) -> Status {
        let event = refusal.event(&self.peer.address.to_string(), self.collector.now());
        note_refusal(&self.collector, &self.peer, event).await;
        refusal.into()
    }

    /// Parses a message; one that is malformed ends the stream and is put down.
    async fn parse(&self, said: wire::FromAgent) -> Result<FromAgent, Status> {
        match FromAgent::try_from(said) {
            Ok(said) => Ok(said),
            Err(error) => Err(self
                .malformed(Status::invalid_argument(error.to_string()))
                .await),
        }
    }

    /// The stream cannot be read on: what came was no message, which is put down, or the connection broke,
    /// which happens all day.
    async fn broken_off(&self, status: Status) -> Status {
        // What the transport says of itself carries its error; what it cannot decode does not.
        if std::error::Error::source(&status).is_some() {
            return status;
        }
        self.malformed(status).await
    }

    async fn malformed(&self, status: Status) -> Status {
        let address = self.peer.address.to_string();
        let event = AuditEvent {
            at: self.collector.now(),
            actor: Actor::Device(self.presented.device),
            action: "message.refused",
            device: Some(self.presented.device),
            details: vec![
                ("address", address),
                ("reason", status.message().to_owned()),
            ],
        };
        note_refusal(&self.collector, &self.peer, event).await;
        status
    }
}

impl Seat {
    async fn hold(mut self: Box<Self>) -> Result<(), Status> {
        loop {
            let next = match poll_fn(|cx| self.poll_next(cx)).await {
                Ok(next) => next,
                Err(status) => return Err(self.at.broken_off(status).await),
            };
            match next {
                Next::Line(Event::Send(message)) => {
                    self.at.answers.push(Arc::unwrap_or_clone(message));
                }
                Next::Line(Event::Changed) => Box::pin(self.reread()).await?,
                Next::Line(Event::End(end)) => return Err(end.into()),
                Next::Written(written) => self.written(written),
                Next::Said(said) => Box::pin(self.hear(said)).await?,
                Next::ChunksEnded => self.give_up_chunks(),
                Next::Over if self.writes.is_empty() => return Ok(()),
                Next::Over => self.is_over = true,
            }
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Next, Status>> {
        if let Poll::Ready(event) = self.attachment.line().poll_event(cx) {
            return Poll::Ready(Ok(Next::Line(event)));
        }
        if let Poll::Ready(written) = self.writes.poll_first(cx) {
            return Poll::Ready(Ok(Next::Written(written)));
        }
        if let Some(end) = &mut self.chunks_end
            && end.as_mut().poll(cx).is_ready()
        {
            return Poll::Ready(Ok(Next::ChunksEnded));
        }
        if self.is_over {
            return if self.writes.is_empty() {
                Poll::Ready(Ok(Next::Over))
            } else {
                Poll::Pending
            };
        }
        // Whoever takes the answers asks again when they are gone.
        if self.writes.len() >= IN_FLIGHT_MAX || self.at.answers.len() >= ANSWERS_MAX {
            return Poll::Pending;
        }
        Poll::Ready(match ready!(self.at.inbound.as_mut().poll_next(cx)) {
            Some(Ok(said)) => Ok(Next::Said(said)),
            Some(Err(status)) => Err(status),
            None => Ok(Next::Over),
        })
    }

    async fn hear(&mut self, said: wire::FromAgent) -> Result<(), Status> {
        let said = self.at.parse(said).await?;
        let now = self.at.collector.now();
        if self.at.presented.not_after <= now {
            let refusal = Refusal::Expired {
                device: self.at.presented.device,
                ended: self.at.presented.not_after,
            };
            return Err(self.at.refuse(refusal).await);
        }
        self.session.heard(said.at, now);
        self.at.collector.seen.note(self.at.presented.device, now);
        let is_newer = matches!(said.body, FromAgentBody::Enforcement(_));
        if self.writes.is_empty()
            && !is_newer
            && let Some(owed) = self.owed.take()
        {
            self.account(*owed, now).await?;
        }
        match said.body {
            FromAgentBody::Report(report) => self.report(report, now).await,
            FromAgentBody::Pulse(number) => {
                self.at.say(FromCollectorBody::Pulse(number));
                Ok(())
            }
            FromAgentBody::Chunk(chunk) => {
                let taken = self.chunks.take(self.at.collector.intake.budget(), &chunk);
                self.chunks_end = Some(Box::pin(sleep(Duration::from_secs(ASSEMBLY_SECS))));
                match taken {
                    Ok(()) => Ok(()),
                    // The report that names the section will be told what is missing.
                    Err(IntakeError::Crowded) => Ok(()),
                    Err(error) => Err(self.at.malformed(error.into()).await),
                }
            }
            FromAgentBody::Enforcement(account) => self.account(account, now).await,
            FromAgentBody::NotKnown => Ok(()),
            FromAgentBody::Hello(_) => {
                let status = Status::invalid_argument("a second hello came");
                Err(self.at.malformed(status).await)
            }
        }
    }

    /// Reads the device's row of the register anew and tells the device.
    async fn reread(&mut self) -> Result<(), Status> {
        let id = self.at.presented.device;
        let device = match self.at.collector.store.device_fetch(id).await? {
            Some(device) => device,
            None => return Err(Refusal::UnknownDevice(id).into()),
        };
        if let Err(refusal) = decide(&self.at.presented, &device, self.at.collector.now()) {
            return Err(self.at.refuse(refusal).await);
        }
        let intake = &self.at.collector.intake;
        let entry = self.at.collector.policy.entry(&device);
        self.session.entry_changed(intake, entry.clone());
        self.at.say(FromCollectorBody::Register(entry));
        Ok(())
    }

    fn give_up_chunks(&mut self) {
        self.chunks.clear();
        self.chunks_end = None;
    }
}
