//! The register of rules: each rule by its name, with its clause and its function.
//!
//! Touches nothing. Must never hold a rule's own judgement: that is one room for each rule.

pub mod company;
pub mod definitions_current;
pub mod device_approved;
pub mod device_reporting;
pub mod disk_encrypted;
pub mod firewall_on;
pub mod local_administrators;
pub mod network_permitted;
pub mod no_active_malware;
pub mod os_supported;
pub mod pattern;
pub mod removable_media;
pub mod screen_locks;
pub mod secure_boot;
pub mod software_allowed;
pub mod take_out_approved;
pub mod updates_pending;
pub mod vpn_outside;
pub mod wifi_secure;

use self::company::Budget;
use crate::facts::{Evidence, Facts};
use crate::finding::{Clause, Finding, Message, Outcome, OwnRule, RuleId};
use crate::id::Fingerprint;
use crate::limits::EVIDENCE_MAX;
use crate::reading::Why;
use crate::register::{DataClass, Entry};
use crate::time::Timestamp;

/// A rule of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Its name in policy documents and findings.
    pub id: &'static str,
    /// The clause it serves.
    pub clause: Clause,
}

/// Every rule, ordered by name.
pub const ALL: [Rule; 17] = [
    definitions_current::RULE,
    device_approved::RULE,
    device_reporting::RULE,
    disk_encrypted::RULE,
    firewall_on::RULE,
    local_administrators::RULE,
    network_permitted::RULE,
    no_active_malware::RULE,
    os_supported::RULE,
    removable_media::RULE,
    screen_locks::RULE,
    secure_boot::RULE,
    software_allowed::RULE,
    take_out_approved::RULE,
    updates_pending::RULE,
    vpn_outside::RULE,
    wifi_secure::RULE,
];

/// The clause a rule serves. `None` when there is no rule of that name.
#[must_use]
pub fn clause(rule: &RuleId) -> Option<Clause> {
    ALL.iter()
        .find(|known| known.id == rule.0)
        .map(|known| known.clause)
}

/// The clause that a finding serves, by its numbers in the editions of 2013 and 2022. `None` when there is
/// no rule of that name, or the company has named no clause for its own.
#[must_use]
pub fn editions(finding: &Finding) -> Option<(&str, &str)> {
    match &finding.own {
        Some(own) if own.edition_2013.is_empty() && own.edition_2022.is_empty() => None,
        Some(own) => Some((&own.edition_2013, &own.edition_2022)),
        None => clause(&finding.rule).map(|clause| (clause.edition_2013, clause.edition_2022)),
    }
}

/// A rule with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parameters {
    /// Antivirus definitions are current.
    DefinitionsCurrent(definitions_current::Parameters),
    /// The company has approved the device.
    DeviceApproved(device_approved::Parameters),
    /// The collector hears of the device now and then.
    DeviceReporting(device_reporting::Parameters),
    /// Volumes with user data are encrypted.
    DiskEncrypted(disk_encrypted::Parameters),
    /// A firewall refuses what comes in unasked.
    FirewallOn(firewall_on::Parameters),
    /// Only who is meant to can become root.
    LocalAdministrators(local_administrators::Parameters),
    /// Outside only permitted networks are used.
    NetworkPermitted(network_permitted::Parameters),
    /// Malware that was found is dealt with.
    NoActiveMalware(no_active_malware::Parameters),
    /// The system's release gets security updates.
    OsSupported(os_supported::Parameters),
    /// Media that can be carried away are attached as allowed.
    RemovableMedia(removable_media::Parameters),
    /// The screen locks by itself.
    ScreenLocks(screen_locks::Parameters),
    /// The firmware starts only what is signed.
    SecureBoot(secure_boot::Parameters),
    /// Only permitted software is installed.
    SoftwareAllowed(software_allowed::Parameters),
    /// The device is outside only with leave.
    TakeOutApproved(take_out_approved::Parameters),
    /// Security updates are installed.
    UpdatesPending(updates_pending::Parameters),
    /// Outside the designated VPN is in use.
    VpnOutside(vpn_outside::Parameters),
    /// The Wi-Fi in use is encrypted well.
    WifiSecure(wifi_secure::Parameters),
    /// What the company demands beside.
    Company(company::Parameters),
}

