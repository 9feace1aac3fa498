//! The software section.
//!
//! Touches nothing. Must never reorder or merge packages.

use sekisho_policy::facts::software::PackageScope;
use sekisho_policy::facts::{Package, PackageSource, Software};
use sekisho_policy::limits::SOFTWARE_ITEMS_MAX;

use super::reading::IntoReading;
use super::{InvalidMessage, at_most, cut, enums, text};
use crate::limits::SOFTWARE_SOURCES_MAX;
use crate::wire;

impl From<&Software> for wire::Software {
    fn from(Software { sources, packages }: &Software) -> Self {
        Self {
            sources: sources
                .iter()
                .map(|(source, count)| wire::SoftwareSource {
                    source: wire::PackageSource::from(*source).into(),
                    count: Some(count.into()),
                })
                .collect(),
            packages: packages.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<wire::Software> for Software {
    type Error = InvalidMessage;

    fn try_from(software: wire::Software) -> Result<Self, Self::Error> {
        let wire::Software { sources, packages } = software;
        Ok(Self {
            sources: at_most(sources, "software sources", SOFTWARE_SOURCES_MAX)?
                .into_iter()
                .map(|wire::SoftwareSource { source, count }| {
                    let count = count.reading("count of a software source")?;
                    Ok((package_source(source)?, count))
                })
                .collect::<Result<_, InvalidMessage>>()?,
            packages: at_most(packages, "packages", SOFTWARE_ITEMS_MAX)?
                .into_iter()
                .map(TryInto::try_into)
                .collect::<Result<_, InvalidMessage>>()?,
        })
    }
}

impl From<&Package> for wire::Package {
    fn from(package: &Package) -> Self {
        let Package {
            source,
            name,
            architecture,
            version,
            vendor,
            origin,
            state,
            scope,
        } = package;
        let (origin_name, origin_version) = match origin {
            Some((name, version)) => (cut(name), cut(version)),
            None => (String::new(), String::new()),
        };
        Self {
            source: wire::PackageSource::from(*source).into(),
            name: cut(name),
            architecture: cut(architecture),
            version: cut(version),
            vendor: cut(vendor),
            origin_name,
            origin_version,
            state: wire::package::State::from(*state).into(),
            user: match scope {
                PackageScope::Machine => String::new(),
                PackageScope::User(user) => cut(user),
            },
        }
    }
}

impl TryFrom<wire::Package> for Package {
    type Error = InvalidMessage;

    fn try_from(package: wire::Package) -> Result<Self, Self::Error> {
        let wire::Package {
            source,
            name,
            architecture,
            version,
            vendor,
            origin_name,
            origin_version,
            state,
            user,
        } = package;
        let origin = (
            text(origin_name, "origin of a package")?,
            text(origin_version, "origin version of a package")?,
        );
        Ok(Self {
            source: package_source(source)?,
            name: text(name, "name of a package")?,
            architecture: text(architecture, "architecture of a package")?,
            version: text(version, "version of a package")?,
            vendor: text(vendor, "vendor of a package")?,
            origin: (!origin.0.is_empty() || !origin.1.is_empty()).then_some(origin),
            state: enums::known::<wire::package::State, _>(state, "state of a package")?,
            scope: match text(user, "user of a package")? {
                user if user.is_empty() => PackageScope::Machine,
                user => PackageScope::User(user),
            },
        })
    }
}

fn package_source(value: i32) -> Result<PackageSource, InvalidMessage> {
    enums::known::<wire::PackageSource, _>(value, "package source")
}
