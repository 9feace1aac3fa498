//! The policy in force: checked, recorded, put before the judge and told to the laptops.
//!
//! Touches the store and the open streams. Must never put half a document in force, nor one that
//! leaves a group out that the register or a token names without saying so.

use std::sync::Arc;

use sekisho_policy::document::Policy;
use sekisho_policy::id::Fingerprint;
use sekisho_proto::wire::{FromCollector, PolicyDocument, from_collector};

use super::{By, Desk, ResponseError};
use crate::in_force::Ruling;
use crate::record::PolicyVersion;

/// A policy document that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its version.
    pub version: u64,
    /// SHA-256 of its text.
    pub fingerprint: Fingerprint,
    /// The same document was in force already, and nothing was done.
    pub unchanged: bool,
}

impl Desk {
    /// Puts a policy document in force: reports are judged by it from then on, and attached laptops are
    /// told it. A document that is refused leaves the one in force as it is.
    ///
    /// # Errors
    /// [`ResponseError::BadPolicy`] with line, key and what is allowed; `Conflict` when somebody
    /// applied another in the meantime.
    pub async fn policy_apply(&self, text: &str, by: &By) -> Result<Applied, ResponseError> {
        let policy = check_policy(text)?;
        let held = self.store.policy_current().await?;
        let fingerprint = policy.fingerprint();
        if let Some(held) = held.as_ref().filter(|held| held.text == text) {
            return Ok(Applied {
                version: held.version,
                fingerprint,
                unchanged: true,
            });
        }
        let version = PolicyVersion {
            version: held.map_or(0, |held| held.version).saturating_add(1),
            text: text.to_owned(),
            fingerprint,
            applied_at: by.at,
            applied_by: by.name(),
        };
        let details = vec![
            ("version", version.version.to_string()),
            ("fingerprint", fingerprint.to_string()),
        ];
        let event = by.did_alone("policy.applied", details);
        self.store
            .policy_apply(version.clone(), vec![event])
            .await?;
        let applied = Applied {
            version: version.version,
            fingerprint,
            unchanged: false,
        };
        self.policy.put(Ruling {
            version: version.version,
            text: version.text,
            policy,
            applied_at: Some(version.applied_at),
            applied_by: version.applied_by,
        });
        self.tell_policy(by);
        Ok(applied)
    }

    /// Whether the policy in force has the group; the empty name stands for the default one.
    pub(super) fn knows_group(&self, name: &str) -> Result<(), ResponseError> {
        let ruling = self.policy.current();
        if ruling.policy.group(name).is_some() {
            return Ok(());
        }
        let known: Vec<_> = ruling.policy.group_names().take(32).collect();
        Err(ResponseError::NoSuchGroup {
            name: name.chars().take(64).collect(),
            known: known.join(", "),
        })
    }

    fn tell_policy(&self, by: &By) {
        let ruling = self.policy.current();
        let message = FromCollector {
            at_ms: by.at.0,
            body: Some(from_collector::Body::Policy(PolicyDocument {
                text: ruling.text.clone(),
            })),
        };
        let told = self.hub.send_all(&Arc::new(message));
        tracing::info!(version = ruling.version, told, "a policy is in force");
    }
}

/// Whether a text is a policy document.
///
/// # Errors
/// [`ResponseError::BadPolicy`] with line, key and what is allowed.
pub fn check_policy(text: &str) -> Result<Policy, ResponseError> {
    Policy::parse(text).map_err(|error| ResponseError::BadPolicy(error.to_string()))
}
