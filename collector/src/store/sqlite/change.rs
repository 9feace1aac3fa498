//! Every change the store can make but for orders, and the rules each keeps: revisions, uses of a
//! token, one device for a key.
//!
//! Touches a commit group. Must never write a row before every rule of the change is checked.

use std::sync::Arc;

use sekisho_policy::facts::SectionKind;
use sekisho_policy::finding::Verdict;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::time::Span;

use super::group::Group;
use super::{history, keys, orders, seen};
use crate::limits::POLICIES_KEPT_MAX;
use crate::record::{
    AcceptedReport, AuditEvent, Device, ExceptionRow, Heard, IssuedCommand, PolicyVersion, Posture,
    RoutineReport, Thread, Token, TokenId,
};
use crate::store::StoreError;
use crate::store::codec::{self, ledger};

/// One change, as the trait names them.
#[derive(Debug)]
pub(super) enum Change {
    TokenAdd(Token),
    TokenWithdraw(TokenId),
    DeviceEnrol(Box<Device>),
    DeviceReplace(Box<Device>),
    PostureReplace(DeviceId, Box<Posture>),
    Verdict(DeviceId, Box<Verdict>),
    Report(Box<AcceptedReport>),
    Routine(RoutineReport, Sequence),
    Seen(Vec<Heard>, Span),
    Order(Box<IssuedCommand>),
    Policy(Box<PolicyVersion>),
    Exception(Box<ExceptionRow>),
    Audit,
}

impl Change {
    /// Makes the change in the group, with its audit entries, or neither.
    pub(super) fn apply(
        self,
        audit: &[AuditEvent],
        group: &mut Group<'_>,
    ) -> Result<(), StoreError> {
        match self {
            Self::TokenAdd(token) => token_add(group, &token),
            Self::TokenWithdraw(id) => token_withdraw(group, id),
            Self::DeviceEnrol(device) => device_enrol(group, &device),
            Self::DeviceReplace(device) => device_change(group, *device),
            Self::PostureReplace(id, posture) => posture_change(group, id, *posture),
            Self::Verdict(id, verdict) => verdict_record(group, id, *verdict),
            Self::Report(report) => report_record(group, *report),
            Self::Routine(report, follows) => report_routine(group, &report, follows),
            Self::Seen(heard, listened) => seen::record(group, &heard, listened),
            Self::Order(command) => orders::record(group, &command),
            Self::Policy(policy) => policy_apply(group, &policy),
            Self::Exception(exception) => exception_put(group, &exception),
            Self::Audit => Ok(()),
        }?;
        group.audit(audit);
        Ok(())
    }
}

fn token_add(group: &mut Group<'_>, token: &Token) -> Result<(), StoreError> {
    if group.holds(&keys::token(token.id))? {
        return conflict("there is a token of this name already; make another");
    }
    group.put(keys::token(token.id), ledger::encode_token(token));
    Ok(())
}

fn token_withdraw(group: &mut Group<'_>, id: TokenId) -> Result<(), StoreError> {
    let key = keys::token(id);
    let Some(mut token) = group.row(&key, ledger::decode_token)? else {
        return Err(StoreError::NotFound {
            what: "token",
            name: data_encoding::HEXLOWER.encode(&id.0),
        });
    };
    token.withdrawn = true;
    group.put(key, ledger::encode_token(&token));
    Ok(())
}

fn device_enrol(group: &mut Group<'_>, device: &Device) -> Result<(), StoreError> {
    let token_key = keys::token(device.token);
    let Some(mut token) = group.row(&token_key, ledger::decode_token)? else {
        return conflict("the token it enrols by is gone");
    };
    if token.withdrawn {
        return conflict("the token it enrols by has been withdrawn");
    }
    let Some(uses_left) = token.uses_left.checked_sub(1) else {
        return conflict("the token it enrols by has no use left");
    };
    if group.holds(&keys::by_key(device.key))? {
        return conflict("there is a device with this key already");
    }
    if group.holds(&keys::device(device.id))? {
        return conflict("there is a device with this id already");
    }
    token.uses_left = uses_left;
    group.put(token_key, ledger::encode_token(&token));
    group.put(keys::by_key(device.key), device.id.as_bytes().to_vec());
    group.put(keys::device(device.id), codec::device::encode(device));
    Ok(())
}

