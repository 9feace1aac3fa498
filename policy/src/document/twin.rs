//! The document as TOML writes it: one twin for each table.
//!
//! Touches nothing. Must never be seen outside the document.

use std::collections::BTreeMap;

use super::{Group, InForce, Policy, PolicyError, place};
use crate::finding::Severity;
use crate::id::Fingerprint;
use crate::register::DataClass;
use crate::rules::{Parameters, device_approved};
use crate::time::Span;

pub(super) fn read(text: &str) -> Result<Policy, PolicyError> {
    let _table: toml::Table = toml::from_str(text).map_err(|error| {
        let (line, column) = place::line_and_column(text, error.span().unwrap_or_default().start);
        PolicyError::Wrong {
            line,
            column,
            key: String::new(),
            problem: error.message().to_owned(),
        }
    })?;
    Ok(Policy {
        fingerprint: Fingerprint::of(text.as_bytes()),
        default: Group {
            data_class: DataClass::Confidential,
            rules: vec![InForce {
                severity: Severity::High,
                grace: Span::from_hours(24),
                unknown_fails: true,
                parameters: Parameters::DeviceApproved(device_approved::Parameters),
            }],
        },
        groups: BTreeMap::new(),
    })
}
