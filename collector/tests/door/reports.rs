//! Reports: recorded once, in their order, and acknowledged when they are.
//!
//! Touches a collector on loopback. Must never take an acknowledgement for good without looking at the
//! record.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio_stream::StreamExt;

use sekisho_collector::admit::Presented;
use sekisho_collector::grpc::Talk;
use sekisho_collector::limits::{ANSWERS_MAX, SEQUENCE_LEAP_MAX};
use sekisho_collector::response::Desk;
use sekisho_collector::tls::{Idle, Peer};
use sekisho_policy::facts::{Facts, Host, SectionKind};
use sekisho_policy::id::{Fingerprint, Sequence};
use sekisho_policy::reading::Reading;
use sekisho_proto::section;
use sekisho_proto::wire::{self, from_agent, from_collector};

use crate::message::{message, report, with_section};
use crate::rejudged::{LENIENT, officer};
use crate::trouble::Trouble;
use crate::world::{Device, World};

/// The sequences in the record of a device.
async fn recorded(world: &World, device: &Device) -> Vec<u64> {
    let reports = world
        .store()
        .report_history(device.id, Sequence(0), 1000)
        .await
        .unwrap();
    reports.iter().map(|report| report.sequence.0).collect()
}

/// A host section for the host name, as it travels.
fn host(name: &str) -> (Fingerprint, Vec<u8>) {
    let mut facts = Facts::not_asked();
    facts.host = Reading::Known(Host {
        hostname: name.to_owned(),
        os_id: "debian".to_owned(),
        os_version: Reading::Absent,
        os_name: "Debian".to_owned(),
        kernel: "6".to_owned(),
        architecture: "x86_64".to_owned(),
        model: Reading::Absent,
        product_uuid: Reading::Absent,
        serial: Reading::Absent,
        machine_mark: Reading::Absent,
        boot_id: Reading::Absent,
    });
    let encoded = section::encode(&facts, SectionKind::Host);
    (encoded.digest, section::compress(&encoded.bytes).unwrap())
}

fn with_host(base: wire::Report, digest: Fingerprint, body: &[u8]) -> wire::Report {
    with_section(base, SectionKind::Host, digest, body)
}

#[tokio::test]
async fn a_report_is_judged_recorded_and_acknowledged() {
    let (world, device, mut talk) = World::with_device().await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    let from_collector::Body::Ack(ack) = talk.heard().await else {
        panic!("no acknowledgement");
    };
    assert_eq!(ack.sequence, 1);
    let posture = world.posture(&device).await;
    let verdict = posture.verdict.unwrap();
    assert_ne!(verdict.standing.name(), "compliant", "nothing was read");
    assert!(!verdict.findings.is_empty());
    assert_eq!(world.audited("verdict.changed").await, 1);
}

#[tokio::test]
async fn unchanged_reports_are_recorded_without_a_word_each_and_in_order() {
    let (world, device, mut talk) = World::with_device().await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    for sequence in 2..=40 {
        talk.say(from_agent::Body::Report(report(sequence, false)))
            .await;
    }
    for sequence in 1..=40 {
        assert_eq!(talk.acknowledged().await, sequence);
    }
    assert_eq!(
        recorded(&world, &device).await,
        (1..=40).collect::<Vec<_>>()
    );
    assert_eq!(world.audited("report.recorded").await, 0);
}

#[tokio::test]
async fn a_report_sent_again_is_acknowledged_again_and_recorded_once() {
    let (world, device, mut talk) = World::with_device().await;
    for sequence in [1, 1, 2, 1, 2] {
        talk.say(from_agent::Body::Report(report(sequence, true)))
            .await;
    }
    for sequence in [1, 1, 2, 1, 2] {
        assert_eq!(talk.acknowledged().await, sequence);
    }
    assert_eq!(recorded(&world, &device).await, vec![1, 2]);
}

/// The report of an agent that does not know the sections which came later.
fn older(sequence: u64) -> wire::Report {
    let mut report = report(sequence, false);
    let first = SectionKind::FIRST.map(|kind| i32::from(wire::SectionKind::from(kind)));
    report
        .sections
        .retain(|section| first.contains(&section.kind));
    report
}

