//! Which release a laptop runs, and which security updates it lacks.
//!
//! Touches nothing. Must never say until when a release is supported but where the system says so
//! itself: what the world knows of releases is the rule's.

use crate::facts::{Evidence, PackageSource};
use crate::reading::Reading;
use crate::time::Timestamp;

/// A release of a system, by os-release(5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// `ID`, such as `debian`; `linux` where the file has none.
    pub id: String,
    /// `VERSION_ID`. Absent on rolling releases and on those still in the making.
    pub version: Reading<String>,
    /// `PRETTY_NAME`, for people.
    pub name: String,
    /// The end of `SUPPORT_END`, the last day of support, in UTC. Absent where the system does not say.
    pub supported_until: Reading<Timestamp>,
    /// What was seen, word for word.
    pub evidence: Vec<Evidence>,
}

/// The security updates of a laptop, by the lists that its own package manager has fetched. What came
/// out after `listed_at` is not in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updates {
    /// Whose lists; [`PackageSource::WindowsUninstall`], which is called `windows`, for those of Windows Update.
    pub source: PackageSource,
    /// When the oldest of the lists was known to be current: on Debian and Ubuntu when the archive made
    /// it, by the archive's clock; on rpm systems also when the package manager last found it unchanged; on Windows when it
    /// last searched by itself and was answered.
    pub listed_at: Timestamp,
    /// Packages of which a security update is listed and not installed.
    pub count: u32,
    /// The first of them by name, at most [`PENDING_UPDATES_MAX`](crate::limits::PENDING_UPDATES_MAX).
    pub pending: Vec<PendingUpdate>,
    /// Whether an update is installed that takes effect only with a restart, such as a kernel that is not
    /// the running one. Absent where nothing tells, as with agents of before.
    pub restart_needed: Reading<bool>,
    /// What was seen, word for word.
    pub evidence: Vec<Evidence>,
}

/// A package with a security update that is not installed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PendingUpdate {
    /// Its name; on Windows that of the update, such as `KB5046617`.
    pub name: String,
    /// Its architecture; empty on Windows.
    pub architecture: String,
    /// The version that is installed; empty on Windows.
    pub installed: String,
    /// The version that mends it; on Windows the update's identifier.
    pub available: String,
}
