//! Messages as the first release put them on the wire. Laptops update late: what they say must be
//! understood for years.
//!
//! Touches `proto/testdata`. Must never overwrite what is there: with `SEKISHO_WRITE_GOLDEN=1` only
//! missing files are written.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test fails the test"
)]

#[path = "golden/antivirus.rs"]
mod antivirus;
#[path = "golden/network.rs"]
mod network;
#[path = "golden/newer.rs"]
mod newer;

use std::path::Path;

use prost::Message;
use sekisho_policy::facts::software::PackageScope;
use sekisho_policy::facts::*;
use sekisho_policy::finding::{self, Finding, Outcome, Past, RuleId, Severity, Standing, Verdict};
use sekisho_policy::id::{DeviceId, Fingerprint, Generation, Sequence};
use sekisho_policy::order::{
    Access, Endpoint, Enforcement, Gap, GapKind, Order, Probe, RefusedOrder, WhyRefused,
};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::register::{DataClass, Entry, Registration};
use sekisho_policy::time::Timestamp;
use sekisho_proto::beacon::Beacons;
use sekisho_proto::convert::{EnrolRequest, EnrolResponse, Marks, RenewExpiredRequest};
use sekisho_proto::message::*;
use sekisho_proto::order::{OrderBody, Request, RequestKind, Unsigned, open, terms};
use sekisho_proto::{section, wire};

const AT: Timestamp = Timestamp(1_795_379_612_345);
const DEVICE: DeviceId = DeviceId::from_bytes(*b"\x01\x98\xc0\xde\0\0\x70\0\x80\0\0\0\0\0\0\x01");
const DIGEST: Fingerprint = Fingerprint::from_bytes([0xd1; 32]);

/// The bytes kept under this name; written from the sample where there are none yet.
#[track_caller]
fn golden(name: &str, sample: Vec<u8>) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(name);
    if std::env::var_os("SEKISHO_WRITE_GOLDEN").is_some() && !path.exists() {
        std::fs::write(&path, sample).unwrap();
    }
    std::fs::read(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display()))
}

#[track_caller]
fn check<W, D>(name: &str, sample: D)
where
    W: Message + Default + From<D>,
    D: Clone + PartialEq + TryFrom<W, Error: std::fmt::Debug>,
{
    let bytes = golden(name, W::from(sample.clone()).encode_to_vec());
    let read = D::try_from(W::decode(bytes.as_slice()).unwrap()).unwrap();
    assert!(read == sample, "{name} says something else than it did");
}

#[track_caller]
fn check_agent(name: &str, body: FromAgentBody) {
    check::<wire::FromAgent, _>(name, FromAgent { at: AT, body });
}

#[track_caller]
fn check_collector(name: &str, body: FromCollectorBody) {
    check::<wire::FromCollector, _>(name, FromCollector { at: AT, body });
}

fn known(text: &str) -> Reading<String> {
    Reading::Known(text.to_owned())
}

fn marks() -> Marks {
    Marks {
        hostname: "aiko-laptop".to_owned(),
        product_uuid: known("4c4c4544-0000-2010-8020-80c04f202020"),
        serial: Reading::Absent,
        machine_mark: known("5d41402a"),
        boot_id: Reading::Unknown(Why::NotPermitted("/proc".to_owned())),
    }
}

fn entry() -> Entry {
    Entry {
        registration: Some(Registration::Approved),
        group: "sales".to_owned(),
        data_class: Some(DataClass::Confidential),
        approved_until: Some(AT),
        take_out: None,
        cloned: true,
        exceptions: vec![],
        silent: None,
    }
}

