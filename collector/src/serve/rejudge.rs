//! The rounds in which outdated verdicts are made anew: after each change of the policy, and now and then.
//!
//! Touches the desk. Must never keep the collector from anything else.

use std::time::Duration;

use super::Collector;
use crate::clock;
use crate::limits::{REJUDGE_AGAIN_SECS, REJUDGE_ROUND_SECS};
use crate::response::{Desk, Left};

/// Goes round for ever.
pub(super) async fn rounds(collector: &Collector) {
    let desk = Desk::of(collector);
    let mut policies = collector.policy.watch();
    let mut exceptions = collector.policy.watch_exceptions();
    let mut left = Left::new();
    loop {
        policies.mark_unchanged();
        exceptions.mark_unchanged();
        let listened = desk.listened();
        let round = desk.rejudge_all(&left, clock::now(), listened).await;
        let wait = match &round {
            Ok(round) if round.left.is_empty() => REJUDGE_ROUND_SECS,
            Ok(_) => REJUDGE_AGAIN_SECS,
            Err(error) => {
                tracing::warn!(%error, "outdated verdicts are left for the next round");
                REJUDGE_AGAIN_SECS
            }
        };
        if let Ok(round) = round {
            if round.judged > 0 {
                let judged = round.judged;
                tracing::info!(judged, "outdated verdicts were made anew");
            }
            left = round.left;
        }
        // An exception that begins or ends is not waited past.
        let now = clock::now();
        let turn = collector.policy.next_turn(now).map(|at| at.since(now));
        let turn = turn.and_then(|left| u64::try_from(left.secs()).ok());
        let wait = turn.map_or(wait, |turn| wait.min(turn.saturating_add(1)));
        tokio::select! {
            // The senders live as long as the collector.
            _ = policies.changed() => {}
            _ = exceptions.changed() => {}
            () = tokio::time::sleep(Duration::from_secs(wait)) => {}
        }
    }
}
