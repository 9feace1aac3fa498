//! CrowdStrike Falcon, by `falconctl -g`.
//!
//! Touches that program, which answers root alone, and the sensor's service. Must never take a sensor in reduced
//! functionality mode (RFM) for one that protects, nor keep the customer's or the agent's number.

use sekisho_policy::facts::{AntivirusProduct, DefinitionsKind, Evidence};
use sekisho_policy::reading::{Reading, Why};

use super::program::{Question, cut};
use super::{AntivirusReader, service, untold};
use crate::sensors::Root;

/// The reader of the product.
pub(super) struct Falcon;

const NAME: &str = "CrowdStrike Falcon";
const FOLDER: &str = "/opt/CrowdStrike";
const UNIT: &str = "falcon-sensor.service";
const QUESTION: Question = Question {
    program: "/opt/CrowdStrike/falconctl",
    arguments: &["-g", "--version", "--aid", "--rfm-state"],
    captured: "falconctl.txt",
    root_alone: true,
    kept: only_what_is_read,
};

impl AntivirusReader for Falcon {
    fn places(&self) -> &[&'static str] {
        &[FOLDER]
    }

    fn named(&self) -> AntivirusProduct {
        AntivirusProduct {
            definitions_kind: DefinitionsKind::Cloud,
            ..AntivirusProduct::named(NAME, "CrowdStrike")
        }
    }

    fn read(&self, root: &Root) -> AntivirusProduct {
        let mut evidence = Vec::new();
        let running = service::running(root, UNIT, &mut evidence);
        let (healthy, engine_version) = match QUESTION.ask(root) {
            Ok(bytes) => told(&String::from_utf8_lossy(&bytes), &mut evidence),
            Err(why) => (Reading::Unknown(why.clone()), Reading::Unknown(why)),
        };
        AntivirusProduct {
            running,
            healthy,
            engine_version,
            evidence,
            realtime: untold(NAME, "real-time protection"),
            ..self.named()
        }
    }
}

/// In place of the number stands that there is one.
fn only_what_is_read(bytes: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8_lossy(&bytes);
    let told = ["version", "aid", "rfm-state"].map(|key| match value(&text, key) {
        Some(Some(_)) if key == "aid" => "aid=set\n".to_owned(),
        Some(Some(value)) => format!("{key}={}\n", cut(value)),
        Some(None) => format!("{key} is not set\n"),
        None => String::new(),
    });
    told.concat().into_bytes()
}

/// Whether the sensor protects in full, and its version.
fn told(text: &str, evidence: &mut Vec<Evidence>) -> (Reading<bool>, Reading<String>) {
    let missing = |key: &str| Why::Unreadable(format!("falconctl tells no {key}"));
    let has_id = value(text, "aid");
    let id = match has_id {
        Some(Some(_)) => Some(true),
        Some(None) => Some(false),
        None => None,
    };
    let reduced = match value(text, "rfm-state") {
        Some(Some("true")) => Some(true),
        Some(Some("false")) => Some(false),
        Some(_) | None => None,
    };
    if let Some(reduced) = reduced {
        evidence.push(Evidence::new("falconctl rfm-state", reduced.to_string()));
    }
    if let Some(set) = id {
        let said = if set { "set" } else { "not set" };
        evidence.push(Evidence::new("falconctl aid", said));
    }
    let healthy = match (reduced, id) {
        // Without a number the maker's console has never given it, the sensor has no orders.
        (Some(true), _) | (_, Some(false)) => Reading::Known(false),
        (Some(false), Some(true)) => Reading::Known(true),
        (None, _) => Reading::Unknown(missing("rfm-state")),
        (_, None) => Reading::Unknown(missing("aid")),
    };
    let version = match value(text, "version") {
        Some(Some(version)) => Reading::Known(cut(version)),
        Some(None) | None => Reading::Unknown(missing("version")),
    };
    (healthy, version)
}

/// The value of `key=value` or `key = value`, without quotes and the sign behind it; `Some(None)` for `key is not set`,
/// `None` where the key is not there.
fn value<'a>(text: &'a str, key: &str) -> Option<Option<&'a str>> {
    for (place, _) in text.match_indices(key) {
        let before = text.get(..place)?.chars().next_back();
        if before.is_some_and(|letter| letter.is_alphanumeric() || letter == '-') {
            continue;
        }
        let rest = text.get(place.saturating_add(key.len())..)?.trim_start();
        if rest.starts_with("is not set") {
            return Some(None);
        }
        let Some(rest) = rest.strip_prefix('=') else {
            continue;
        };
        let rest = rest.trim_start().trim_start_matches('"');
        let end = rest.find([',', '"', '\n', '\r', ' ']).unwrap_or(rest.len());
        let value = rest.get(..end)?.trim_end_matches('.');
        return Some(Some(value).filter(|value| !value.is_empty()));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn healthy(text: &str) -> Reading<bool> {
        told(text, &mut Vec::new()).0
    }

    #[test]
    fn a_sensor_protects_when_it_has_its_number_and_all_its_functions() {
        let text =
            "aid=\"f3edc954d286243b5bd94130c2f2647d\", version = 7.30.18306.0\nrfm-state=false, \n";
        let mut evidence = Vec::new();
        let (healthy, version) = told(text, &mut evidence);
        assert_eq!(healthy, Reading::Known(true));
        assert_eq!(version, Reading::Known("7.30.18306.0".to_owned()));
        assert!(
            !format!("{evidence:?}").contains("f3edc954"),
            "{evidence:?}"
        );
    }

    #[test]
    fn what_a_capture_has_of_the_answer_tells_the_same_without_the_number() {
        for text in [
            "aid=\"f3edc954\", version = 7.30.18306.0\nrfm-state=false, \n",
            "aid is not set, version = 7.30.18306.0\nrfm-state=true.\n",
            "cid=\"f3edc954\", aid=\"f3edc954\"\n",
            "ERROR: f3edc954\n",
        ] {
            let kept = only_what_is_read(text.as_bytes().to_vec());
            let kept = String::from_utf8(kept).unwrap();
            assert!(!kept.contains("f3edc954"), "{kept}");
            assert_eq!(told(&kept, &mut Vec::new()), told(text, &mut Vec::new()));
        }
    }

    #[test]
    fn reduced_functionality_and_a_sensor_without_a_number_do_not_protect() {
        let reduced = "aid=\"f3ed\", version = 7.30.18306.0, rfm-state=true.\n";
        assert_eq!(healthy(reduced), Reading::Known(false));
        let alone = "aid is not set, version = 7.30.18306.0\nrfm-state=false.\n";
        assert_eq!(healthy(alone), Reading::Known(false));
    }

    #[test]
    fn what_the_sensor_does_not_say_is_unknown() {
        for text in [
            "",
            "ERROR: falconctl must be run as root\n",
            "aid=\"f3ed\", version = 7.30\nrfm-state is not set, \n",
            "aid=\"f3ed\", rfm-state=maybe\n",
            "rfm-state=false\n",
            "paid=\"f3ed\" rfm-state=false",
        ] {
            assert!(matches!(healthy(text), Reading::Unknown(_)), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}", key in "(aid|rfm-state|)=.{0,9}") {
            let _ = healthy(&text);
            let _ = healthy(&format!("{text}{key}"));
        }
    }
}