fn facts() -> Facts {
    let evidence = vec![Evidence::new("/sys/block/dm-0/dm/uuid", "CRYPT-LUKS2-関")];
    Facts {
        host: Reading::Known(Host {
            hostname: "aiko-laptop".to_owned(),
            os_id: "debian".to_owned(),
            os_version: known("13"),
            os_name: "Debian GNU/Linux 13 (trixie)".to_owned(),
            kernel: "6.12.0".to_owned(),
            architecture: "x86_64".to_owned(),
            model: known("Kakeashi 14"),
            product_uuid: Reading::Absent,
            serial: Reading::Unknown(Why::NotPermitted("product_serial".to_owned())),
            machine_mark: known("5d41402a"),
            boot_id: known("8a0f"),
        }),
        volumes: Reading::Known(vec![Volume {
            place: Place::Mounted("/".to_owned()),
            device: "254:0".to_owned(),
            source: "/dev/mapper/root".to_owned(),
            filesystem: "ext4".to_owned(),
            size_bytes: Some(512_000_000_000),
            removable: Reading::Known(false),
            exemption: Some(Exemption::Boot),
            encryption: Reading::Known(Encryption::Plain(PlainReason::PlainLeg("sda2".to_owned()))),
            evidence: evidence.clone(),
        }]),
        antivirus: Reading::Known(vec![AntivirusProduct {
            name: "ClamAV".to_owned(),
            vendor: "Cisco".to_owned(),
            engine_version: known("1.4.3"),
            running: Reading::Known(true),
            realtime: Reading::Unknown(Why::TimedOut("2 s".to_owned())),
            // The first release did not tell these.
            healthy: Reading::Unknown(Why::NotAsked),
            scans: Reading::Unknown(Why::NotAsked),
            detections: Reading::Unknown(Why::NotAsked),
            definitions_kind: DefinitionsKind::Pattern,
            definitions: Reading::Known(Definitions {
                version: "27800".to_owned(),
                built_at: AT,
            }),
            evidence,
        }]),
        software: Reading::Known(Software {
            sources: vec![
                (PackageSource::Dpkg, Reading::Known(1)),
                (PackageSource::Snap, Reading::Absent),
            ],
            packages: vec![Package {
                source: PackageSource::Dpkg,
                name: "libssl3t64".to_owned(),
                architecture: "amd64".to_owned(),
                version: "3.5.4-1".to_owned(),
                vendor: "Debian OpenSSL Team".to_owned(),
                origin: Some(("openssl".to_owned(), "3.5.4-1".to_owned())),
                state: PackageState::Broken,
                scope: PackageScope::User("1000".to_owned()),
            }],
        }),
        platform: Reading::Known(platform()),
        network: Reading::Known(network::network()),
    }
}

fn platform() -> Platform {
    Platform {
        release: Reading::Known(Release {
            id: "debian".to_owned(),
            version: known("13"),
            name: "Debian GNU/Linux 13 (trixie)".to_owned(),
            supported_until: Reading::Known(AT),
            evidence: vec![Evidence::new("/etc/os-release ID", "debian")],
        }),
        updates: Reading::Known(Updates {
            source: PackageSource::Dpkg,
            listed_at: AT,
            count: 2,
            pending: vec![PendingUpdate {
                name: "libssl3t64".to_owned(),
                architecture: "amd64".to_owned(),
                installed: "3.5.4-1".to_owned(),
                available: "3.5.4-1~deb13u1".to_owned(),
            }],
            restart_needed: Reading::Unknown(Why::NotPermitted("/run".to_owned())),
            evidence: vec![Evidence::new("InRelease", "Suite: stable-security")],
        }),
        screen_locks: Reading::Known(vec![ScreenLock {
            user: "aiko".to_owned(),
            desktop: Desktop::Kde,
            locks_after_secs: Reading::Known(305),
            evidence: vec![Evidence::new("/etc/xdg/kscreenlockerrc Timeout", "5")],
        }]),
        firewall: Reading::Known(Firewall {
            ipv4: Reading::Known(true),
            ipv6: Reading::Absent,
            evidence: vec![Evidence::new("nft inet filter input", "policy drop")],
        }),
        secure_boot: Reading::Known(SecureBoot {
            enabled: true,
            evidence: vec![Evidence::new("SecureBoot", "1")],
        }),
        tpm: Reading::Known(Tpm {
            version: Reading::Known(2),
            evidence: vec![Evidence::new("tpm_version_major", "2")],
        }),
        administrators: Reading::Known(Administrators {
            accounts: vec![Administrator {
                name: "aiko".to_owned(),
                is_root: false,
                groups: vec!["sudo".to_owned()],
            }],
            not_read: vec!["sss".to_owned()],
            evidence: vec![Evidence::new("/etc/group sudo", "aiko")],
        }),
        agent: Reading::Known(AgentHealth {
            version: "0.1.0".to_owned(),
            started_at: AT,
            not_watched: vec!["/var/lib/dpkg".to_owned()],
        }),
    }
}

