//! Antivirus products of every kind, good and bad.
//!
//! Touches nothing. Must never leave out a state: what is not drawn here is not tested.

use proptest::prelude::*;
use sekisho_policy::facts::{
    AntivirusProduct, Definitions, DefinitionsKind, Detection, DetectionState, Scan, ScanKind,
    ScanResult,
};

use super::{evidence, reading, time};

fn scans() -> impl Strategy<Value = Vec<Scan>> {
    let kind = prop::sample::select(vec![ScanKind::Quick, ScanKind::Full, ScanKind::Custom]);
    let result = prop::sample::select(vec![
        ScanResult::Clean,
        ScanResult::Found,
        ScanResult::Unfinished,
    ]);
    let scan = (kind, time(), result).prop_map(|(kind, at, result)| Scan { kind, at, result });
    prop::collection::vec(scan, 0..3)
}

fn detections() -> impl Strategy<Value = Vec<Detection>> {
    let state = prop::sample::select(vec![
        DetectionState::Active,
        DetectionState::Allowed,
        DetectionState::Quarantined,
        DetectionState::Removed,
    ]);
    let detection = (any::<String>(), reading(time()), reading(state))
        .prop_map(|(name, at, state)| Detection { name, at, state });
    prop::collection::vec(detection, 0..3)
}

pub(super) fn product() -> impl Strategy<Value = AntivirusProduct> {
    let kind = prop::sample::select(vec![DefinitionsKind::Pattern, DefinitionsKind::Cloud]);
    let name = prop_oneof![Just("ClamAV".to_owned()), any::<String>()];
    let definitions = time().prop_map(|built_at| Definitions {
        version: "1".to_owned(),
        built_at,
    });
    let flag = || reading(prop::bool::weighted(0.8));
    let states = (flag(), flag(), flag());
    let found = (reading(scans()), reading(detections()));
    (name, states, kind, reading(definitions), found, evidence()).prop_map(
        |(name, states, definitions_kind, definitions, found, evidence)| AntivirusProduct {
            running: states.0,
            realtime: states.1,
            healthy: states.2,
            definitions_kind,
            definitions,
            scans: found.0,
            detections: found.1,
            evidence,
            ..AntivirusProduct::named(name, "")
        },
    )
}
