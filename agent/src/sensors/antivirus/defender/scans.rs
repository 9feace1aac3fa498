//! The scans that Microsoft Defender remembers: `mdatp scan list --output json`.
//!
//! Touches nothing. Must never take a scan for one that came to its end unless it says so.

use sekisho_policy::facts::{Scan, ScanKind, ScanResult};
use sekisho_policy::limits::SCANS_MAX;
use sekisho_policy::reading::Why;
use sekisho_policy::time::Timestamp;
use serde_json::Value;

use super::{time_of, word_of};

/// Parts of the words for a scan that did not come to its end.
const BROKEN_OFF: [&str; 7] = [
    "cancel", "fail", "abort", "stop", "running", "progress", "pending",
];

/// Reads a list of scans; the last one first.
pub(super) fn parse(value: &Value) -> Result<Vec<Scan>, Why> {
    let strange = |what: &str| Why::Unreadable(format!("mdatp scan list has {what}"));
    let list = value.as_array();
    let list = list.ok_or_else(|| strange("no list of scans"))?;
    let mut scans: Vec<Scan> = list.iter().filter_map(scan).collect();
    // One that is not understood may be the last full scan.
    let whole = scans.iter().filter(|scan| is_whole(scan));
    let last = whole.map(|scan| scan.at).max();
    let may_be_later = |entry: &Value| match (ended_at(entry), last) {
        (Some(at), Some(last)) => at > last,
        (None, _) | (_, None) => true,
    };
    let mut lost = list.iter().filter(|entry| scan(entry).is_none());
    if lost.any(|entry| may_be_whole(entry) && may_be_later(entry)) {
        return Err(strange("a scan of an unknown shape"));
    }
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

/// Whether a scan that is not understood may have covered the whole machine.
fn may_be_whole(value: &Value) -> bool {
    !matches!(kind_of(value), Some(ScanKind::Quick | ScanKind::Custom))
}

fn kind_of(value: &Value) -> Option<ScanKind> {
    match value.get("type").and_then(word_of)?.as_str() {
        kind if kind.contains("quick") => Some(ScanKind::Quick),
        kind if kind.contains("full") => Some(ScanKind::Full),
        kind if kind.contains("custom") => Some(ScanKind::Custom),
        _ => None,
    }
}

/// When it ended, or began where only that is told.
fn ended_at(value: &Value) -> Option<Timestamp> {
    let time = |key: &str| value.get(key).and_then(time_of);
    time("endTime").or_else(|| time("startTime"))
}

/// One scan; `None` for one without a time or of a kind that is not known, and for a full one of which it cannot be
/// told what came of it.
fn scan(value: &Value) -> Option<Scan> {
    let (kind, at) = (kind_of(value)?, ended_at(value)?);
    let state = value.get("state").and_then(word_of).unwrap_or_default();
    let ended = matches!(state.as_str(), "succeeded" | "completed");
    let threats = value.get("threats").and_then(Value::as_array);
    let broke_off = BROKEN_OFF.iter().any(|part| state.contains(part));
    let result = match (ended, threats) {
        (true, Some(threats)) if threats.is_empty() => ScanResult::Clean,
        (true, Some(_)) => ScanResult::Found,
        // What it found is not told, or not whether it ended.
        (true, None) | (false, _) if kind == ScanKind::Full && !broke_off => return None,
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
    fn a_strange_scan_may_be_the_full_one_and_a_strange_answer_is_no_list() {
        let whole = r#"{"type":"full","state":"succeeded","endTime":1795147900,"threats":[]}"#;
        for strange in [
            "{}",
            "7",
            r#"{"type":"boot","endTime":1795147900000}"#,
            r#"{"type":"full","state":"succeeded","threats":[]}"#,
            r#"{"type":"full","state":"succeeded","endTime":"2026-11-20T04:11:40Z","threats":[]}"#,
            r#"{"type":"full","state":"finished","endTime":1795147900000,"threats":[]}"#,
            r#"{"type":"full","endTime":1795147900000}"#,
            r#"{"type":"full","state":"succeeded","endTime":1795147900000,"threats":0}"#,
        ] {
            assert!(read(&format!("[{strange}]")).is_err(), "{strange}");
            let later = whole.replace("1795147900", "1795147901");
            // One without a time may be the last one.
            let dated = ended_at(&serde_json::from_str(strange).unwrap()).is_some();
            let beside = read(&format!("[{strange},{later}]"));
            assert_eq!(beside.is_ok(), dated, "{strange}");
            let earlier = whole.replace("1795147900", "1795000000");
            assert!(
                read(&format!("[{strange},{earlier}]")).is_err(),
                "{strange}"
            );
        }
        let undated = r#"{"type":"quick","state":"succeeded","threats":[]}"#;
        assert_eq!(read(&format!("[{undated},{whole}]")).unwrap().len(), 1);
        let cancelled = r#"[{"type":"full","state":"cancelled","endTime":1795147900000}]"#;
        assert_eq!(read(cancelled).unwrap()[0].result, ScanResult::Unfinished);
        let quick = r#"[{"type":"quick","endTime":1795147900000}]"#;
        assert_eq!(read(quick).unwrap()[0].result, ScanResult::Unfinished);
        for text in ["{}", "null", "\"none\""] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
