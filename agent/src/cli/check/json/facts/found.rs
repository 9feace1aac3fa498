//! What an antivirus remembers, in JSON: scans and detections.
//!
//! Touches nothing. Must never show a detection whose state could not be told as one that was dealt with.

use sekisho_policy::facts::{Detection, Scan};
use sekisho_proto::json::{ReadingJson, Time};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct ScanJson {
    kind: &'static str,
    at: Time,
    result: &'static str,
}

#[derive(Serialize)]
pub(super) struct DetectionJson<'a> {
    name: &'a str,
    at: ReadingJson<Time>,
    state: ReadingJson<&'static str>,
}

impl From<&Scan> for ScanJson {
    fn from(Scan { kind, at, result }: &Scan) -> Self {
        Self {
            kind: kind.name(),
            at: Time(*at),
            result: result.name(),
        }
    }
}

impl<'a> From<&'a Detection> for DetectionJson<'a> {
    fn from(Detection { name, at, state }: &'a Detection) -> Self {
        Self {
            name,
            at: at.clone().map(Time).into(),
            state: state.as_ref().map(|state| state.name()).into(),
        }
    }
}
