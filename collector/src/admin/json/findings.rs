//! Findings of the fleet in JSON.
//!
//! Touches nothing. Must never leave out whose a finding is.

use serde::{Deserialize, Serialize};

use sekisho_policy::finding::Finding;
use sekisho_policy::time::Timestamp;
use sekisho_proto::json::{FindingJson, Time};

use crate::record::Device;

/// A page of findings: `GET /v1/findings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingsJson {
    /// In the order of the devices' ids, and of the rules.
    pub findings: Vec<FoundJson>,
    /// Devices that cannot be read, with why: of these nothing is known.
    pub damaged: Vec<String>,
    /// What to give as `after` for the next page; `null` on the last one. A page that a sieve has emptied is not the
    /// last one.
    pub next: Option<String>,
}

/// A finding on a device. Its evidence and remedy are with the device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundJson {
    /// UUIDv7.
    pub device: String,
    /// Host name.
    pub name: String,
    /// Policy group; empty for the default one.
    pub group: String,
    /// Who uses it; empty until somebody says.
    pub owner: String,
    /// Whether its grace has ended.
    pub overdue: bool,
    /// What was found; the evidence is left out.
    #[serde(flatten)]
    pub finding: FindingJson,
}

impl FoundJson {
    /// A finding on a device, as it stands at this time.
    #[must_use]
    pub fn of(row: &Device, finding: &Finding, now: Timestamp) -> Self {
        Self {
            device: row.id.to_string(),
            name: row.name.clone(),
            group: row.group.clone(),
            owner: row.owner.clone(),
            overdue: finding.due_at.is_some_and(|due| due <= now),
            finding: FindingJson {
                evidence: Vec::new(),
                ..finding.into()
            },
        }
    }

    /// When its grace ends.
    #[must_use]
    pub const fn due_at(&self) -> Option<Time> {
        self.finding.due_at
    }
}
