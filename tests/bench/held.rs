//! Thousands of laptops attached and idle: memory for each, one order to all, and all of them coming
//! back at once.
//!
//! Touches the loopback network and the processes of the bench. Must never leave a connection unheld
//! while it counts memory.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use sekisho_policy::time::Timestamp;

use crate::attach::{Attached, Reporter};
use crate::centre::{Centre, RawServer};
use crate::figures::{Bar, Figure, Sheet, percentile};
use crate::fleet::{self, Laptop};
use crate::{clock, posture, raw};

/// Connections opened beside each other.
const LANES: usize = 64;

pub(crate) async fn run(sheet: &Sheet, programs: &Path, quick: bool) -> Result<()> {
    let count = if quick { 1000 } else { 9900 };
    let (bare_kib, bare_p99) = bare(count).await?;
    let centre = Centre::start(programs, count)?;
    let laptops = fleet::enrol(centre.enrolment, &centre.root, &centre.token, count).await?;
    let laptops: Vec<Arc<Laptop>> = laptops.into_iter().map(Arc::new).collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let before = centre.process.rss_kib()?;
    let streams = open_all(&centre, &laptops, Vec::new()).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = (centre.process.rss_kib()? - before) / f64::from(u32::try_from(count)?);
    sheet.put(&Figure {
        name: "held.rss",
        value: each,
        unit: "KiB/agent",
        baseline: Some(bare_kib),
        bar: Some(Bar::AtMost(1.15)),
    })?;
    let (streams, p99) = fan_out(&centre, streams).await?;
    sheet.put(&Figure {
        name: "fanout.p99",
        value: p99,
        unit: "ms",
        baseline: Some(bare_p99),
        bar: Some(Bar::AtMost(1.5)),
    })?;
    storm(sheet, &centre, &laptops, streams).await
}

async fn bare(count: usize) -> Result<(f64, f64)> {
    let server = RawServer::start()?;
    let before = server.process.rss_kib()?;
    let mut held = raw::hold(server.address, &server.pki, count, LANES).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let each = (server.process.rss_kib()? - before) / f64::from(u32::try_from(count)?);
    let mut delays = Vec::new();
    for _ in 0..3 {
        let start = clock::instant();
        let mut tasks = tokio::task::JoinSet::new();
        for mut stream in held {
            tasks.spawn(async move {
                stream.message().await?;
                let delay = start.elapsed().as_secs_f64() * 1000.0;
                Ok::<_, tonic::Status>((stream, delay))
            });
        }
        raw::shout(server.address, &server.pki).await?;
        held = Vec::with_capacity(count);
        let mut round = Vec::with_capacity(count);
        while let Some(done) = tasks.join_next().await {
            let (stream, delay) = done??;
            held.push(stream);
            round.push(delay);
        }
        delays.push(percentile(&mut round, 0.99));
    }
    Ok((each, percentile(&mut delays, 0.5)))
}

async fn open_all(
    centre: &Centre,
    laptops: &[Arc<Laptop>],
    threads: Vec<bytes::Bytes>,
) -> Result<Vec<Attached>> {
    let mut tasks = tokio::task::JoinSet::new();
    let lanes = Arc::new(tokio::sync::Semaphore::new(LANES));
    let agents = centre.agents;
    for (index, laptop) in laptops.iter().enumerate() {
        let (laptop, lanes) = (Arc::clone(laptop), Arc::clone(&lanes));
        let thread = threads.get(index).cloned().unwrap_or_default();
        tasks.spawn(async move {
            let _lane = lanes.acquire().await?;
            let stream = Attached::open(agents, &laptop, index, thread).await?;
            Ok::<_, anyhow::Error>((index, stream))
        });
    }
    let mut streams = Vec::with_capacity(laptops.len());
    while let Some(done) = tasks.join_next().await {
        streams.push(done??);
    }
    streams.sort_by_key(|(index, _)| *index);
    Ok(streams.into_iter().map(|(_, stream)| stream).collect())
}

/// From the moment the administrator orders, to the order's arrival at each laptop.
async fn fan_out(centre: &Centre, mut streams: Vec<Attached>) -> Result<(Vec<Attached>, f64)> {
    let mut rounds = Vec::new();
    for round in 0..4 {
        let start = clock::instant();
        let mut tasks = tokio::task::JoinSet::new();
        for (index, mut stream) in streams.into_iter().enumerate() {
            tasks.spawn(async move {
                stream.order().await?;
                let delay = start.elapsed().as_secs_f64() * 1000.0;
                Ok::<_, anyhow::Error>((index, stream, delay))
            });
        }
        centre.order_all(round % 2 == 0)?;
        let (mut arrived, mut delays) = (Vec::new(), Vec::new());
        while let Some(done) = tasks.join_next().await {
            let (index, stream, delay) = done??;
            arrived.push((index, stream));
            delays.push(delay);
        }
        arrived.sort_by_key(|(index, _)| *index);
        streams = arrived.into_iter().map(|(_, stream)| stream).collect();
        rounds.push(percentile(&mut delays, 0.99));
    }
    Ok((streams, percentile(&mut rounds, 0.5)))
}

/// Everyone is cut and comes back at once, each with a report to hand in.
async fn storm(
    sheet: &Sheet,
    centre: &Centre,
    laptops: &[Arc<Laptop>],
    streams: Vec<Attached>,
) -> Result<()> {
    let threads = streams.iter().map(|stream| stream.thread.clone()).collect();
    drop(streams);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let now = Timestamp(clock::epoch_ms());
    let start = clock::instant();
    let streams = open_all(centre, laptops, threads).await?;
    let back = start.elapsed().as_secs_f64();
    let mut tasks = tokio::task::JoinSet::new();
    for (number, mut stream) in streams.into_iter().enumerate() {
        tasks.spawn(async move {
            let mut reporter = Reporter::new(stream.sequence);
            let report = reporter.report(&posture::facts(number, 1, now))?;
            stream.hand_in(report).await
        });
    }
    while let Some(done) = tasks.join_next().await {
        done?.context("a report was not acknowledged")?;
    }
    let figure = |name, value, unit| Figure {
        name,
        value,
        unit,
        baseline: None,
        bar: None,
    };
    sheet.put(&figure("storm.back", back, "s"))?;
    sheet.put(&figure(
        "storm.acknowledged",
        start.elapsed().as_secs_f64(),
        "s",
    ))?;
    sheet.put(&figure(
        "storm.peak",
        centre.process.peak_kib()? / 1024.0,
        "MiB",
    ))?;
    Ok(())
}
