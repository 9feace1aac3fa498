//! Trend Micro Deep Security and Vision One agents, by `dsa_query -c GetComponentInfo`.
//!
//! Touches that program and the agent's service. Must never date a pattern by its file: the answer has versions and
//! no dates.

use sekisho_policy::facts::{AntivirusProduct, Definitions, Evidence};
use sekisho_policy::reading::{Reading, Why};

use super::program::{Question, cut};
use super::{AntivirusReader, service, untold};
use crate::sensors::Root;

/// The reader of the product.
pub(super) struct Trend;

const NAME: &str = "Trend Micro Deep Security Agent";
const FOLDER: &str = "/opt/ds_agent";
const UNIT: &str = "ds_agent.service";
const QUESTION: Question = Question {
    program: "/opt/ds_agent/dsa_query",
    arguments: &["-c", "GetComponentInfo"],
    captured: "dsa_query.txt",
    root_alone: true,
    kept: only_what_is_read,
};

/// What the agent says of its anti-malware module.
struct Told {
    healthy: Reading<bool>,
    engine_version: Reading<String>,
    definitions: Reading<Definitions>,
}

impl AntivirusReader for Trend {
    fn places(&self) -> &[&'static str] {
        &[FOLDER]
    }

    fn named(&self) -> AntivirusProduct {
        AntivirusProduct::named(NAME, "Trend Micro")
    }

    fn read(&self, root: &Root) -> AntivirusProduct {
        let mut evidence = Vec::new();
        let running = service::running(root, UNIT, &mut evidence);
        let told = match QUESTION.ask(root) {
            Ok(bytes) => told(&String::from_utf8_lossy(&bytes), &mut evidence),
            Err(why) => Told {
                healthy: Reading::Unknown(why.clone()),
                engine_version: Reading::Unknown(why.clone()),
                definitions: Reading::Unknown(why),
            },
        };
        AntivirusProduct {
            running,
            healthy: told.healthy,
            engine_version: told.engine_version,
            definitions: told.definitions,
            evidence,
            realtime: untold(NAME, "real-time protection"),
            ..self.named()
        }
    }
}

/// The other modules are not asked for.
fn only_what_is_read(bytes: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().map(str::trim);
    let read = lines.filter(|line| line.starts_with("Component.AM."));
    read.map(|line| format!("{line}\n"))
        .collect::<String>()
        .into_bytes()
}

fn told(text: &str, evidence: &mut Vec<Evidence>) -> Told {
    let value = |key: &str| {
        text.lines().find_map(|line| {
            let rest = line.trim().strip_prefix(key)?.strip_prefix(':')?;
            Some(rest.trim()).filter(|value| !value.is_empty())
        })
    };
    let missing = |key: &str| Why::Unreadable(format!("dsa_query tells no {key}"));
    let mut seen = |key: &str| {
        let value = value(key);
        if let Some(value) = value {
            evidence.push(Evidence::new(format!("dsa_query {key}"), cut(value)));
        }
        value
    };
    const MODE: &str = "Component.AM.mode";
    const OFFLINE: &str = "Component.AM.driverOffline";
    const ENGINE: &str = "Component.AM.version.engine.ATSE";
    let healthy = match (seen(MODE), seen(OFFLINE)) {
        (Some("off"), _) | (_, Some("true")) => Reading::Known(false),
        (Some("on"), Some("false")) => Reading::Known(true),
        (Some("on"), _) => Reading::Unknown(missing(OFFLINE)),
        (None, _) => Reading::Unknown(missing(MODE)),
        (Some(other), _) => {
            let why = format!("dsa_query says {MODE} is {:?}", cut(other));
            Reading::Unknown(Why::Unreadable(why))
        }
    };
    let engine_version = match seen(ENGINE) {
        Some(version) => Reading::Known(cut(version)),
        None => Reading::Unknown(missing(ENGINE)),
    };
    let why = match pattern(text) {
        Some(version) => format!("{NAME} names its pattern {}, and no date", cut(version)),
        None => format!("{NAME} names no pattern"),
    };
    Told {
        healthy,
        engine_version,
        definitions: Reading::Unknown(Why::Unsupported(why)),
    }
}

/// The version of the pattern that grows daily, by its name: its number differs from machine to machine.
fn pattern(text: &str) -> Option<&str> {
    const PATTERNS: &str = "Component.AM.version.pattern.";
    let number = text.lines().find_map(|line| {
        let (key, name) = line.trim().strip_prefix(PATTERNS)?.split_once(':')?;
        let number = key.strip_suffix(".name")?;
        let daily = ["Smart Scan Agent Pattern", "Virus Pattern"];
        daily.contains(&name.trim()).then_some(number)
    })?;
    let key = format!("{PATTERNS}{number}.version:");
    text.lines()
        .find_map(|line| line.trim().strip_prefix(&key).map(str::trim))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> String {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/testdata/antivirus/constructed/dsa_query.txt"
        );
        std::fs::read_to_string(path).unwrap()
    }

    fn read(text: &str) -> Told {
        told(text, &mut Vec::new())
    }

    #[test]
    fn the_module_tells_its_mode_and_versions_and_no_date() {
        let told = read(&sample());
        assert_eq!(told.healthy, Reading::Known(true));
        assert_eq!(
            told.engine_version,
            Reading::Known("24.580.1013".to_owned())
        );
        let Reading::Unknown(Why::Unsupported(why)) = told.definitions else {
            panic!("{:?}", told.definitions)
        };
        assert!(why.contains("20.473.00"), "{why}");
    }

    #[test]
    fn a_module_that_is_off_or_has_lost_its_driver_does_not_protect() {
        let off = sample().replace("mode: on", "mode: off");
        assert_eq!(read(&off).healthy, Reading::Known(false));
        let offline = sample().replace("driverOffline: false", "driverOffline: true");
        assert_eq!(read(&offline).healthy, Reading::Known(false));
        for text in [
            "",
            "HTTP Status: 403\n",
            "Component.AM.mode: standby\n",
            "Component.AM.mode: on\n",
        ] {
            assert!(matches!(read(text).healthy, Reading::Unknown(_)), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}") {
            let _ = read(&text);
            let _ = read(&format!("Component.AM.version.pattern.{text}"));
        }
    }
}
