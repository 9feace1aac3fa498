//! What the collector keeps, in its own words: devices, what was last seen of them, tokens,
//! policies, orders, and the events of the audit log.
//!
//! Touches nothing. Must never know how a store writes these down.

use std::sync::Arc;

use sekisho_policy::exception::Exception;
use sekisho_policy::facts::SectionKind;
use sekisho_policy::finding::Verdict;
use sekisho_policy::id::{DeviceId, Fingerprint, Generation, Sequence};
use sekisho_policy::order::{Access, Enforcement};
use sekisho_policy::reading::Reading;
use sekisho_policy::register::{DataClass, Entry, Registration, TakeOut};
use sekisho_policy::time::{Span, Timestamp};
use sekisho_proto::order::Part;

use crate::limits::EXCEPTION_NOTICE_DAYS;

/// One row of the device register (端末台帳): changed by people and by enrolment, never by a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The device.
    pub id: DeviceId,
    /// Counts the changes of this row; a change names the revision it was made on.
    pub revision: u64,
    /// Host name at enrolment, for people.
    pub name: String,
    /// The state of its registration.
    pub registration: Registration,
    /// Policy group; empty for the default one.
    pub group: String,
    /// Data class, where it differs from the group's.
    pub data_class: Option<DataClass>,
    /// Who uses it; empty until somebody says.
    pub owner: String,
    /// The company's asset number; empty until somebody says.
    pub asset_number: String,
    /// When it enrolled.
    pub enrolled_at: Timestamp,
    /// The end of its approval, if it has one.
    pub approved_until: Option<Timestamp>,
    /// Leave to take it out, if there is one.
    pub take_out: Option<TakeOut>,
    /// The token it enrolled by.
    pub token: TokenId,
    /// SHA-256 of the public key (SubjectPublicKeyInfo) it enrolled with or renewed to.
    pub key: Fingerprint,
    /// Certificates that are good for this device, the newest last.
    pub certificates: Vec<Certificate>,
    /// The machine that enrolled.
    pub marks: Marks,
    /// Two machines claim to be this device: both, until a person decides.
    pub clones: Option<CloneCase>,
}

/// A certificate given to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// SHA-256 of the certificate in DER.
    pub fingerprint: Fingerprint,
    /// When its validity ends.
    pub not_after: Timestamp,
}

/// By what one machine is told from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    /// Host name.
    pub hostname: String,
    /// SMBIOS system UUID.
    pub product_uuid: Reading<String>,
    /// SMBIOS serial number.
    pub serial: Reading<String>,
    /// Keyed digest of the machine-id.
    pub machine_mark: Reading<String>,
    /// Id of the kernel's boot.
    pub boot_id: Reading<String>,
}

/// Two machines under one identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CloneCase {
    /// When it was noticed.
    pub noticed_at: Timestamp,
    /// By what: for people, such as `thread` or `product_uuid`.
    pub by: String,
    /// The machine known until then.
    pub known: Marks,
    /// The machine that came.
    pub came: Marks,
    /// Where it came from, address and port.
    pub came_from: String,
}

/// What was last seen of a device: changed by the device's own messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posture {
    /// Version of its agent.
    pub agent_version: String,
    /// The thread of its connections: what it was given last, and what before that.
    pub thread: Thread,
    /// Last report recorded.
    pub sequence: Sequence,
    /// When that report's facts were read, by the device's clock.
    pub taken_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The sections held.
    pub sections: Vec<(SectionKind, Fingerprint)>,
    /// The verdict on that report. Shared: it is the largest part by far, and never changed once made.
    pub verdict: Option<Arc<Verdict>>,
    /// How far the device's clock is ahead of the collector's.
    pub clock_skew: Span,
    /// What the device says of the order in force.
    pub enforcement: Option<Enforcement>,
    /// When it was last heard of in any way. Kept in memory and written now and then, so it may
    /// be older on disk.
    pub seen_at: Timestamp,
    /// How long the collector had listened in all when the device's last report was recorded: its silence is counted
    /// from there. Written with `seen_at`; `None` until that has been done since that report.
    pub counted_from: Option<Span>,
}

/// A sign of life of a device, as it is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// Whose.
    pub device: DeviceId,
    /// When.
    pub at: Timestamp,
    /// What it does to the device's silence.
    pub silence: Silence,
}

