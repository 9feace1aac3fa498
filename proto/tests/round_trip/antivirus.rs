//! Arbitrary antivirus products, within the vocabulary's limits.
//!
//! Touches nothing. Must never leave out a variant: what is not drawn here is not tested.

use proptest::collection::vec;
use proptest::prelude::*;
use sekisho_policy::facts::*;

use super::{evidence, one_of, reading, text, time};

pub(super) fn product() -> BoxedStrategy<AntivirusProduct> {
    let definitions =
        (text(), time()).prop_map(|(version, built_at)| Definitions { version, built_at });
    (
        (text(), text()),
        reading(text()),
        (
            reading(any::<bool>()),
            reading(any::<bool>()),
            reading(any::<bool>()),
        ),
        one_of(&[DefinitionsKind::Pattern, DefinitionsKind::Cloud]),
        reading(definitions),
        (reading(vec(scan(), 0..3)), reading(vec(detection(), 0..3))),
        evidence(),
    )
        .prop_map(
            |(names, engine_version, states, definitions_kind, definitions, found, evidence)| {
                AntivirusProduct {
                    name: names.0,
                    vendor: names.1,
                    engine_version,
                    running: states.0,
                    realtime: states.1,
                    healthy: states.2,
                    definitions_kind,
                    definitions,
                    scans: found.0,
                    detections: found.1,
                    evidence,
                }
            },
        )
        .boxed()
}

fn scan() -> BoxedStrategy<Scan> {
    let kind = one_of(&[ScanKind::Quick, ScanKind::Full, ScanKind::Custom]);
    let result = one_of(&[ScanResult::Clean, ScanResult::Found, ScanResult::Unfinished]);
    (kind, time(), result)
        .prop_map(|(kind, at, result)| Scan { kind, at, result })
        .boxed()
}

fn detection() -> BoxedStrategy<Detection> {
    let state = one_of(&[
        DetectionState::Active,
        DetectionState::Allowed,
        DetectionState::Quarantined,
        DetectionState::Removed,
    ]);
    (text(), reading(time()), reading(state))
        .prop_map(|(name, at, state)| Detection { name, at, state })
        .boxed()
}
