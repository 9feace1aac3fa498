//! Talking to the collector: greeting, reports, pulses, accounts, certificates.
//!
//! Touches the link, the outbox and the identity. Must never hold more of a section in memory than is on
//! its way.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::Fingerprint;
use sekisho_policy::order::Enforcement;
use sekisho_proto::message::{FromAgentBody, Hello, PROTOCOL};
use sekisho_proto::wire;

use super::{Message, Shell, chain};
use crate::clock;
use crate::cycle::{Event, Greeting};
use crate::enrol::{renew_expired, unread_marks};
use crate::identity::Validity;
use crate::identity::key::certificate_request;
use crate::identity::tls::with_certificate;
use crate::link::dial::Place;
use crate::link::parcel::{self, messages};
use crate::link::{Link, Opening, renew};
use crate::outbox::Pending;

/// Addresses of the collector that are remembered.
const ADDRESSES_MAX: usize = 8;

impl Shell {
    pub(super) fn connect(&mut self, greeting: Greeting) -> Option<Event> {
        let hello = Hello {
            protocol: PROTOCOL,
            agent_version: env!("CARGO_PKG_VERSION").to_owned(),
            device: self.identity.device,
            marks: self.marks.clone().unwrap_or_else(unread_marks),
            thread: greeting.thread,
            policy: greeting.policy,
            generation: greeting.generation,
        };
        self.epoch = self.epoch.wrapping_add(1);
        let opening = Opening {
            place: Place {
                host: self.identity.collector.host.clone(),
                port: self.identity.collector.agent_port,
                known: self.known.clone(),
                resolve: greeting.resolve,
            },
            tls: Arc::clone(&self.tls),
            hello: message(FromAgentBody::Hello(hello)),
            order_keys: self.identity.order_keys.clone(),
            epoch: self.epoch,
        };
        self.link = Some(Link::open(opening, self.told.clone()));
        None
    }

    pub(super) fn send_report(
        &mut self,
        report: &Pending,
        held: &BTreeMap<SectionKind, Fingerprint>,
    ) -> Option<Event> {
        let body = |digest| self.outbox.body_or_forget(digest);
        match messages(clock::now(), report, held, body) {
            Ok(messages) => self.say(messages),
            Err(error) => {
                tracing::error!(error = chain(&error), "a report cannot be sent");
                Some(Event::BodyLost(report.sequence))
            }
        }
    }

    pub(super) fn send_pulse(&self, number: u64) -> Option<Event> {
        self.say(vec![message(FromAgentBody::Pulse(number))])
    }

    pub(super) fn send_enforcement(&self, account: Enforcement) -> Option<Event> {
        self.say(vec![message(FromAgentBody::Enforcement(account))])
    }

    /// Says something, or tells that the link does not take it.
    fn say(&self, messages: Vec<wire::FromAgent>) -> Option<Event> {
        let said = self.link.as_ref().is_some_and(|link| link.say(messages));
        (!said).then(|| Event::Broken {
            why: "the link takes no more".to_owned(),
            retry_after: None,
        })
    }

    /// Takes note of where the collector was met; tells when that is elsewhere than the last time.
    pub(super) fn met(&mut self, address: IpAddr) -> Option<Event> {
        if self.known.first() == Some(&address) {
            return None;
        }
        self.known.retain(|known| *known != address);
        self.known.insert(0, address);
        self.known.truncate(ADDRESSES_MAX);
        Some(Event::Met(self.known.clone()))
    }

    /// Begins to ask for a new certificate.
    pub(super) fn renew(&self, expired: bool) {
        let identity = self.identity.clone();
        let (known, floor) = (self.known.clone(), Arc::clone(&self.floor));
        let (channel, tell) = (self.channel.clone(), self.tell.clone());
        tokio::spawn(async move {
            let done = match (expired, channel) {
                (true, _) => renew_expired(&identity, known, true, floor)
                    .await
                    .map_err(|error| chain(&error)),
                (false, Some(channel)) => match certificate_request(identity.key.as_ref()) {
                    Ok(csr) => renew(channel, csr).await.map_err(|error| chain(&error)),
                    Err(error) => Err(chain(&error)),
                },
                (false, None) => Err("there is no link to the collector".to_owned()),
            };
            // Nobody listens any more when the agent is ending.
            let _ = tell.send(Message::Renewed(done)).await;
        });
    }

    /// Takes a new chain into use, on disk first.
    pub(super) fn take_chain(&mut self, given: Vec<Vec<u8>>) -> Result<Validity, String> {
        let mut identity = self.identity.clone();
        identity.take_chain(given).map_err(|error| chain(&error))?;
        let validity = identity.validity().map_err(|error| chain(&error))?;
        let tls = with_certificate(&identity, Arc::clone(&self.floor));
        let tls = tls.map_err(|error| chain(&error))?;
        identity.store(&self.paths).map_err(|error| chain(&error))?;
        tracing::info!(until = %validity.until, "the certificate was renewed");
        self.tls = tls;
        self.identity = identity;
        Ok(validity)
    }
}

fn message(body: FromAgentBody) -> wire::FromAgent {
    parcel::message(clock::now(), body)
}
