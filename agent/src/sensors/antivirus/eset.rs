//! ESET Endpoint Antivirus and Server Security for Linux, by `upd --list-modules`.
//!
//! Touches that program and the product's service. Must never go by the name of a module, which is for people: its
//! number is the same in every language.

use sekisho_policy::facts::{AntivirusProduct, Definitions, Evidence};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;

use super::program::{Question, cut};
use super::{AntivirusReader, service, untold};
use crate::sensors::Root;

/// One product of the maker.
pub(super) struct Eset {
    pub(super) name: &'static str,
    pub(super) folder: &'static str,
    pub(super) unit: &'static str,
    pub(super) modules: Question,
}

/// For desktops.
pub(super) const ENDPOINT: Eset = Eset {
    name: "ESET Endpoint Antivirus",
    folder: "/opt/eset/eea",
    unit: "eea.service",
    modules: Question {
        program: "/opt/eset/eea/bin/upd",
        arguments: &["--list-modules"],
        captured: "eset-eea-modules.txt",
        root_alone: true,
        kept: only_what_is_read,
    },
};
/// For servers.
pub(super) const SERVER: Eset = Eset {
    name: "ESET Server Security",
    folder: "/opt/eset/efs",
    unit: "efs.service",
    modules: Question {
        program: "/opt/eset/efs/bin/upd",
        arguments: &["--list-modules"],
        captured: "eset-efs-modules.txt",
        root_alone: true,
        kept: only_what_is_read,
    },
};
/// The number of the module that holds the definitions.
const ENGINE: &str = "EM002";

impl AntivirusReader for Eset {
    fn places(&self) -> &[&'static str] {
        std::slice::from_ref(&self.folder)
    }

    fn named(&self) -> AntivirusProduct {
        AntivirusProduct::named(self.name, "ESET")
    }

    fn read(&self, root: &Root) -> AntivirusProduct {
        let mut evidence = Vec::new();
        let running = service::running(root, self.unit, &mut evidence);
        let definitions = match self.modules.ask(root) {
            Ok(bytes) => definitions(&bytes, &self.modules.typed(), &mut evidence),
            Err(why) => Reading::Unknown(why),
        };
        AntivirusProduct {
            running,
            definitions,
            evidence,
            engine_version: untold(self.name, "its engine"),
            realtime: untold(self.name, "real-time protection"),
            ..self.named()
        }
    }
}

/// The line of the module that holds the definitions, behind its number.
fn line_of(text: &str) -> Option<&str> {
    text.lines().find_map(|line| {
        let rest = line.trim().strip_prefix(ENGINE)?;
        rest.starts_with(char::is_whitespace).then_some(rest)
    })
}

fn only_what_is_read(bytes: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8_lossy(&bytes);
    let line = line_of(&text).map(|rest| format!("{ENGINE}{rest}\n"));
    line.unwrap_or_default().into_bytes()
}

/// The module `EM002 26245 (20221115) …`: its version, and the day it was built.
fn definitions(bytes: &[u8], asked: &str, evidence: &mut Vec<Evidence>) -> Reading<Definitions> {
    let text = String::from_utf8_lossy(bytes);
    let Some(line) = line_of(&text) else {
        let why = format!("{asked} lists no module {ENGINE}");
        return Reading::Unknown(Why::Unreadable(why));
    };
    evidence.push(Evidence::new(format!("{asked} {ENGINE}"), cut(line)));
    let strange = || {
        let why = format!("{asked} dates {ENGINE} strangely: {:?}", cut(line));
        Reading::Unknown(Why::Unreadable(why))
    };
    let Some((version, rest)) = line.split_once('(') else {
        return strange();
    };
    let built_at = rest.split_once(')').and_then(|(day, _)| day_of(day.trim()));
    let version = version.trim();
    match built_at {
        Some(built_at) if !version.is_empty() => Reading::Known(Definitions {
            version: cut(version),
            built_at,
        }),
        Some(_) | None => strange(),
    }
}

/// The beginning of the day written as `20221115`: the earliest it can mean, so that no age is understated.
fn day_of(text: &str) -> Option<Timestamp> {
    if text.len() != 8 || !text.bytes().all(|letter| letter.is_ascii_digit()) {
        return None;
    }
    let (year, rest) = text.split_at_checked(4)?;
    let (month, day) = rest.split_at_checked(2)?;
    Timestamp::of_date(&format!("{year}-{month}-{day}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8]) -> Reading<Definitions> {
        definitions(text, "upd --list-modules", &mut Vec::new())
    }

    #[test]
    fn the_definitions_are_the_module_by_its_number() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/testdata/antivirus/constructed/eset-modules.txt"
        );
        let expected = Reading::Known(Definitions {
            version: "30412".to_owned(),
            built_at: Timestamp::of_date("2026-11-21").unwrap(),
        });
        assert_eq!(read(&std::fs::read(path).unwrap()), expected);
        let german = "EM001 1100 (20260801) Lader\r\nEM002 30412 (20261121) Erkennungsroutine\r\n";
        assert_eq!(read(german.as_bytes()), expected);
    }

    #[test]
    fn a_list_without_the_module_or_its_day_leaves_the_definitions_unknown() {
        for text in [
            "",
            "EM001 1100 (20260801) Loader module\n",
            "EM0021 30412 (20261121) Detection engine\n",
            "EM002 30412 Detection engine\n",
            "EM002 30412 (20261341) Detection engine\n",
            "EM002 30412 (2026112) Detection engine\n",
            "EM002 30412 (２０２６１１２１) Detection engine\n",
            "EM002 (20261121) Detection engine\n",
            "EM002 30412 (20261121",
        ] {
            let found = read(text.as_bytes());
            assert!(
                matches!(found, Reading::Unknown(Why::Unreadable(_))),
                "{text}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }
    }
}
