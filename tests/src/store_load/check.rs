//! The check: everything acknowledged is there, and the audit log is whole.
//!
//! Touches the store, reading only.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail, ensure};

use sekisho_collector::audit::{Frontier, entry};
use sekisho_collector::store::{Store, sqlite::SqliteStore};
use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::{Fingerprint, Sequence};
use sekisho_policy::merkle::leaf_hash;

use super::{Acked, lane_id, public_key};

/// Audit entries of this load, by action, lane and number.
type Noted = BTreeSet<(String, u32, u64)>;

/// Looks up every acknowledged thing and goes over the whole audit log. Tells how many things there
/// were.
///
/// # Errors
/// The first thing that is missing or altered.
pub async fn check(store: &SqliteStore, acks: &str) -> anyhow::Result<usize> {
    let noted = audit_log(store).await?;
    let acked: Vec<Acked> = acks.lines().filter_map(Acked::read).collect();
    let mut lanes: BTreeMap<u32, Vec<Acked>> = BTreeMap::new();
    for ack in &acked {
        let lane = match *ack {
            Acked::Changed { lane, .. }
            | Acked::Routine { lane, .. }
            | Acked::Order { lane, .. }
            | Acked::Audit { lane, .. } => lane,
        };
        lanes.entry(lane).or_default().push(*ack);
    }
    for (lane, acked) in lanes {
        check_lane(store, &noted, lane, &acked)
            .await
            .with_context(|| format!("lane {lane}"))?;
    }
    Ok(acked.len())
}

async fn check_lane(
    store: &SqliteStore,
    noted: &Noted,
    lane: u32,
    acked: &[Acked],
) -> anyhow::Result<()> {
    let id = lane_id(lane);
    let posture = store.posture_fetch(id).await?;
    let reports = reports(store, lane).await?;
    if let Some(posture) = &posture {
        ensure!(
            reports.last() == Some(&posture.sequence.0),
            "history ends at {:?} and the posture at {}",
            reports.last(),
            posture.sequence
        );
        let (held, body) = store
            .section_fetch(id, SectionKind::Host)
            .await?
            .context("the section is missing")?;
        ensure!(Fingerprint::of(&body) == held, "the section was altered");
    }
    let generation = store
        .order_fetch(id)
        .await?
        .map_or(0, |order| order.generation.0);
    let held: BTreeSet<u64> = reports.into_iter().collect();
    let is_noted = |action: &str, number| noted.contains(&(action.to_owned(), lane, number));
    for ack in acked {
        let there = match *ack {
            Acked::Changed { sequence, .. } => {
                held.contains(&sequence) && is_noted("load.changed", sequence)
            }
            Acked::Routine { sequence, .. } => held.contains(&sequence),
            Acked::Order {
                generation: acked, ..
            } => generation >= acked && is_noted("load.order", acked),
            Acked::Audit { number, .. } => is_noted("load.audit", number),
        };
        ensure!(there, "acknowledged and missing: {}", ack.line().trim());
    }
    Ok(())
}

/// The sequences of all reports of a lane; without gaps, since a lane counts on by one.
async fn reports(store: &SqliteStore, lane: u32) -> anyhow::Result<Vec<u64>> {
    let mut found = Vec::new();
    loop {
        let from = found.last().map_or(0, |last: &u64| last.saturating_add(1));
        let page = store
            .report_history(lane_id(lane), Sequence(from), 1000)
            .await?;
        if page.is_empty() {
            return Ok(found);
        }
        for report in page {
            let expected = found.last().map_or(1, |last: &u64| last.saturating_add(1));
            ensure!(
                report.sequence.0 == expected,
                "report {} stands where {expected} should",
                report.sequence
            );
            found.push(report.sequence.0);
        }
    }
}

async fn audit_log(store: &SqliteStore) -> anyhow::Result<Noted> {
    let root = store.audit_root().await?;
    let mut tree = Frontier::default();
    let mut noted = Noted::new();
    while tree.size() < root.size {
        let page = store.audit_entries(tree.size(), 1000).await?;
        if page.is_empty() {
            bail!("the audit log ends at {} of {}", tree.size(), root.size);
        }
        for bytes in page {
            tree.push(leaf_hash(&bytes));
            let entry = entry::decode(&bytes)?;
            let number = |name: &str| {
                let value = entry.details.iter().find(|(n, _)| n == name);
                value.and_then(|(_, v)| v.parse().ok())
            };
            if let (Some(lane), Some(of)) = (number("lane"), number("number")) {
                noted.insert((entry.action.clone(), u32::try_from(lane)?, of));
            }
        }
    }
    ensure!(
        tree.root() == root.root,
        "the entries do not hash to the root"
    );
    if root.size > 0 {
        let head = store
            .audit_head(root.size)
            .await?
            .context("the head is missing")?;
        ensure!(head.root == root, "the head is of another root");
        head.verify(&public_key()?)?;
    }
    Ok(noted)
}
