//! SentinelOne, by `sentinelctl`.
//!
//! Touches that program, which answers root alone, and the agent's service. Must never take an agent that is off, or
//! that its console cannot reach, for one that protects.

use sekisho_policy::facts::{AntivirusProduct, DefinitionsKind, Evidence};
use sekisho_policy::reading::{Reading, Why};

use super::program::{Question, cut};
use super::{AntivirusReader, service, untold};
use crate::sensors::Root;

/// The reader of the product.
pub(super) struct SentinelOne;

const NAME: &str = "SentinelOne";
const PROGRAM: &str = "/opt/sentinelone/bin/sentinelctl";
const FOLDER: &str = "/opt/sentinelone";
const UNIT: &str = "sentinelone.service";
const STATE: &str = "Agent state";
const CONNECTIVITY: &str = "Connectivity";
/// A question, the line that answers it, and the word in it that is good.
const ASKED: [(Question, &str, &str, &str); 2] = [
    (
        Question {
            program: PROGRAM,
            arguments: &["control", "status"],
            captured: "sentinelctl-control.txt",
            root_alone: true,
            kept: |answer| only_line(&answer, STATE),
        },
        STATE,
        "Enabled",
        "Disabled",
    ),
    (
        Question {
            program: PROGRAM,
            arguments: &["management", "status"],
            captured: "sentinelctl-management.txt",
            root_alone: true,
            kept: |answer| only_line(&answer, CONNECTIVITY),
        },
        CONNECTIVITY,
        "On",
        "Off",
    ),
];

impl AntivirusReader for SentinelOne {
    fn places(&self) -> &[&'static str] {
        &[FOLDER]
    }

    fn named(&self) -> AntivirusProduct {
        AntivirusProduct {
            definitions_kind: DefinitionsKind::Cloud,
            ..AntivirusProduct::named(NAME, "SentinelOne")
        }
    }

    fn read(&self, root: &Root) -> AntivirusProduct {
        let mut evidence = Vec::new();
        let running = service::running(root, UNIT, &mut evidence);
        let mut healthy = Reading::Known(true);
        for (question, line, good, bad) in ASKED {
            let said = match question.ask(root) {
                Ok(bytes) => said(&bytes, line, (good, bad), &mut evidence),
                Err(why) => Reading::Unknown(why),
            };
            healthy = worse(healthy, said);
        }
        AntivirusProduct {
            running,
            healthy,
            evidence,
            engine_version: untold(NAME, "its version"),
            realtime: untold(NAME, "real-time protection"),
            ..self.named()
        }
    }
}

/// What the line says; the answers also name the console and the company's site in it.
fn value_of<'a>(text: &'a str, line: &str) -> Option<&'a str> {
    text.lines().find_map(|one| {
        let rest = one.trim().strip_prefix(line)?;
        Some(rest.trim_start_matches([':', ' ', '\t']).trim())
    })
}

fn only_line(answer: &[u8], line: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(answer);
    let kept = value_of(&text, line).map(|value| format!("{line} {}\n", cut(value)));
    kept.unwrap_or_default().into_bytes()
}

/// Whether the line says the good word, or the bad one.
fn said(
    bytes: &[u8],
    line: &str,
    (good, bad): (&str, &str),
    evidence: &mut Vec<Evidence>,
) -> Reading<bool> {
    let text = String::from_utf8_lossy(bytes);
    let Some(value) = value_of(&text, line) else {
        let why = format!("sentinelctl tells no {line:?}");
        return Reading::Unknown(Why::Unreadable(why));
    };
    evidence.push(Evidence::new(format!("sentinelctl {line}"), cut(value)));
    if value.eq_ignore_ascii_case(good) {
        Reading::Known(true)
    } else if value.eq_ignore_ascii_case(bad) {
        Reading::Known(false)
    } else {
        let why = format!("sentinelctl says {line:?} is {:?}", cut(value));
        Reading::Unknown(Why::Unreadable(why))
    }
}

/// What is known to be wrong decides before what could not be told.
fn worse(one: Reading<bool>, other: Reading<bool>) -> Reading<bool> {
    match (one, other) {
        (Reading::Known(true), other) => other,
        (one, Reading::Known(true)) => one,
        (Reading::Known(false), _) | (_, Reading::Known(false)) => Reading::Known(false),
        (one, _) => one,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: (&str, &str) = ("On", "Off");

    fn connectivity(text: &str) -> Reading<bool> {
        said(text.as_bytes(), "Connectivity", WORDS, &mut Vec::new())
    }

    #[test]
    fn the_line_decides_by_its_word() {
        let text = "Management\n  URL            https://console.example\n  Connectivity   On\n";
        assert_eq!(connectivity(text), Reading::Known(true));
        let kept = only_line(text.as_bytes(), CONNECTIVITY);
        assert_eq!(kept, b"Connectivity On\n");
        assert_eq!(connectivity("Connectivity: Off\r\n"), Reading::Known(false));
        for text in [
            "",
            "Connectivity\n",
            "Connectivity Onward\n",
            "Error: not permitted\n",
        ] {
            assert!(matches!(connectivity(text), Reading::Unknown(_)), "{text}");
        }
    }

    #[test]
    fn an_agent_that_is_off_is_known_to_be_so_whatever_else_is_not() {
        let unknown = || Reading::Unknown(Why::NotAsked);
        assert_eq!(
            worse(unknown(), Reading::Known(false)),
            Reading::Known(false)
        );
        assert_eq!(
            worse(Reading::Known(false), unknown()),
            Reading::Known(false)
        );
        assert_eq!(worse(Reading::Known(true), unknown()), unknown());
        assert_eq!(worse(unknown(), Reading::Known(true)), unknown());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}") {
            let _ = connectivity(&text);
            let _ = connectivity(&format!("Connectivity{text}"));
        }
    }
}
