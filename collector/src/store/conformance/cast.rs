//! The devices, tokens and reports that the suite tells its stories with.
//!
//! Touches nothing.

use prost::Message as _;

use sekisho_policy::exception::Exception;
use sekisho_policy::facts::{Evidence, SectionKind};
use sekisho_policy::finding::{
    Finding, Message, Outcome, Past, RuleId, Severity, Standing, Verdict,
};
use sekisho_policy::id::{DeviceId, Fingerprint, Generation, Sequence};
use sekisho_policy::order::{Access, Enforcement, Gap, GapKind, Probe, RefusedOrder, WhyRefused};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::register::{DataClass, Registration, TakeOut};
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::order::Unsigned;

use crate::record::{
    AcceptedReport, Actor, AuditEvent, Certificate, CloneCase, Device, ExceptionRow, IssuedCommand,
    IssuedOrder, Marks, PolicyVersion, Posture, RoutineReport, Scope, Step, Thread, Token, TokenId,
};

pub(crate) fn id(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 16])
}

pub(crate) fn token(number: u8, uses_left: u32) -> Token {
    let digest = Fingerprint::of(&[number]);
    let mut name = [0; 8];
    name.copy_from_slice(&digest.as_bytes()[..8]);
    Token {
        id: TokenId(name),
        digest,
        note: "spring intake".to_owned(),
        group: "sales".to_owned(),
        approves: true,
        uses_left,
        created_at: Timestamp(1),
        expires_at: Timestamp(2),
        withdrawn: false,
    }
}

fn marks(hostname: &str) -> Marks {
    Marks {
        hostname: hostname.to_owned(),
        product_uuid: Reading::Known("uuid".to_owned()),
        serial: Reading::Absent,
        machine_mark: Reading::Unknown(Why::NotPermitted("/etc/machine-id".to_owned())),
        boot_id: Reading::Unknown(Why::NotAsked),
    }
}

pub(crate) fn device(number: u8, token: &Token) -> Device {
    Device {
        id: id(number),
        revision: 1,
        name: format!("laptop-{number}"),
        registration: Registration::Pending,
        group: "sales".to_owned(),
        data_class: Some(DataClass::Confidential),
        owner: "花子".to_owned(),
        asset_number: "A-7".to_owned(),
        enrolled_at: Timestamp(10),
        approved_until: Some(Timestamp(20)),
        take_out: Some(TakeOut {
            from: Timestamp(21),
            until: Timestamp(22),
            approved_by: "kenji".to_owned(),
            purpose: "大阪出張".to_owned(),
        }),
        token: token.id,
        key: Fingerprint::of(&[number, 1]),
        certificates: vec![Certificate {
            fingerprint: Fingerprint::of(&[number, 2]),
            not_after: Timestamp(30),
        }],
        marks: marks("aiko"),
        clones: Some(CloneCase {
            noticed_at: Timestamp(40),
            by: "thread".to_owned(),
            known: marks("aiko"),
            came: marks("aiko-copy"),
            came_from: "192.0.2.1:1".to_owned(),
        }),
    }
}

pub(crate) fn posture(sequence: u64) -> Posture {
    Posture {
        agent_version: "0.1.0".to_owned(),
        thread: Thread {
            last: vec![1, 2],
            before: vec![3],
        },
        sequence: Sequence(sequence),
        taken_at: Timestamp(100),
        recorded_at: Timestamp(110),
        sections: vec![(SectionKind::Host, Fingerprint::of(b"host"))],
        verdict: Some(verdict(sequence).into()),
        clock_skew: Span(-7),
        enforcement: Some(enforcement()),
        seen_at: Timestamp(110),
        counted_from: None,
    }
}

fn verdict(sequence: u64) -> Verdict {
    let finding = |outcome, severity| Finding {
        rule: RuleId("disk-encrypted".to_owned()),
        own: None,
        exception: None,
        outcome,
        severity,
        counts: outcome == Outcome::Fail,
        cause: Message::new("disk-plain").with("volume", "/home"),
        remedy: (outcome == Outcome::Fail).then(|| Message::new("disk-remedy")),
        evidence: vec![Evidence::new("/proc/mounts", "/dev/sda1 /home ext4")],
        first_failed_at: (outcome == Outcome::Fail).then_some(Timestamp(90)),
        due_at: (outcome == Outcome::Fail).then_some(Timestamp(190)),
        past: Past::default(),
    };
    Verdict {
        sequence: Sequence(sequence),
        judged_at: Timestamp(105),
        policy: Fingerprint::of(b"policy"),
        standing: Standing::Grace,
        findings: vec![
            finding(Outcome::Pass, Severity::Low),
            finding(Outcome::NotApplicable, Severity::Medium),
            finding(Outcome::Unknown, Severity::High),
            finding(Outcome::Fail, Severity::Critical),
        ],
    }
}

