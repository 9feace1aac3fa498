//! The state of the collector in JSON.
//!
//! Touches nothing. Must never say less of what needs a person than a person is shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use sekisho_proto::json::Time;

use crate::beacon::BeaconState;

/// How the collector fares: `GET /v1/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusJson {
    /// Its version.
    pub version: String,
    /// Since when it serves.
    pub started_at: Time,
    /// The fleet in numbers.
    pub devices: CensusJson,
    /// Version of the policy in force.
    pub policy_version: u64,
    /// Entries of the audit log.
    pub audit_entries: u64,
    /// What the server shows; renewed by itself half a year before its end.
    pub server_certificate: EndJson,
    /// What laptops trust the server by.
    pub root_certificate: EndJson,
    /// The beacon on the internal network; `null` when there is none.
    #[serde(default)]
    pub beacon: Option<BeaconJson>,
    /// Why the last thing to be recorded was not; `null` while all is.
    pub not_recording: Option<String>,
    /// What a person has to see to: names of the reasons.
    pub warnings: Vec<String>,
}

/// The fleet in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CensusJson {
    /// In the register.
    pub total: u64,
    /// Holding a stream to this collector.
    pub attached: u64,
    /// By registration; a state that no device is in is left out.
    pub registrations: BTreeMap<String, u64>,
    /// By standing, of those in use; `none` for those never judged, `damaged` for those of which nothing can be read. What no device has is left out.
    pub standings: BTreeMap<String, u64>,
    /// Claimed by two machines.
    pub clones: u64,
    /// In use, and under an order that is not full access.
    pub restricted: u64,
    /// In use, and may be taken out now.
    pub taken_out: u64,
    /// Of those, with a leave that ends within three days.
    pub take_outs_ending: u64,
    /// In use, and silent for longer than the policy allows.
    pub stale: u64,
}

/// A certificate's end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndJson {
    /// SHA-256 of it in DER.
    pub fingerprint: String,
    /// When its validity ends.
    pub not_after: Time,
}

/// How the beacon fares; also the answer to `POST /v1/beacon/rotation`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeaconJson {
    /// The addresses that laptops are told.
    pub addresses: Vec<String>,
    /// SHA-256 of the public key in use; `null` when the keys cannot be used.
    pub pin: Option<String>,
    /// SHA-256 of the public key that comes after it, which laptops are told as well.
    pub next_pin: Option<String>,
    /// What keeps it from serving, wholly or in part; empty while it serves.
    pub troubles: Vec<String>,
}

impl From<BeaconState> for BeaconJson {
    fn from(state: BeaconState) -> Self {
        let [pin, next_pin] = match state.pins {
            Some(pins) => pins.map(|pin| Some(pin.to_string())),
            None => [None, None],
        };
        Self {
            addresses: state.addresses.iter().map(ToString::to_string).collect(),
            pin,
            next_pin,
            troubles: state.troubles,
        }
    }
}
