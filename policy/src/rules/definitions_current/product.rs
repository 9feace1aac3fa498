//! One antivirus product weighed.
//!
//! Touches nothing. Must never let one good sign outweigh a bad one.

use super::Parameters;
use crate::facts::{AntivirusProduct, DefinitionsKind, Evidence};
use crate::reading::{Reading, Why};
use crate::rules::Case;
use crate::time::{Span, Timestamp};

/// How far ahead of the judging clock definitions may have been built: makers and laptops differ by
/// time zones set wrongly, and by no more than a day.
pub(crate) const AHEAD_MAX: Span = Span::from_hours(24);

/// What one product comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Weight<'a> {
    /// In order, until this time; `None` where there are no definitions that could age.
    Good(Option<Timestamp>),
    /// Not in order.
    Troubled(Trouble),
    /// Something that decides could not be told.
    Untold(&'a Why),
    /// Whether it protects in full could not be told, of a product with nothing else to go by.
    HealthUntold(&'a Why),
    /// How old its definitions are could not be told, of a product that runs.
    DefinitionsUntold(&'a Why),
    /// The policy asks for a scan, and the product keeps no list of its scans.
    NoScanList,
    /// The product remembers no scan of the whole machine, and its list does not reach back as far as one may be old.
    ScanListShort,
    /// The last scan claims to be of the future, so one of the clocks is wrong.
    ScanAhead(Timestamp),
    /// The definitions claim to be built in the future, so one of the clocks is wrong.
    Ahead(Timestamp),
}

/// What is wrong with a product, the farthest from good first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// Its engine does not run.
    NotRunning,
    /// It says itself that it does not protect in full.
    Degraded,
    /// It works without definitions, and the policy does not accept that.
    CloudRefused,
    /// It has no definitions.
    NoDefinitions,
    /// Its definitions were built at this time, which is too long ago.
    Old(Timestamp),
    /// It does not check files as they are opened.
    NoRealtime,
    /// Its last scan of the whole machine ended at this time, which is too long ago; `None` where it remembers none.
    NotScanned(Option<Timestamp>),
}

impl Parameters {
    pub(super) fn weigh<'a>(&self, product: &'a AntivirusProduct, case: &Case<'_>) -> Weight<'a> {
        let realtime = self.require_realtime.then_some(&product.realtime);
        let weights = [
            flag(Some(&product.running), Trouble::NotRunning),
            self.health(product),
            self.definitions(product, case.now),
            flag(realtime, Trouble::NoRealtime),
            self.full_scan(product, case),
        ];
        // What is known to be wrong decides before what could not be told.
        let troubled = weights
            .iter()
            .find(|weight| matches!(weight, Weight::Troubled(_)));
        let untold = weights
            .iter()
            .find(|weight| !matches!(weight, Weight::Good(_)));
        let [_, _, definitions, _, scan] = &weights;
        // A scan has an end only where the clock leaves open whether it is over.
        let ends = if scan.ends() < definitions.ends() {
            scan
        } else {
            definitions
        };
        troubled.or(untold).unwrap_or(ends).clone()
    }

    /// What a product says of itself counts against it; for it only where there is nothing else to go by.
    fn health<'a>(&self, product: &'a AntivirusProduct) -> Weight<'a> {
        match (&product.healthy, product.definitions_kind) {
            (Reading::Known(false), _) => Weight::Troubled(Trouble::Degraded),
            (Reading::Unknown(why), DefinitionsKind::Cloud) if self.require_cloud_health => {
                Weight::HealthUntold(why)
            }
            (Reading::Known(true) | Reading::Absent | Reading::Unknown(_), _) => Weight::Good(None),
        }
    }

    fn full_scan<'a>(&self, product: &'a AntivirusProduct, case: &Case<'_>) -> Weight<'a> {
        let Some(max_age) = self.max_full_scan_age else {
            return Weight::Good(None);
        };
        match (&product.scans, product.last_full_scan().known()) {
            (Reading::Unknown(why), _) => Weight::Untold(why),
            (Reading::Absent, _) => Weight::NoScanList,
            (Reading::Known(scans), None) => {
                // Defender remembers the last seven scans alone: a quick one a day pushes a full one out.
                let reaches = scans.iter().any(|scan| case.now.since(scan.at) > max_age);
                if reaches || scans.is_empty() {
                    Weight::Troubled(Trouble::NotScanned(None))
                } else {
                    Weight::ScanListShort
                }
            }
            (Reading::Known(_), Some(at)) if *at > case.now.after(AHEAD_MAX) => {
                Weight::ScanAhead(*at)
            }
            (Reading::Known(_), Some(at)) if case.now.since(*at) > max_age => {
                Weight::Troubled(Trouble::NotScanned(Some(*at)))
            }
            (Reading::Known(_), Some(at)) if case.latest.since(*at) > max_age => {
                Weight::Good(Some(at.after(max_age)))
            }
            (Reading::Known(_), Some(_)) => Weight::Good(None),
        }
    }

    fn definitions<'a>(&self, product: &'a AntivirusProduct, now: Timestamp) -> Weight<'a> {
        match (product.definitions_kind, &product.definitions) {
            (DefinitionsKind::Cloud, _) if self.accept_cloud => Weight::Good(None),
            (DefinitionsKind::Cloud, _) => Weight::Troubled(Trouble::CloudRefused),
            (DefinitionsKind::Pattern, Reading::Absent) => Weight::Troubled(Trouble::NoDefinitions),
            (DefinitionsKind::Pattern, Reading::Unknown(why)) => Weight::DefinitionsUntold(why),
            (DefinitionsKind::Pattern, Reading::Known(definitions)) => {
                let built_at = definitions.built_at;
                if built_at > now.after(AHEAD_MAX) {
                    Weight::Ahead(built_at)
                } else if now.since(built_at) > self.max_age {
                    Weight::Troubled(Trouble::Old(built_at))
                } else {
                    Weight::Good(Some(built_at.after(self.max_age)))
                }
            }
        }
    }
}

