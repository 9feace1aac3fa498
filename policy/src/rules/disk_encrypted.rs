//! M3: every volume that can hold user data is encrypted on a device with data of a class that asks
//! for it.
//!
//! Touches the volumes as they were walked. Must never pass on the strength of one volume for
//! another, nor on a list without volumes.

mod weigh;

use std::collections::BTreeSet;

use self::weigh::Weight;
pub(super) use self::weigh::name;
use super::{Case, Found, Rule};
use crate::facts::{EncryptionKind, Evidence, Volume};
use crate::finding::{Clause, Message, Outcome};
use crate::reading::Reading;
use crate::register::DataClass;

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "disk-encrypted",
    clause: Clause {
        promise: "M3",
        edition_2013: "A.6.2.1(3)",
        edition_2022: "8.1, 8.24",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// The class of data from which on volumes must be encrypted; below it the rule does not
    /// concern the device.
    pub from_class: DataClass,
    /// The kinds of encryption that are accepted.
    pub accept: BTreeSet<EncryptionKind>,
    /// The kinds accepted for swap beside those, whatever the class of data: swap under a random key
    /// has no header and is lost with the power.
    pub accept_for_swap: BTreeSet<EncryptionKind>,
    /// The class of data from which on only [`Parameters::accept_strict`] is accepted.
    pub strict_from_class: DataClass,
    /// The kinds accepted from that class on.
    pub accept_strict: BTreeSet<EncryptionKind>,
    /// What is asked of media that can be carried away from the machine.
    pub removable: Demand,
    /// What is asked of partitions that nobody has mounted.
    pub unmounted: Demand,
    /// Bytes under which a partition that nobody has mounted is left out, as recovery partitions
    /// are. One of a size that is not known is never left out.
    pub unmounted_from_bytes: u64,
    /// What is asked of `/boot`.
    pub boot: Demand,
}

/// What is asked of a kind of volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// It must be encrypted.
    Require,
    /// It is listed in the evidence and decides nothing.
    Report,
}

impl Default for Parameters {
    fn default() -> Self {
        use EncryptionKind::{BitLocker, Luks1, Luks2, OtherDmCrypt, PlainDmCrypt, Zfs};
        Self {
            from_class: DataClass::Public,
            accept: BTreeSet::from([Luks1, Luks2, OtherDmCrypt, Zfs, BitLocker]),
            accept_for_swap: BTreeSet::from([PlainDmCrypt]),
            strict_from_class: DataClass::Secret,
            accept_strict: BTreeSet::from([Luks2, BitLocker]),
            removable: Demand::Require,
            unmounted: Demand::Require,
            unmounted_from_bytes: 1024 * 1024 * 1024,
            boot: Demand::Report,
        }
    }
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        if case.data_class < self.from_class {
            let cause = Message::new("disk-encrypted-below").with("class", case.data_class.name());
            return Found::new(Outcome::NotApplicable, cause);
        }
        let volumes = match &case.facts.volumes {
            Reading::Known(volumes) => volumes.as_slice(),
            Reading::Absent => &[],
            Reading::Unknown(why) => {
                let cause = Message::new("disk-encrypted-unknown").because(why);
                return Found::new(Outcome::Unknown, cause).mended_by(super::remedy_for(why));
            }
        };
        let mut weighed: Vec<(Weight<'_>, &Volume)> = volumes
            .iter()
            .map(|volume| (self.weigh(volume, case.data_class), volume))
            .collect();
        // Stable, so that volumes of one weight stay in the order of the report.
        weighed.sort_by_key(|(weight, _)| weight.rank());
        let evidence = weighed.iter().flat_map(|(weight, volume)| {
            std::iter::once(Evidence::new(name(volume), weight.to_string()))
                .chain(volume.evidence.iter().cloned())
        });
        self.conclude(&weighed, case.data_class)
            .resting_on(evidence)
    }

    fn conclude(&self, weighed: &[(Weight<'_>, &Volume)], class: DataClass) -> Found {
        let Some((heaviest, volume)) = weighed.first() else {
            return nothing_to_show();
        };
        let alike: Vec<String> = weighed
            .iter()
            .filter(|(weight, _)| weight.rank() == heaviest.rank())
            .map(|(_, volume)| name(volume))
            .collect();
        let others: Vec<&str> = alike.iter().skip(1).map(String::as_str).collect();
        match heaviest {
            Weight::Broken(reason) => {
                let (cause, remedy) = reason.messages(volume);
                let cause = cause
                    .with("volume", name(volume))
                    .with("class", class.name())
                    .and_also(&others);
                let remedy = Message::new(remedy)
                    .with("volume", name(volume))
                    .with("accepted", self.accepted(class));
                Found::new(Outcome::Fail, cause).mended_by(remedy)
            }
            Weight::Untold(why) => {
                let cause = Message::new("disk-encrypted-volume-unknown")
                    .with("volume", name(volume))
                    .because(why)
                    .and_also(&others);
                Found::new(Outcome::Unknown, cause).mended_by(super::remedy_for(why))
            }
            Weight::Encrypted(_) => {
                let listed = weighed.len().saturating_sub(alike.len());
                let cause = Message::new("disk-encrypted-ok")
                    .with("count", alike.len().to_string())
                    .with("listed", listed.to_string());
                Found::new(Outcome::Pass, cause)
            }
            Weight::Listed(_) => nothing_to_show(),
        }
    }

    fn accepted_kinds(&self, class: DataClass) -> &BTreeSet<EncryptionKind> {
        if class >= self.strict_from_class {
            &self.accept_strict
        } else {
            &self.accept
        }
    }

    fn accepted(&self, class: DataClass) -> String {
        let kinds = self.accepted_kinds(class).iter();
        let names: Vec<&str> = kinds.map(|kind| kind.name()).collect();
        names.join(", ")
    }
}

fn nothing_to_show() -> Found {
    Found::new(Outcome::Unknown, Message::new("disk-encrypted-none"))
        .mended_by(Message::new("remedy-unknown"))
}

#[cfg(test)]
mod tests;