/// What a sign of life does to a device's silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// It goes on: the device lives, and has shown nothing.
    GoesOn,
    /// This report was recorded. It ends with the first writing after it.
    EndedBy(Sequence),
    /// It begins anew, behind this report: until now the device could not be heard.
    BeginsAnew(Sequence),
}

/// A one-time mark given to a device at each connection and asked for at the next: a copy of the
/// device's disk cannot follow both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Thread {
    /// Given at the last connection.
    pub last: Vec<u8>,
    /// Given at the one before; good once more, since the device may have died before it wrote
    /// down the last.
    pub before: Vec<u8>,
}

/// Names a token without giving it away: the first eight bytes of the SHA-256 of its secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(pub [u8; 8]);

/// For whom an exception is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// One device.
    Device(DeviceId),
    /// The devices of a policy group; empty for the default one.
    Group(String),
}

/// Somebody's step in the life of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Who, as the audit log has it.
    pub by: String,
    /// The user that logged in for it: by this one person is told from another, and not by a name.
    pub login: Option<u32>,
    /// When.
    pub at: Timestamp,
}

/// An exception from a rule: asked for, approved by somebody else, and at an end by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExceptionRow {
    /// Counted from 1.
    pub number: u64,
    /// For whom.
    pub scope: Scope,
    /// What it says, but for who approved it.
    pub terms: Exception,
    /// Who asked for it.
    pub requested: Step,
    /// Who approved it.
    pub approved: Option<Step>,
    /// Who took it back, or refused it.
    pub revoked: Option<Step>,
}

/// Where an exception is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExceptionState {
    /// It waits for somebody to approve it.
    Requested,
    /// It is approved and begins later.
    Approved,
    /// It holds.
    InForce,
    /// Its end has come, approved or not.
    Ended,
    /// It was taken back, or refused.
    Revoked,
}

impl ExceptionState {
    /// The name of the state in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::InForce => "in_force",
            Self::Ended => "ended",
            Self::Revoked => "revoked",
        }
    }
}

impl ExceptionRow {
    /// Where it is in its life.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> ExceptionState {
        match (&self.approved, &self.revoked) {
            (_, Some(_)) => ExceptionState::Revoked,
            _ if self.terms.until <= now => ExceptionState::Ended,
            (None, None) => ExceptionState::Requested,
            (Some(_), None) if now < self.terms.from => ExceptionState::Approved,
            (Some(_), None) => ExceptionState::InForce,
        }
    }

    /// Whether it holds and ends within [`EXCEPTION_NOTICE_DAYS`].
    #[must_use]
    pub fn ends_soon(&self, now: Timestamp) -> bool {
        let notice = Span::from_days(EXCEPTION_NOTICE_DAYS);
        self.state(now) == ExceptionState::InForce && self.terms.until <= now.after(notice)
    }

    /// Whether it is for this device.
    #[must_use]
    pub fn is_for(&self, device: &Device) -> bool {
        match &self.scope {
            Scope::Device(id) => *id == device.id,
            Scope::Group(group) => *group == device.group,
        }
    }
}

/// A token that lets machines enrol. The secret itself is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its name.
    pub id: TokenId,
    /// SHA-256 of the secret.
    pub digest: Fingerprint,
    /// What it was made for, in the words of who made it.
    pub note: String,
    /// The group its devices join.
    pub group: String,
    /// Its devices are approved at once.
    pub approves: bool,
    /// How many more devices may enrol by it.
    pub uses_left: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// It has been withdrawn.
    pub withdrawn: bool,
}

/// A policy document that is or was in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyVersion {
    /// Counted from 1.
    pub version: u64,
    /// The TOML text as it was applied.
    pub text: String,
    /// SHA-256 of the text.
    pub fingerprint: Fingerprint,
    /// When it was applied.
    pub applied_at: Timestamp,
    /// Who applied it.
    pub applied_by: String,
    /// The version whose text it takes up again.
    pub reverts: Option<u64>,
    /// The keys by which it differs from the one before, for people; empty where none does.
    pub summary: String,
}

/// A policy document that is or was in force, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyHead {
    /// Counted from 1.
    pub version: u64,
    /// SHA-256 of the text.
    pub fingerprint: Fingerprint,
    /// When it was applied.
    pub applied_at: Timestamp,
    /// Who applied it.
    pub applied_by: String,
    /// The version whose text it takes up again.
    pub reverts: Option<u64>,
    /// The keys by which it differs from the one before, for people.
    pub summary: String,
}

