//! Antivirus products as the first release that told of their health, scans and detections put them on the wire.
//!
//! Touches `proto/testdata`. Must never be changed: what it says is there.

use sekisho_policy::facts::*;
use sekisho_policy::reading::{Reading, Why};
use sekisho_proto::section;

use super::{AT, golden};

fn products() -> Vec<AntivirusProduct> {
    let told = AntivirusProduct {
        running: Reading::Known(true),
        realtime: Reading::Known(true),
        definitions: Reading::Known(Definitions {
            version: "1.423.7.0".to_owned(),
            built_at: AT,
        }),
        scans: Reading::Known(vec![
            Scan {
                kind: ScanKind::Quick,
                at: AT,
                result: ScanResult::Clean,
            },
            Scan {
                kind: ScanKind::Full,
                at: AT,
                result: ScanResult::Found,
            },
            Scan {
                kind: ScanKind::Custom,
                at: AT,
                result: ScanResult::Unfinished,
            },
        ]),
        detections: Reading::Known(
            [
                Reading::Known(DetectionState::Active),
                Reading::Known(DetectionState::Allowed),
                Reading::Known(DetectionState::Quarantined),
                Reading::Known(DetectionState::Removed),
                Reading::Unknown(Why::Unsupported("pending".to_owned())),
            ]
            .map(|state| Detection {
                name: "Trojan:Linux/Sample.B 関".to_owned(),
                at: Reading::Known(AT),
                state,
            })
            .to_vec(),
        ),
        ..AntivirusProduct::named("Microsoft Defender", "Microsoft")
    };
    let untold = AntivirusProduct {
        healthy: Reading::Known(true),
        definitions_kind: DefinitionsKind::Cloud,
        scans: Reading::Unknown(Why::NotPermitted("falconctl".to_owned())),
        detections: Reading::Known(Vec::new()),
        evidence: vec![Evidence::new(
            "falconctl -g --rfm-state",
            "rfm-state=false.",
        )],
        ..AntivirusProduct::named("CrowdStrike Falcon", "CrowdStrike")
    };
    vec![told, untold]
}

#[test]
fn health_scans_and_detections_as_they_were_first_told_are_understood() {
    let sample = Facts {
        antivirus: Reading::Known(products()),
        ..Facts::not_asked()
    };
    let kind = SectionKind::Antivirus;
    let bytes = golden(
        "section-antivirus-found.bin",
        section::encode(&sample, kind).bytes,
    );
    let mut read = Facts::not_asked();
    section::decode(kind, &bytes, &mut read).unwrap();
    assert_eq!(read, sample);
}
