//! The real store, with calls that are counted and writes that are refused when a test says so.
//!
//! Touches the store behind it. Must never answer in its place but to refuse.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;

use sekisho_collector::audit::AuditHead;
use sekisho_collector::clock;
use sekisho_collector::record::{
    AcceptedReport, AuditEvent, Device, ExceptionRow, Heard, IssuedCommand, IssuedOrder,
    PolicyHead, PolicyVersion, Posture, Recipient, RoutineReport, Token, TokenId,
};
use sekisho_collector::store::{
    AuditIndex, AuditRoot, Backup, Listed, Recipients, Store, StoreError,
};
use sekisho_policy::facts::SectionKind;
use sekisho_policy::finding::Verdict;
use sekisho_policy::id::{DeviceId, Fingerprint, Sequence};
use sekisho_policy::time::Span;

use crate::world::World;

/// What a test does to a store, and hears of it.
#[derive(Default)]
pub(crate) struct Trouble {
    /// Calls, by name and number.
    refused: Mutex<BTreeSet<(&'static str, usize)>>,
    asked: Mutex<BTreeMap<&'static str, usize>>,
    /// Calls of the first name, once there were more of the second than so many.
    refused_once: Mutex<Option<(&'static str, &'static str, usize)>>,
}

struct Troubled {
    inner: Arc<dyn Store>,
    trouble: Arc<Trouble>,
}

impl Trouble {
    /// A collector over a store that can be troubled.
    pub(crate) async fn world() -> (World, Arc<Self>) {
        let trouble = Arc::new(Self::default());
        let through = |inner| {
            let trouble = Arc::clone(&trouble);
            Arc::new(Troubled { inner, trouble }) as Arc<dyn Store>
        };
        let world = World::under(clock::now, clock::now(), through).await;
        (world, trouble)
    }

    /// Has the call of this name behind the next `count` be told that the store is busy.
    pub(crate) fn refuse_after(&self, count: usize, name: &'static str) {
        let number = self.asked(name) + count + 1;
        self.refused.lock().unwrap().insert((name, number));
    }

    /// Has every call of this name be told that the store is busy, from the next call of the other on.
    pub(crate) fn refuse_once(&self, name: &'static str, other: &'static str) {
        *self.refused_once.lock().unwrap() = Some((name, other, self.asked(other)));
    }

    /// Refuses nothing any more.
    pub(crate) fn relent(&self) {
        *self.refused_once.lock().unwrap() = None;
    }

    /// How many calls of this name there were.
    pub(crate) fn asked(&self, name: &str) -> usize {
        self.asked.lock().unwrap().get(name).copied().unwrap_or(0)
    }

    fn call(&self, name: &'static str) -> Result<(), StoreError> {
        *self.asked.lock().unwrap().entry(name).or_default() += 1;
        let call = (name, self.asked(name));
        let once = *self.refused_once.lock().unwrap();
        let is_refused = once
            .is_some_and(|(refused, other, count)| refused == name && self.asked(other) > count);
        if is_refused || self.refused.lock().unwrap().remove(&call) {
            return Err(StoreError::Busy { retry_after_ms: 1 });
        }
        Ok(())
    }
}

macro_rules! store {
    ($($verb:ident($($told:ident: $tells:ty),*) -> $given:ty;)*) => {
        #[async_trait]
        impl Store for Troubled {
            $(async fn $verb(&self, $($told: $tells),*) -> Result<$given, StoreError> {
                self.trouble.call(stringify!($verb))?;
                self.inner.$verb($($told),*).await
            })*
        }
    };
}

store! {
    token_list() -> Vec<Token>;
    token_by_digest(digest: Fingerprint) -> Option<Token>;
    device_fetch(id: DeviceId) -> Option<Device>;
    device_by_key(key: Fingerprint) -> Option<Device>;
    device_list(after: Option<DeviceId>, limit: usize) -> Vec<Listed>;
    posture_fetch(id: DeviceId) -> Option<Posture>;
    section_fetch(id: DeviceId, kind: SectionKind) -> Option<(Fingerprint, Vec<u8>)>;
    report_history(id: DeviceId, from: Sequence, limit: usize) -> Vec<RoutineReport>;
    recipient_list(after: Option<DeviceId>, limit: usize) -> Recipients;
    recipient_fetch(id: DeviceId) -> Option<Recipient>;
    order_fetch(id: DeviceId) -> Option<IssuedOrder>;
    order_signed(id: DeviceId) -> Option<Vec<u8>>;
    policy_fetch(version: u64) -> Option<PolicyVersion>;
    policy_list() -> Vec<PolicyHead>;
    policy_current() -> Option<PolicyVersion>;
    exception_list() -> Vec<ExceptionRow>;
    audit_root() -> AuditRoot;
    audit_entries(from: AuditIndex, limit: usize) -> Vec<Vec<u8>>;
    audit_head(at_least: u64) -> Option<AuditHead>;
    audit_routine(entry: AuditIndex) -> Option<Vec<u8>>;
    trouble() -> Option<StoreError>;
    backup() -> Backup;
    token_add(token: Token, audit: Vec<AuditEvent>) -> ();
    token_withdraw(id: TokenId, audit: Vec<AuditEvent>) -> ();
    device_enrol(device: Device, audit: Vec<AuditEvent>) -> ();
    device_change(device: Device, audit: Vec<AuditEvent>) -> ();
    posture_change(id: DeviceId, posture: Posture, audit: Vec<AuditEvent>) -> ();
    verdict_record(id: DeviceId, verdict: Verdict, audit: Vec<AuditEvent>) -> ();
    report_record(report: AcceptedReport) -> ();
    report_record_routine(report: RoutineReport, follows: Sequence) -> ();
    seen_record(heard: Vec<Heard>, listened: Span) -> ();
    listened() -> Span;
    device_turns(id: DeviceId, limit: usize) -> Vec<(AuditIndex, Vec<u8>)>;
    order_record(command: IssuedCommand, audit: Vec<AuditEvent>) -> ();
    policy_apply(policy: PolicyVersion, audit: Vec<AuditEvent>) -> ();
    exception_put(exception: ExceptionRow, audit: Vec<AuditEvent>) -> ();
    audit_append(events: Vec<AuditEvent>) -> ();
}
