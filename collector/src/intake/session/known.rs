//! What is known of a device: read back from the store, and brought up to date section by section.
//!
//! Touches the store, to read. Must never take a section in the store for held that cannot be read.

use sekisho_policy::facts::{Facts, SectionKind};
use sekisho_policy::id::{DeviceId, Fingerprint};
use sekisho_policy::judge::Memory;
use sekisho_policy::order::Enforcement;
use sekisho_policy::report::Report;
use sekisho_policy::time::Timestamp;
use sekisho_proto::convert::InvalidMessage;
use sekisho_proto::message::ReportHead;
use sekisho_proto::section;

use super::{NewSection, Session};
use crate::intake::warm::Known;
use crate::intake::{Intake, IntakeError};
use crate::record::{Actor, AuditEvent, Posture};
use crate::store::{Store, StoreError};

/// What was read back, or the sections that the device has to send again.
type Loaded = Result<Box<Known>, Vec<(SectionKind, Fingerprint)>>;

impl Session {
    /// Takes up the state of a posture.
    pub(super) fn stand_at(&mut self, posture: &Posture) {
        self.sequence = posture.sequence;
        self.sections.clone_from(&posture.sections);
        self.standing = posture.verdict.as_ref().map(|verdict| verdict.standing);
        self.holds = None;
        self.stale = false;
    }

    /// The device's posture in the store.
    pub(super) async fn posture(&self, intake: &Intake) -> Result<Posture, IntakeError> {
        intake
            .store
            .posture_fetch(self.device)
            .await?
            .ok_or(IntakeError::NoPosture(self.device))
    }

    /// Reads posture and facts back, but for the sections that are about to be replaced, and those that the report no
    /// longer names.
    pub(super) async fn load(
        &mut self,
        intake: &Intake,
        report: &ReportHead,
        new: &[NewSection],
    ) -> Result<Loaded, IntakeError> {
        let posture = self.posture(intake).await?;
        let mut known = Box::new(Known {
            report: Report {
                sequence: posture.sequence,
                taken_at: posture.taken_at,
                facts: Facts::not_asked(),
            },
            posture,
            memory: Memory::default(),
            encoded_bytes: 0,
            stream: self.stream,
        });
        let mut missing = Vec::new();
        for (kind, digest) in self.sections.clone() {
            if !report.names(kind) || new.iter().any(|(other, _, _)| *other == kind) {
                continue;
            }
            let store = intake.store.as_ref();
            if !known.put_held(store, self.device, kind, digest).await? {
                missing.push(digest);
            }
        }
        if missing.is_empty() {
            return Ok(Ok(known));
        }
        let (lost, held) = std::mem::take(&mut self.sections)
            .into_iter()
            .partition(|(_, digest)| missing.contains(digest));
        self.sections = held;
        Ok(Err(lost))
    }
}

impl Known {
    /// Puts the section in its place that the store holds of the device. Gives whether it holds it.
    pub(in crate::intake) async fn put_held(
        &mut self,
        store: &dyn Store,
        device: DeviceId,
        kind: SectionKind,
        digest: Fingerprint,
    ) -> Result<bool, StoreError> {
        let held = match store.section_fetch(device, kind).await {
            // The device has it still, and is asked for it.
            Err(error @ StoreError::Corrupt { .. }) => {
                let kind = kind.name();
                tracing::error!(%device, kind, %error, "a section in the store cannot be read");
                return Ok(false);
            }
            held => held?,
        };
        let Some((_, frame)) = held.filter(|(of, _)| *of == digest) else {
            return Ok(false);
        };
        let read = self.put_section(kind, digest, &frame);
        if let Err(error) = &read {
            let kind = kind.name();
            tracing::error!(%device, kind, %error, "a section in the store cannot be read");
        }
        Ok(read.is_ok())
    }

    /// Puts a section away that the device tells of no more.
    pub(super) fn drop_section(&mut self, kind: SectionKind) {
        self.memory.forget(kind);
        self.report.facts.forget(kind);
    }

    /// Puts a new section in its place.
    pub(in crate::intake) fn put_section(
        &mut self,
        kind: SectionKind,
        digest: Fingerprint,
        frame: &[u8],
    ) -> Result<(), InvalidMessage> {
        let bytes = section::unseal(frame, digest)?;
        self.memory.forget(kind);
        section::decode(kind, &bytes, &mut self.report.facts)?;
        self.encoded_bytes = self.encoded_bytes.max(bytes.len());
        Ok(())
    }
}

/// Whether two accounts differ in nothing but when they were made.
pub(super) fn says_the_same(earlier: &Enforcement, later: &Enforcement) -> bool {
    Enforcement {
        observed_at: earlier.observed_at,
        ..later.clone()
    } == *earlier
}

/// What the audit log says of an account: an order refused since the account before, and the state of
/// the order in force when that has changed.
pub(super) fn enforcement_events(
    device: DeviceId,
    earlier: Option<&Enforcement>,
    account: &Enforcement,
    now: Timestamp,
) -> Vec<AuditEvent> {
    let said = |action, details| AuditEvent {
        at: now,
        actor: Actor::Device(device),
        action,
        device: Some(device),
        details,
    };
    let refusals = |account: &Enforcement| (account.refused, account.last_refused.clone());
    let refused = account
        .last_refused
        .as_ref()
        .filter(|_| earlier.map(refusals) != Some(refusals(account)))
        .map(|last| {
            let generation = last.generation.map(|generation| generation.to_string());
            let details = vec![
                ("why", last.why.name().to_owned()),
                ("generation", generation.unwrap_or_default()),
                ("detail", last.detail.clone()),
                ("at", last.at.to_string()),
                ("refused", account.refused.to_string()),
            ];
            said("order.refused", details)
        });
    let otherwise_same = earlier.is_some_and(|earlier| {
        let refused = Enforcement {
            refused: account.refused,
            last_refused: account.last_refused.clone(),
            ..earlier.clone()
        };
        says_the_same(&refused, account)
    });
    let state = (!otherwise_same).then(|| said("enforcement.changed", particulars(account)));
    refused.into_iter().chain(state).collect()
}

fn particulars(account: &Enforcement) -> Vec<(&'static str, String)> {
    let (generation, desired) = account.desired;
    let word = |reading: &sekisho_policy::reading::Reading<sekisho_policy::order::Access>| {
        use sekisho_policy::reading::Reading;
        match reading {
            Reading::Known(access) => access.name().to_owned(),
            Reading::Absent => "absent".to_owned(),
            Reading::Unknown(why) => format!("unknown: {why}"),
        }
    };
    let mut details = vec![
        ("generation", generation.to_string()),
        ("desired", desired.name().to_owned()),
        ("applied", word(&account.applied)),
        ("verified", word(&account.verified)),
        ("reasserted", account.reasserted.to_string()),
    ];
    if let Some(until) = account.lifted_until {
        details.push(("lifted_until", until.to_string()));
    }
    for gap in &account.gaps {
        details.push(("gap", format!("{}: {}", gap.kind.name(), gap.detail)));
    }
    details
}
