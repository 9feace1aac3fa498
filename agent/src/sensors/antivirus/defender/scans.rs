//! The scans that Microsoft Defender remembers: `mdatp scan list --output json`.
//!
//! Touches nothing. Must never take a scan for one that came to its end unless it says so.

use sekisho_policy::facts::{Scan, ScanKind, ScanResult};
use sekisho_policy::limits::SCANS_MAX;
use sekisho_policy::reading::Why;
use serde_json::Value;

use super::{time_of, word_of};

/// Reads a list of scans; the last one first.
pub(super) fn parse(value: &Value) -> Result<Vec<Scan>, Why> {
    let strange = || Why::Unreadable("mdatp scan list has no list of scans".to_owned());
    let list = value.as_array().ok_or_else(strange)?;
    let mut scans: Vec<Scan> = list.iter().filter_map(scan).collect();
    scans.sort_by_key(|scan| std::cmp::Reverse(scan.at));
    // However many came after it.
    let whole = scans.iter().position(is_whole);
    if let Some(place) = whole.filter(|place| *place >= SCANS_MAX) {
        scans.swap(place, SCANS_MAX.saturating_sub(1));
    }
    scans.truncate(SCANS_MAX);
    Ok(scans)
}

/// Whether it covered the whole machine and came to its end.
fn is_whole(scan: &Scan) -> bool {
    scan.kind == ScanKind::Full && scan.result != ScanResult::Unfinished
}

/// One scan; `None` for one without a time or of a kind that is not known, which shows nothing.
fn scan(value: &Value) -> Option<Scan> {
    let word = |key: &str| value.get(key).and_then(word_of);
    let kind = match word("type")?.as_str() {
        kind if kind.contains("quick") => ScanKind::Quick,
        kind if kind.contains("full") => ScanKind::Full,
        kind if kind.contains("custom") => ScanKind::Custom,
        _ => return None,
    };
    let time = |key: &str| value.get(key).and_then(time_of);
    let at = time("endTime").or_else(|| time("startTime"))?;
    let state = word("state").unwrap_or_default();
    let ended = matches!(state.as_str(), "succeeded" | "completed");
    let threats = value.get("threats").and_then(Value::as_array);
    let result = match (ended, threats) {
        (true, Some(threats)) if threats.is_empty() => ScanResult::Clean,
        (true, Some(_)) => ScanResult::Found,
        // What it found is not told.
        (true, None) | (false, _) => ScanResult::Unfinished,
    };
    Some(Scan { kind, at, result })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Scan>, Why> {
        parse(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn only_a_scan_that_says_so_came_to_its_end() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/testdata/antivirus/constructed/mdatp-scans.json"
        );
        let scans = read(&std::fs::read_to_string(path).unwrap()).unwrap();
        let told: Vec<_> = scans.iter().map(|scan| (scan.kind, scan.result)).collect();
        assert_eq!(
            told,
            [
                (ScanKind::Quick, ScanResult::Found),
                (ScanKind::Full, ScanResult::Unfinished),
                (ScanKind::Full, ScanResult::Clean),
            ]
        );
        assert_eq!(scans[2].at.to_string(), "2026-11-20T04:11:40Z");
    }

    #[test]
    fn the_last_full_scan_is_kept_however_many_came_after_it() {
        let entry = |kind: &str, at: usize| {
            let at = 1_795_000_000 + at;
            format!(r#"{{"type":"{kind}","state":"succeeded","endTime":{at},"threats":[]}}"#)
        };
        let mut entries: Vec<String> = (10..40).map(|at| entry("quick", at)).collect();
        entries.push(entry("full", 1));
        let scans = read(&format!("[{}]", entries.join(","))).unwrap();
        assert_eq!(scans.len(), SCANS_MAX);
        assert_eq!(scans[SCANS_MAX - 1].kind, ScanKind::Full);
    }

    #[test]
    fn strange_scans_show_nothing_and_a_strange_answer_is_no_list() {
        let strange = r#"[{}, {"type": "full"}, {"type": "boot", "endTime": 1795147900000}, 7]"#;
        assert_eq!(read(strange), Ok(vec![]));
        let silent = r#"[{"type": "full", "endTime": 1795147900000}]"#;
        assert_eq!(read(silent).unwrap()[0].result, ScanResult::Unfinished);
        for text in ["{}", "null", "\"none\""] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
