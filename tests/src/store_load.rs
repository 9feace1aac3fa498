//! A load on the store that says aloud what was acknowledged, and the check that all of it is there.
//!
//! Touches the store's folder it is given. Must never say that a thing is acknowledged before the store
//! has said so.

pub mod check;
pub mod write;

use std::sync::Arc;

use anyhow::Context;

use sekisho_collector::audit::{HeadSigner, LogKey, LogPublicKey};
use sekisho_collector::record::{Device, Marks, Token, TokenId};
use sekisho_collector::store::sqlite::SqliteStore;
use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::reading::Reading;
use sekisho_policy::register::Registration;
use sekisho_policy::time::Timestamp;

/// One thing that the store has acknowledged, as one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acked {
    /// A report with news, with its audit entry.
    Changed {
        /// Whose.
        lane: u32,
        /// Which.
        sequence: u64,
    },
    /// A report without news.
    Routine {
        /// Whose.
        lane: u32,
        /// Which.
        sequence: u64,
    },
    /// An order.
    Order {
        /// For whom.
        lane: u32,
        /// Which.
        generation: u64,
    },
    /// An audit entry alone.
    Audit {
        /// Whose.
        lane: u32,
        /// Which.
        number: u64,
    },
}

impl Acked {
    /// The line for it.
    #[must_use]
    pub fn line(self) -> String {
        let (letter, lane, number) = match self {
            Self::Changed { lane, sequence } => ('c', lane, sequence),
            Self::Routine { lane, sequence } => ('r', lane, sequence),
            Self::Order { lane, generation } => ('o', lane, generation),
            Self::Audit { lane, number } => ('a', lane, number),
        };
        // The dot tells a whole line from one that was cut.
        format!("{letter} {lane} {number} .\n")
    }

    /// Reads a line; `None` when it is not a whole one.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let letter = words.next()?;
        let lane = words.next()?.parse().ok()?;
        let number = words.next()?.parse().ok()?;
        if words.next() != Some(".") {
            return None;
        }
        Some(match letter {
            "c" => Self::Changed {
                lane,
                sequence: number,
            },
            "r" => Self::Routine {
                lane,
                sequence: number,
            },
            "o" => Self::Order {
                lane,
                generation: number,
            },
            "a" => Self::Audit { lane, number },
            _ => return None,
        })
    }
}

/// Opens the store with the key of these tests.
///
/// # Errors
/// What the store says.
pub fn open(dir: &std::path::Path) -> anyhow::Result<SqliteStore> {
    SqliteStore::make(dir, Arc::new(log_key()?)).context("opening the store")
}

/// The public key of the logs of these tests.
///
/// # Errors
/// Never with the seed that is here.
pub fn public_key() -> anyhow::Result<LogPublicKey> {
    Ok(log_key()?.public_key())
}

fn log_key() -> anyhow::Result<LogKey> {
    Ok(LogKey::from_seed(&[0x5e; 32])?)
}

/// The device of a lane.
#[must_use]
pub fn lane_id(lane: u32) -> DeviceId {
    let mut bytes = [0; 16];
    for (to, from) in bytes
        .iter_mut()
        .zip(Fingerprint::of(&lane.to_be_bytes()).as_bytes())
    {
        *to = *from;
    }
    DeviceId::from_bytes(bytes)
}

/// The token that all of them enrolled by.
#[must_use]
pub fn token() -> Token {
    Token {
        id: TokenId([1; 8]),
        digest: Fingerprint::of(b"token"),
        note: "load".to_owned(),
        group: String::new(),
        approves: true,
        uses_left: u32::MAX,
        created_at: Timestamp(0),
        expires_at: Timestamp(0),
        withdrawn: false,
    }
}

/// A lane's row of the register.
#[must_use]
pub fn device(lane: u32) -> Device {
    Device {
        id: lane_id(lane),
        revision: 1,
        name: format!("lane-{lane}"),
        registration: Registration::Approved,
        group: String::new(),
        data_class: None,
        owner: String::new(),
        asset_number: String::new(),
        enrolled_at: Timestamp(0),
        approved_until: None,
        take_out: None,
        token: token().id,
        key: Fingerprint::of(lane_id(lane).as_bytes()),
        certificates: Vec::new(),
        marks: Marks {
            hostname: format!("lane-{lane}"),
            product_uuid: Reading::Absent,
            serial: Reading::Absent,
            machine_mark: Reading::Absent,
            boot_id: Reading::Absent,
        },
        clones: None,
    }
}
