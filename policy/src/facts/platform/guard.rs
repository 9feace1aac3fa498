//! How a system guards itself: its firewall, its boot, its security chip, and who may change it all.
//!
//! Touches nothing. Must never take a switch in a file for a rule in the kernel.

use crate::facts::Evidence;
use crate::reading::Reading;

/// What the kernel does with connections that come in unasked. The agent's own table is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firewall {
    /// Whether they are refused over IPv4 unless a rule lets them in.
    pub ipv4: Reading<bool>,
    /// The same over IPv6. Absent where the system has no IPv6.
    pub ipv6: Reading<bool>,
    /// What was seen, word for word.
    pub evidence: Vec<Evidence>,
}

/// Whether the firmware starts only what is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecureBoot {
    /// Whether it does.
    pub enabled: bool,
    /// What was seen, word for word.
    pub evidence: Vec<Evidence>,
}

/// The Trusted Platform Module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tpm {
    /// 1 for TPM 1.2, 2 for TPM 2.0.
    pub version: Reading<u32>,
    /// What was seen, word for word.
    pub evidence: Vec<Evidence>,
}

/// Who may become root, by the files of the system alone, or is in Windows' group of administrators. What sudoers(5) grants
/// beside the groups is not among it: only root may read that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Administrators {
    /// Each account, ordered by name; at most
    /// [`ADMINISTRATORS_MAX`](crate::limits::ADMINISTRATORS_MAX).
    pub accounts: Vec<Administrator>,
    /// Sources of accounts in nsswitch.conf(5) that were not read, such as a directory; on Windows the members that are
    /// groups, or may be, by their names among `accounts`: who is in them was not read.
    pub not_read: Vec<String>,
    /// What was seen, word for word.
    pub evidence: Vec<Evidence>,
}

/// One account with more rights than a user's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Administrator {
    /// Its name; on Windows that of a group too.
    pub name: String,
    /// Whether it is root itself by its number; on Windows the account that every Windows has, or a group that stands for
    /// anybody.
    pub is_root: bool,
    /// The groups by which it has them, of [`GROUPS_TOLD`](crate::rules::local_administrators::GROUPS_TOLD), or
    /// [`WINDOWS_GROUP`](crate::rules::local_administrators::WINDOWS_GROUP).
    pub groups: Vec<String>,
}
