//! The firmware starts only what is signed.
//!
//! Touches the firmware's own word. Must never pass a machine whose firmware did not say so.

use super::{Case, Found, Rule, remedy_for};
use crate::finding::{Clause, Message, Outcome};
use crate::reading::Reading;

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "secure-boot",
    clause: Clause {
        promise: "M3",
        edition_2013: "A.6.2.1",
        edition_2022: "8.1",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parameters {
    /// Whether a machine that boots by BIOS, and so cannot do it, breaks the rule.
    pub refuse_bios: bool,
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        match case.facts.platform.fact(|platform| &platform.secure_boot) {
            Reading::Known(secure) => {
                let found = match secure.enabled {
                    true => Found::new(Outcome::Pass, Message::new("secure-boot-ok")),
                    false => Found::new(Outcome::Fail, Message::new("secure-boot-off"))
                        .mended_by(Message::new("secure-boot-fix")),
                };
                found.resting_on(secure.evidence.iter().cloned())
            }
            Reading::Absent if self.refuse_bios => {
                Found::new(Outcome::Fail, Message::new("secure-boot-bios"))
                    .mended_by(Message::new("secure-boot-bios-fix"))
            }
            Reading::Absent => Found::new(Outcome::NotApplicable, Message::new("secure-boot-bios")),
            Reading::Unknown(why) => {
                let cause = Message::new("secure-boot-unknown").because(&why);
                Found::new(Outcome::Unknown, cause).mended_by(remedy_for(&why))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Facts, Platform, SecureBoot};
    use crate::reading::Why;
    use crate::rules::testing::{approved, case, check};

    #[track_caller]
    fn finds(refuse_bios: bool, secure_boot: Reading<SecureBoot>, outcome: Outcome, says: &str) {
        let facts = Facts {
            platform: Reading::Known(Platform {
                secure_boot,
                ..Platform::not_asked()
            }),
            ..Facts::not_asked()
        };
        let found = Parameters { refuse_bios }.examine(&case(&facts, &approved()));
        check(&found, outcome, says);
    }

    #[test]
    fn the_firmware_decides_and_a_bios_as_the_policy_says() {
        let told = |enabled| {
            Reading::Known(SecureBoot {
                enabled,
                evidence: vec![],
            })
        };
        finds(false, told(true), Outcome::Pass, "on");
        finds(false, told(false), Outcome::Fail, "off");
        finds(false, Reading::Absent, Outcome::NotApplicable, "BIOS");
        finds(true, Reading::Absent, Outcome::Fail, "BIOS");
        let hidden = Reading::Unknown(Why::ToolMissing("efivars".to_owned()));
        finds(true, hidden, Outcome::Unknown, "efivars");
    }
}
