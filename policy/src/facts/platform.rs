//! The platform below everything else on a laptop: the release of its system and its updates.
//!
//! Touches nothing. Must never let one fact that could not be read hide another: each has its own
//! reading.

mod agent;
mod guard;
mod release;
mod screen;

use crate::reading::{Reading, Why};

pub use agent::AgentHealth;
pub use guard::{Administrator, Administrators, Firewall, SecureBoot, Tpm};
pub use release::{PendingUpdate, Release, Updates};
pub use screen::{Desktop, ScreenLock};

/// What the laptop's system is and how it guards itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Platform {
    /// Which release of which system it is.
    pub release: Reading<Release>,
    /// Security updates that are out and not installed.
    pub updates: Reading<Updates>,
    /// The lock of every graphical session. `Absent` on a machine without a desktop; empty where nobody
    /// is logged in.
    pub screen_locks: Reading<Vec<ScreenLock>>,
    /// What becomes of connections that come in unasked.
    pub firewall: Reading<Firewall>,
    /// Whether the firmware starts only what is signed. `Absent` on machines that boot by BIOS.
    pub secure_boot: Reading<SecureBoot>,
    /// The security chip. `Absent` where there is none.
    pub tpm: Reading<Tpm>,
    /// Who may become root.
    pub administrators: Reading<Administrators>,
    /// The agent itself. Not asked where a check is run without it.
    pub agent: Reading<AgentHealth>,
}

impl Platform {
    /// The platform of a machine that nobody has asked yet.
    #[must_use]
    pub const fn not_asked() -> Self {
        Self {
            release: Reading::Unknown(Why::NotAsked),
            updates: Reading::Unknown(Why::NotAsked),
            screen_locks: Reading::Unknown(Why::NotAsked),
            firewall: Reading::Unknown(Why::NotAsked),
            secure_boot: Reading::Unknown(Why::NotAsked),
            tpm: Reading::Unknown(Why::NotAsked),
            administrators: Reading::Unknown(Why::NotAsked),
            agent: Reading::Unknown(Why::NotAsked),
        }
    }
}

/// One fact of a platform, which is as unknown as the platform where that was not read at all.
impl Reading<Platform> {
    /// Looks at one fact.
    pub fn fact<T>(&self, one: impl FnOnce(&Platform) -> &Reading<T>) -> Reading<&T> {
        match self {
            Self::Known(platform) => one(platform).as_ref(),
            Self::Absent => Reading::Absent,
            Self::Unknown(why) => Reading::Unknown(why.clone()),
        }
    }
}