#[tokio::test]
async fn a_section_that_a_report_leaves_out_proves_nothing_any_longer() {
    let world = World::new().await;
    let desk = Desk::of(&world.collector);
    let policy = format!("{LENIENT}[rules.os-supported]\n");
    desk.policy_apply(&policy, &officer()).await.unwrap();
    let mut facts = Facts::not_asked();
    facts.platform = Reading::Absent;
    let platform = section::encode(&facts, SectionKind::Platform);
    let body = section::compress(&platform.bytes).unwrap();
    let told = |sequence, body: &[u8]| {
        let whole = report(sequence, !body.is_empty());
        with_section(whole, SectionKind::Platform, platform.digest, body)
    };
    let evidence = async |device: &Device| {
        let verdict = world.posture(device).await.verdict.unwrap();
        let mut findings = verdict.findings.iter();
        let found = findings.find(|finding| finding.rule.0 == "os-supported");
        found.unwrap().cause.clone()
    };
    // On the stream that told it, and on the next one, where what is known is read back.
    for again in [false, true] {
        let device = world.device(if again { "ken" } else { "aiko" }).await;
        let (mut talk, welcome) = world.attach(&device, b"").await;
        talk.say(from_agent::Body::Report(told(1, &body))).await;
        assert_eq!(talk.acknowledged().await, 1);
        let told_cause = evidence(&device).await;
        if again {
            drop(talk);
            talk = world.attach(&device, &welcome.thread).await.0;
        }
        talk.say(from_agent::Body::Report(older(2))).await;
        assert_eq!(talk.acknowledged().await, 2);
        assert_ne!(evidence(&device).await, told_cause);
        let posture = world.posture(&device).await;
        assert_eq!(posture.sections.len(), SectionKind::FIRST.len());
        talk.say(from_agent::Body::Report(older(3))).await;
        assert_eq!(talk.acknowledged().await, 3);
        // It is told anew in full when the laptop has it again.
        talk.say(from_agent::Body::Report(told(4, b""))).await;
        let from_collector::Body::Need(need) = talk.heard().await else {
            panic!("what was put away is taken for held");
        };
        let later = SectionKind::ALL.len() - SectionKind::FIRST.len();
        assert_eq!(need.sections.len(), later);
        talk.say(from_agent::Body::Report(told(4, &body))).await;
        assert_eq!(talk.acknowledged().await, 4);
        assert_eq!(evidence(&device).await, told_cause);
    }
    assert_eq!(world.audited("left_out").await, 2);
}

#[tokio::test]
async fn after_a_break_the_welcome_says_what_is_held_and_digests_suffice() {
    let world = World::new().await;
    let device = world.device("aiko").await;
    let (mut talk, welcome) = world.attach(&device, b"").await;
    assert_eq!(welcome.last_sequence, 0);
    talk.say(from_agent::Body::Report(report(1, true))).await;
    talk.acknowledged().await;
    talk.say(from_agent::Body::Report(report(2, false))).await;
    talk.acknowledged().await;
    drop(talk);
    let (mut talk, welcome) = world.attach(&device, &welcome.thread).await;
    assert_eq!(welcome.last_sequence, 2);
    assert_eq!(welcome.sections.len(), SectionKind::ALL.len());
    let (digest, body) = host("aiko");
    let changed = with_host(report(3, false), digest, &body);
    talk.say(from_agent::Body::Report(changed)).await;
    assert_eq!(talk.acknowledged().await, 3);
    let held = world
        .store()
        .section_fetch(device.id, SectionKind::Host)
        .await
        .unwrap();
    assert_eq!(held, Some((digest, body)));
}

#[tokio::test]
async fn sections_that_are_not_held_are_asked_for_and_later_reports_wait() {
    let (world, device, mut talk) = World::with_device().await;
    talk.say(from_agent::Body::Report(report(1, false))).await;
    talk.say(from_agent::Body::Report(report(2, true))).await;
    let from_collector::Body::Need(need) = talk.heard().await else {
        panic!("nothing is needed");
    };
    assert_eq!(need.sequence, 1);
    assert_eq!(need.sections.len(), SectionKind::ALL.len());
    assert!(matches!(talk.heard().await, from_collector::Body::Busy(busy) if busy.sequence == 2));
    talk.say(from_agent::Body::Report(report(1, true))).await;
    talk.say(from_agent::Body::Report(report(2, false))).await;
    assert_eq!(talk.acknowledged().await, 1);
    assert_eq!(talk.acknowledged().await, 2);
    assert_eq!(recorded(&world, &device).await, vec![1, 2]);
}

/// A stream of an attached device on which all of this has come already.
async fn said_at_once(world: &World, device: &Device, said: Vec<wire::FromAgent>) -> Said {
    let peer = Arc::new(Peer {
        address: ([192, 0, 2, 1], 1).into(),
        certificate: None,
        closer: Arc::default(),
        idle: Idle::default(),
    });
    let thread = world.posture(device).await.thread.last;
    let read = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&read);
    let said = std::iter::once(device.hello(&thread)).chain(said);
    let inbound = tokio_stream::iter(said.collect::<Vec<_>>()).map(move |said| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(said)
    });
    let presented = Presented::read(device.chain.first().unwrap()).unwrap();
    let collector = Arc::clone(&world.collector);
    Said {
        talk: Talk::begin(collector, peer, presented, Box::pin(inbound)),
        read,
    }
}

