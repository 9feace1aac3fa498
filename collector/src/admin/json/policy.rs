//! Policy documents in JSON. The document itself travels as its TOML text.
//!
//! Touches nothing. Must never rewrite a document.

use serde::{Deserialize, Serialize};

use sekisho_policy::document::Difference;
use sekisho_proto::json::Time;

use crate::record::{PolicyHead, PolicyVersion};

/// A policy that is or was in force: `GET /v1/policy`, `GET /v1/policies/{version}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyJson {
    /// Which.
    #[serde(flatten)]
    pub head: PolicyHeadJson,
    /// The TOML text.
    pub text: String,
}

/// A policy without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyHeadJson {
    /// Counted from 1; 0 for the one the product comes with.
    pub version: u64,
    /// SHA-256 of the text.
    pub fingerprint: String,
    /// When it was applied; `null` for the one the product comes with.
    pub applied_at: Option<Time>,
    /// Who applied it; empty for the one the product comes with.
    pub applied_by: String,
    /// The version whose text it takes up again; `null` for one of its own.
    pub reverts: Option<u64>,
    /// The keys by which it differs from the one before; empty where none does.
    pub summary: String,
}

/// The policies that are kept: `GET /v1/policies`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoliciesJson {
    /// The newest, which is in force, first.
    pub policies: Vec<PolicyHeadJson>,
}

/// A document that was applied (`POST /v1/policy`, `POST /v1/policies/{version}/reversion`) or found to be in order
/// (`POST /v1/policy/check`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedJson {
    /// Its version; `null` when it was only checked.
    pub version: Option<u64>,
    /// SHA-256 of the text.
    pub fingerprint: String,
    /// Whether the same document was in force already.
    pub unchanged: bool,
    /// Groups that it lacks, though devices in use are in them or tokens lead into them. Empty when it was only checked.
    #[serde(default)]
    pub groups_missing: Vec<String>,
}

/// What differs between two policies, as `policy diff` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferencesJson {
    /// SHA-256 of the one text.
    pub from: String,
    /// SHA-256 of the other.
    pub to: String,
    /// Ordered by key; comments and order make no difference.
    pub differences: Vec<DifferenceJson>,
}

/// What differs at one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DifferenceJson {
    /// The key, with the tables it stands in.
    pub key: String,
    /// What stood there, as TOML; `null` where nothing did, and for a list of which items came or went.
    pub was: Option<String>,
    /// What stands there.
    pub is: Option<String>,
    /// Items that a list has no longer.
    pub removed: Vec<String>,
    /// Items that a list has beside those before.
    pub added: Vec<String>,
}

impl From<&PolicyHead> for PolicyHeadJson {
    fn from(head: &PolicyHead) -> Self {
        Self {
            version: head.version,
            fingerprint: head.fingerprint.to_string(),
            applied_at: Some(Time(head.applied_at)),
            applied_by: head.applied_by.clone(),
            reverts: head.reverts,
            summary: head.summary.clone(),
        }
    }
}

impl From<&PolicyVersion> for PolicyJson {
    fn from(policy: &PolicyVersion) -> Self {
        Self {
            head: PolicyHeadJson {
                version: policy.version,
                fingerprint: policy.fingerprint.to_string(),
                applied_at: Some(Time(policy.applied_at)),
                applied_by: policy.applied_by.clone(),
                reverts: policy.reverts,
                summary: policy.summary.clone(),
            },
            text: policy.text.clone(),
        }
    }
}

impl From<Difference> for DifferenceJson {
    fn from(difference: Difference) -> Self {
        Self {
            key: difference.key,
            was: difference.was,
            is: difference.is,
            removed: difference.removed,
            added: difference.added,
        }
    }
}