fn device_change(group: &mut Group<'_>, mut device: Device) -> Result<(), StoreError> {
    let key = keys::device(device.id);
    let Some(held) = group.row(&key, codec::device::decode)? else {
        return Err(no_device(device.id));
    };
    if held.revision != device.revision {
        return Err(StoreError::Conflict(format!(
            "device {} is at revision {}, and the change was made on revision {}; read it anew",
            device.id, held.revision, device.revision
        )));
    }
    if held.key != device.key {
        if group.holds(&keys::by_key(device.key))? {
            return conflict("there is a device with this key already");
        }
        group.remove(keys::by_key(held.key));
        group.put(keys::by_key(device.key), device.id.as_bytes().to_vec());
    }
    device.revision = device.revision.saturating_add(1);
    group.put(key, codec::device::encode(&device));
    Ok(())
}

fn posture_change(
    group: &mut Group<'_>,
    id: DeviceId,
    mut posture: Posture,
) -> Result<(), StoreError> {
    let key = keys::posture(id);
    let tail = match held_posture(group, &key) {
        Ok(None) => {
            known_device(group, id)?;
            Vec::new()
        }
        // What reports have recorded stays, and so does a verdict made anew: this change is of the rest.
        Ok(Some((tail, held))) => {
            posture.sequence = held.sequence;
            posture.taken_at = held.taken_at;
            posture.recorded_at = held.recorded_at;
            posture.sections = held.sections;
            posture.verdict = held.verdict;
            tail
        }
        // A device that begins anew claims nothing, and may take the place of what is lost.
        Err(StoreError::Corrupt { .. }) if posture.sequence == Sequence(0) => Vec::new(),
        Err(error) => return Err(error),
    };
    let row = history::join(&tail, &codec::posture::encode(&posture));
    group.put(key, row);
    Ok(())
}

/// The last reports, encoded, and the posture.
fn held_posture(group: &Group<'_>, key: &[u8]) -> Result<Option<(Vec<u8>, Posture)>, StoreError> {
    let Some(row) = group.fetch(key)? else {
        return Ok(None);
    };
    let (tail, posture) = split(group, Some(&row))?;
    let posture = codec::posture::decode(posture).map_err(|e| group.unreadable(&e))?;
    Ok(Some((tail.to_vec(), posture)))
}

/// The last report recorded of a device: routine ones stand in the tail alone.
fn last_sequence(
    group: &Group<'_>,
    id: DeviceId,
    tail: &[u8],
    posture: &Posture,
) -> Result<Sequence, StoreError> {
    let reports = history::decode(id, tail).map_err(|e| group.unreadable(&e))?;
    let last = reports.last().map(|report| report.sequence);
    Ok(last.map_or(posture.sequence, |last| last.max(posture.sequence)))
}

/// Makes the next connection of a device begin a new thread.
pub(super) fn posture_unbind(group: &mut Group<'_>, key: &[u8]) -> Result<(), StoreError> {
    let Some((tail, mut posture)) = held_posture(group, key)? else {
        return Ok(());
    };
    posture.thread = Thread::default();
    let row = history::join(&tail, &codec::posture::encode(&posture));
    group.put(key, row);
    Ok(())
}

fn verdict_record(group: &mut Group<'_>, id: DeviceId, verdict: Verdict) -> Result<(), StoreError> {
    let key = keys::posture(id);
    let Some((tail, mut posture)) = held_posture(group, &key)? else {
        return Err(no_posture(id));
    };
    let last = last_sequence(group, id, &tail, &posture)?;
    if last != verdict.sequence {
        return Err(StoreError::Conflict(format!(
            "report {last} of device {id} is recorded, and the verdict is on report {}",
            verdict.sequence
        )));
    }
    posture.verdict = Some(Arc::new(verdict));
    let row = history::join(&tail, &codec::posture::encode(&posture));
    group.put(key, row);
    Ok(())
}

fn report_record(group: &mut Group<'_>, report: AcceptedReport) -> Result<(), StoreError> {
    let id = report.device;
    let key = keys::posture(id);
    let row = group.fetch(&key)?;
    if row.is_none() {
        known_device(group, id)?;
    }
    let (tail, _) = split(group, row.as_deref())?;
    let after = RoutineReport {
        device: id,
        sequence: report.posture.sequence,
        taken_at: report.posture.taken_at,
        recorded_at: report.posture.recorded_at,
    };
    let tail = append_history(group, &after, report.follows, tail)?;
    for (kind, digest, body) in report.sections {
        put_section(group, id, kind, digest, &body);
    }
    let row = history::join(&tail, &codec::posture::encode(&report.posture));
    group.put(key, row);
    group.audit(&report.audit);
    Ok(())
}

