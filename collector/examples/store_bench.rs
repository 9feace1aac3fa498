//! bench (not landed)
use sekisho_collector::audit::LogKey;
use sekisho_collector::record::*;
use sekisho_collector::store::{Store, sled::SledStore};
use sekisho_policy::facts::Evidence;
use sekisho_policy::facts::SectionKind;
use sekisho_policy::finding::*;
use sekisho_policy::id::*;
use sekisho_policy::reading::Reading;
use sekisho_policy::register::Registration;
use sekisho_policy::time::*;
#[global_allocator]
static A: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;
use std::sync::Arc;
use std::time::Instant;

fn cpu() -> f64 {
    let u = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).unwrap();
    let t = |v: nix::sys::time::TimeVal| v.tv_sec() as f64 + v.tv_usec() as f64 / 1e6;
    t(u.user_time()) + t(u.system_time())
}
fn id(n: u32) -> DeviceId {
    let mut b = [0u8; 16];
    b[..4].copy_from_slice(&n.wrapping_mul(2654435761).to_be_bytes());
    b[4..8].copy_from_slice(&n.to_be_bytes());
    DeviceId::from_bytes(b)
}
fn posture(seq: u64) -> Posture {
    let findings = (0..6)
        .map(|n| Finding {
            rule: RuleId(format!("rule-{n}")),
            outcome: Outcome::Pass,
            severity: Severity::High,
            counts: false,
            cause: Message::new("disk-encrypted-pass"),
            remedy: None,
            evidence: vec![Evidence::new(
                "/sys/block/dm-0/dm/uuid",
                "CRYPT-LUKS2-0123456789",
            )],
            first_failed_at: None,
            due_at: None,
        })
        .collect();
    Posture {
        agent_version: "0.1.0".into(),
        thread: Thread {
            last: vec![1; 16],
            before: vec![2; 16],
        },
        sequence: Sequence(seq),
        taken_at: Timestamp(1_795_379_612_000 + seq as i64),
        recorded_at: Timestamp(1_795_379_612_100 + seq as i64),
        sections: SectionKind::ALL
            .iter()
            .map(|k| (*k, Fingerprint::of(k.name().as_bytes())))
            .collect(),
        verdict: Some(Verdict {
            sequence: Sequence(seq),
            judged_at: Timestamp(1),
            policy: Fingerprint::of(b"p"),
            standing: Standing::Compliant,
            findings,
        }),
        clock_skew: Span(3),
        enforcement: None,
        seen_at: Timestamp(1_795_379_612_100),
    }
}
#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let dir = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    let devices: u32 = std::env::args().nth(2).unwrap().parse().unwrap();
    let n: u32 = std::env::args().nth(3).unwrap().parse().unwrap();
    let mode = std::env::args().nth(4).unwrap();
    let _ = std::fs::remove_dir_all(&dir);
    let mut x = 88172645463325252u64;
    let body: Vec<u8> = (0..2048)
        .map(|_| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            x as u8
        })
        .collect();
    if mode == "raw" {
        let db = sled::Config::new()
            .path(&dir)
            .flush_every_ms(None)
            .open()
            .unwrap();
        let f = std::fs::OpenOptions::new()
            .write(true)
            .open(dir.join("db"))
            .unwrap();
        let (c, t) = (cpu(), Instant::now());
        let mut done = 0;
        while done < n {
            let mut b = sled::Batch::default();
            for _ in 0..512 {
                b.insert(&id(done % devices).as_bytes()[..], &body[..]);
                done += 1;
            }
            db.apply_batch(b).unwrap();
            db.flush().unwrap();
            f.sync_data().unwrap();
        }
        println!(
            "raw {:.0}/s {:.1} us cpu",
            done as f64 / t.elapsed().as_secs_f64(),
            (cpu() - c) * 1e6 / done as f64
        );
        return;
    }
    let store =
        Arc::new(SledStore::open(&dir, Arc::new(LogKey::from_seed(&[1; 32]).unwrap())).unwrap());
    let token = Token {
        id: TokenId([1; 8]),
        digest: Fingerprint::of(b"t"),
        note: String::new(),
        group: String::new(),
        approves: true,
        uses_left: u32::MAX,
        created_at: Timestamp(0),
        expires_at: Timestamp(0),
        withdrawn: false,
    };
    store.token_add(token.clone(), vec![]).await.unwrap();
    let m = || Marks {
        hostname: "aiko".into(),
        product_uuid: Reading::Known("x".into()),
        serial: Reading::Absent,
        machine_mark: Reading::Absent,
        boot_id: Reading::Absent,
    };
    let mut set = tokio::task::JoinSet::new();
    for d in 0..devices {
        let (store, token) = (store.clone(), token.clone());
        let device = Device {
            id: id(d),
            revision: 1,
            name: "x".into(),
            registration: Registration::Approved,
            group: String::new(),
            data_class: None,
            owner: String::new(),
            asset_number: String::new(),
            enrolled_at: Timestamp(0),
            approved_until: None,
            token: token.id,
            key: Fingerprint::of(&d.to_be_bytes()),
            certificates: vec![],
            marks: m(),
            clones: None,
        };
        set.spawn(async move {
            store.device_enrol(device, vec![]).await.unwrap();
            store
                .report_record(AcceptedReport {
                    device: id(d),
                    posture: posture(1),
                    sections: vec![],
                    audit: vec![],
                })
                .await
                .unwrap();
        });
        if set.len() > 500 {
            set.join_next().await;
        }
    }
    while set.join_next().await.is_some() {}
    let (c, t) = (cpu(), Instant::now());
    let next = Arc::new(std::sync::atomic::AtomicU32::new(0));
    for worker in 0..512u32 {
        let (store, next, body, mode) = (store.clone(), next.clone(), body.clone(), mode.clone());
        set.spawn(async move {
            let mut seq = 1;
            let mut k = 0;
            loop {
                if next.fetch_add(1, std::sync::atomic::Ordering::Relaxed) >= n {
                    return;
                }
                let d = worker + 512 * (k % (devices / 512).max(1));
                if k % (devices / 512).max(1) == 0 {
                    seq += 1;
                }
                k += 1;
                if mode == "routine" {
                    store
                        .report_record_routine(RoutineReport {
                            device: id(d),
                            sequence: Sequence(seq),
                            taken_at: Timestamp(1_795_379_612_000 + seq as i64 * 1000),
                            recorded_at: Timestamp(1_795_379_612_010 + seq as i64 * 1000),
                        })
                        .await
                        .unwrap();
                } else {
                    let audit = if mode == "changed" {
                        vec![AuditEvent {
                            at: Timestamp(1_795_379_612_000),
                            actor: Actor::Device(id(d)),
                            action: "report.changed",
                            device: Some(id(d)),
                            details: vec![
                                ("sequence", seq.to_string()),
                                ("sections", "host".to_string()),
                                ("standing", "compliant".to_string()),
                            ],
                        }]
                    } else {
                        vec![]
                    };
                    store
                        .report_record(AcceptedReport {
                            device: id(d),
                            posture: posture(seq),
                            sections: vec![(
                                SectionKind::Volumes,
                                Fingerprint::of(b"x"),
                                body.clone(),
                            )],
                            audit,
                        })
                        .await
                        .unwrap();
                }
            }
        });
    }
    while set.join_next().await.is_some() {}
    let el = t.elapsed().as_secs_f64();
    println!(
        "{mode} {:.0}/s {:.1} us cpu; audit {}",
        n as f64 / el,
        (cpu() - c) * 1e6 / n as f64,
        store.audit_root().await.unwrap().size
    );
    drop(store);
    let size: u64 = walk(&dir);
    println!("disk {} MiB", size >> 20);
}
fn walk(p: &std::path::Path) -> u64 {
    std::fs::read_dir(p)
        .unwrap()
        .map(|e| {
            let e = e.unwrap();
            let m = e.metadata().unwrap();
            if m.is_dir() {
                walk(&e.path())
            } else {
                use std::os::unix::fs::MetadataExt;
                m.blocks() * 512
            }
        })
        .sum()
}
