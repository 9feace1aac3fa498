//! Microsoft Defender for Endpoint on Linux, by its own `mdatp health --output json`.
//!
//! Touches `/usr/bin/mdatp`. Must never trust its `healthy`: that is true in passive mode without
//! real-time protection as well.

use std::path::Path;

use sekisho_policy::facts::{AntivirusProduct, Definitions, DefinitionsKind, Evidence};
use sekisho_policy::limits::TEXT_BYTES_MAX;
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;
use serde::Deserialize;

use super::AntivirusReader;
use crate::ask;
use crate::limits::{TOOL_DEADLINE, TOOL_OUTPUT_BYTES_MAX};
use crate::sensors::Root;

const TOOL: &str = "/usr/bin/mdatp";
const QUESTION: &[&str] = &["health", "--output", "json"];

/// What of the answer is read.
const KEYS: [&str; 10] = [
    "healthy",
    "licensed",
    "engineVersion",
    "appVersion",
    "realTimeProtectionEnabled",
    "realTimeProtectionAvailable",
    "passiveModeEnabled",
    "definitionsVersion",
    "definitionsStatus",
    "definitionsUpdated",
];

/// The reader of the product.
pub(super) struct Defender;

/// The keys that are read; all are optional so that one renamed key spoils one fact only.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Health {
    healthy: Option<bool>,
    licensed: Option<bool>,
    engine_version: Option<String>,
    app_version: Option<String>,
    real_time_protection_enabled: Option<Setting>,
    real_time_protection_available: Option<bool>,
    passive_mode_enabled: Option<Setting>,
    definitions_version: Option<String>,
    definitions_status: Option<Tagged>,
    /// Milliseconds since the epoch, as text.
    definitions_updated: Option<String>,
}

/// `{"$type": "upToDate"}`, with more beside it for some values.
#[derive(Debug, Deserialize)]
struct Tagged {
    #[serde(rename = "$type")]
    name: String,
}

/// A setting with who manages it, or, for some keys, the bare value.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Setting {
    Managed { value: bool },
    Bare(bool),
}

impl Setting {
    const fn value(&self) -> bool {
        match self {
            Self::Managed { value } | Self::Bare(value) => *value,
        }
    }
}

impl AntivirusReader for Defender {
    fn read(&self, root: &Root) -> Reading<AntivirusProduct> {
        if !root.path(TOOL).exists() {
            return Reading::Absent;
        }
        let health = root.answer("mdatp-health.json", || {
            let tool = Path::new(TOOL);
            let bytes = ask::run(tool, QUESTION, TOOL_DEADLINE, TOOL_OUTPUT_BYTES_MAX)?;
            Ok(only_what_is_read(bytes))
        });
        match health {
            Ok(bytes) => Reading::Known(parse(&bytes)),
            // The daemon is not up, or its tool refuses: present, and no more is known.
            Err(error) => Reading::Known(silent(&error.why())),
        }
    }
}

/// The answer also names the company's account and the machine in it.
fn only_what_is_read(bytes: Vec<u8>) -> Vec<u8> {
    match serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&bytes) {
        Ok(mut health) => {
            health.retain(|key, _| KEYS.contains(&key.as_str()));
            serde_json::to_vec(&health).unwrap_or(bytes)
        }
        // It is told as it is, and that it makes no sense.
        Err(_) => bytes,
    }
}

/// What the product says of itself.
fn parse(bytes: &[u8]) -> AntivirusProduct {
    let health: Health = match serde_json::from_slice(bytes) {
        Ok(health) => health,
        Err(error) => return silent(&Why::Unreadable(format!("mdatp health: {error}"))),
    };
    let enabled = health.real_time_protection_enabled.as_ref();
    let passive = health.passive_mode_enabled.as_ref().map(Setting::value);
    let realtime = match (enabled.map(Setting::value), passive) {
        (Some(_), Some(true)) => Reading::Known(false),
        (Some(on), _) => Reading::Known(on && health.real_time_protection_available != Some(false)),
        (None, _) => missing("realTimeProtectionEnabled"),
    };
    let shown = |name: &str, value: Option<String>| {
        value.map(|value| Evidence::new(format!("mdatp health {name}"), value))
    };
    let evidence = [
        shown("healthy", health.healthy.map(|flag| flag.to_string())),
        shown("licensed", health.licensed.map(|flag| flag.to_string())),
        shown("passiveModeEnabled", passive.map(|flag| flag.to_string())),
        shown(
            "definitionsStatus",
            health.definitions_status.map(|status| cut(&status.name)),
        ),
        shown("appVersion", health.app_version.as_deref().map(cut)),
        shown(
            "definitionsUpdated",
            health.definitions_updated.as_deref().map(cut),
        ),
    ];
    let engine = health.engine_version.filter(|text| !text.is_empty());
    AntivirusProduct {
        engine_version: engine.map_or_else(
            || missing("engineVersion"),
            |text| Reading::Known(cut(&text)),
        ),
        // The tool has its answers from the daemon, which protects nothing without a licence.
        running: Reading::Known(health.licensed != Some(false)),
        realtime,
        definitions: definitions(health.definitions_version, health.definitions_updated),
        evidence: evidence.into_iter().flatten().collect(),
        ..named()
    }
}

