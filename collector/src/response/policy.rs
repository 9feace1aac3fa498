//! The policy in force: checked, recorded, put before the judge and told to the laptops.
//!
//! Touches the store and the open streams. Must never put half a document in force, nor one that
//! leaves a group out that the register or a token names without saying so.

use std::collections::BTreeSet;
use std::sync::Arc;

use sekisho_policy::document::{Policy, differences, summary};
use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::Timestamp;
use sekisho_proto::wire::{FromCollector, PolicyDocument, from_collector};

use super::find::is_in_use;
use super::{By, Desk, ResponseError};
use crate::in_force::Ruling;
use crate::limits::PAGE_MAX;
use crate::record::PolicyVersion;
use crate::store::StoreError;

/// A policy document that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its version.
    pub version: u64,
    /// SHA-256 of its text.
    pub fingerprint: Fingerprint,
    /// The same document was in force already, and nothing was done.
    pub unchanged: bool,
    /// Groups that it does not have, though devices in use are in them or tokens lead into them: whoever is in one is
    /// judged by the default group, and is not compliant.
    pub groups_missing: Vec<String>,
}

impl Desk {
    /// Puts a policy document in force: reports are judged by it from then on, and attached laptops are
    /// told it. A document that is refused leaves the one in force as it is.
    ///
    /// # Errors
    /// [`ResponseError::BadPolicy`] with line, key and what is allowed; `Conflict` when somebody
    /// applied another in the meantime.
    pub async fn policy_apply(&self, text: &str, by: &By) -> Result<Applied, ResponseError> {
        self.policy_put(text, None, None, by).await
    }

    /// The same, where the version in force still is the one that `follows` names.
    ///
    /// # Errors
    /// As [`Self::policy_apply`], and [`ResponseError::OtherVersion`] when another is in force.
    pub async fn policy_follow(
        &self,
        text: &str,
        follows: Option<u64>,
        by: &By,
    ) -> Result<Applied, ResponseError> {
        self.policy_put(text, follows, None, by).await
    }

    /// Puts the text of an earlier version in force again, as a version of its own.
    ///
    /// # Errors
    /// As [`Self::policy_follow`], and [`ResponseError::NoSuchVersion`] when it is not kept.
    pub async fn policy_revert(
        &self,
        version: u64,
        follows: Option<u64>,
        by: &By,
    ) -> Result<Applied, ResponseError> {
        let old = self.policy_version(version).await?;
        self.policy_put(&old.text, follows, Some(version), by).await
    }

    /// The policy document of a version.
    ///
    /// # Errors
    /// [`ResponseError::NoSuchVersion`] when it is not kept.
    pub async fn policy_version(&self, version: u64) -> Result<PolicyVersion, ResponseError> {
        let found = self.store.policy_fetch(version).await?;
        found.ok_or(ResponseError::NoSuchVersion(version))
    }

    async fn policy_put(
        &self,
        text: &str,
        follows: Option<u64>,
        reverts: Option<u64>,
        by: &By,
    ) -> Result<Applied, ResponseError> {
        let policy = check_policy(text)?;
        let in_force = self.policy.current();
        let held = match self.store.policy_current().await {
            // It is in force all the same, and can be replaced.
            Err(StoreError::Corrupt { cause, .. }) => {
                tracing::error!(%cause, "the policy in force cannot be read in the store");
                None
            }
            held => held?,
        };
        let (found, before) = match &held {
            Some(held) => (held.version, held.text.as_str()),
            None => (in_force.version, in_force.text.as_str()),
        };
        if let Some(expected) = follows.filter(|expected| *expected != found) {
            return Err(ResponseError::OtherVersion { expected, found });
        }
        let fingerprint = policy.fingerprint();
        let groups_missing = self.groups_missing(&policy, by.at).await?;
        if let Some(held) = held.as_ref().filter(|held| held.text == text) {
            return Ok(Applied {
                version: held.version,
                fingerprint,
                unchanged: true,
                groups_missing,
            });
        }
        // What is in force may come from another version of the product, and need not be read to be replaced.
        let differences = differences(before, text).unwrap_or_default();
        let version = PolicyVersion {
            version: found.saturating_add(1),
            text: text.to_owned(),
            fingerprint,
            applied_at: by.at,
            applied_by: by.name(),
            reverts,
            summary: summary(&differences),
        };
        let mut details = vec![
            ("version", version.version.to_string()),
            ("fingerprint", fingerprint.to_string()),
            ("changes", version.summary.clone()),
        ];
        details.extend(reverts.map(|version| ("reverts", version.to_string())));
        if !groups_missing.is_empty() {
            details.push(("groups_missing", groups_missing.join(", ")));
        }
        let event = by.did_alone("policy.applied", details);
        self.store
            .policy_apply(version.clone(), vec![event])
            .await?;
        let applied = Applied {
            version: version.version,
            fingerprint,
            unchanged: false,
            groups_missing,
        };
        self.policy.put(Ruling {
            version: version.version,
            text: version.text,
            policy,
            applied_at: Some(version.applied_at),
            applied_by: version.applied_by,
            reverts,
            summary: version.summary,
        });
        self.tell_policy(by);
        Ok(applied)
    }

    /// The groups that devices in use or tokens that are good name, and the policy does not.
    async fn groups_missing(
        &self,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<Vec<String>, ResponseError> {
        let mut named = BTreeSet::new();
        let mut after = None;
        loop {
            let page = self.store.recipient_list(after, PAGE_MAX).await?;
            let in_use = page.found.into_iter();
            let in_use = in_use.filter(|one| is_in_use(one.registration));
            named.extend(in_use.map(|one| one.group));
            if page.next.is_none() {
                break;
            }
            after = page.next;
        }
        let tokens = self.store.token_list().await?.into_iter();
        let good = tokens
            .filter(|token| !token.withdrawn && token.uses_left > 0 && token.expires_at > now);
        named.extend(good.map(|token| token.group));
        named.retain(|name| policy.group(name).is_none());
        Ok(named.into_iter().collect())
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
