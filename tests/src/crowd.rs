//! Laptops that begin to send large sections and never end: they hold all the places that a collector has
//! for these.
//!
//! Touches the collector, by raw gRPC over mutual TLS, with identities that real agents enrolled. Must never
//! send what a laptop may not send.

use std::sync::Arc;

use anyhow::{Context, ensure};
use bytes::Bytes;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_stream::wrappers::ReceiverStream;

use sekisho_agent::enrol::unread_marks;
use sekisho_agent::identity::Identity;
use sekisho_agent::identity::tls::{FloorClock, with_certificate};
use sekisho_agent::link::dial::{Place, channel};
use sekisho_agent::paths::Paths;
use sekisho_policy::id::{Fingerprint, Generation};
use sekisho_proto::limits::{CHUNK_BYTES_MAX, CHUNKS_MAX};
use sekisho_proto::message::{Chunk, FromAgent, FromAgentBody, Hello, PROTOCOL};
use sekisho_proto::wire;
use sekisho_proto::wire::agent_client::AgentClient;

use crate::world::{World, said};

/// Laptops whose sections are under way; they leave when it is dropped.
#[derive(Debug)]
pub struct Crowd {
    /// Their streams are open while these are.
    said: Vec<mpsc::Sender<wire::FromAgent>>,
    runtime: Runtime,
}

impl Crowd {
    /// So many laptops enrol, and send all of a section of the largest size but its last chunk. Gives them
    /// when the collector has taken what they sent.
    ///
    /// # Errors
    /// When one cannot enrol or is not heard.
    pub fn gathers(world: &World, members: usize) -> anyhow::Result<Self> {
        let token = world.token(&["--approve", "--uses", &members.to_string()]);
        let mut identities = Vec::new();
        for member in 1..=members {
            let laptop = world.laptop(&format!("member-{member}"));
            let enrolled = laptop.enrol(&world.enrolment_address(), &token);
            ensure!(enrolled.status.success(), "{}", said(&enrolled));
            identities.push(Identity::load(&Paths::new(laptop.state_dir()))?);
        }
        let runtime = Runtime::new()?;
        let said = runtime.block_on(async {
            let mut members: JoinSet<_> = identities.into_iter().map(join).collect();
            let mut said = Vec::new();
            while let Some(member) = members.join_next().await {
                said.push(member??);
            }
            anyhow::Ok(said)
        })?;
        Ok(Self { said, runtime })
    }

    /// They all break off.
    pub fn leaves(self) {
        drop(self.said);
        drop(self.runtime);
    }
}

/// Attaches, sends, and waits until the collector has read it all.
async fn join(identity: Identity) -> anyhow::Result<mpsc::Sender<wire::FromAgent>> {
    let tls = with_certificate(&identity, Arc::new(FloorClock::default()))?;
    let place = Place {
        host: identity.collector.host.clone(),
        port: identity.collector.agent_port,
        known: Vec::new(),
        resolve: true,
    };
    let (channel, _) = channel(&place, &tls).await?;
    let (say, said) = mpsc::channel(4);
    let hello = Hello {
        protocol: PROTOCOL,
        agent_version: env!("CARGO_PKG_VERSION").to_owned(),
        device: identity.device,
        marks: unread_marks(),
        thread: Vec::new(),
        policy: None,
        generation: Generation(0),
    };
    say.send(message(FromAgentBody::Hello(hello))).await?;
    let mut client = AgentClient::new(channel);
    let mut heard = client.attach(ReceiverStream::new(said)).await?.into_inner();
    let data = Bytes::from(vec![0; CHUNK_BYTES_MAX]);
    for index in 0..CHUNKS_MAX.saturating_sub(1) {
        let chunk = Chunk {
            digest: Fingerprint::of(identity.device.as_bytes()),
            index,
            count: CHUNKS_MAX,
            data: data.clone(),
        };
        say.send(message(FromAgentBody::Chunk(chunk))).await?;
    }
    say.send(message(FromAgentBody::Pulse(1))).await?;
    loop {
        let answer = heard.message().await?.context("the stream has ended")?;
        if let Some(wire::from_collector::Body::Pulse(_)) = answer.body {
            break;
        }
    }
    // Whoever does not listen is cut off.
    tokio::spawn(async move { while let Ok(Some(_)) = heard.message().await {} });
    Ok(say)
}

fn message(body: FromAgentBody) -> wire::FromAgent {
    let at = sekisho_collector::clock::now();
    FromAgent { at, body }.into()
}
