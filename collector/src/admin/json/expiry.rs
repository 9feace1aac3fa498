//! What ends, in JSON.
//!
//! Touches nothing. Must never leave out whose it is.

use serde::{Deserialize, Serialize};

use sekisho_policy::time::Timestamp;
use sekisho_proto::json::Time;

use super::token;
use crate::record::Scope;
use crate::response::{Ending, Ends, Expiry};

/// What ends, and the agents in use: `GET /v1/expiry`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiryJson {
    /// By the time of its end; what has ended and is still asked for comes first.
    pub endings: Vec<EndingJson>,
    /// Version of the collector.
    pub version: String,
    /// The versions of the agents in use.
    pub agents: Vec<AgentsJson>,
    /// Devices of which something cannot be read, with why: what of it ends is not known.
    pub damaged: Vec<String>,
}

/// Something that ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndingJson {
    /// When.
    pub at: Time,
    /// Whether it has ended.
    pub ended: bool,
    /// `root_certificate`, `server_certificate`, `device_certificate`, `approval`, `take_out`, `order`, `token` or
    /// `exception`.
    pub what: String,
    /// The device it is of; `null` where it is of none.
    pub device: Option<String>,
    /// Host name of the device, id of the token, or number of the exception; empty for the collector's own.
    pub name: String,
    /// What the token was made for, or the rule the exception is from; empty otherwise.
    pub note: String,
    /// The group the exception is for, empty for the default one; `null` where it is for none.
    pub group: Option<String>,
}

/// Devices in use by the version of their agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentsJson {
    /// The version; `null` for devices that have not reported.
    pub version: Option<String>,
    /// How many devices.
    pub devices: u64,
}

impl ExpiryJson {
    /// What ends, as it stands at this time.
    #[must_use]
    pub fn of(expiry: &Expiry, now: Timestamp) -> Self {
        let agents = expiry.versions.iter().map(|(version, devices)| AgentsJson {
            version: version.clone(),
            devices: *devices,
        });
        Self {
            endings: expiry
                .endings
                .iter()
                .map(|one| EndingJson::of(one, now))
                .collect(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            agents: agents.collect(),
            damaged: expiry.damaged.iter().map(ToString::to_string).collect(),
        }
    }
}

impl EndingJson {
    fn of(ending: &Ending, now: Timestamp) -> Self {
        let mut row = Self {
            at: Time(ending.at),
            ended: ending.at <= now,
            what: String::new(),
            device: None,
            name: String::new(),
            note: String::new(),
            group: None,
        };
        let (what, whose) = match &ending.what {
            Ends::RootCertificate => ("root_certificate", None),
            Ends::ServerCertificate => ("server_certificate", None),
            Ends::DeviceCertificate(whose) => ("device_certificate", Some(whose)),
            Ends::Approval(whose) => ("approval", Some(whose)),
            Ends::TakeOut(whose) => ("take_out", Some(whose)),
            Ends::Order(whose) => ("order", Some(whose)),
            Ends::Token(id, note) => {
                (row.name, row.note) = (token::name(*id), note.clone());
                ("token", None)
            }
            Ends::Exception(number, rule, scope) => {
                (row.name, row.note) = (number.to_string(), rule.clone());
                match scope {
                    Scope::Device(device) => row.device = Some(device.to_string()),
                    Scope::Group(group) => row.group = Some(group.clone()),
                }
                ("exception", None)
            }
        };
        what.clone_into(&mut row.what);
        if let Some(whose) = whose {
            row.name.clone_from(&whose.name);
            row.device = Some(whose.device.to_string());
        }
        row
    }
}
