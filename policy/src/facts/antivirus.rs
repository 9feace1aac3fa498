//! Antivirus products and what shows whether each protects.
//!
//! Touches nothing. Must never read "installed" as "active": a product found only by its files is
//! present and no more.

use super::Evidence;
use crate::reading::Reading;
use crate::time::Timestamp;

/// One product found on the laptop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AntivirusProduct {
    /// The product's own name, such as `ClamAV`.
    pub name: String,
    /// Who makes it.
    pub vendor: String,
    /// Version of the scan engine.
    pub engine_version: Reading<String>,
    /// Whether the engine is up and answers.
    pub running: Reading<bool>,
    /// Whether files are checked as they are opened.
    pub realtime: Reading<bool>,
    /// What the product knows malware by.
    pub definitions_kind: DefinitionsKind,
    /// The definitions in use. `Absent` when there are none, or the product works without.
    pub definitions: Reading<Definitions>,
    /// What was seen, word for word.
    pub evidence: Vec<Evidence>,
}

/// What a product knows malware by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DefinitionsKind {
    /// Pattern files that age.
    Pattern,
    /// The maker's cloud; there is nothing on the laptop that could age.
    Cloud,
}

/// One set of definitions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definitions {
    /// The version as the product names it.
    pub version: String,
    /// When the maker built them: not when they were fetched. A client that asked a stale mirror an
    /// hour ago is still stale.
    pub built_at: Timestamp,
}

impl DefinitionsKind {
    /// The name of the kind in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pattern => "pattern",
            Self::Cloud => "cloud",
        }
    }
}