impl Parameters {
    /// The name of the rule these are the parameters of.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::DefinitionsCurrent(_) => definitions_current::RULE.id,
            Self::DeviceApproved(_) => device_approved::RULE.id,
            Self::DeviceReporting(_) => device_reporting::RULE.id,
            Self::DiskEncrypted(_) => disk_encrypted::RULE.id,
            Self::FirewallOn(_) => firewall_on::RULE.id,
            Self::LocalAdministrators(_) => local_administrators::RULE.id,
            Self::NetworkPermitted(_) => network_permitted::RULE.id,
            Self::NoActiveMalware(_) => no_active_malware::RULE.id,
            Self::OsSupported(_) => os_supported::RULE.id,
            Self::RemovableMedia(_) => removable_media::RULE.id,
            Self::ScreenLocks(_) => screen_locks::RULE.id,
            Self::SecureBoot(_) => secure_boot::RULE.id,
            Self::SoftwareAllowed(_) => software_allowed::RULE.id,
            Self::TakeOutApproved(_) => take_out_approved::RULE.id,
            Self::UpdatesPending(_) => updates_pending::RULE.id,
            Self::VpnOutside(_) => vpn_outside::RULE.id,
            Self::WifiSecure(_) => wifi_secure::RULE.id,
            Self::Company(parameters) => &parameters.id,
        }
    }

    /// What the rule is called, where the company wrote it itself.
    #[must_use]
    pub const fn own(&self) -> Option<&OwnRule> {
        match self {
            Self::Company(parameters) => Some(&parameters.named),
            Self::DefinitionsCurrent(_)
            | Self::DeviceApproved(_)
            | Self::DeviceReporting(_)
            | Self::DiskEncrypted(_)
            | Self::FirewallOn(_)
            | Self::LocalAdministrators(_)
            | Self::NetworkPermitted(_)
            | Self::NoActiveMalware(_)
            | Self::OsSupported(_)
            | Self::RemovableMedia(_)
            | Self::ScreenLocks(_)
            | Self::SecureBoot(_)
            | Self::SoftwareAllowed(_)
            | Self::TakeOutApproved(_)
            | Self::UpdatesPending(_)
            | Self::VpnOutside(_)
            | Self::WifiSecure(_) => None,
        }
    }

    /// What a rule of the company's own asks, by its digest; `None` for a rule of the product, whose name says it.
    #[must_use]
    pub fn asks(&self) -> Option<Fingerprint> {
        if let Self::Company(parameters) = self {
            return Some(parameters.expression.digest());
        }
        None
    }

    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        match self {
            Self::DefinitionsCurrent(parameters) => parameters.examine(case),
            Self::DeviceApproved(parameters) => parameters.examine(case),
            Self::DeviceReporting(parameters) => parameters.examine(case),
            Self::DiskEncrypted(parameters) => parameters.examine(case),
            Self::FirewallOn(parameters) => parameters.examine(case),
            Self::LocalAdministrators(parameters) => parameters.examine(case),
            Self::NetworkPermitted(parameters) => parameters.examine(case),
            Self::NoActiveMalware(parameters) => parameters.examine(case),
            Self::OsSupported(parameters) => parameters.examine(case),
            Self::RemovableMedia(parameters) => parameters.examine(case),
            Self::ScreenLocks(parameters) => parameters.examine(case),
            Self::SecureBoot(parameters) => parameters.examine(case),
            Self::SoftwareAllowed(parameters) => parameters.examine(case),
            Self::TakeOutApproved(parameters) => parameters.examine(case),
            Self::UpdatesPending(parameters) => parameters.examine(case),
            Self::VpnOutside(parameters) => parameters.examine(case),
            Self::WifiSecure(parameters) => parameters.examine(case),
            Self::Company(parameters) => parameters.examine(case, &mut Budget::default()),
        }
    }
}

