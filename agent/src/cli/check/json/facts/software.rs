//! The installed software in JSON.
//!
//! Touches nothing. Must never leave out a source that could not be read.

use sekisho_policy::facts::{Package, PackageScope, PackageSource, Software};
use sekisho_policy::reading::Reading;
use sekisho_proto::json::ReadingJson;
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct SoftwareJson<'a> {
    sources: Vec<SourceJson>,
    packages: Vec<PackageJson<'a>>,
}

#[derive(Serialize)]
struct SourceJson {
    source: &'static str,
    count: ReadingJson<u32>,
}

#[derive(Serialize)]
struct PackageJson<'a> {
    source: &'static str,
    name: &'a str,
    architecture: &'a str,
    version: &'a str,
    vendor: &'a str,
    origin: Option<OriginJson<'a>>,
    state: &'static str,
    user: Option<&'a str>,
}

#[derive(Serialize)]
struct OriginJson<'a> {
    name: &'a str,
    version: &'a str,
}

impl<'a> From<&'a Software> for SoftwareJson<'a> {
    fn from(software: &'a Software) -> Self {
        let Software { sources, packages } = software;
        Self {
            sources: sources.iter().map(SourceJson::from).collect(),
            packages: packages.iter().map(PackageJson::from).collect(),
        }
    }
}

impl From<&(PackageSource, Reading<u32>)> for SourceJson {
    fn from((source, count): &(PackageSource, Reading<u32>)) -> Self {
        Self {
            source: source.name(),
            count: count.clone().into(),
        }
    }
}

impl<'a> From<&'a Package> for PackageJson<'a> {
    fn from(package: &'a Package) -> Self {
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
        Self {
            source: source.name(),
            name,
            architecture,
            version,
            vendor,
            origin: origin
                .as_ref()
                .map(|(name, version)| OriginJson { name, version }),
            state: state.name(),
            user: match scope {
                PackageScope::Machine => None,
                PackageScope::User(user) => Some(user),
            },
        }
    }
}
