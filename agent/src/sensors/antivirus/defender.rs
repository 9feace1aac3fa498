//! Microsoft Defender for Endpoint on Linux, by its own `mdatp … --output json`.
//!
//! Touches `/usr/bin/mdatp`. Must never trust its `healthy` where that is true, as it is in passive mode without
//! real-time protection as well; nor let a capture have where malware lay.

mod kept;
mod scans;
mod threats;

use sekisho_policy::facts::{AntivirusProduct, Definitions, Evidence};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::program::{Question, cut};
use super::{AntivirusReader, silent};
use crate::sensors::Root;

const TOOL: &str = "/usr/bin/mdatp";
const HEALTH: Question = Question {
    program: TOOL,
    arguments: &["health", "--output", "json"],
    captured: "mdatp-health.json",
    root_alone: false,
    kept: kept::of_health,
};
const THREATS: Question = Question {
    program: TOOL,
    arguments: &["threat", "list", "--output", "json"],
    captured: "mdatp-threats.json",
    root_alone: false,
    kept: kept::of_threats,
};
const SCANS: Question = Question {
    program: TOOL,
    arguments: &["scan", "list", "--output", "json"],
    captured: "mdatp-scans.json",
    root_alone: false,
    kept: kept::of_scans,
};

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
    fn places(&self) -> &[&'static str] {
        &[TOOL]
    }

    fn named(&self) -> AntivirusProduct {
        named()
    }

    fn read(&self, root: &Root) -> AntivirusProduct {
        match HEALTH.ask(root) {
            Ok(bytes) => AntivirusProduct {
                scans: listed(root, &SCANS, scans::parse),
                detections: listed(root, &THREATS, threats::parse),
                ..parse(&bytes)
            },
            // The daemon is not up, or its tool refuses: present, and no more is known.
            Err(why) => untold(&why),
        }
    }

    fn untold(&self, why: &Why) -> AntivirusProduct {
        untold(why)
    }
}

/// A list that the tool gives beside its health.
fn listed<T>(
    root: &Root,
    question: &Question,
    parse: fn(&Value) -> Result<Vec<T>, Why>,
) -> Reading<Vec<T>> {
    let read = question.ask(root).and_then(|bytes| {
        let value = serde_json::from_slice(&bytes);
        let value =
            value.map_err(|error| Why::Unreadable(format!("{}: {error}", question.typed())))?;
        parse(&value)
    });
    match read {
        Ok(list) => Reading::Known(list),
        Err(why) => Reading::Unknown(why),
    }
}

/// A time as the tool writes it: seconds or milliseconds since the epoch, as a number or as text. Seconds have
/// too few digits for milliseconds of this century.
fn time_of(value: &Value) -> Option<Timestamp> {
    let number = match value {
        Value::Number(number) => number.as_i64()?,
        Value::String(text) => text.trim().parse().ok()?,
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    match number {
        1..100_000_000_000 => Some(Timestamp::from_secs(number)),
        100_000_000_000.. => Some(Timestamp(number)),
        _ => None,
    }
}

/// A word as the tool writes it, bare or as `{"$type": word}`, in small letters.
fn word_of(value: &Value) -> Option<String> {
    let text = value.as_str().or_else(|| value.get("$type")?.as_str())?;
    Some(cut(text).to_ascii_lowercase())
}

/// What the product says of itself.
fn parse(bytes: &[u8]) -> AntivirusProduct {
    let health: Health = match serde_json::from_slice(bytes) {
        Ok(health) => health,
        Err(error) => return untold(&Why::Unreadable(format!("mdatp health: {error}"))),
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
    // A tool that calls all well may be in passive mode; one that does not is to be believed.
    let healthy = match health.healthy {
        Some(false) => Reading::Known(false),
        Some(true) => Reading::Absent,
        None => missing("healthy"),
    };
    let engine = health.engine_version.filter(|text| !text.is_empty());
    AntivirusProduct {
        engine_version: engine.map_or_else(
            || missing("engineVersion"),
            |text| Reading::Known(cut(&text)),
        ),
        // The tool has its answers from the daemon, which protects nothing without a licence.
        running: health
            .licensed
            .map_or_else(|| missing("licensed"), Reading::Known),
        realtime,
        healthy,
        definitions: definitions(health.definitions_version, health.definitions_updated),
        evidence: evidence.into_iter().flatten().collect(),
        ..named()
    }
}

/// The date is that of the last update: no other one is told.
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

/// It keeps both lists, so that neither is told.
fn untold(why: &Why) -> AntivirusProduct {
    AntivirusProduct {
        scans: Reading::Unknown(why.clone()),
        detections: Reading::Unknown(why.clone()),
        ..silent(named(), why)
    }
}

fn named() -> AntivirusProduct {
    AntivirusProduct::named("Microsoft Defender for Endpoint", "Microsoft")
}

fn missing<T>(key: &str) -> Reading<T> {
    Reading::Unknown(Why::Unreadable(format!("mdatp health tells no {key}")))
}

#[cfg(test)]
mod tests;
