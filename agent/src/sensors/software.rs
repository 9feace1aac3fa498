//! Installed software from every package source of the machine.
//!
//! Touches nothing but through `software/linux.rs`. Must never give a list that is shorter than the
//! source's own: a source is whole, or it is unknown.

#[cfg(unix)]
mod dpkg;
#[cfg(unix)]
mod flatpak;
#[cfg(unix)]
mod linux;
#[cfg_attr(windows, path = "windows/lists.rs")]
mod lists;
#[cfg(unix)]
mod rpm;
#[cfg(unix)]
mod snap;

use sekisho_policy::facts::{Package, PackageSource, Software};
use sekisho_policy::limits::{SOFTWARE_ITEMS_MAX, TEXT_BYTES_MAX};
use sekisho_policy::reading::{Reading, Why};
use thiserror::Error;

#[cfg(unix)]
pub(super) use linux::read;
pub(super) use lists::Lists;

/// A list of packages that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum ListError {
    /// There are more packages than may be.
    #[error("{list} lists more than the limit of {SOFTWARE_ITEMS_MAX} packages")]
    TooMany {
        /// The list.
        list: String,
    },
    /// A name or version is longer than any real one.
    #[error("{list} {place}: a text of more than the limit of {max} bytes")]
    TooLong {
        /// The list.
        list: String,
        /// Where in it.
        place: String,
        /// The limit in bytes.
        max: usize,
    },
    /// The list is not what it must be, or breaks off.
    #[error("{list} {place}: {what}")]
    Broken {
        /// The list.
        list: String,
        /// Where in it.
        place: String,
        /// What is wrong there.
        what: String,
    },
}

impl ListError {
    pub(super) fn broken(list: &str, place: impl Into<String>, what: impl Into<String>) -> Self {
        Self::Broken {
            list: list.to_owned(),
            place: place.into(),
            what: what.into(),
        }
    }

    pub(super) fn why(&self) -> Why {
        match self {
            Self::TooMany { .. } | Self::TooLong { .. } => Why::TooLarge(self.to_string()),
            Self::Broken { .. } => Why::Unreadable(self.to_string()),
        }
    }
}

/// Takes one package more, if there is room and its texts are of a sane length.
pub(super) fn add(
    packages: &mut Vec<Package>,
    package: Package,
    list: &str,
) -> Result<(), ListError> {
    let (origin_name, origin_version) = package
        .origin
        .as_ref()
        .map_or(("", ""), |(name, version)| (name, version));
    let texts = [
        &package.name,
        &package.architecture,
        &package.version,
        &package.vendor,
        origin_name,
        origin_version,
    ];
    if texts.iter().any(|text| text.len() > TEXT_BYTES_MAX) {
        return Err(ListError::TooLong {
            list: list.to_owned(),
            place: format!("package {}", packages.len().saturating_add(1)),
            max: TEXT_BYTES_MAX,
        });
    }
    if packages.len() == SOFTWARE_ITEMS_MAX {
        return Err(ListError::TooMany {
            list: list.to_owned(),
        });
    }
    packages.push(package);
    Ok(())
}

/// Puts the sources together. A source whose packages no longer fit is unknown.
pub(super) fn collect(sources: Vec<(PackageSource, Reading<Vec<Package>>)>) -> Software {
    let mut software = Software::default();
    for (source, reading) in sources {
        let count = match reading {
            Reading::Known(mut packages) => {
                let total = software.packages.len().saturating_add(packages.len());
                match u32::try_from(packages.len()) {
                    Ok(count) if total <= SOFTWARE_ITEMS_MAX => {
                        if software.packages.is_empty() {
                            software.packages = packages;
                        } else {
                            software.packages.append(&mut packages);
                        }
                        Reading::Known(count)
                    }
                    Ok(_) | Err(_) => Reading::Unknown(
                        ListError::TooMany {
                            list: "all sources together".to_owned(),
                        }
                        .why(),
                    ),
                }
            }
            Reading::Absent => Reading::Absent,
            Reading::Unknown(why) => Reading::Unknown(why),
        };
        software.sources.push((source, count));
    }
    // Package orders by source, name, architecture and version, field by field.
    software.packages.sort_unstable();
    software
}

#[cfg(all(test, unix))]
mod tests;