/// The order in force for a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedOrder {
    /// The device.
    pub device: DeviceId,
    /// Its generation.
    pub generation: Generation,
    /// The access it asks for.
    pub access: Access,
    /// When it was given.
    pub issued_at: Timestamp,
    /// Who gave it.
    pub issued_by: String,
    /// Why.
    pub reason: String,
    /// When it ends.
    pub until: Option<Timestamp>,
}

/// Orders that were given together, as they were signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCommand {
    /// The access they ask for.
    pub access: Access,
    /// An encoded `sekisho.v1.Command`.
    pub signed: Vec<u8>,
    /// The devices, each with its generation, in the parts that their orders are taken from.
    pub parts: Vec<Part>,
    /// When they were given.
    pub issued_at: Timestamp,
    /// Who gave them.
    pub issued_by: String,
    /// Why.
    pub reason: String,
    /// When they end.
    pub until: Option<Timestamp>,
}

/// What is known of a device as it is about to be given an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// The device.
    pub id: DeviceId,
    /// Its host name.
    pub name: String,
    /// The state of its registration.
    pub registration: Registration,
    /// Its policy group; empty for the default one.
    pub group: String,
    /// Generation, access and end of the order in force.
    pub given: Option<(Generation, Access, Option<Timestamp>)>,
    /// Generation and access of the order that it says it holds.
    pub held: Option<(Generation, Access)>,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A person at the admin interface, by name.
    Admin(String),
    /// A device, by its certificate.
    Device(DeviceId),
    /// Somebody without a certificate, by address.
    Stranger(String),
    /// The collector itself.
    Collector,
}

/// One entry of the audit log, before it has its place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEvent {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What was done, as a dotted name: `device.enrolled`, `order.issued`, `enrolment.refused`.
    pub action: &'static str,
    /// To which device, if to one.
    pub device: Option<DeviceId>,
    /// The particulars, in a fixed order of names.
    pub details: Vec<(&'static str, String)>,
}

/// The turns that the findings of a device take, by the names of the details of an audit entry that tell of them; each
/// lists rules.
pub const TURNS: [&str; 7] = [
    "began",
    "returned",
    "due",
    "mended",
    "ended",
    "excepted",
    "exception_ended",
];

impl AuditEvent {
    /// Whether it tells of a turn in the life of a device's findings.
    #[must_use]
    pub fn is_turn(&self) -> bool {
        self.details.iter().any(|(name, _)| TURNS.contains(name))
    }
}

/// A report that was taken in and judged, ready to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedReport {
    /// Whose it is.
    pub device: DeviceId,
    /// The last report that stood recorded when it was judged; 0 for none.
    pub follows: Sequence,
    /// The device's state after it, whole.
    pub posture: Posture,
    /// The sections whose content is new: kind, digest, and the encoded section as one zstd frame.
    pub sections: Vec<(SectionKind, Fingerprint, Vec<u8>)>,
    /// What the audit log says of it; empty when nothing changed, and then the digest of the
    /// commit group covers it.
    pub audit: Vec<AuditEvent>,
}

/// A report in which nothing changed: not the facts, not the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoutineReport {
    /// Whose it is.
    pub device: DeviceId,
    /// Its place in the row.
    pub sequence: Sequence,
    /// When its facts were read, by the device's clock.
    pub taken_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

impl Device {
    /// What the rules may know of this row of a device that is heard of now, but for exceptions: `in_force` has
    /// those.
    #[must_use]
    pub fn entry(&self) -> Entry {
        Entry {
            registration: Some(self.registration),
            group: self.group.clone(),
            data_class: self.data_class,
            approved_until: self.approved_until,
            take_out: self.take_out.clone(),
            cloned: self.clones.is_some(),
            exceptions: Vec::new(),
            silent: Some(Span(0)),
        }
    }
}

impl From<&sekisho_proto::convert::Marks> for Marks {
    fn from(marks: &sekisho_proto::convert::Marks) -> Self {
        let sekisho_proto::convert::Marks {
            hostname,
            product_uuid,
            serial,
            machine_mark,
            boot_id,
        } = marks.clone();
        Self {
            hostname,
            product_uuid,
            serial,
            machine_mark,
            boot_id,
        }
    }
}
