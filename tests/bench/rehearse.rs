//! How long a collector takes to rehearse a policy on a fleet, from the store on disk.
//!
//! Touches a temporary folder. Must never rehearse on fewer facts than a laptop reports.

use std::sync::Arc;

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use sekisho_collector::config::Config;
use sekisho_collector::in_force::PolicyInForce;
use sekisho_collector::keys::Keys;
use sekisho_collector::listening::Listening;
use sekisho_collector::record::{AcceptedReport, Actor, Posture, Thread};
use sekisho_collector::response::{By, Desk};
use sekisho_collector::store::Store;
use sekisho_collector::store::sqlite::SqliteStore;
use sekisho_policy::document::Policy;
use sekisho_policy::facts::SectionKind;
use sekisho_policy::id::Sequence;
use sekisho_policy::judge::judge;
use sekisho_policy::report::Report;
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::section;
use sekisho_tests::store_load::{device, token};

use crate::clock::{epoch_ms, instant};
use crate::figures::{Bar, Figure, Sheet};
use crate::posture;

/// Devices enrolled and recorded at once.
const AT_ONCE: usize = 256;
/// Seconds that a rehearsal of 10,000 laptops may take.
const SECONDS_MAX: f64 = 10.0;

pub(crate) async fn run(sheet: &Sheet, quick: bool) -> Result<()> {
    let devices = if quick { 1000 } else { 10_000 };
    let dir = tempfile::tempdir()?;
    let desk = desk(&Config::usual(dir.path())).await?;
    fill(&desk, devices).await?;
    // Another policy, by which much changes: no name of a package is allowed.
    let other = Policy::shipped_text().replace("\nallow = []", "\nallow = [\"none\"]");
    let before = peak_kib()?;
    let began = instant();
    let rehearsal = desk.rehearse(&other, None, Timestamp(epoch_ms())).await?;
    let seconds = began.elapsed().as_secs_f64();
    let count = u64::from(devices);
    anyhow::ensure!(
        rehearsal.judged == count && rehearsal.changed == count,
        "{} judged and {} changed of {count}",
        rehearsal.judged,
        rehearsal.changed
    );
    sheet.put(&Figure {
        name: "rehearse.fleet",
        value: seconds * 10_000.0 / f64::from(devices),
        unit: "s for 10,000",
        baseline: None,
        bar: Some(Bar::AtMost(SECONDS_MAX)),
    })?;
    sheet.put(&Figure {
        name: "rehearse.memory",
        value: f64::from(peak_kib()?.saturating_sub(before)) / 1024.0,
        unit: "MiB more",
        baseline: None,
        bar: None,
    })
}

async fn desk(config: &Config) -> Result<Desk> {
    std::fs::create_dir_all(config.store_dir())?;
    let now = Timestamp(epoch_ms());
    let keys = Arc::new(Keys::create(&config.keys_dir(), &[], now)?);
    let signer = Arc::clone(&keys.audit) as Arc<_>;
    let store: Arc<dyn Store> = Arc::new(SqliteStore::make(&config.store_dir(), signer)?);
    let desk = Desk {
        beacon: Arc::default(),
        hub: Arc::default(),
        keys,
        policy: PolicyInForce::load(store.as_ref(), now).await?,
        listening: Arc::new(Listening::resume(store.as_ref()).await?),
        rehearsing: Arc::default(),
        store,
    };
    let by = By {
        who: Actor::Collector,
        login: None,
        at: now,
    };
    desk.policy_apply(Policy::shipped_text(), &by).await?;
    Ok(desk)
}

async fn fill(desk: &Desk, devices: u32) -> Result<()> {
    desk.store.token_add(token(), Vec::new()).await?;
    let policy = desk.policy.current();
    let filled = stream::iter(0..devices).map(|number| {
        let (store, policy) = (Arc::clone(&desk.store), Arc::clone(&policy));
        async move {
            let row = device(number);
            let now = Timestamp(epoch_ms());
            let facts = posture::facts(usize::try_from(number)?, 0, now);
            let report = Report {
                sequence: Sequence(1),
                taken_at: now,
                facts,
            };
            let verdict = judge(&report, &row.entry(), None, &policy.policy, now);
            let mut sections = Vec::new();
            for kind in SectionKind::ALL {
                let encoded = section::encode(&report.facts, kind);
                let frame = section::compress(&encoded.bytes).context("it packs")?;
                sections.push((kind, encoded.digest, frame));
            }
            let named = sections.iter().map(|(kind, digest, _)| (*kind, *digest));
            let accepted = AcceptedReport {
                device: row.id,
                follows: Sequence(0),
                posture: Posture {
                    agent_version: "0.1.0".to_owned(),
                    thread: Thread::default(),
                    sequence: Sequence(1),
                    taken_at: now,
                    recorded_at: now,
                    sections: named.collect(),
                    verdict: Some(verdict.into()),
                    clock_skew: Span(0),
                    enforcement: None,
                    seen_at: now,
                    counted_from: None,
                },
                sections,
                audit: Vec::new(),
            };
            store.device_enrol(row, Vec::new()).await?;
            store.report_record(accepted).await?;
            anyhow::Ok(())
        }
    });
    filled.buffer_unordered(AT_ONCE).try_collect::<()>().await
}

/// KiB that this process has held at most.
fn peak_kib() -> Result<u32> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("no VmHWM")?.parse()?)
}
