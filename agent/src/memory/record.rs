//! The shapes in which things are remembered, apart from the types they are used as.
//!
//! Touches bytes in memory. Must never change the meaning of a field number: files of older agents
//! are read with these shapes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use prost::Message;

use sekisho_policy::finding::RuleId;
use sekisho_policy::time::Timestamp;

/// The order in force.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct OrderRecord {
    /// The encoded `SignedOrder`, as it came.
    #[prost(bytes = "vec", tag = "1")]
    pub signed: Vec<u8>,
    /// Milliseconds from taking it up to its end; not set when only another order ends it.
    #[prost(int64, optional, tag = "2")]
    pub remaining_ms: Option<i64>,
    /// Milliseconds of running (suspended time among them) since it was taken up.
    #[prost(int64, tag = "3")]
    pub elapsed_ms: i64,
    /// Where the collector was met, as IP addresses in text: without one of them an isolation cannot be
    /// put in force, and the list of them is a file that can be damaged.
    #[prost(string, repeated, tag = "4")]
    pub met_at: Vec<String>,
    /// Whether its end has come.
    #[prost(bool, tag = "5")]
    pub ended: bool,
}

/// What the collector last judged.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct VerdictRecord {
    /// The report.
    #[prost(uint64, tag = "1")]
    pub sequence: u64,
    /// The number of `sekisho.v1.Standing`.
    #[prost(int32, tag = "2")]
    pub standing: i32,
    /// When it was heard, in milliseconds since 1970-01-01T00:00:00Z by the collector's clock.
    #[prost(int64, tag = "3")]
    pub heard_at_ms: i64,
}

/// What is known of the clock.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct ClockRecord {
    /// The newest time heard from the collector, in milliseconds since 1970-01-01T00:00:00Z.
    #[prost(int64, tag = "1")]
    pub floor_ms: i64,
    /// How far this clock is ahead of the collector's, in milliseconds; not set when never measured.
    #[prost(int64, optional, tag = "2")]
    pub skew_ms: Option<i64>,
}

/// Since when this laptop finds which rule broken.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct SinceRecord {
    /// One for each rule that counts against it.
    #[prost(message, repeated, tag = "1")]
    pub rules: Vec<SinceRuleRecord>,
}

/// A rule that counts against this laptop.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct SinceRuleRecord {
    /// Its name.
    #[prost(string, tag = "1")]
    pub rule: String,
    /// Since then, in milliseconds since 1970-01-01T00:00:00Z.
    #[prost(int64, tag = "2")]
    pub since_ms: i64,
}

impl SinceRecord {
    /// Puts the times into their shape.
    #[must_use]
    pub fn of(since: &BTreeMap<RuleId, Timestamp>) -> Self {
        let rules = since.iter().map(|(rule, since)| SinceRuleRecord {
            rule: rule.0.clone(),
            since_ms: since.0,
        });
        Self {
            rules: rules.collect(),
        }
    }

    /// The times, by rule.
    #[must_use]
    pub fn since(self) -> BTreeMap<RuleId, Timestamp> {
        let rules = self.rules.into_iter();
        rules
            .map(|one| (RuleId(one.rule), Timestamp(one.since_ms)))
            .collect()
    }
}

/// The requests carried out lately, oldest first.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct RequestsRecord {
    /// Sixteen bytes each.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub ids: Vec<Vec<u8>>,
}

/// Where the collector was met, the last place first.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct AddressesRecord {
    /// IP addresses as text.
    #[prost(string, repeated, tag = "1")]
    pub addresses: Vec<String>,
}

impl AddressesRecord {
    /// Puts addresses into their shape.
    #[must_use]
    pub fn of(addresses: &[IpAddr]) -> Self {
        Self {
            addresses: addresses.iter().map(ToString::to_string).collect(),
        }
    }
}

/// The addresses among texts.
#[must_use]
pub fn addresses(texts: &[String]) -> Vec<IpAddr> {
    texts.iter().filter_map(|text| text.parse().ok()).collect()
}

/// The device's identity.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct IdentityRecord {
    /// X.509 in DER, the device's own certificate first.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub chain: Vec<Vec<u8>>,
    /// Root certificates of the collector, in DER.
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub roots: Vec<Vec<u8>>,
    /// Ed25519 public keys that may sign orders.
    #[prost(bytes = "vec", repeated, tag = "3")]
    pub order_keys: Vec<Vec<u8>>,
    /// The device's own secret for break-glass codes.
    #[prost(bytes = "vec", tag = "4")]
    pub break_glass_secret: Vec<u8>,
    /// Host name or address of the collector, as it was given at enrolment.
    #[prost(string, tag = "5")]
    pub host: String,
    /// Port of the enrolment listener.
    #[prost(uint32, tag = "6")]
    pub enrol_port: u32,
    /// Port of the agents' listener.
    #[prost(uint32, tag = "7")]
    pub agent_port: u32,
    /// Name of the private key's file.
    #[prost(string, tag = "8")]
    pub key: String,
}

/// An enrolment that was begun: the key to try again with.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct PendingRecord {
    /// Name of the private key's file.
    #[prost(string, tag = "1")]
    pub key: String,
    /// SHA-256 of the token's secret: another token makes another device.
    #[prost(bytes = "vec", tag = "2")]
    pub token: Vec<u8>,
}
