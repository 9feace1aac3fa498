//! Antivirus products and what shows whether each protects.
//!
//! Touches nothing. Must never read "installed" as "active": a product found only by its files is
//! present and no more.

use super::Evidence;
use crate::limits::DETECTIONS_MAX;
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
    /// Whether the product itself says that it protects in full: its agent is on, it has its maker's orders, and
    /// it is in no mode of reduced functionality. `Absent` where the other readings say all there is.
    pub healthy: Reading<bool>,
    /// What the product knows malware by.
    pub definitions_kind: DefinitionsKind,
    /// The definitions in use. `Absent` when there are none, or the product works without.
    pub definitions: Reading<Definitions>,
    /// The scans that it remembers, the last one first. `Absent` where it keeps no list that can be asked for.
    pub scans: Reading<Vec<Scan>>,
    /// The malware that it found, what is still active first. `Absent` where it keeps no list that can be asked
    /// for. Where a file lay is left out: no rule needs it, and the product tells it on the laptop.
    pub detections: Reading<Vec<Detection>>,
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

/// One scan that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// What was scanned.
    pub kind: ScanKind,
    /// When it ended; when it began where only that is told.
    pub at: Timestamp,
    /// What came of it.
    pub result: ScanResult,
}

/// What a scan covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScanKind {
    /// The places where malware usually lies.
    Quick,
    /// The whole machine.
    Full,
    /// What somebody chose.
    Custom,
}

/// What came of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScanResult {
    /// It came to its end and found nothing.
    Clean,
    /// It came to its end and found malware.
    Found,
    /// It did not come to its end, which shows nothing.
    Unfinished,
}

/// Malware that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detection {
    /// The maker's name for it.
    pub name: String,
    /// When the product last said something of it.
    pub at: Reading<Timestamp>,
    /// What has become of it.
    pub state: Reading<DetectionState>,
}

/// What has become of malware that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DetectionState {
    /// It is still there.
    Active,
    /// Somebody has allowed it.
    Allowed,
    /// It is locked away.
    Quarantined,
    /// It is gone, or was kept from running.
    Removed,
}

impl AntivirusProduct {
    /// A product that is there, and of which nothing more was looked for.
    pub fn named(name: impl Into<String>, vendor: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            vendor: vendor.into(),
            engine_version: Reading::Absent,
            running: Reading::Absent,
            realtime: Reading::Absent,
            healthy: Reading::Absent,
            definitions_kind: DefinitionsKind::Pattern,
            definitions: Reading::Absent,
            scans: Reading::Absent,
            detections: Reading::Absent,
            evidence: Vec::new(),
        }
    }

    /// Malware that is still there, or was allowed to be.
    #[must_use]
    pub fn undealt(&self) -> Reading<Vec<&Detection>> {
        let detections = self.detections.as_ref();
        detections.map(|list| list.iter().filter(|one| one.is_undealt()).collect())
    }

    /// When the last scan of the whole machine that came to its end was made; `Absent` when none is remembered.
    #[must_use]
    pub fn last_full_scan(&self) -> Reading<Timestamp> {
        let whole =
            |scan: &&Scan| scan.kind == ScanKind::Full && scan.result != ScanResult::Unfinished;
        match &self.scans {
            Reading::Known(scans) => match scans.iter().filter(whole).map(|scan| scan.at).max() {
                Some(at) => Reading::Known(at),
                None => Reading::Absent,
            },
            Reading::Absent => Reading::Absent,
            Reading::Unknown(why) => Reading::Unknown(why.clone()),
        }
    }
}

impl Detection {
    /// Keeps as many as are told: what is still there, and what could not be told, before what is over, and the newest
    /// first of each.
    pub fn keep_gravest(found: &mut Vec<Self>) {
        found.sort_by_key(|one| {
            let at = one.at.known().copied().unwrap_or(Timestamp(i64::MAX));
            (one.gravity(), std::cmp::Reverse(at))
        });
        found.truncate(DETECTIONS_MAX);
    }

    const fn gravity(&self) -> u8 {
        match self.state {
            Reading::Known(DetectionState::Active) => 0,
            Reading::Known(DetectionState::Allowed) => 1,
            Reading::Absent | Reading::Unknown(_) => 2,
            Reading::Known(DetectionState::Quarantined | DetectionState::Removed) => 3,
        }
    }

    /// Whether it is known to be still there, by leave or not.
    #[must_use]
    pub const fn is_undealt(&self) -> bool {
        matches!(
            self.state,
            Reading::Known(DetectionState::Active | DetectionState::Allowed)
        )
    }
}

impl ScanKind {
    /// The name of the kind in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Full => "full",
            Self::Custom => "custom",
        }
    }
}

impl ScanResult {
    /// The name of the result in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Found => "found",
            Self::Unfinished => "unfinished",
        }
    }
}

impl DetectionState {
    /// The name of the state in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Allowed => "allowed",
            Self::Quarantined => "quarantined",
            Self::Removed => "removed",
        }
    }
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