/// A stream, and how many messages of it were read.
struct Said {
    talk: Talk,
    read: Arc<AtomicUsize>,
}

impl Said {
    /// The next answer that is neither welcome nor policy.
    async fn heard(&mut self) -> Option<from_collector::Body> {
        use from_collector::Body;
        loop {
            match self.talk.next().await?.unwrap().body.unwrap() {
                Body::Welcome(_) | Body::Policy(_) => {}
                body => return Some(body),
            }
        }
    }
}

#[tokio::test]
async fn what_comes_behind_a_report_that_was_not_recorded_waits_for_it() {
    let (world, trouble) = Trouble::world().await;
    let device = world.device("aiko").await;
    let (mut talk, _) = world.attach(&device, b"").await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    assert_eq!(talk.acknowledged().await, 1);
    let (aiko, ken) = (host("aiko"), host("ken"));
    let said = [
        with_host(report(2, false), aiko.0, &aiko.1),
        with_host(report(3, false), ken.0, &ken.1),
        with_host(report(4, false), ken.0, b""),
    ];
    let said = said.map(|report| message(from_agent::Body::Report(report)));
    // While the second is written there is no room for the third, and then there is again.
    trouble.refuse_after(1, "report_record");
    let mut stream = said_at_once(&world, &device, said.to_vec()).await;
    let (mut acknowledged, mut busy) = (Vec::new(), Vec::new());
    while let Some(answer) = stream.heard().await {
        match answer {
            from_collector::Body::Ack(ack) => acknowledged.push(ack.sequence),
            from_collector::Body::Busy(said) => busy.push(said.sequence),
            other => panic!("{other:?}"),
        }
    }
    busy.sort_unstable();
    assert_eq!((acknowledged, busy), (vec![2], vec![3, 4]));
    let mut stream = said_at_once(&world, &device, said.to_vec()).await;
    while stream.heard().await.is_some() {}
    assert_eq!(recorded(&world, &device).await, [1, 2, 3, 4]);
    assert_eq!(world.audited("report.superseded").await, 0);
    let held = world.posture(&device).await.sections;
    assert!(held.contains(&(SectionKind::Host, ken.0)), "{held:?}");
}

/// Reports until the laptop is told to wait; gives what it is told.
async fn until_busy(
    talk: &mut crate::world::Talk,
    mut next: impl FnMut(u64) -> wire::Report,
) -> wire::Busy {
    talk.say(from_agent::Body::Report(report(1, true))).await;
    assert_eq!(talk.acknowledged().await, 1);
    for number in 2..2000 {
        talk.say(from_agent::Body::Report(next(number))).await;
        match talk.heard().await {
            from_collector::Body::Ack(_) => {}
            from_collector::Body::Busy(busy) => return busy,
            other => panic!("{other:?}"),
        }
    }
    panic!("nothing bounds the reports of one laptop");
}

fn is_told_to_wait(busy: &wire::Busy) {
    assert!(busy.reason.contains("too many reports"), "{}", busy.reason);
    assert!((1..=3000).contains(&busy.retry_after_ms), "{busy:?}");
}

#[tokio::test]
async fn a_laptop_that_reports_changes_without_end_is_told_to_wait_and_others_are_not() {
    let (world, device, mut talk) = World::with_device().await;
    let names = [host("aiko"), host("ken")];
    let changed = |number: u64| {
        let (digest, body) = &names[usize::try_from(number % 2).unwrap()];
        with_host(report(number, false), *digest, body)
    };
    let busy = until_busy(&mut talk, changed).await;
    is_told_to_wait(&busy);
    assert_eq!(world.posture(&device).await.sequence.0, busy.sequence - 1);

    let other = world.device("ken").await;
    let (mut talk, _) = world.attach(&other, b"").await;
    talk.say(from_agent::Body::Report(report(1, true))).await;
    assert_eq!(talk.acknowledged().await, 1);
}

#[tokio::test]
async fn a_laptop_that_leaves_numbers_out_without_end_is_told_to_wait() {
    let (world, _, mut talk) = World::with_device().await;
    let every_other = |number: u64| report(number * 2, false);
    is_told_to_wait(&until_busy(&mut talk, every_other).await);
    assert!(world.audited("report.recorded").await < 1300);
}

