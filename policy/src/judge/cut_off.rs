//! What a person is told to do about a finding while the laptop is cut off from the network.
//!
//! Touches nothing. Must never change what was found: only the remedies that would need the network.

use crate::finding::{Message, Verdict};
use crate::order::Access;
use crate::rules::{
    definitions_current, network_permitted, take_out_approved, updates_pending, vpn_outside,
    wifi_secure,
};

/// The rules whose remedy is to use another network, or to fetch something over one.
const BY_NETWORK: [&str; 6] = [
    definitions_current::RULE.id,
    network_permitted::RULE.id,
    take_out_approved::RULE.id,
    updates_pending::RULE.id,
    vpn_outside::RULE.id,
    wifi_secure::RULE.id,
];

impl Verdict {
    /// The same verdict for the laptop's user under an access: nobody is told to go to another network, or to
    /// fetch something, who cannot.
    #[must_use]
    pub fn told_under(mut self, access: Access) -> Self {
        if access == Access::Full {
            return self;
        }
        for finding in &mut self.findings {
            let by_network = BY_NETWORK.contains(&finding.rule.0.as_str());
            if by_network && finding.remedy.is_some() {
                finding.remedy = Some(Message::new("remedy-cut-off"));
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Policy;
    use crate::facts::Facts;
    use crate::id::Sequence;
    use crate::judge::judge;
    use crate::register::Entry;
    use crate::report::Report;
    use crate::rules::testing::NOW;

    #[test]
    fn nobody_who_is_cut_off_is_told_to_use_another_network() {
        let report = Report {
            sequence: Sequence(1),
            taken_at: NOW,
            facts: Facts::not_asked(),
        };
        let policy = Policy::parse(Policy::shipped_text()).unwrap();
        let verdict = judge(&report, &Entry::unknown(), None, &policy, NOW);
        let told = verdict.clone().told_under(Access::Isolated);
        let pairs = || verdict.findings.iter().zip(&told.findings);
        assert!(pairs().any(|(one, _)| one.rule.0 == network_permitted::RULE.id));
        for (before, after) in pairs() {
            let is_cut_off = after.remedy == Some(Message::new("remedy-cut-off"));
            let by_network = BY_NETWORK.contains(&before.rule.0.as_str());
            assert_eq!(
                is_cut_off,
                by_network && before.remedy.is_some(),
                "{}",
                before.rule.0
            );
            assert_eq!(before.outcome, after.outcome);
        }
        assert_eq!(verdict.clone().told_under(Access::Full), verdict);
    }
}
