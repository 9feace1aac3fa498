//! Sophos Protection for Linux (SPL), by its service and the log of its threat detector.
//!
//! Touches the product's folder and that log. Must never date the definitions by the log: it says when they were
//! loaded, and no more than their version.

use std::io::Read;

use sekisho_policy::facts::{AntivirusProduct, Definitions, Evidence};
use sekisho_policy::reading::{Reading, Why};
use serde_json::Value;

use super::program::cut;
use super::{AntivirusReader, service, untold};
use crate::ask::{self, AskError, Source};
use crate::limits::TOOL_OUTPUT_BYTES_MAX;
use crate::sensors::{Root, SystemPath};

/// The reader of the product.
pub(super) struct Sophos;

const NAME: &str = "Sophos Protection for Linux";
const FOLDER: &str = "/opt/sophos-spl";
/// The part that scans files. Without it the product only watches.
const SCANNER: &str = "/opt/sophos-spl/plugins/av";
const LOG: &str = "/opt/sophos-spl/plugins/av/chroot/log/sophos_threat_detector.log";
const UNIT: &str = "sophos-spl.service";
/// What the log says before the versions of what was loaded.
const LOADED: &str = "SUSI Libraries loaded:";
/// What a captured system has of the log.
const LOADED_NAME: &str = "sophos-loaded.txt";

impl AntivirusReader for Sophos {
    fn places(&self) -> &[&'static str] {
        &[FOLDER]
    }

    fn named(&self) -> AntivirusProduct {
        AntivirusProduct::named(NAME, "Sophos")
    }

    fn read(&self, root: &Root) -> AntivirusProduct {
        let mut evidence = Vec::new();
        let running = match root.path(SCANNER).try_exists() {
            Ok(true) => service::running(root, UNIT, &mut evidence),
            Ok(false) => {
                evidence.push(Evidence::new(SCANNER, "not there"));
                Reading::Known(false)
            }
            Err(error) => Reading::Unknown(error.why()),
        };
        let loaded = root.derived(LOADED_NAME, |root| {
            end_of(&root.path(LOG)).map(|log| last_loaded(&log))
        });
        let definitions = match loaded {
            Ok(bytes) => definitions(&bytes, &mut evidence),
            Err(AskError::NotPermitted(_)) => Reading::Unknown(Why::NotPermitted(LOG.to_owned())),
            Err(error) => Reading::Unknown(error.why()),
        };
        AntivirusProduct {
            running,
            definitions,
            evidence,
            engine_version: untold(NAME, "its engine"),
            realtime: untold(NAME, "real-time protection"),
            ..self.named()
        }
    }
}

/// The last part of a log.
fn end_of(path: &SystemPath) -> Result<Vec<u8>, AskError> {
    let mut file = ask::open(path)?;
    let fail = |source| AskError::from_io(path.name(), source);
    let max = u64::try_from(TOOL_OUTPUT_BYTES_MAX).unwrap_or(u64::MAX);
    file.end(max).map_err(fail)?;
    let mut bytes = Vec::new();
    file.take(max).read_to_end(&mut bytes).map_err(fail)?;
    Ok(bytes)
}

/// The line that says what was loaded last; nothing where there is none.
fn last_loaded(log: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(log);
    let line = text.lines().rev().find(|line| line.contains(LOADED));
    line.unwrap_or_default().as_bytes().to_vec()
}

/// The version that the detector loaded last. No date of it is told, so the age stays unknown.
fn definitions(bytes: &[u8], evidence: &mut Vec<Evidence>) -> Reading<Definitions> {
    let text = String::from_utf8_lossy(bytes);
    let loaded = text
        .lines()
        .rev()
        .find_map(|line| line.split_once(LOADED).map(|(_, said)| said.trim()));
    let Some(loaded) = loaded else {
        let why = format!("{LOG} does not tell what was loaded");
        return Reading::Unknown(Why::Unreadable(why));
    };
    let version = serde_json::from_str::<Value>(loaded).ok();
    let version = version
        .as_ref()
        .and_then(|value| value.get("vdb")?.as_str());
    let Some(version) = version else {
        let why = format!("{LOG} names no version of the definitions");
        return Reading::Unknown(Why::Unreadable(why));
    };
    evidence.push(Evidence::new(format!("{LOG} vdb"), cut(version)));
    let why = format!("{NAME} names its definitions {}, and no date", cut(version));
    Reading::Unknown(Why::Unsupported(why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Reading<Definitions>, Vec<Evidence>) {
        let mut evidence = Vec::new();
        (definitions(text.as_bytes(), &mut evidence), evidence)
    }

    #[test]
    fn the_version_loaded_last_is_told_and_its_age_is_not() {
        let log = "1 INFO SUSI Libraries loaded: {\"savi\":\"3.90\",\"vdb\":\"6.04\"}\n\
                   2 INFO SUSI Libraries loaded: {\"savi\":\"3.91\",\"vdb\":\"6.05\"}\n3 INFO scan\n";
        let (found, evidence) = read(log);
        assert!(matches!(found, Reading::Unknown(Why::Unsupported(_))));
        assert_eq!(evidence, [Evidence::new(format!("{LOG} vdb"), "6.05")]);
        for log in [
            "",
            "SUSI Libraries loaded: {\"vdb\":",
            "SUSI Libraries loaded: {}",
        ] {
            assert!(
                matches!(read(log).0, Reading::Unknown(Why::Unreadable(_))),
                "{log}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}") {
            let _ = read(&text);
            let _ = read(&format!("{LOADED}{text}"));
        }
    }
}
