//! What an expression can ask of the antivirus products and of the malware they found.
//!
//! Touches the facts of a case. Must never count malware as dealt with of which that is not known.

use super::{Gap, Seen, count, past, text, these, untold};
use crate::facts::{AntivirusProduct, DefinitionsKind, Detection, DetectionState};
use crate::reading::{Reading, Why};
use crate::rules::Case;
use crate::rules::company::fields::{Fields, Item, Read};

const DAY_SECS: i64 = 86_400;
const HOUR_SECS: i64 = 3600;

const STATES: [&str; 4] = [
    DetectionState::Active.name(),
    DetectionState::Allowed.name(),
    DetectionState::Quarantined.name(),
    DetectionState::Removed.name(),
];

/// Every product. That a list is empty which was read shows nothing: none was named, and none is missing.
pub(super) fn products<'v>(case: &'v Case<'v>) -> Seen<'v> {
    match &case.facts.antivirus {
        Reading::Known(products) if products.is_empty() => Seen {
            unread: Some(Gap::Nothing),
            ..these::<AntivirusProduct>(&[])
        },
        Reading::Known(products) => these(products),
        Reading::Absent => these::<AntivirusProduct>(&[]),
        Reading::Unknown(why) => untold::<AntivirusProduct>(why),
    }
}

/// What every product remembers of malware. One that keeps no list has none to tell.
pub(super) fn detections<'v>(case: &'v Case<'v>) -> Seen<'v> {
    let of = products(case);
    let products = case.facts.antivirus.known().into_iter().flatten();
    let lists = products.clone().filter_map(|one| one.detections.known());
    let items: Vec<&'v dyn Item> = lists.flatten().map(|one| one as &dyn Item).collect();
    let unread = products
        .filter_map(|product| match &product.detections {
            Reading::Unknown(why) => Some(Gap::Untold(std::borrow::Cow::Borrowed(why))),
            Reading::Known(_) | Reading::Absent => None,
        })
        .next();
    Seen {
        items: Box::new(items.into_iter()),
        unread: of.unread.or(unread),
    }
}

impl Fields for AntivirusProduct {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        (
            "name",
            Read::Text(|product, _| Reading::Known(&product.name)),
        ),
        (
            "vendor",
            Read::Text(|product, _| Reading::Known(&product.vendor)),
        ),
        (
            "engine_version",
            Read::Text(|product, _| text(&product.engine_version)),
        ),
        ("running", Read::Truth(|product, _| product.running.clone())),
        (
            "realtime",
            Read::Truth(|product, _| product.realtime.clone()),
        ),
        ("healthy", Read::Truth(|product, _| product.healthy.clone())),
        (
            "active_malware",
            Read::Number(|product, _| active_malware(product)),
        ),
        (
            "full_scan_age_days",
            Read::Number(|product, case| match product.last_full_scan() {
                Reading::Known(scanned) => past(case, "a scan", scanned, DAY_SECS),
                Reading::Absent => Reading::Absent,
                Reading::Unknown(why) => Reading::Unknown(why),
            }),
        ),
        (
            "cloud",
            Read::Truth(|product, _| {
                Reading::Known(product.definitions_kind == DefinitionsKind::Cloud)
            }),
        ),
        (
            "definitions_version",
            Read::Text(|product, _| {
                let definitions = product.definitions.as_ref();
                definitions.map(|definitions| definitions.version.as_str())
            }),
        ),
        (
            "definitions_age_hours",
            Read::Number(|product, case| match &product.definitions {
                Reading::Known(told) => past(case, "definitions", told.built_at, HOUR_SECS),
                Reading::Absent => Reading::Absent,
                Reading::Unknown(why) => Reading::Unknown(why.clone()),
            }),
        ),
    ];

    fn title(&self) -> String {
        self.name.clone()
    }
}

/// How much malware is still there or was allowed to be; unknown where of any it is not known what became of it.
fn active_malware(product: &AntivirusProduct) -> Reading<i64> {
    let list = product.detections.known().into_iter().flatten();
    let untold = list.filter_map(|one| match &one.state {
        Reading::Known(_) => None,
        Reading::Absent => Some(Why::NotAsked),
        Reading::Unknown(why) => Some(why.clone()),
    });
    match untold.min_by_key(Why::code) {
        Some(why) => Reading::Unknown(why),
        None => product.undealt().map(|list| count(list.len())),
    }
}

impl Fields for Detection {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        (
            "name",
            Read::Text(|detection, _| Reading::Known(&detection.name)),
        ),
        (
            "state",
            Read::Choice(&STATES, |detection, _| {
                detection.state.as_ref().map(|state| state.name())
            }),
        ),
        (
            "age_days",
            Read::Number(|detection, case| match &detection.at {
                Reading::Known(at) => past(case, "a detection", *at, DAY_SECS),
                Reading::Absent => Reading::Absent,
                Reading::Unknown(why) => Reading::Unknown(why.clone()),
            }),
        ),
    ];

    fn title(&self) -> String {
        self.name.clone()
    }
}