#[tokio::test]
async fn a_laptop_that_reports_nothing_new_without_end_is_told_to_wait() {
    let (_world, _, mut talk) = World::with_device().await;
    is_told_to_wait(&until_busy(&mut talk, |number| report(number, false)).await);
}

#[tokio::test]
async fn a_report_counted_to_the_end_of_the_numbers_is_refused_and_the_device_goes_on() {
    let (world, device, mut talk) = World::with_device().await;
    talk.say(from_agent::Body::Report(report(u64::MAX, true)))
        .await;
    let ended = talk.ended().await;
    assert_eq!(ended.code(), tonic::Code::InvalidArgument, "{ended}");
    assert_eq!(world.audited("message.refused").await, 1);
    let thread = world.posture(&device).await.thread.last;
    let (mut talk, _) = world.attach(&device, &thread).await;
    talk.say(from_agent::Body::Report(report(SEQUENCE_LEAP_MAX, true)))
        .await;
    assert_eq!(talk.acknowledged().await, SEQUENCE_LEAP_MAX);
}

#[tokio::test]
async fn no_more_is_read_than_is_answered() {
    let (world, device, _first) = World::with_device().await;
    let pulses = (1..=1000).map(|number| message(from_agent::Body::Pulse(wire::Pulse { number })));
    let mut stream = said_at_once(&world, &device, pulses.collect()).await;
    let (mut answered, mut ahead) = (0, 0);
    while stream.heard().await.is_some() {
        answered += 1;
        ahead = ahead.max(stream.read.load(Ordering::Relaxed).saturating_sub(answered));
    }
    assert_eq!(answered, 1000);
    assert!(ahead <= ANSWERS_MAX + 1, "{ahead} were read ahead");
}

#[tokio::test]
async fn a_section_in_chunks_is_put_together() {
    let (world, device, mut talk) = World::with_device().await;
    let (digest, body) = host("aiko");
    let pieces: Vec<_> = body.chunks(20).collect();
    for (index, piece) in pieces.iter().enumerate() {
        talk.say(from_agent::Body::Chunk(wire::SectionChunk {
            digest: digest.as_bytes().to_vec().into(),
            index: u32::try_from(index).unwrap(),
            count: u32::try_from(pieces.len()).unwrap(),
            data: piece.to_vec().into(),
        }))
        .await;
    }
    let whole = with_host(report(1, true), digest, b"");
    talk.say(from_agent::Body::Report(whole)).await;
    assert_eq!(talk.acknowledged().await, 1);
    let held = world
        .store()
        .section_fetch(device.id, SectionKind::Host)
        .await
        .unwrap();
    assert_eq!(held, Some((digest, body)));
}

#[tokio::test]
async fn folded_reports_are_named_in_the_log_and_so_is_a_gap() {
    let (world, device, mut talk) = World::with_device().await;
    let mut folded = report(5, true);
    folded.folded_from = 1;
    talk.say(from_agent::Body::Report(folded)).await;
    talk.say(from_agent::Body::Report(report(9, false))).await;
    assert_eq!(talk.acknowledged().await, 5);
    assert_eq!(talk.acknowledged().await, 9);
    assert_eq!(world.audited("folded_from").await, 1);
    assert_eq!(world.audited("missing_from").await, 1);
    talk.say(from_agent::Body::Report(report(7, true))).await;
    assert_eq!(talk.acknowledged().await, 7);
    assert_eq!(recorded(&world, &device).await, vec![5, 9]);
    assert_eq!(world.audited("report.superseded").await, 1);
}

#[tokio::test]
async fn a_clock_a_year_off_is_measured_and_the_report_is_judged_by_the_collectors_time() {
    const YEAR_MS: i64 = 365 * 86_400_000;
    for off in [-YEAR_MS, YEAR_MS] {
        let (world, device, mut talk) = World::with_device().await;
        let mut said = message(from_agent::Body::Report(report(1, true)));
        said.at_ms += off;
        if let Some(from_agent::Body::Report(report)) = &mut said.body {
            report.taken_at_ms += off;
        }
        talk.say.send(said).await.unwrap();
        assert_eq!(talk.acknowledged().await, 1);
        let posture = world.posture(&device).await;
        assert!(
            (posture.clock_skew.0 - off).abs() < 60_000,
            "{:?}",
            posture.clock_skew
        );
        let judged = posture.verdict.unwrap().judged_at;
        let now = sekisho_collector::clock::now();
        assert!(now.since(judged).0.abs() < 60_000, "{judged}");
    }
}
