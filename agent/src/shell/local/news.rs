//! What a user's session is told as it changes: what is to be mended, and whether the laptop is cut off.
//!
//! Touches nothing. Must never say more than `status` and `check` tell anyone on this machine.

use serde::{Deserialize, Serialize};

use sekisho_policy::finding::{Finding, Outcome};
use sekisho_policy::order::Access;
use sekisho_proto::json::{FindingJson, Time};

use crate::cycle::view::View;

/// How things stand for the user, as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewsAnswer {
    /// What the laptop finds amiss by itself, and what soon will be: findings that count, and passes that
    /// come with a remedy. `null` until it has judged itself since the agent started.
    pub findings: Option<Vec<FindingJson>>,
    /// The access in force: `full`, `restricted` or `isolated`.
    pub access: String,
    /// Why, in the words of who ordered it; `null` for full access.
    pub reason: Option<String>,
    /// Until when it stands unless it is ended before; `null` when that is open.
    pub until: Option<Time>,
}

impl NewsAnswer {
    pub(in crate::shell) fn new(view: &View, findings: Option<&Vec<FindingJson>>) -> Self {
        let order = view.order.as_ref();
        let order = order.filter(|_| view.access != Access::Full);
        Self {
            findings: findings.cloned(),
            access: view.access.name().to_owned(),
            reason: order.map(|order| order.reason.clone()),
            until: order.and_then(|order| order.until).map(Time),
        }
    }
}

/// Whether the user should hear of it.
pub(in crate::shell) fn concerns_user(finding: &Finding) -> bool {
    let warns = finding.outcome == Outcome::Pass && finding.remedy.is_some();
    finding.counts || warns
}
