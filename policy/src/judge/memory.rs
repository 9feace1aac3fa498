//! What rules found, kept from one judgement of a device to the next: going through thousands of
//! packages again because a volume was mounted would be the dearest part of a judgement.
//!
//! Touches nothing. Must never keep what a rule found by anything but the policy, its group, the class
//! of data and one fact.

use std::mem::{Discriminant, discriminant};

use crate::document::Policy;
use crate::facts::SectionKind;
use crate::id::Fingerprint;
use crate::register::DataClass;
use crate::rules::{Case, Found, Parameters};

/// What was found on one device. Whoever changes a fact of it calls [`forget`](Self::forget).
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// The policy, the group's name and the class of data that all of it was found under.
    under: Option<(Fingerprint, String, DataClass)>,
    found: Vec<Kept>,
}

/// What one rule found in one fact.
#[derive(Debug, Clone)]
struct Kept {
    rule: Discriminant<Parameters>,
    kind: SectionKind,
    found: Found,
}

impl Memory {
    /// Forgets what rests on a fact that is another now.
    pub fn forget(&mut self, changed: SectionKind) {
        self.found.retain(|kept| kept.kind != changed);
    }

    /// Forgets what was found under another policy, as a member of another group, or with data of another class.
    pub(super) fn stand_under(&mut self, policy: &Policy, group: &str, class: DataClass) {
        let same = self.under.as_ref().is_some_and(|(by, of, with)| {
            *by == policy.fingerprint() && of == group && *with == class
        });
        if !same {
            self.under = Some((policy.fingerprint(), group.to_owned(), class));
            self.found.clear();
        }
    }

    /// What the rule finds in the case, looked at anew only where it has to be.
    pub(super) fn examine(&mut self, parameters: &Parameters, case: &Case<'_>) -> Found {
        let Some(kind) = rests_on(parameters) else {
            return parameters.examine(case);
        };
        let rule = discriminant(parameters);
        if let Some(kept) = self.found.iter().find(|kept| kept.rule == rule) {
            return kept.found.clone();
        }
        let found = parameters.examine(case);
        self.found.push(Kept {
            rule,
            kind,
            found: found.clone(),
        });
        found
    }
}

/// The one fact that is all the rule looks at, beside its parameters and the class of data.
const fn rests_on(rule: &Parameters) -> Option<SectionKind> {
    match rule {
        Parameters::NoActiveMalware(_) => Some(SectionKind::Antivirus),
        Parameters::SoftwareAllowed(_) => Some(SectionKind::Software),
        Parameters::DiskEncrypted(_) | Parameters::RemovableMedia(_) => Some(SectionKind::Volumes),
        Parameters::FirewallOn(_)
        | Parameters::LocalAdministrators(_)
        | Parameters::ScreenLocks(_)
        | Parameters::SecureBoot(_) => Some(SectionKind::Platform),
        Parameters::NetworkPermitted(_) | Parameters::VpnOutside(_) | Parameters::WifiSecure(_) => {
            Some(SectionKind::Network)
        }
        // These look at the time, at the register, or at several facts.
        Parameters::Company(_)
        | Parameters::DefinitionsCurrent(_)
        | Parameters::DeviceApproved(_)
        | Parameters::DeviceReporting(_)
        | Parameters::OsSupported(_)
        | Parameters::TakeOutApproved(_)
        | Parameters::UpdatesPending(_) => None,
    }
}
