//! The shape of `status` for programs, and on the local socket.
//!
//! Touches nothing. Must never rename a field that a program may read.

use serde::{Deserialize, Serialize};

use sekisho_policy::order::Access;
use sekisho_policy::reading::{Reading, Why};
use sekisho_proto::json::{ReadingJson, Time};

use crate::cycle::view::View;
use crate::identity::Collector;

/// How an agent stands. Times are RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatusAnswer {
    /// The device id.
    pub device: String,
    /// The collector, as it was given at enrolment, with the agents' port.
    pub collector: String,
    /// Whether it is attached.
    pub attached: bool,
    /// Why it is not.
    pub why_not: Option<String>,
    /// When it is tried again.
    pub retry_at: Option<Time>,
    /// `pending`, `approved` and so on; not there while the collector has not told.
    pub registration: Option<String>,
    /// The policy group; empty for the default one.
    pub group: String,
    /// Whether two machines claim to be this device.
    pub cloned: bool,
    /// What this laptop makes of itself.
    pub own_standing: Option<String>,
    /// The last report the collector has.
    pub judged: Option<JudgedAnswer>,
    /// Reports the collector does not have yet.
    pub waiting: usize,
    /// Why the collector does not take them, in its words.
    pub waiting_because: Option<String>,
    /// Why reports cannot be kept.
    pub outbox_trouble: Option<String>,
    /// Why the configuration file cannot be used, and the defaults hold.
    pub configuration_trouble: Option<String>,
    /// Which version was taken back at an upgrade, and why.
    #[serde(default)]
    pub upgrade_trouble: Option<String>,
    /// The order held.
    pub order: Option<OrderAnswer>,
    /// The access asked for at this moment.
    pub access: String,
    /// `inside` or `outside` of the internal network, as far as a beacon has shown.
    pub place: ReadingJson<String>,
    /// What the firewall shows.
    pub applied: ReadingJson<String>,
    /// What probing the network shows.
    pub verified: ReadingJson<String>,
    /// How far this laptop's clock is ahead of the collector's, in milliseconds.
    pub skew_ms: Option<i64>,
    /// Whether that is so much that the clock counts as wrong (more than two minutes).
    pub clock_off: bool,
    /// When the certificate ends.
    pub certificate_until: Time,
    /// How the agent itself fares.
    pub agent: HealthAnswer,
}

/// How the agent itself fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthAnswer {
    /// Its version.
    pub version: String,
    /// Since when it runs.
    pub started_at: Time,
    /// When all facts were last read; not there while they are read for the first time.
    pub read_at: Option<Time>,
    /// Places whose changes do not announce themselves.
    pub not_watched: Vec<String>,
}

/// The collector's judgement of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedAnswer {
    /// The report.
    pub sequence: u64,
    /// `compliant`, `undecided`, `grace` or `violation`; not there when it was not judged.
    pub standing: Option<String>,
    /// When, by the collector's clock.
    pub at: Time,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderAnswer {
    /// Its place in the row.
    pub generation: u64,
    /// `full`, `restricted` or `isolated`.
    pub access: String,
    /// In the words of who ordered it.
    pub reason: String,
    /// When it was given.
    pub issued_at: Time,
    /// When it ends.
    pub until: Option<Time>,
    /// The incident it belongs to.
    pub incident: Option<String>,
}

impl StatusAnswer {
    /// Puts a view into the shape.
    #[must_use]
    pub fn new(
        view: &View,
        collector: &Collector,
        config_trouble: Option<&str>,
        upgrade_trouble: Option<&str>,
        agent: HealthAnswer,
    ) -> Self {
        let account = view.enforcement.as_ref();
        Self {
            device: view.device.to_string(),
            collector: format!("{}:{}", collector.host, collector.agent_port),
            attached: view.attached,
            why_not: Some(view.why_not.clone()).filter(|why| !why.is_empty()),
            retry_at: view.retry_at.map(Time),
            registration: view
                .register
                .registration
                .map(|state| state.name().to_owned()),
            group: view.register.group.clone(),
            cloned: view.register.cloned,
            own_standing: view.own_standing.map(|standing| standing.name().to_owned()),
            judged: view.last_acknowledged.map(|last| JudgedAnswer {
                sequence: last.sequence.0,
                standing: last.standing.map(|standing| standing.name().to_owned()),
                at: Time(last.at),
            }),
            waiting: view.waiting,
            waiting_because: Some(view.waiting_because.clone()).filter(|why| !why.is_empty()),
            outbox_trouble: view.outbox_trouble.clone(),
            configuration_trouble: config_trouble.map(str::to_owned),
            upgrade_trouble: upgrade_trouble.map(str::to_owned),
            order: view.order.as_ref().map(|order| OrderAnswer {
                generation: order.generation.0,
                access: order.access.name().to_owned(),
                reason: order.reason.clone(),
                issued_at: Time(order.issued_at),
                until: order.until.map(Time),
                incident: order.incident.clone(),
            }),
            access: view.access.name().to_owned(),
            place: view
                .place
                .clone()
                .map(|place| place.name().to_owned())
                .into(),
            applied: told(account.map(|account| &account.applied)),
            verified: told(account.map(|account| &account.verified)),
            skew_ms: view.skew.map(|skew| skew.0),
            clock_off: view.clock_off,
            certificate_until: Time(view.certificate.until),
            agent,
        }
    }
}

fn told(reading: Option<&Reading<Access>>) -> ReadingJson<String> {
    let reading = reading.cloned();
    let reading = reading.unwrap_or(Reading::Unknown(Why::NotAsked));
    reading.map(Access::name).into()
}
