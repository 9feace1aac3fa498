//! Orders in JSON.
//!
//! Touches nothing. Must never let an order be asked for that is not of the closed set.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use sekisho_policy::order::{Endpoint, Transport};
use serde::{Deserialize, Serialize};

use sekisho_proto::json::{ErrorBody, Time};

use crate::record::IssuedOrder;

/// An order in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderJson {
    /// Its place in the row of orders for its device.
    pub generation: u64,
    /// `full`, `restricted` or `isolated`.
    pub access: String,
    /// When it was given.
    pub issued_at: Time,
    /// Who gave it.
    pub issued_by: String,
    /// Why.
    pub reason: String,
    /// When it ends by itself; `null` when only another order ends it.
    pub until: Option<Time>,
    /// What stays reachable beside the collector.
    pub allow: Vec<EndpointJson>,
}

/// An order to give: `POST /v1/orders`. Exactly one of `devices`, `group` and `all` says for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOrderJson {
    /// `isolated` or `full`.
    pub access: String,
    /// Each an id, the beginning or end of one, or a host name. At most 500.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<String>,
    /// A policy group; empty for the default one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Every device in use.
    #[serde(default)]
    pub all: bool,
    /// How many devices would take the order, as whoever gives it was shown: with any other number it is
    /// given to nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<usize>,
    /// Why.
    pub reason: String,
    /// When it ends by itself.
    #[serde(default)]
    pub until: Option<Time>,
    /// The incident it belongs to.
    #[serde(default)]
    pub incident: Option<String>,
    /// What stays reachable beside the collector. At most 64.
    #[serde(default)]
    pub allow: Vec<EndpointJson>,
}

/// An endpoint that stays reachable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointJson {
    /// The address.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// `tcp` or `udp`; TCP when it is not said.
    #[serde(default = "tcp")]
    pub transport: String,
}

fn tcp() -> String {
    Transport::Tcp.name().to_owned()
}

impl fmt::Display for EndpointJson {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let socket = SocketAddr::new(self.address, self.port);
        write!(to, "{socket}/{}", self.transport)
    }
}

impl From<&Endpoint> for EndpointJson {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            address: endpoint.address,
            port: endpoint.port,
            transport: endpoint.transport.name().to_owned(),
        }
    }
}

/// Whom an order would hit: `POST /v1/orders/preview`, asked as the order is. Nothing is ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewJson {
    /// How many devices would take it.
    pub count: usize,
    /// How many of them are connected to this collector.
    pub attached: usize,
    /// How many that are meant would be refused: out of use, not isolated, or not there.
    pub refused: usize,
    /// Those that would take it, by name; at most 10,000.
    pub devices: Vec<MeantJson>,
}

/// A device that an order would hit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeantJson {
    /// The device's id.
    pub device: String,
    /// Its host name.
    pub name: String,
    /// `pending`, `approved` or `suspended`.
    pub registration: String,
    /// Whether it is connected to this collector.
    pub attached: bool,
}

/// What became of the orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenJson {
    /// How many were recorded.
    pub recorded: usize,
    /// How many of them were put on a stream at once.
    pub sent: usize,
    /// How many were refused.
    pub failed: usize,
    /// One for each device, refusals first; at most 10,000.
    pub results: Vec<ResultJson>,
}

/// What became of one device's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultJson {
    /// The device's id, or what was typed when there is none of that name.
    pub device: String,
    /// Its host name; `null` when there is no such device.
    pub name: Option<String>,
    /// The order's generation; `null` when it was refused.
    pub generation: Option<u64>,
    /// Whether it was put on the device's stream; otherwise it goes out when the device attaches.
    pub sent: bool,
    /// Why it was refused; `null` when it was not.
    pub error: Option<ErrorBody>,
}

/// A code to ask for: `POST /v1/devices/{name}/code`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeJson {
    /// What the laptop shows.
    pub challenge: String,
    /// For how long the isolation is lifted, in hours.
    pub hours: u64,
    /// Why.
    pub reason: String,
}

/// The code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeJson {
    /// The device it is for.
    pub device: String,
    /// What to type on the laptop.
    pub code: String,
    /// For how long it lifts the isolation, in hours.
    pub hours: u64,
}

impl OrderJson {
    /// An order in force, with what it lets stay reachable.
    #[must_use]
    pub fn of(order: &IssuedOrder, allow: &[Endpoint]) -> Self {
        Self {
            generation: order.generation.0,
            access: order.access.name().to_owned(),
            issued_at: Time(order.issued_at),
            issued_by: order.issued_by.clone(),
            reason: order.reason.clone(),
            until: order.until.map(Time),
            allow: allow.iter().map(Into::into).collect(),
        }
    }
}