impl Weight<'_> {
    /// Until when it is in order; a product that does not age outlasts the others.
    pub(super) fn ends(&self) -> Timestamp {
        match self {
            Self::Good(Some(until)) => *until,
            Self::Good(None) => Timestamp(i64::MAX),
            Self::Troubled(_)
            | Self::Untold(_)
            | Self::HealthUntold(_)
            | Self::DefinitionsUntold(_)
            | Self::NoScanList
            | Self::ScanListShort
            | Self::ScanAhead(_)
            | Self::Ahead(_) => Timestamp(i64::MIN),
        }
    }

    /// How little is missing: a sentence names the product that is nearest to good.
    pub(super) const fn nearness(&self) -> Option<Trouble> {
        match self {
            Self::Troubled(trouble) => Some(*trouble),
            Self::Good(_)
            | Self::Untold(_)
            | Self::HealthUntold(_)
            | Self::DefinitionsUntold(_)
            | Self::NoScanList
            | Self::ScanListShort
            | Self::ScanAhead(_)
            | Self::Ahead(_) => None,
        }
    }
}

/// A flag that must be up, if it is asked for at all.
const fn flag(reading: Option<&Reading<bool>>, otherwise: Trouble) -> Weight<'_> {
    match reading {
        None | Some(Reading::Known(true)) => Weight::Good(None),
        Some(Reading::Known(false) | Reading::Absent) => Weight::Troubled(otherwise),
        Some(Reading::Unknown(why)) => Weight::Untold(why),
    }
}

/// What was seen of a product: what decides first, then word for word what was read.
pub(super) fn seen(product: &AntivirusProduct, now: Timestamp) -> Vec<Evidence> {
    let name = &product.name;
    let definitions = match (&product.definitions_kind, &product.definitions) {
        (DefinitionsKind::Cloud, _) => "in the maker's cloud".to_owned(),
        (DefinitionsKind::Pattern, Reading::Known(definitions)) => {
            let hours = now.since(definitions.built_at).secs() / 3600;
            let (version, built_at) = (&definitions.version, definitions.built_at);
            format!("{version}, built {built_at}, {hours} h old")
        }
        (DefinitionsKind::Pattern, Reading::Absent) => "absent".to_owned(),
        (DefinitionsKind::Pattern, Reading::Unknown(why)) => format!("unknown: {why}"),
    };
    let mut seen = vec![
        Evidence::new(format!("{name}: running"), said(&product.running)),
        Evidence::new(format!("{name}: definitions"), definitions),
        Evidence::new(format!("{name}: real-time"), said(&product.realtime)),
    ];
    if product.healthy != Reading::Absent {
        let source = format!("{name}: protects in full");
        seen.push(Evidence::new(source, said(&product.healthy)));
    }
    if let Reading::Known(at) = product.last_full_scan() {
        seen.push(Evidence::new(
            format!("{name}: last full scan"),
            at.to_string(),
        ));
    }
    seen.extend(product.evidence.iter().cloned());
    seen
}

fn said(flag: &Reading<bool>) -> String {
    match flag {
        Reading::Known(flag) => flag.to_string(),
        Reading::Absent => "absent".to_owned(),
        Reading::Unknown(why) => format!("unknown: {why}"),
    }
}