fn put_section(
    group: &mut Group<'_>,
    id: DeviceId,
    kind: SectionKind,
    digest: Fingerprint,
    body: &[u8],
) {
    let mut value = Vec::with_capacity(body.len().saturating_add(32));
    value.extend_from_slice(digest.as_bytes());
    value.extend_from_slice(body);
    group.put(keys::section(id, kind), value);
}

fn report_routine(
    group: &mut Group<'_>,
    report: &RoutineReport,
    follows: Sequence,
) -> Result<(), StoreError> {
    let key = keys::posture(report.device);
    let Some(row) = group.fetch(&key)? else {
        return Err(no_posture(report.device));
    };
    let (tail, posture) = split(group, Some(&row))?;
    let tail = append_history(group, report, follows, tail)?;
    group.put(key, history::join(&tail, posture));
    group.cover(report);
    Ok(())
}

/// The last reports with one more, encoded.
fn append_history(
    group: &mut Group<'_>,
    report: &RoutineReport,
    follows: Sequence,
    tail: &[u8],
) -> Result<Vec<u8>, StoreError> {
    let id = report.device;
    let mut tail = history::decode(id, tail).map_err(|e| group.unreadable(&e))?;
    // What was judged upon a report that the disk refused must not be acknowledged without it.
    let last = tail.last().map_or(Sequence(0), |last| last.sequence);
    if last != follows || last >= report.sequence {
        return Err(StoreError::Conflict(format!(
            "report {last} of device {id} is the last recorded, and report {} follows report {follows}",
            report.sequence
        )));
    }
    if let Some(first) = tail.first()
        && tail.len() >= history::REPORTS_MAX
    {
        group.put(keys::history(id, first.sequence), history::encode(&tail));
        tail.clear();
    }
    tail.push(*report);
    Ok(history::encode(&tail))
}

fn split<'a>(group: &Group<'_>, row: Option<&'a [u8]>) -> Result<(&'a [u8], &'a [u8]), StoreError> {
    match row {
        Some(row) => history::split(row).map_err(|e| group.unreadable(&e)),
        None => Ok((&[], &[])),
    }
}

fn policy_apply(group: &mut Group<'_>, policy: &PolicyVersion) -> Result<(), StoreError> {
    let held = group
        .fetch(keys::POLICY_IN_FORCE)?
        .map_or(0, |bytes| policy_version(&bytes));
    if policy.version != held.saturating_add(1) {
        return Err(StoreError::Conflict(format!(
            "policy version {held} is in force, and version {} does not follow it",
            policy.version
        )));
    }
    group.put(keys::policy(policy.version), ledger::encode_policy(policy));
    group.put(keys::POLICY_IN_FORCE, policy.version.to_be_bytes().to_vec());
    if let Some(old) = policy.version.checked_sub(POLICIES_KEPT_MAX) {
        group.remove(keys::policy(old));
    }
    Ok(())
}

fn exception_put(group: &mut Group<'_>, exception: &ExceptionRow) -> Result<(), StoreError> {
    let key = keys::exception(exception.number);
    let held = group.row(&key, codec::exception::decode)?;
    let follows = match &held {
        None => exception.approved.is_none() && exception.revoked.is_none(),
        Some(held) => {
            let mut before = exception.clone();
            if held.approved.is_none() {
                before.approved = None;
                before.terms.approver.clear();
                // It begins when it is approved at the earliest.
                if before.terms.from > held.terms.from {
                    before.terms.from = held.terms.from;
                }
            }
            before.revoked = None;
            *held == before
        }
    };
    if !follows {
        return Err(StoreError::Conflict(format!(
            "exception {} has changed in the meantime",
            exception.number
        )));
    }
    group.put(key, codec::exception::encode(exception));
    Ok(())
}

/// The version in the row that names the policy in force.
pub(super) fn policy_version(row: &[u8]) -> u64 {
    <[u8; 8]>::try_from(row).map_or(0, u64::from_be_bytes)
}

pub(super) fn known_device(group: &Group<'_>, id: DeviceId) -> Result<(), StoreError> {
    if group.holds(&keys::device(id))? {
        Ok(())
    } else {
        Err(no_device(id))
    }
}

fn no_device(id: DeviceId) -> StoreError {
    StoreError::NotFound {
        what: "device",
        name: id.to_string(),
    }
}

fn no_posture(id: DeviceId) -> StoreError {
    StoreError::NotFound {
        what: "posture of device",
        name: id.to_string(),
    }
}

fn conflict(why: &str) -> Result<(), StoreError> {
    Err(StoreError::Conflict(why.to_owned()))
}
