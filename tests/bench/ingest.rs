//! Reports from 64 laptops with 8 in flight each, against as many bare calls of the same size.
//!
//! Touches the loopback network and the processes of the bench. Must never count the filling of the
//! fleet as work.

use std::path::Path;

use anyhow::Result;
use sekisho_policy::time::Timestamp;

use crate::attach::{Attached, Reporter};
use crate::centre::{Centre, RawServer};
use crate::figures::{Bar, Figure, Sheet};
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
    let bare = bare(total).await?;
    let centre = Centre::start(programs, LAPTOPS)?;
    let (changed, routine) = product(&centre, each).await?;
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
            baseline: Some(bare.per_second),
            bar: Some(Bar::AtLeast(rate_bar)),
        })?;
        sheet.put(&Figure {
            name: cpu_name,
            value: rate.cpu_us,
            unit: "us/report",
            baseline: Some(bare.cpu_us),
            bar: Some(Bar::AtMost(cpu_bar)),
        })?;
    }
    Ok(())
}

async fn bare(total: usize) -> Result<Rate> {
    let server = RawServer::start()?;
    let warm = total / 10;
    raw::ingest(
        server.address,
        &server.pki,
        LAPTOPS,
        FLIGHT,
        warm,
        BODY_BYTES,
    )
    .await?;
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

async fn product(centre: &Centre, each: usize) -> Result<(Rate, Rate)> {
    let laptops = fleet::enrol(centre.enrolment, &centre.root, &centre.token, LAPTOPS).await?;
    let now = Timestamp(clock::epoch_ms());
    let mut streams = Vec::with_capacity(LAPTOPS);
    for (number, laptop) in laptops.iter().enumerate() {
        let mut stream = Attached::open(centre.agents, laptop, number, bytes::Bytes::new()).await?;
        let mut reporter = Reporter::new(stream.sequence);
        let first = reporter.report(&posture::facts(number, 0, now))?;
        stream.drive(vec![first], 1).await?;
        streams.push((stream, reporter));
    }
    let mut rates = Vec::new();
    for changes in [true, false] {
        let mut prepared = Vec::with_capacity(LAPTOPS);
        for (number, (stream, mut reporter)) in streams.drain(..).enumerate() {
            let mut reports = Vec::with_capacity(each);
            let last = u64::try_from(each)?;
            for change in 1..=last {
                let change = if changes { change } else { last };
                reports.push(reporter.report(&posture::facts(number, change, now))?);
            }
            prepared.push((stream, reporter, reports));
        }
        let (start, cpu) = (clock::instant(), centre.process.cpu_us()?);
        let mut tasks = tokio::task::JoinSet::new();
        for (mut stream, reporter, reports) in prepared {
            tasks.spawn(async move {
                stream.drive(reports, FLIGHT).await?;
                Ok::<_, anyhow::Error>((stream, reporter))
            });
        }
        while let Some(done) = tasks.join_next().await {
            streams.push(done??);
        }
        let used = centre.process.cpu_us()? - cpu;
        rates.push(rate(each * LAPTOPS, start.elapsed().as_secs_f64(), used)?);
    }
    let routine = rates
        .pop()
        .ok_or_else(|| anyhow::anyhow!("nothing was measured"))?;
    let changed = rates
        .pop()
        .ok_or_else(|| anyhow::anyhow!("nothing was measured"))?;
    Ok((changed, routine))
}

fn rate(count: usize, seconds: f64, cpu_us: f64) -> Result<Rate> {
    let count = f64::from(u32::try_from(count)?);
    Ok(Rate {
        per_second: count / seconds,
        cpu_us: cpu_us / count,
    })
}
