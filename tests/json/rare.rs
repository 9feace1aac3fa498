//! Shapes that no quiet afternoon shows, from the values that the collector makes them of.
//!
//! Touches nothing. Must never hold what a command can be brought to print.

use sekisho_collector::admin::json::export::{DamagedJson, LineJson};
use sekisho_collector::admin::json::posture::EnforcementJson;
use sekisho_policy::id::Generation;
use sekisho_policy::order::{Access, Enforcement, Gap, GapKind, Probe, RefusedOrder, WhyRefused};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::Timestamp;

use crate::shape::Comparison;

/// A laptop that has proved its isolation, has refused an order since, and says what it cannot cover.
pub(crate) fn values(comparison: &mut Comparison) {
    let at = Timestamp::from_secs(1_795_379_612);
    let enforcement = Enforcement {
        desired: (Generation(3), Access::Isolated),
        applied: Reading::Known(Access::Isolated),
        verified: Reading::Unknown(Why::NotAsked),
        probes: vec![Probe {
            name: "collector".to_owned(),
            open: Reading::Known(true),
        }],
        observed_at: at,
        lifted_until: Some(at),
        reasserted: 1,
        refused: 1,
        last_refused: Some(RefusedOrder {
            at,
            why: WhyRefused::NotTrusted,
            generation: None,
            detail: "key 00".to_owned(),
        }),
        gaps: vec![Gap {
            kind: GapKind::Frames,
            detail: "AF_PACKET".to_owned(),
        }],
    };
    let value = serde_json::to_value(EnforcementJson::from(&enforcement)).unwrap();
    comparison.has_shape("Enforcement", &value);
    let value = sekisho_agent::cli::self_test::isolation_json(60, &enforcement);
    comparison.has_shape("SelfTestIsolation", &value);
    let damaged = LineJson::Damaged(DamagedJson {
        what: "device".to_owned(),
        name: "01901000-0000-7000-8000-000000000001".to_owned(),
        why: "the row is not as it was written".to_owned(),
    });
    let value = serde_json::to_value(damaged).unwrap();
    comparison.has_shape("ExportDamaged", &value);
}
