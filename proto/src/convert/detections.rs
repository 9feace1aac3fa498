//! What an antivirus remembers: scans and detections.
//!
//! Touches nothing. Must never take a detection of an alien state for one that was dealt with.

use sekisho_policy::facts::{Detection, Scan};
use sekisho_policy::limits::{DETECTIONS_MAX, SCANS_MAX};
use sekisho_policy::time::Timestamp;

use super::reading::IntoReading;
use super::{InvalidMessage, at_most, cut, enums, text};
use crate::wire;

impl From<&[Scan]> for wire::Scans {
    fn from(scans: &[Scan]) -> Self {
        let twin = |Scan { kind, at, result }: &Scan| wire::Scan {
            kind: wire::scan::Kind::from(*kind).into(),
            at_ms: at.0,
            result: wire::scan::Result::from(*result).into(),
        };
        Self {
            scans: scans.iter().take(SCANS_MAX).map(twin).collect(),
        }
    }
}

impl TryFrom<wire::Scans> for Vec<Scan> {
    type Error = InvalidMessage;

    fn try_from(wire::Scans { scans }: wire::Scans) -> Result<Self, Self::Error> {
        let scans = at_most(scans, "antivirus scans", SCANS_MAX)?;
        // One of a kind that a newer agent tells of is left out: it shows nothing that is asked here.
        let known = |wire::Scan {
                         kind,
                         at_ms,
                         result,
                     }| {
            Some(Scan {
                kind: enums::known::<wire::scan::Kind, _>(kind, "kind of scan").ok()?,
                at: Timestamp(at_ms),
                result: enums::known::<wire::scan::Result, _>(result, "result of a scan").ok()?,
            })
        };
        Ok(scans.into_iter().filter_map(known).collect())
    }
}

impl From<&[Detection]> for wire::Detections {
    fn from(detections: &[Detection]) -> Self {
        let twin = |Detection { name, at, state }: &Detection| wire::Detection {
            name: cut(name),
            at: Some(at.into()),
            state: Some(state.into()),
        };
        Self {
            detections: detections.iter().take(DETECTIONS_MAX).map(twin).collect(),
        }
    }
}

impl TryFrom<wire::Detections> for Vec<Detection> {
    type Error = InvalidMessage;

    fn try_from(wire::Detections { detections }: wire::Detections) -> Result<Self, Self::Error> {
        at_most(detections, "antivirus detections", DETECTIONS_MAX)?
            .into_iter()
            .map(|wire::Detection { name, at, state }| {
                Ok(Detection {
                    name: text(name, "name of a detection")?,
                    at: at.reading("time of a detection")?,
                    state: state.reading("state of a detection")?,
                })
            })
            .collect()
    }
}
