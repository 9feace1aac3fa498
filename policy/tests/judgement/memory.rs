//! That a judgement by what is remembered is the judgement by the facts, whichever of them changed.
//!
//! Touches nothing. Must never tell the memory of a fact that did not change: that it forgets too much would hide
//! that it keeps too much.

use proptest::prelude::*;
use sekisho_policy::facts::{Facts, SectionKind};
use sekisho_policy::judge::{Memory, judge, judge_again};

use super::{entry, facts, policy, report, time};

/// Gives one fact the value it has in other facts.
fn change(kind: SectionKind, facts: &mut Facts, other: &Facts) {
    match kind {
        SectionKind::Antivirus => facts.antivirus = other.antivirus.clone(),
        SectionKind::Host => facts.host = other.host.clone(),
        SectionKind::Software => facts.software = other.software.clone(),
        SectionKind::Volumes => facts.volumes = other.volumes.clone(),
        SectionKind::Platform => facts.platform = other.platform.clone(),
        SectionKind::Network => facts.network = other.network.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn what_is_remembered_changes_no_judgement(
        mut report in report().boxed(),
        others in prop::collection::vec(
            (facts().boxed(), prop::sample::subsequence(SectionKind::ALL.to_vec(), 0..3), time(), entry().boxed()), 1..4,
        ),
        policies in prop::collection::vec(policy().boxed(), 2),
        other_policy in prop::collection::vec(prop::bool::weighted(0.2), 4),
    ) {
        let mut memory = Memory::default();
        for ((other, changed, now, entry), is_other) in others.into_iter().zip(other_policy) {
            for kind in changed {
                change(kind, &mut report.facts, &other);
                memory.forget(kind);
            }
            let policy = &policies[usize::from(is_other)];
            let again = judge_again(&report, &entry, None, policy, now, &mut memory);
            prop_assert_eq!(again, judge(&report, &entry, None, policy, now));
        }
    }
}
