//! ClamAV: what clamd says it uses, held against the headers of the database files.
//!
//! Touches nothing but through `clamav/linux.rs`. Must never take a header alone for definitions in
//! use: nothing has verified it.

mod date;
mod header;
mod linux;
mod reply;

use sekisho_policy::facts::{AntivirusProduct, Definitions, DefinitionsKind, Evidence};
use sekisho_policy::reading::{Reading, Why};

use super::AntivirusReader;
use crate::sensors::Root;
use header::Header;
use reply::Version;

/// The reader of the product.
pub(super) struct ClamAv;

/// All that was seen of the product.
#[derive(Debug)]
struct Seen {
    /// Whether clamd answers.
    running: Reading<bool>,
    /// What clamd says of its versions.
    version: Reading<Version>,
    /// The header of each file of daily definitions, by file name.
    headers: Vec<(String, Reading<Header>)>,
    /// Whether the on-access scanner runs.
    watching: Reading<bool>,
    /// Whether it is set to keep infected files from being opened.
    prevention: Reading<bool>,
    evidence: Vec<Evidence>,
}

impl AntivirusReader for ClamAv {
    fn places(&self) -> &[&'static str] {
        &linux::PROGRAMS
    }

    fn named(&self) -> AntivirusProduct {
        AntivirusProduct::named("ClamAV", "Cisco Talos")
    }

    fn read(&self, root: &Root) -> AntivirusProduct {
        product(linux::see(root))
    }
}

fn product(seen: Seen) -> AntivirusProduct {
    let newest = newest(&seen.headers);
    AntivirusProduct {
        engine_version: seen.version.as_ref().map(|version| version.engine.clone()),
        definitions: definitions(&seen, newest),
        running: seen.running,
        realtime: realtime(&seen.watching, &seen.prevention),
        definitions_kind: DefinitionsKind::Pattern,
        // clamd remembers neither: it writes lines for people into a log that any user can fill.
        scans: Reading::Absent,
        detections: Reading::Absent,
        evidence: seen.evidence,
        ..ClamAv.named()
    }
}

/// The header of the highest version. clamd loads that one where a `.cvd` and a `.cld` both lie.
fn newest(headers: &[(String, Reading<Header>)]) -> Option<&Header> {
    headers
        .iter()
        .filter_map(|(_, header)| header.known())
        .max_by_key(|header| header.version)
}

/// The definitions that clamd has loaded. Their date is the header's where the versions agree. Where
/// they do not, the files were changed since clamd loaded them, and the date is clamd's own, which
/// has no time zone: then the earliest time it can mean is taken, so that no age is understated.
fn definitions(seen: &Seen, newest: Option<&Header>) -> Reading<Definitions> {
    let version = match &seen.version {
        Reading::Known(version) => version,
        Reading::Absent => {
            let header = newest.map_or_else(
                || "no header is there".to_owned(),
                |header| format!("the header says {} of {}", header.version, header.built_at),
            );
            return Reading::Unknown(Why::ToolMissing(format!(
                "clamd does not run, and nothing else shows which definitions are in use; {header}"
            )));
        }
        Reading::Unknown(why) => return Reading::Unknown(why.clone()),
    };
    let Some((daily, text)) = &version.daily else {
        // clamd answers without a daily version when it has loaded none.
        return Reading::Absent;
    };
    let agreed = newest.filter(|header| header.version == *daily);
    let built_at = match agreed {
        Some(header) => Some(header.built_at),
        None => date::earliest_of_ctime(text),
    };
    match built_at {
        Some(built_at) => Reading::Known(Definitions {
            version: daily.to_string(),
            built_at,
        }),
        None => Reading::Unknown(Why::Unreadable(format!("clamd names no date: {text:?}"))),
    }
}

/// Real-time protection is the on-access scanner running, and set to prevent; a clamd alone checks
/// nothing by itself.
fn realtime(watching: &Reading<bool>, prevention: &Reading<bool>) -> Reading<bool> {
    match (watching, prevention) {
        (Reading::Known(false) | Reading::Absent, _) => Reading::Known(false),
        (Reading::Known(true), Reading::Known(set)) => Reading::Known(*set),
        // "OnAccessPrevention" is off where clamd.conf(5) does not have it.
        (Reading::Known(true), Reading::Absent) => Reading::Known(false),
        (Reading::Known(true), Reading::Unknown(why)) | (Reading::Unknown(why), _) => {
            Reading::Unknown(why.clone())
        }
    }
}

#[cfg(test)]
mod tests;