/// The vendor's word for the date is "updated"; no other date is told.
fn definitions(version: Option<String>, updated: Option<String>) -> Reading<Definitions> {
    let version = version.filter(|text| !text.is_empty());
    let millis = updated
        .as_deref()
        .and_then(|text| text.trim().parse::<i64>().ok());
    match (version, millis) {
        (Some(version), Some(millis)) if millis > 0 => Reading::Known(Definitions {
            version: cut(&version),
            built_at: Timestamp(millis),
        }),
        (None, _) => missing("definitionsVersion"),
        (Some(_), _) => missing("definitionsUpdated"),
    }
}

fn silent(why: &Why) -> AntivirusProduct {
    AntivirusProduct {
        engine_version: Reading::Unknown(why.clone()),
        running: Reading::Unknown(why.clone()),
        realtime: Reading::Unknown(why.clone()),
        definitions: Reading::Unknown(why.clone()),
        evidence: vec![Evidence::new(TOOL, why.to_string())],
        ..named()
    }
}

fn named() -> AntivirusProduct {
    AntivirusProduct {
        name: "Microsoft Defender for Endpoint".to_owned(),
        vendor: "Microsoft".to_owned(),
        engine_version: Reading::Absent,
        running: Reading::Absent,
        realtime: Reading::Absent,
        definitions_kind: DefinitionsKind::Pattern,
        definitions: Reading::Absent,
        evidence: Vec::new(),
    }
}

fn missing<T>(key: &str) -> Reading<T> {
    Reading::Unknown(Why::Unreadable(format!("mdatp health tells no {key}")))
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_BYTES_MAX / 4).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(name: &str) -> AntivirusProduct {
        let path = format!("{}/testdata/defender/{name}", env!("CARGO_MANIFEST_DIR"));
        parse(&std::fs::read(path).unwrap())
    }

    #[test]
    fn an_active_defender_is_read_by_its_keys() {
        let product = sample("health-active.json");
        assert_eq!(product.realtime, Reading::Known(true));
        assert_eq!(product.running, Reading::Known(true));
        let Reading::Known(definitions) = product.definitions else {
            panic!("{:?}", product.definitions)
        };
        assert_eq!(definitions.version, "1.409.153.0");
        assert_eq!(definitions.built_at.to_string(), "2026-11-22T05:02:03Z");
    }

    #[test]
    fn passive_mode_is_not_real_time_protection_though_it_calls_itself_healthy() {
        let product = sample("health-passive.json");
        assert_eq!(product.realtime, Reading::Known(false));
        let healthy = Evidence::new("mdatp health healthy", "true");
        assert!(product.evidence.contains(&healthy));
    }

    #[test]
    fn a_defender_without_a_licence_does_not_count_as_running() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/testdata/defender/health-active.json"
        );
        let health = std::fs::read_to_string(path).unwrap();
        let health = health
            .replace("\"licensed\": true", "\"licensed\": false")
            .replace("\"upToDate\"", "\"unavailable\"");
        let product = parse(health.as_bytes());
        assert_eq!(product.running, Reading::Known(false));
        let status = Evidence::new("mdatp health definitionsStatus", "unavailable");
        assert!(product.evidence.contains(&status), "{product:?}");
    }

    #[test]
    fn an_answer_that_is_no_json_leaves_everything_unknown() {
        for text in [
            "",
            "ERROR: could not connect to the daemon\n",
            "{\"healthy\":",
            "[]",
        ] {
            let product = parse(text.as_bytes());
            assert!(
                matches!(product.running, Reading::Unknown(Why::Unreadable(_))),
                "{text}"
            );
            assert!(matches!(product.definitions, Reading::Unknown(_)));
        }
        let product = parse(b"{}");
        assert!(matches!(product.realtime, Reading::Unknown(_)));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
