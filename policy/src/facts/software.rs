//! Installed software, as the package sources of the machine list it.
//!
//! Touches nothing. Must never claim to be all software: portable programs are in no list.

use crate::reading::Reading;

/// The inventory of one laptop.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Software {
    /// Each source that was asked, with the number of packages it gave; a source that could not be
    /// read is here as unknown, so that an empty list is never taken for a clean one.
    pub sources: Vec<(PackageSource, Reading<u32>)>,
    /// Every package, ordered by source, name, architecture and version.
    pub packages: Vec<Package>,
}

/// Who lists a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageSource {
    /// dpkg, `/var/lib/dpkg/status`.
    Dpkg,
    /// rpm, its database read directly.
    Rpm,
    /// Flatpak.
    Flatpak,
    /// Snap.
    Snap,
    /// Windows uninstall keys.
    WindowsUninstall,
    /// Windows MSIX packages.
    Msix,
}

/// For whom a package is installed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum PackageScope {
    /// For everyone on the machine.
    Machine,
    /// For one user: a uid, or a SID on Windows.
    User(String),
}

/// Whether a package is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PackageState {
    /// Installed.
    Installed,
    /// Begun and not finished: unpacked or half configured. Its files may be there and run.
    Broken,
}

/// One installed package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Who lists it.
    pub source: PackageSource,
    /// Name as the source has it. Bytes that are not UTF-8 are U+FFFD.
    pub name: String,
    /// Architecture; empty where the source has none.
    pub architecture: String,
    /// Version as the source has it, epoch included.
    pub version: String,
    /// Maker, maintainer or publisher; empty where the source has none.
    pub vendor: String,
    /// Name and version of the source package, where they differ from the package's own: what
    /// vulnerability advisories speak of.
    pub origin: Option<(String, String)>,
    /// Whether it is whole.
    pub state: PackageState,
    /// For whom it is installed.
    pub scope: PackageScope,
}

impl PackageState {
    /// The name of the state in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Broken => "broken",
        }
    }
}

impl PackageSource {
    /// The name of the source in policy documents and machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dpkg => "deb",
            Self::Rpm => "rpm",
            Self::Flatpak => "flatpak",
            Self::Snap => "snap",
            Self::WindowsUninstall => "windows",
            Self::Msix => "msix",
        }
    }
}
