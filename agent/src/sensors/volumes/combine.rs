//! From the legs of a stack to one answer: a volume is as good as its worst leg.
//!
//! Touches nothing. Must never let an encrypted leg speak for a plain or an unknown one.

use sekisho_policy::facts::{Encryption, EncryptionKind, PlainReason};
use sekisho_policy::reading::{Reading, Why};

/// Where one way down from a file system ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Leg {
    /// The device at its end.
    pub(super) name: String,
    /// What the way went through.
    pub(super) state: State,
}

/// What one way down went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum State {
    /// Encryption.
    Encrypted(EncryptionKind),
    /// No encryption, for this reason.
    Plain(PlainReason),
    /// It cannot be told.
    Unknown(Why),
    /// It ends in memory; nothing reaches a disk.
    Memory,
}

/// The answer for all legs together.
pub(super) fn combine(legs: &[Leg]) -> Reading<Encryption> {
    let reasons: Vec<(&Leg, &PlainReason)> = legs
        .iter()
        .filter_map(|leg| match &leg.state {
            State::Plain(reason) => Some((leg, reason)),
            State::Encrypted(_) | State::Unknown(_) | State::Memory => None,
        })
        .collect();
    if let Some(&(leg, reason)) = reasons.first() {
        let all_plain = reasons.len() == legs.len();
        let alike = reasons.iter().all(|(_, other)| *other == reason);
        return Reading::Known(Encryption::Plain(match (all_plain, alike) {
            (true, true) => reason.clone(),
            (true, false) => PlainReason::NoEncryption,
            (false, _) => PlainReason::PlainLeg(leg.name.clone()),
        }));
    }
    let unknown = legs.iter().find_map(|leg| match &leg.state {
        State::Unknown(why) => Some(why.clone()),
        State::Encrypted(_) | State::Plain(_) | State::Memory => None,
    });
    if let Some(why) = unknown {
        return Reading::Unknown(why);
    }
    let mut kinds = legs.iter().filter_map(|leg| match leg.state {
        State::Encrypted(kind) => Some(kind),
        State::Plain(_) | State::Unknown(_) | State::Memory => None,
    });
    match kinds.next() {
        Some(kind) if kinds.all(|other| other == kind) => {
            Reading::Known(Encryption::Encrypted(kind))
        }
        Some(_) => Reading::Known(Encryption::Encrypted(EncryptionKind::Mixed)),
        // Memory alone: there is no disk whose encryption could be told.
        None if !legs.is_empty() => Reading::Absent,
        None => Reading::Unknown(Why::Unreadable("no disk was found beneath it".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn states() -> impl Strategy<Value = State> {
        prop_oneof![
            Just(State::Encrypted(EncryptionKind::Luks1)),
            Just(State::Encrypted(EncryptionKind::Luks2)),
            Just(State::Plain(PlainReason::NoEncryption)),
            Just(State::Plain(PlainReason::IntegrityOnly)),
            Just(State::Unknown(Why::NotAsked)),
            Just(State::Memory),
        ]
    }

    proptest! {
        #[test]
        fn only_legs_that_are_all_encrypted_make_an_encrypted_volume(
            states in proptest::collection::vec(states(), 0..6),
        ) {
            let legs: Vec<Leg> = states
                .iter()
                .map(|state| Leg { name: "leg".to_owned(), state: state.clone() })
                .collect();
            let encrypted = matches!(combine(&legs), Reading::Known(Encryption::Encrypted(_)));
            let whole = states
                .iter()
                .all(|state| matches!(state, State::Encrypted(_) | State::Memory))
                && states.iter().any(|state| matches!(state, State::Encrypted(_)));
            prop_assert_eq!(encrypted, whole);
        }
    }
}
