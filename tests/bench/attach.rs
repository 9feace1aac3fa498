//! One laptop's stream to the collector, driven by hand.
//!
//! Touches the loopback network. Must never send what the agent would not.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use sekisho_policy::document::Policy;
use sekisho_policy::facts::{Facts, SectionKind};
use sekisho_policy::id::Fingerprint;
use sekisho_proto::section;
use sekisho_proto::wire::agent_client::AgentClient;
use sekisho_proto::wire::{self, FromAgent, FromCollector, from_agent, from_collector};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

use crate::fleet::Laptop;
use crate::{clock, connect};

/// An open stream that has been welcomed.
pub(crate) struct Attached {
    outgoing: mpsc::Sender<FromAgent>,
    incoming: Streaming<FromCollector>,
    /// The last report the collector has.
    pub(crate) sequence: u64,
    /// Given back at the next connection.
    pub(crate) thread: bytes::Bytes,
}

impl Attached {
    /// Connects, says hello, and waits for the welcome.
    pub(crate) async fn open(
        server: SocketAddr,
        laptop: &Laptop,
        index: usize,
        thread: bytes::Bytes,
    ) -> Result<Self> {
        let channel = connect::channel(server, Arc::clone(&laptop.config), index).await?;
        let (outgoing, queued) = mpsc::channel(32);
        let hello = wire::Hello {
            protocol: 1,
            agent_version: "0.0.0-bench".to_owned(),
            device_id: laptop.device_id.clone(),
            marks: Some(laptop.marks.clone()),
            thread,
            // A laptop remembers the policy. Told it anew, the stream would keep its buffer.
            policy_digest: bytes::Bytes::copy_from_slice(
                Fingerprint::of(Policy::shipped_text().as_bytes()).as_bytes(),
            ),
            generation: 0,
        };
        outgoing
            .send(envelope(from_agent::Body::Hello(hello)))
            .await?;
        let answer = AgentClient::new(channel)
            .attach(ReceiverStream::new(queued))
            .await?;
        let mut incoming = answer.into_inner();
        let first = incoming
            .message()
            .await?
            .context("the stream ended before the welcome")?;
        let Some(from_collector::Body::Welcome(welcome)) = first.body else {
            bail!("the first message is no welcome");
        };
        let (sequence, thread) = (welcome.last_sequence, welcome.thread);
        Ok(Self {
            outgoing,
            incoming,
            sequence,
            thread,
        })
    }

    /// Sends one body.
    pub(crate) async fn send(&self, body: from_agent::Body) -> Result<()> {
        Ok(self.outgoing.send(envelope(body)).await?)
    }

    /// The next body.
    pub(crate) async fn next(&mut self) -> Result<from_collector::Body> {
        let message = self
            .incoming
            .message()
            .await?
            .context("the collector ended the stream")?;
        message.body.context("an empty message")
    }

    /// Waits for the next acknowledgement.
    async fn ack(&mut self) -> Result<()> {
        ensure!(
            self.answer().await?.is_none(),
            "the collector was busy while it was measured"
        );
        Ok(())
    }

    /// The next order; other messages passed over.
    pub(crate) async fn order(&mut self) -> Result<()> {
        while !matches!(self.next().await?, from_collector::Body::Order(_)) {}
        Ok(())
    }

    /// Hands in one report; when the collector is busy, comes back as it says, with jitter.
    pub(crate) async fn hand_in(&mut self, report: wire::Report) -> Result<()> {
        loop {
            self.send(from_agent::Body::Report(report.clone())).await?;
            match self.answer().await? {
                None => return Ok(()),
                Some(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// `None` when acknowledged, the time to wait when busy.
    async fn answer(&mut self) -> Result<Option<Duration>> {
        loop {
            match self.next().await? {
                from_collector::Body::Ack(_) => return Ok(None),
                from_collector::Body::Busy(busy) => {
                    return Ok(Some(Duration::from_millis(u64::from(busy.retry_after_ms))));
                }
                from_collector::Body::Need(_) => bail!("the collector asks for sections anew"),
                from_collector::Body::Welcome(_)
                | from_collector::Body::Order(_)
                | from_collector::Body::Policy(_)
                | from_collector::Body::Pulse(_)
                | from_collector::Body::Register(_) => {}
            }
        }
    }

    /// Sends reports ready made, `flight` at a time, and waits for every acknowledgement.
    pub(crate) async fn drive(&mut self, reports: Vec<wire::Report>, flight: usize) -> Result<()> {
        let mut waiting = 0;
        for report in reports {
            if waiting == flight {
                self.ack().await?;
                waiting -= 1;
            }
            self.send(from_agent::Body::Report(report)).await?;
            waiting += 1;
        }
        for _ in 0..waiting {
            self.ack().await?;
        }
        Ok(())
    }
}

fn envelope(body: from_agent::Body) -> FromAgent {
    FromAgent {
        at_ms: clock::epoch_ms(),
        body: Some(body),
    }
}

/// Makes the reports of one laptop: which sections changed decides what travels.
pub(crate) struct Reporter {
    sequence: u64,
    sent: BTreeMap<SectionKind, bytes::Bytes>,
}

impl Reporter {
    /// Reports after `sequence`.
    pub(crate) fn new(sequence: u64) -> Self {
        Self {
            sequence,
            sent: BTreeMap::new(),
        }
    }

    /// The next report, with the bodies of what differs from the one before.
    pub(crate) fn report(&mut self, facts: &Facts) -> Result<wire::Report> {
        self.sequence += 1;
        let mut sections = Vec::new();
        for kind in SectionKind::ALL {
            let encoded = section::encode(facts, kind);
            let digest = bytes::Bytes::copy_from_slice(encoded.digest.as_bytes());
            let changed = self.sent.insert(kind, digest.clone()) != Some(digest.clone());
            let body = if changed {
                section::compress(&encoded.bytes)?.into()
            } else {
                bytes::Bytes::new()
            };
            sections.push(wire::SectionRef {
                kind: wire::SectionKind::from(kind).into(),
                digest,
                body,
            });
        }
        ensure!(
            sections.len() == SectionKind::ALL.len(),
            "a section is missing"
        );
        let taken_at_ms = clock::epoch_ms();
        Ok(wire::Report {
            sequence: self.sequence,
            taken_at_ms,
            sections,
            folded_from: 0,
        })
    }
}
