//! What rules found, kept from one judgement of a device to the next: going through thousands of
//! packages again because a volume was mounted would be the dearest part of a judgement.
//!
//! Touches nothing. Must never keep what a rule found by anything but the policy, its group and
//! one fact.

use std::collections::BTreeMap;

use crate::document::Policy;
use crate::facts::SectionKind;
use crate::id::Fingerprint;
use crate::rules::{Case, Found, Parameters};

/// What was found on one device. Whoever changes a fact of it calls [`forget`](Self::forget).
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// The policy and the group's name that all of it was found under.
    under: Option<(Fingerprint, String)>,
    found: BTreeMap<SectionKind, Found>,
}

impl Memory {
    /// Forgets what rests on a fact that is another now.
    pub fn forget(&mut self, changed: SectionKind) {
        self.found.remove(&changed);
    }

    /// Forgets what was found under another policy, or as a member of another group.
    pub(super) fn stand_under(&mut self, policy: &Policy, group: &str) {
        let same = self
            .under
            .as_ref()
            .is_some_and(|(by, of)| *by == policy.fingerprint() && of == group);
        if !same {
            self.under = Some((policy.fingerprint(), group.to_owned()));
            self.found.clear();
        }
    }

    /// What the rule finds in the case, looked at anew only where it has to be.
    pub(super) fn examine(&mut self, rule: &Parameters, case: &Case<'_>) -> Found {
        let Some(kind) = rests_on(rule) else {
            return rule.examine(case);
        };
        let found = self.found.entry(kind);
        found.or_insert_with(|| rule.examine(case)).clone()
    }
}

/// The one fact that, beside its parameters, is all that the rule looks at. No two rules share one.
const fn rests_on(rule: &Parameters) -> Option<SectionKind> {
    match rule {
        Parameters::SoftwareAllowed(_) => Some(SectionKind::Software),
        // These look at the time, at the register or at several facts, or are as cheap as being remembered.
        Parameters::Company(_)
        | Parameters::DefinitionsCurrent(_)
        | Parameters::DeviceApproved(_)
        | Parameters::DeviceReporting(_)
        | Parameters::DiskEncrypted(_)
        | Parameters::FirewallOn(_)
        | Parameters::LocalAdministrators(_)
        | Parameters::NetworkPermitted(_)
        | Parameters::NoActiveMalware(_)
        | Parameters::OsSupported(_)
        | Parameters::RemovableMedia(_)
        | Parameters::ScreenLocks(_)
        | Parameters::SecureBoot(_)
        | Parameters::TakeOutApproved(_)
        | Parameters::UpdatesPending(_)
        | Parameters::VpnOutside(_)
        | Parameters::WifiSecure(_) => None,
    }
}
