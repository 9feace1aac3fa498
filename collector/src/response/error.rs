//! Why a decision was not carried out, and what to do about it.
//!
//! Touches nothing. Must never tell a cause that only the machine's operator may know: what the
//! store says is for people at the admin interface, who are operators.

use thiserror::Error;

use sekisho_policy::register::{RefusedTransition, Registration};
use sekisho_policy::time::Timestamp;

use crate::record::ExceptionState;
use crate::store::{Damage, StoreError};

/// Why a decision was not carried out. Nothing has changed.
#[derive(Debug, Error)]
pub enum ResponseError {
    /// No device goes by that name. The caller mistyped, or it never enrolled.
    #[error("no device {0:?}")]
    NoSuchDevice(String),
    /// A group or the fleet has no device in use. The group is mistyped, or nobody is in it.
    #[error("no device in use is meant")]
    Nobody,
    /// Several devices go by that name.
    #[error("{name:?} may be any of {}", candidates.join(", "))]
    Ambiguous {
        /// What was typed.
        name: String,
        /// Ids of some of the devices.
        candidates: Vec<String>,
    },
    /// The present state of the registration does not allow it.
    #[error(transparent)]
    Refused(#[from] RefusedTransition),
    /// The device is out of use, and the decision is for one in use.
    #[error("device {device} is {}", state.name())]
    OutOfUse {
        /// Its host name.
        device: String,
        /// Its state.
        state: Registration,
    },
    /// The device's access is not narrowed, and there is nothing to release.
    #[error("device {0} is not isolated")]
    NotIsolated(String),
    /// The order is meant for as many devices as were shown, and by now it would hit another number.
    #[error(
        "the order would hit {found} devices, and {expected} were confirmed; nothing was ordered"
    )]
    OtherCount {
        /// How many were confirmed.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// There is no leave to take the device out that could be ended.
    #[error("there is no leave to take device {0} out")]
    NoTakeOut(String),
    /// Its row on the disk cannot be read, so that nothing can follow it.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// Only one machine claims to be the device.
    #[error("device {0} is held by one machine only")]
    NoClone(String),
    /// A field must be filled in.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field is longer than may be kept.
    #[error("{what} has {count} characters; the limit is {max}")]
    TooLong {
        /// Which.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// A list is longer than may be taken.
    #[error("{count} {what}; the limit is {max}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// A field holds what cannot be shown on one line.
    #[error("{0} holds a control character")]
    ControlCharacter(&'static str),
    /// A time that must lie ahead does not.
    #[error("{what} {time} is not in the future")]
    NotAhead {
        /// Which.
        what: &'static str,
        /// What was asked for.
        time: Timestamp,
    },
    /// A number is outside what is allowed.
    #[error("{what} is {value}; it must be {min} to {max}")]
    OutOfRange {
        /// Which.
        what: &'static str,
        /// What was asked for.
        value: u64,
        /// The least allowed.
        min: u64,
        /// The most allowed.
        max: u64,
    },
    /// A value is none of those that are known, or not written as one must be.
    #[error("{what} {value:?} is not known; it is one of: {allowed}")]
    NotOneOf {
        /// Which.
        what: &'static str,
        /// What was asked for, cut to a length that can be shown.
        value: String,
        /// What is known.
        allowed: String,
    },
    /// The policy in force has no such group.
    #[error("the policy in force has no group {name:?}; it has: {known}")]
    NoSuchGroup {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The exception does not wait for such a step.
    #[error("exception {number} is {}", state.name())]
    NotOpen {
        /// Which.
        number: u64,
        /// Where it is in its life.
        state: ExceptionState,
    },
    /// Who asked for an exception may not approve it.
    #[error("{0} asked for it, and somebody else must approve it")]
    SamePerson(String),
    /// Of who asks for an exception or approves it, nobody can say who they are.
    #[error(
        "{0} has not logged in as a person (`cat /proc/self/loginuid` says who has), and an exception takes two"
    )]
    NobodysLogin(String),
    /// No policy document of the version is kept.
    #[error("there is no policy version {0}")]
    NoSuchVersion(u64),
    /// Another policy is in force than the one that was rehearsed against.
    #[error("policy version {found} is in force by now, and not {expected}; nothing was applied")]
    OtherVersion {
        /// The one that was in force.
        expected: u64,
        /// The one that is.
        found: u64,
    },
    /// The policy document is not in order. The one in force stays in force.
    #[error("the policy document is refused: {0}")]
    BadPolicy(String),
    /// The system gives no random bytes, so that no secret can be made.
    #[error("the system gives no random bytes")]
    NoRandom,
    /// There is no beacon whose key could be rotated.
    #[error("the beacon's key is not rotated: {0}")]
    NoBeacon(String),
    /// A break-glass code cannot be made.
    #[error("no code: {0}")]
    NoCode(String),
    /// Others changed the same thing again and again in the meantime.
    #[error("others are changing {0} at the same time")]
    Contended(String),
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ResponseError {
    /// The name of the reason in machine-readable output.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoSuchDevice(_) => "no_such_device",
            Self::Nobody => "nobody",
            Self::Ambiguous { .. } => "ambiguous",
            Self::Refused(_) => "refused_transition",
            Self::OutOfUse { .. } => "out_of_use",
            Self::NotIsolated(_) => "not_isolated",
            Self::Damaged(_) => "damaged",
            Self::OtherCount { .. } => "other_count",
            Self::NoClone(_) => "no_clone",
            Self::NoTakeOut(_) => "no_take_out",
            Self::Missing(_) => "missing",
            Self::TooLong { .. } => "too_long",
            Self::TooMany { .. } => "too_many",
            Self::ControlCharacter(_) => "control_character",
            Self::NotAhead { .. } => "not_ahead",
            Self::OutOfRange { .. } => "out_of_range",
            Self::NotOneOf { .. } => "not_one_of",
            Self::NoSuchGroup { .. } => "no_such_group",
            Self::NotOpen { .. } => "not_open",
            Self::SamePerson(_) => "same_person",
            Self::NobodysLogin(_) => "nobodys_login",
            Self::NoSuchVersion(_) => "no_such_version",
            Self::OtherVersion { .. } => "other_version",
            Self::BadPolicy(_) => "bad_policy",
            Self::NoRandom => "no_random",
            Self::NoBeacon(_) => "no_beacon",
            Self::NoCode(_) => "no_code",
            Self::Contended(_) => "contended",
            Self::Store(error) => match error {
                StoreError::Conflict(_) => "conflict",
                StoreError::NotFound { .. } => "not_found",
                StoreError::Busy { .. } => "busy",
                StoreError::Disk { .. } => "disk",
                StoreError::Corrupt { .. } => "corrupt",
            },
        }
    }

    /// What whoever asked can do about it.
    #[must_use]
    pub const fn what_to_do(&self) -> &'static str {
        match self {
            Self::NoSuchDevice(_) | Self::Nobody => "`device list` shows the devices there are",
            Self::Ambiguous { .. } => "give the whole id; `device list` shows it",
            Self::Refused(_) | Self::OutOfUse { .. } => "`device show` shows its registration",
            Self::NotIsolated(_) => "`order show` shows the order in force",
            Self::OtherCount { .. } => "look at whom it would hit, then confirm anew",
            Self::Damaged(_) => "restore a backup; `restore` says how",
            Self::NoClone(_) => "`device show` shows the machines of a clone case",
            Self::NoTakeOut(_) => "`device show` shows whether there is leave",
            Self::Missing(_) => "give it and try again",
            Self::TooLong { .. } | Self::TooMany { .. } => "give less and try again",
            Self::ControlCharacter(_) => "write it on one line",
            Self::NotAhead { .. } => "give a later time, such as 2026-12-31T18:00:00+09:00",
            Self::OutOfRange { .. } | Self::NotOneOf { .. } => "give one that is allowed",
            Self::NoSuchGroup { .. } => "add the group to the policy and apply it first",
            Self::NotOpen { .. } => "`exception list` shows where each is; ask for another",
            Self::NobodysLogin(_) => {
                "log in under your own name and use sudo, not as root nor by a service"
            }
            Self::SamePerson(_) => "let another administrator approve it, logged in as themselves",
            Self::NoSuchVersion(_) => "`policy log` shows those that are kept",
            Self::OtherVersion { .. } => "look at what it would change now, then confirm anew",
            Self::BadPolicy(_) => {
                "mend the document and check it with `policy check`; the policy in force stays"
            }
            Self::NoRandom => "see what is wrong with the machine",
            Self::NoBeacon(_) => {
                "see [beacon] in collector.toml and the keys folder, then start the collector anew"
            }
            Self::NoCode(_) => "read the challenge on the laptop again",
            Self::Contended(_) => "look at what the others did, then try again",
            Self::Store(error) => match error {
                StoreError::Conflict(_) => "look at it anew, then decide again",
                StoreError::NotFound { .. } => "list what there is",
                StoreError::Busy { .. } => "try again in a moment",
                StoreError::Disk { .. } => "make room on the disk or mend it, then try again",
                StoreError::Corrupt { .. } => "restore a backup; `restore` says how",
            },
        }
    }
}
