//! Tables of rules that came later.
//!
//! Touches nothing. Must never hold a bound that is not named in `values`.

use super::{Hours, InForce, UnknownIs, Weight};
use crate::finding::Severity;
use crate::rules::{Parameters, no_active_malware};
use crate::time::Span;
use serde::Deserialize;

table!(NoActiveMalware {
    accept_allowed: bool
});

impl NoActiveMalware {
    pub(super) fn in_force(&self) -> Option<InForce> {
        let parameters = no_active_malware::Parameters {
            accept_allowed: self.accept_allowed.unwrap_or_default(),
        };
        self.with(Severity::Critical, Parameters::NoActiveMalware(parameters))
    }
}
