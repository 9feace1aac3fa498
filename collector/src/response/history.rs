//! The life of a device's findings, from the audit log: what began, ended its grace, was mended and came back, when.
//!
//! Touches the store, reading only. Must never tell what the log does not, but that a rule is kept by now.

use sekisho_policy::finding::{Finding, Outcome, Verdict};
use sekisho_policy::id::DeviceId;
use sekisho_policy::time::Timestamp;

use super::{Desk, ResponseError};
use crate::audit::entry;
use crate::limits::TURNS_MAX;
use crate::record::TURNS;
use crate::store::AuditIndex;

/// One turn of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// When.
    pub at: Timestamp,
    /// Which of [`TURNS`].
    pub turn: &'static str,
    /// The rule.
    pub rule: String,
    /// The place of the audit entry that tells of it. `None` for a rule that was mended for good after it had come back
    /// so often that the log told of it no more.
    pub entry: Option<AuditIndex>,
}

impl Desk {
    /// The last turns of a device, newest first, from at most `limit` entries of the log.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when the store fails.
    pub async fn history(
        &self,
        device: DeviceId,
        verdict: Option<&Verdict>,
        limit: usize,
    ) -> Result<Vec<Turn>, ResponseError> {
        let entries = self
            .store
            .device_turns(device, limit.min(TURNS_MAX))
            .await?;
        let mut turns = Vec::new();
        for (place, bytes) in entries {
            let Ok(entry) = entry::decode(&bytes) else {
                tracing::error!(place, "an entry of the audit log makes no sense");
                continue;
            };
            // In one entry the last stands first, as the entries do.
            for turn in TURNS.iter().rev() {
                let listed = entry.details.iter().filter(|(name, _)| name == turn);
                let rules = listed.flat_map(|(_, rules)| rules.split(", "));
                turns.extend(rules.map(|rule| Turn {
                    at: entry.at,
                    turn,
                    rule: rule.to_owned(),
                    entry: Some(place),
                }));
            }
        }
        let mut mended = verdict.map_or_else(Vec::new, |verdict| untold(verdict, &turns));
        mended.extend(turns);
        mended.sort_by_key(|turn| std::cmp::Reverse(turn.at));
        Ok(mended)
    }
}

/// The rules that are kept by now, and of which the last that was told is something else.
fn untold(verdict: &Verdict, told: &[Turn]) -> Vec<Turn> {
    let is_told = |rule: &str| {
        let mut life = told.iter().filter(|turn| turn.rule == rule);
        let last = life.find(|turn| !matches!(turn.turn, "excepted" | "exception_ended"));
        last.is_none_or(|last| matches!(last.turn, "mended" | "ended"))
    };
    // What no longer applies is remembered as if it were mended, and was not.
    let applies = |finding: &&Finding| finding.outcome != Outcome::NotApplicable;
    let findings = verdict.findings.iter().filter(applies);
    let mended = findings.filter_map(|finding| Some((&finding.rule.0, finding.past.mended?)));
    mended
        .filter(|(rule, _)| !is_told(rule))
        .map(|(rule, mended)| Turn {
            at: mended.at,
            turn: "mended",
            rule: rule.clone(),
            entry: None,
        })
        .collect()
}