/// All that a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What the laptop says of itself.
    pub facts: &'a Facts,
    /// What the company has decided about the laptop.
    pub entry: &'a Entry,
    /// Whether the policy knows the group that the register names.
    pub group_known: bool,
    /// The class of the data on the laptop.
    pub data_class: DataClass,
    /// The time of the judgement; where the clock cannot be trusted, the earliest it can be.
    pub now: Timestamp,
    /// The latest it can be.
    pub latest: Timestamp,
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The outcome.
    pub outcome: Outcome,
    /// What was found, for people.
    pub cause: Message,
    /// How to mend it. `None` when there is nothing to mend.
    pub remedy: Option<Message>,
    /// The raw values the outcome rests on; no more than [`EVIDENCE_MAX`].
    pub evidence: Vec<Evidence>,
    /// Whether the rule only waits for what it concerns to come back: what broke it before is not mended.
    pub waits: bool,
    /// The remedy of a rule that goes on counting where it counted before and can no longer be told; `None` where
    /// what cannot be told costs what the policy says.
    pub stands: Option<Message>,
}

impl Found {
    /// An outcome with its cause, and neither remedy nor evidence.
    #[must_use]
    pub const fn new(outcome: Outcome, cause: Message) -> Self {
        Self {
            outcome,
            cause,
            remedy: None,
            evidence: vec![],
            waits: false,
            stands: None,
        }
    }

    /// The same of a rule that does not apply just now, and mends nothing by that.
    #[must_use]
    pub const fn for_now(mut self) -> Self {
        self.waits = true;
        self
    }

    /// The same of a rule that only a pass mends: what counted before goes on counting, with this remedy.
    #[must_use]
    pub fn until_kept(mut self, remedy: Message) -> Self {
        self.stands = Some(remedy);
        self
    }

    /// The same with a way to mend it.
    #[must_use]
    pub fn mended_by(mut self, remedy: Message) -> Self {
        self.remedy = Some(remedy);
        self
    }

    /// The same with the raw values it rests on, the weightiest first; what is over
    /// [`EVIDENCE_MAX`] is left out, and the last line says how many were.
    #[must_use]
    pub fn resting_on(mut self, evidence: impl IntoIterator<Item = Evidence>) -> Self {
        let mut evidence = evidence.into_iter();
        self.evidence.extend(evidence.by_ref().take(EVIDENCE_MAX));
        let left_out = evidence.count();
        if left_out > 0 {
            self.evidence.truncate(EVIDENCE_MAX.saturating_sub(1));
            let left_out = left_out.saturating_add(1).to_string();
            self.evidence
                .push(Evidence::new("more evidence left out", left_out));
        }
        self
    }
}

/// Names beside the first one that a sentence spells out.
const ALSO_MAX: usize = 4;

impl Message {
    /// The same message with the reason why a fact could not be told: `why` and `detail`.
    #[must_use]
    pub(crate) fn because(self, why: &Why) -> Self {
        self.with("why", why.code()).with("detail", why.detail())
    }

    /// The same message with what else it is true of: `others` counts all, `also` names the first
    /// few.
    #[must_use]
    pub(crate) fn and_also(self, names: &[&str]) -> Self {
        let mut also: Vec<&str> = names.iter().copied().take(ALSO_MAX).collect();
        if names.len() > also.len() {
            also.push("…");
        }
        self.with("others", names.len().to_string())
            .with("also", also.join(", "))
    }
}

/// What to do about a fact that could not be told for this reason.
fn remedy_for(why: &Why) -> Message {
    match why {
        Why::NotPermitted(_) => Message::new("remedy-permission"),
        Why::ToolMissing(_)
        | Why::TimedOut(_)
        | Why::Unreadable(_)
        | Why::TooLarge(_)
        | Why::Unsupported(_)
        | Why::NotAsked => Message::new("remedy-unknown"),
    }
}

#[cfg(test)]
pub(crate) mod testing;
