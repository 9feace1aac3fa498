//! One antivirus product weighed.
//!
//! Touches nothing. Must never let one good sign outweigh a bad one.

use super::Parameters;
use crate::facts::{AntivirusProduct, DefinitionsKind, Evidence};
use crate::reading::{Reading, Why};
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
    /// The definitions claim to be built in the future, so one of the clocks is wrong.
    Ahead(Timestamp),
}

/// What is wrong with a product, the farthest from good first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// Its engine does not run.
    NotRunning,
    /// It works without definitions, and the policy does not accept that.
    CloudRefused,
    /// It has no definitions.
    NoDefinitions,
    /// Its definitions were built at this time, which is too long ago.
    Old(Timestamp),
    /// It does not check files as they are opened.
    NoRealtime,
}

impl Parameters {
    pub(super) fn weigh<'a>(&self, product: &'a AntivirusProduct, now: Timestamp) -> Weight<'a> {
        let realtime = self.require_realtime.then_some(&product.realtime);
        let weights = [
            flag(Some(&product.running), Trouble::NotRunning),
            self.definitions(product, now),
            flag(realtime, Trouble::NoRealtime),
        ];
        // What is known to be wrong decides before what could not be told.
        let troubled = weights
            .iter()
            .find(|weight| matches!(weight, Weight::Troubled(_)));
        let untold = weights
            .iter()
            .find(|weight| !matches!(weight, Weight::Good(_)));
        let [_, definitions, _] = &weights;
        troubled.or(untold).unwrap_or(definitions).clone()
    }

    fn definitions<'a>(&self, product: &'a AntivirusProduct, now: Timestamp) -> Weight<'a> {
        match (product.definitions_kind, &product.definitions) {
            (DefinitionsKind::Cloud, _) if self.accept_cloud => Weight::Good(None),
            (DefinitionsKind::Cloud, _) => Weight::Troubled(Trouble::CloudRefused),
            (DefinitionsKind::Pattern, Reading::Absent) => Weight::Troubled(Trouble::NoDefinitions),
            (DefinitionsKind::Pattern, Reading::Unknown(why)) => Weight::Untold(why),
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
            Self::Troubled(_) | Self::Untold(_) | Self::Ahead(_) => Timestamp(i64::MIN),
        }
    }

    /// How little is missing: a sentence names the product that is nearest to good.
    pub(super) const fn nearness(&self) -> Option<Trouble> {
        match self {
            Self::Troubled(trouble) => Some(*trouble),
            Self::Good(_) | Self::Untold(_) | Self::Ahead(_) => None,
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
