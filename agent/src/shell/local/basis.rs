//! What a check on this machine is to be judged by, as the running agent tells it to anyone here.
//!
//! Touches the agent's memory, to read the policy's text. Must never tell anything that the user of the
//! laptop may not see.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use prost::Message as _;
use serde::{Deserialize, Serialize};

use sekisho_policy::facts::{Network, NetworkPlace};
use sekisho_policy::finding::RuleId;
use sekisho_policy::order::Access;
use sekisho_policy::reading::Reading;
use sekisho_policy::register::Entry;
use sekisho_policy::time::{Moment, Timestamp};
use sekisho_proto::wire;

use super::super::{Shell, chain, now};
use super::Answer;
use crate::memory::Slot;

/// What a check is judged by. Times are milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasisAnswer {
    /// The text of the last policy the collector told; not there while it has told none.
    pub policy: Option<String>,
    /// What the register says of this device: `sekisho.v1.RegisterEntry` in base64.
    register: String,
    /// Since when which rule counts against this laptop.
    since: BTreeMap<String, i64>,
    earliest_ms: i64,
    latest_ms: i64,
    /// Where the laptop is: `sekisho.v1.Network` in base64, in which nothing else stands.
    #[serde(default)]
    place: String,
    /// Whether an order keeps this laptop from the network. An agent of before does not say.
    #[serde(default)]
    pub cut_off: bool,
}

impl BasisAnswer {
    /// What the register says of this device.
    ///
    /// # Errors
    /// What does not fit, when the agent speaks another version.
    pub fn entry(&self) -> Result<Entry, String> {
        let bytes = BASE64
            .decode(self.register.as_bytes())
            .map_err(|error| error.to_string())?;
        let entry = wire::RegisterEntry::decode(bytes.as_slice());
        let entry = entry.map_err(|error| error.to_string())?;
        Entry::try_from(entry).map_err(|error| chain(&error))
    }

    /// Since when which rule counts against this laptop.
    #[must_use]
    pub fn since(&self) -> BTreeMap<RuleId, Timestamp> {
        let since = self.since.iter();
        since
            .map(|(rule, since)| (RuleId(rule.clone()), Timestamp(*since)))
            .collect()
    }

    /// Where the laptop is.
    ///
    /// # Errors
    /// What does not fit, when the agent speaks another version.
    pub fn place(&self) -> Result<Reading<NetworkPlace>, String> {
        let bytes = BASE64
            .decode(self.place.as_bytes())
            .map_err(|error| error.to_string())?;
        let network = wire::Network::decode(bytes.as_slice());
        let network = network.map_err(|error| error.to_string())?;
        let network = Network::try_from(network).map_err(|error| chain(&error))?;
        Ok(network.place)
    }

    /// What time it is, as far as the agent knows.
    #[must_use]
    pub fn moment(&self) -> Moment {
        Moment::between(Timestamp(self.earliest_ms), Timestamp(self.latest_ms))
    }
}

impl Shell {
    /// What a check is to be judged by.
    pub(super) fn basis(&self) -> Answer {
        let policy = match self.memory.recall(Slot::Policy) {
            Ok(policy) => policy.and_then(|text| String::from_utf8(text).ok()),
            Err(error) => {
                return Answer::Refused { why: chain(&error) };
            }
        };
        let moment = self.cycle.moment(now());
        let network = Network {
            place: self.cycle.place(now()),
            ..Network::not_asked()
        };
        let network = wire::Network::from(&network);
        let entry = wire::RegisterEntry::from(self.cycle.register());
        let since = self.reader.since().iter();
        Answer::Basis(Box::new(BasisAnswer {
            policy,
            register: BASE64.encode(&entry.encode_to_vec()),
            since: since.map(|(rule, at)| (rule.0.clone(), at.0)).collect(),
            earliest_ms: moment.earliest().0,
            latest_ms: moment.latest().0,
            place: BASE64.encode(&network.encode_to_vec()),
            cut_off: self.cycle.access(now()) != Access::Full,
        }))
    }
}