#[test]
fn sections_of_the_first_release_are_understood() {
    let sample = facts();
    let mut read = Facts::not_asked();
    for kind in SectionKind::ALL {
        let name = format!("section-{}.bin", kind.name());
        let bytes = golden(&name, section::encode(&sample, kind).bytes);
        section::decode(kind, &bytes, &mut read).unwrap();
    }
    assert_eq!(read, sample);
}

#[test]
fn a_compressed_section_of_the_first_release_is_understood() {
    let sample = section::encode(&facts(), SectionKind::Host);
    let frame = golden(
        "section-host.zst",
        section::compress(&sample.bytes).unwrap(),
    );
    assert_eq!(
        section::unseal(&frame, sample.digest).unwrap(),
        sample.bytes
    );
}

#[test]
fn agents_of_the_first_release_are_understood() {
    check_agent(
        "agent-hello.bin",
        FromAgentBody::Hello(Hello {
            protocol: PROTOCOL,
            agent_version: "0.1.0".to_owned(),
            device: DEVICE,
            marks: marks(),
            thread: vec![0x17; 32],
            policy: Some(DIGEST),
            generation: Generation(3),
        }),
    );
    check_agent(
        "agent-chunk.bin",
        FromAgentBody::Chunk(Chunk {
            digest: DIGEST,
            index: 2,
            count: 3,
            data: vec![5; 16].into(),
        }),
    );
    check_agent(
        "agent-report.bin",
        FromAgentBody::Report(ReportHead {
            sequence: Sequence(42),
            taken_at: AT,
            sections: SectionKind::FIRST
                .map(|kind| SectionRef {
                    kind,
                    digest: DIGEST,
                    body: vec![6; 8].into(),
                })
                .to_vec(),
            folded_from: Some(Sequence(40)),
        }),
    );
    check_agent("agent-pulse.bin", FromAgentBody::Pulse(7));
    check_agent(
        "agent-enforcement.bin",
        FromAgentBody::Enforcement(Enforcement {
            desired: (Generation(4), Access::Isolated),
            applied: Reading::Known(Access::Isolated),
            verified: Reading::Unknown(Why::TimedOut("probe".to_owned())),
            probes: vec![Probe {
                name: "other-v6".to_owned(),
                open: Reading::Known(false),
            }],
            observed_at: AT,
            lifted_until: Some(AT),
            reasserted: 2,
            gaps: vec![Gap {
                kind: GapKind::Frames,
                detail: "no egress hook".to_owned(),
            }],
            refused: 3,
            last_refused: Some(RefusedOrder {
                at: AT,
                why: WhyRefused::Older,
                generation: Some(Generation(2)),
                detail: "generation 2 is older than 4".to_owned(),
            }),
        }),
    );
}

#[test]
fn collectors_of_the_first_release_are_understood() {
    let sections = SectionKind::FIRST.map(|kind| (kind, DIGEST)).to_vec();
    check_collector(
        "collector-welcome.bin",
        FromCollectorBody::Welcome(Welcome {
            thread: vec![0x18; 32],
            register: entry(),
            last_sequence: Sequence(41),
            sections: sections.clone(),
            pulse_secs: 60,
            beacons: Beacons::default(),
        }),
    );
    check_collector(
        "collector-ack.bin",
        FromCollectorBody::Ack(Ack {
            sequence: Sequence(42),
            standing: Some(Standing::Grace),
        }),
    );
    check_collector(
        "collector-need.bin",
        FromCollectorBody::Need(Need {
            sequence: Sequence(42),
            sections,
        }),
    );
    check_collector(
        "collector-busy.bin",
        FromCollectorBody::Busy(Busy {
            sequence: Sequence(42),
            retry_after_ms: 1500,
            reason: "the store is busy".to_owned(),
        }),
    );
    check_collector(
        "collector-policy.bin",
        FromCollectorBody::Policy("format = 1".to_owned()),
    );
    check_collector("collector-pulse.bin", FromCollectorBody::Pulse(7));
    check_collector(
        "collector-register.bin",
        FromCollectorBody::Register(entry()),
    );
}