fn enforcement() -> Enforcement {
    Enforcement {
        desired: (Generation(3), Access::Isolated),
        applied: Reading::Known(Access::Isolated),
        verified: Reading::Unknown(Why::TimedOut("probe".to_owned())),
        probes: vec![
            Probe {
                name: "collector".to_owned(),
                open: Reading::Known(true),
            },
            Probe {
                name: "dns".to_owned(),
                open: Reading::Known(false),
            },
            Probe {
                name: "other-v6".to_owned(),
                open: Reading::Absent,
            },
        ],
        observed_at: Timestamp(101),
        lifted_until: Some(Timestamp(102)),
        reasserted: 4,
        gaps: vec![Gap {
            kind: GapKind::OpenConnections,
            detail: "no such call".to_owned(),
        }],
        refused: 2,
        last_refused: Some(RefusedOrder {
            at: Timestamp(100),
            why: WhyRefused::NotTrusted,
            generation: None,
            detail: "key 0101".to_owned(),
        }),
    }
}

pub(crate) fn report(number: u8, sequence: u64, body: &[u8]) -> AcceptedReport {
    AcceptedReport {
        device: id(number),
        follows: Sequence(sequence - 1),
        posture: posture(sequence),
        sections: vec![(SectionKind::Host, Fingerprint::of(body), body.to_vec())],
        audit: vec![event("verdict.changed")],
    }
}

pub(crate) fn routine(number: u8, sequence: u64) -> RoutineReport {
    let at = i64::try_from(sequence).unwrap() * 1000;
    RoutineReport {
        device: id(number),
        sequence: Sequence(sequence),
        taken_at: Timestamp(at),
        recorded_at: Timestamp(at + 5),
    }
}

/// A command that gives each device, by its number, an order of a generation; and its orders as they are
/// sent.
pub(crate) fn command(to: &[(u8, u64)]) -> (IssuedCommand, Vec<Vec<u8>>) {
    let recipients = to
        .iter()
        .map(|(number, generation)| (id(*number), Generation(*generation)));
    let unsigned = Unsigned::new(b"terms".to_vec(), recipients.collect());
    let command = unsigned.seal([9; 8], &[8; 64]);
    let orders = unsigned.orders(&command);
    let issued = IssuedCommand {
        access: Access::Isolated,
        signed: command.encode_to_vec(),
        parts: unsigned.parts().collect(),
        issued_at: Timestamp(50),
        issued_by: "taro".to_owned(),
        reason: "感染の疑い".to_owned(),
        until: Some(Timestamp(60)),
    };
    let orders = orders.map(|order| order.encode_to_vec()).collect();
    (issued, orders)
}

/// The order of a [`command`] for one device, as it is in force.
pub(crate) fn order(number: u8, generation: u64) -> IssuedOrder {
    IssuedOrder {
        device: id(number),
        generation: Generation(generation),
        access: Access::Isolated,
        issued_at: Timestamp(50),
        issued_by: "taro".to_owned(),
        reason: "感染の疑い".to_owned(),
        until: Some(Timestamp(60)),
    }
}

pub(crate) fn policy(version: u64) -> PolicyVersion {
    let text = format!("version = {version}\n").repeat(2000);
    PolicyVersion {
        version,
        fingerprint: Fingerprint::of(text.as_bytes()),
        text,
        applied_at: Timestamp(70),
        applied_by: "taro".to_owned(),
        reverts: (version == 3).then_some(1),
        summary: format!("version {version}"),
    }
}

pub(crate) fn event(action: &'static str) -> AuditEvent {
    AuditEvent {
        at: Timestamp(80),
        actor: Actor::Admin("taro".to_owned()),
        action,
        device: None,
        details: vec![("why", "test".to_owned())],
    }
}

pub(crate) fn exception(number: u64) -> ExceptionRow {
    ExceptionRow {
        number,
        scope: Scope::Group(String::new()),
        terms: Exception {
            rule: RuleId("disk-encrypted".to_owned()),
            expression: number
                .is_multiple_of(2)
                .then(|| Fingerprint::of(b"what it asks")),
            owner: "Aiko".to_owned(),
            reason: "a new laptop comes".to_owned(),
            approver: String::new(),
            from: Timestamp(-1),
            until: Timestamp(i64::MAX),
        },
        requested: Step {
            by: "Kenji".to_owned(),
            login: None,
            at: Timestamp(0),
        },
        approved: None,
        revoked: None,
    }
}
