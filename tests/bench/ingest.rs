//! Reports from 64 laptops with 8 in flight each, against as many bare calls of the same size.
//!
//! Touches the loopback network and the processes of the bench. Must never count the filling of the
//! fleet as work.

use std::path::Path;

use anyhow::Result;
use sekisho_policy::time::Timestamp;

use crate::attach::{Attached, Reporter};
use crate::centre::{Centre, RawServer};
use crate::figures::{Bar, Figure, Sheet, percentile};
use crate::{clock, fleet, posture, raw};

const LAPTOPS: usize = 64;
const FLIGHT: usize = 8;
const BODY_BYTES: usize = 2048;

struct Rate {
    per_second: f64,
    cpu_us: f64,
}

pub(crate) async fn run(sheet: &Sheet, programs: &Path, quick: bool) -> Result<()> {
    let each = if quick { 200 } else { 1000 };
    let total = each * LAPTOPS;
    let server = RawServer::start()?;
    bare(&server, total / 10).await?;
    let mut load = Load::prepare(programs).await?;
    // What the machine can do changes from second to second: the baseline is measured before, between
    // and after.
    let mut bares = vec![bare(&server, total).await?];
    let changed = load.drive(each, true).await?;
    bares.push(bare(&server, total).await?);
    let routine = load.drive(each, false).await?;
    bares.push(bare(&server, total).await?);
    let median = |of: fn(&Rate) -> f64| {
        let mut values: Vec<f64> = bares.iter().map(of).collect();
        percentile(&mut values, 0.5)
    };
    let (bare_rate, bare_cpu) = (median(|rate| rate.per_second), median(|rate| rate.cpu_us));
    for (name, cpu_name, rate, cpu_bar, rate_bar) in [
        ("ingest.rate", "ingest.cpu", &changed, 3.0, 0.35),
        (
            "ingest.unchanged.rate",
            "ingest.unchanged.cpu",
            &routine,
            1.5,
            0.35,
        ),
    ] {
        sheet.put(&Figure {
            name,
            value: rate.per_second,
            unit: "reports/s",
            baseline: Some(bare_rate),
            bar: Some(Bar::AtLeast(rate_bar)),
        })?;
        sheet.put(&Figure {
            name: cpu_name,
            value: rate.cpu_us,
            unit: "us/report",
            baseline: Some(bare_cpu),
            bar: Some(Bar::AtMost(cpu_bar)),
        })?;
    }
    Ok(())
}

async fn bare(server: &RawServer, total: usize) -> Result<Rate> {
    let (start, cpu) = (clock::instant(), server.process.cpu_us()?);
    raw::ingest(
        server.address,
        &server.pki,
        LAPTOPS,
        FLIGHT,
        total,
        BODY_BYTES,
    )
    .await?;
    rate(
        total,
        start.elapsed().as_secs_f64(),
        server.process.cpu_us()? - cpu,
    )
}

/// The laptops, attached to a collector that has their first reports.
struct Load {
    centre: Centre,
    now: Timestamp,
    laptops: Vec<(usize, Attached, Reporter)>,
    /// Changes of every laptop so far.
    changes: u64,
}

impl Load {
    async fn prepare(programs: &Path) -> Result<Self> {
        let centre = Centre::start(programs, LAPTOPS)?;
        let now = Timestamp(clock::epoch_ms());
        let enrolled = fleet::enrol(centre.enrolment, &centre.root, &centre.token, LAPTOPS).await?;
        let mut laptops = Vec::with_capacity(LAPTOPS);
        for (number, laptop) in enrolled.iter().enumerate() {
            let mut stream =
                Attached::open(centre.agents, laptop, number, bytes::Bytes::new()).await?;
            let mut reporter = Reporter::new(stream.sequence);
            let first = reporter.report(&posture::facts(number, 0, now))?;
            stream.drive(vec![first], 1).await?;
            laptops.push((number, stream, reporter));
        }
        Ok(Self {
            centre,
            now,
            laptops,
            changes: 0,
        })
    }

    /// Hands in so many reports of each laptop, all of them changed or none.
    async fn drive(&mut self, each: usize, changed: bool) -> Result<Rate> {
        let mut prepared = Vec::with_capacity(LAPTOPS);
        let first = self.changes;
        for (number, stream, mut reporter) in self.laptops.drain(..) {
            let mut reports = Vec::with_capacity(each);
            self.changes = first;
            for _ in 0..each {
                self.changes += u64::from(changed);
                reports.push(reporter.report(&posture::facts(number, self.changes, self.now))?);
            }
            prepared.push((number, stream, reporter, reports));
        }
        let (start, cpu) = (clock::instant(), self.centre.process.cpu_us()?);
        let mut tasks = tokio::task::JoinSet::new();
        for (number, mut stream, reporter, reports) in prepared {
            tasks.spawn(async move {
                stream.drive(reports, FLIGHT).await?;
                Ok::<_, anyhow::Error>((number, stream, reporter))
            });
        }
        while let Some(done) = tasks.join_next().await {
            self.laptops.push(done??);
        }
        let used = self.centre.process.cpu_us()? - cpu;
        rate(each * LAPTOPS, start.elapsed().as_secs_f64(), used)
    }
}

fn rate(count: usize, seconds: f64, cpu_us: f64) -> Result<Rate> {
    let count = f64::from(u32::try_from(count)?);
    Ok(Rate {
        per_second: count / seconds,
        cpu_us: cpu_us / count,
    })
}