#[test]
fn beacons_as_they_were_first_told_are_understood() {
    check_collector(
        "collector-welcome-beacons.bin",
        FromCollectorBody::Welcome(Welcome {
            thread: vec![0x18; 32],
            register: entry(),
            last_sequence: Sequence(41),
            sections: Vec::new(),
            pulse_secs: 60,
            beacons: Beacons {
                addresses: ["10.1.2.3:7445", "[fd12::7]:7445"]
                    .map(|address| address.parse().unwrap())
                    .to_vec(),
                pins: vec![DIGEST, Fingerprint::from_bytes([0xd2; 32])],
            },
        }),
    );
}

#[test]
fn orders_of_the_first_release_are_understood() {
    let state = OrderBody::State(Order {
        device: DEVICE,
        generation: Generation(4),
        access: Access::Isolated,
        reason: "マルウェア検出".to_owned(),
        issued_at: AT,
        until: Some(AT),
        incident: Some("IR-2026-1".to_owned()),
        allow: vec![
            Endpoint::tcp([192, 0, 2, 7].into(), 443),
            Endpoint::tcp([0x2001, 0xdb8, 0, 0, 0, 0, 0, 7].into(), 8443),
        ],
    });
    let request = OrderBody::Request(Request {
        device: DEVICE,
        id: [0x11; 16],
        kind: RequestKind::CheckNow,
        reason: "audit".to_owned(),
        issued_at: AT,
        until: None,
        incident: None,
    });
    for (name, body, generation) in [
        ("order-state.bin", state, Generation(4)),
        ("order-request.bin", request, Generation(0)),
    ] {
        let others = |last| (DeviceId::from_bytes([last; 16]), generation);
        let recipients = vec![others(1), others(2), (DEVICE, generation)];
        let command = Unsigned::new(terms(&body), recipients);
        let sealed = command.seal([9; 8], &[3; 64]);
        let order = command.orders(&sealed).nth(2).unwrap();
        let bytes = golden(name, order.encode_to_vec());
        let read = wire::SignedOrder::decode(bytes.as_slice()).unwrap();
        // The message that is signed is part of the contract as much as the bytes of the order.
        let opened = open(&read, |key, message, _| {
            *key == [9; 8] && message == command.signed_bytes()
        });
        assert_eq!(opened.unwrap(), body);
    }
}

#[test]
fn enrolments_of_the_first_release_are_understood() {
    check::<wire::EnrolRequest, _>(
        "enrol-request.bin",
        EnrolRequest {
            nonce: vec![1; 32].into(),
            token: vec![2; 32].into(),
            csr: vec![3; 300].into(),
            proof: vec![4; 71].into(),
            marks: marks(),
        },
    );
    check::<wire::EnrolResponse, _>(
        "enrol-response.bin",
        EnrolResponse {
            device: DEVICE,
            chain: vec![vec![5; 400].into()],
            roots: vec![vec![6; 400].into()],
            order_keys: vec![[7; 32]],
            break_glass_secret: [8; 32],
            register: entry(),
            agent_port: 7443,
        },
    );
    let bytes = golden(
        "renew-expired-request.bin",
        wire::RenewExpiredRequest {
            nonce: vec![1; 32].into(),
            certificate: vec![2; 400].into(),
            csr: vec![3; 300].into(),
            proof: vec![4; 71].into(),
        }
        .encode_to_vec(),
    );
    let read = wire::RenewExpiredRequest::decode(bytes.as_slice()).unwrap();
    assert_eq!(
        RenewExpiredRequest::try_from(read).unwrap().csr,
        vec![3; 300]
    );
}

#[test]
fn a_verdict_of_the_first_release_is_understood() {
    let sample = Verdict {
        sequence: Sequence(42),
        judged_at: AT,
        policy: DIGEST,
        standing: Standing::Violation,
        findings: vec![Finding {
            rule: RuleId("disk-encrypted".to_owned()),
            own: None,
            outcome: Outcome::Fail,
            severity: Severity::High,
            counts: true,
            exception: None,
            cause: finding::Message::new("disk-plain").with("place", "/home"),
            remedy: Some(finding::Message::new("disk-plain-remedy")),
            evidence: vec![Evidence::new("a", "b")],
            first_failed_at: Some(AT),
            due_at: Some(AT),
            past: Past::default(),
        }],
    };
    let bytes = golden("verdict.bin", wire::Verdict::from(&sample).encode_to_vec());
    let read = wire::Verdict::decode(bytes.as_slice()).unwrap();
    assert_eq!(Verdict::try_from(read).unwrap(), sample);
}
