//! How the collector and its fleet fare: numbers, and what needs a person.
//!
//! Touches the store and the keys, reading only. Must never count a device twice.

use std::collections::BTreeMap;

use sekisho_policy::finding::Standing;
use sekisho_policy::order::Access;
use sekisho_policy::register::TakeOutState;
use sekisho_policy::time::Timestamp;

use super::find::is_in_use;
use super::take_out::ends_soon;
use super::{Desk, ResponseError};
use crate::intake::is_silent;
use crate::keys::RENEWED_BEFORE_END;
use crate::limits::PAGE_MAX;
use crate::record::{ExceptionState, Posture};
use crate::serve::{RootEnd, root_end};
use crate::store::Damage;

/// The fleet in numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Census {
    /// Devices in the register.
    pub devices: u64,
    /// Those that hold a stream to this collector.
    pub attached: u64,
    /// By the state of their registration.
    pub registrations: BTreeMap<&'static str, u64>,
    /// By their last verdict, of those in use; `none` for those that were never judged.
    pub standings: BTreeMap<&'static str, u64>,
    /// Those that two machines claim to be.
    pub clones: u64,
    /// Those of them in use whose order in force, by their own account, is not full access.
    pub restricted: u64,
    /// Those that may be taken out now.
    pub taken_out: u64,
    /// Those of them whose leave ends soon.
    pub take_outs_ending: u64,
    /// Those of them in use that have been silent for longer than the policy allows.
    pub stale: u64,
}

/// Something that a person has to see to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// The server's certificate should have been renewed long since.
    ServerCertificate,
    /// The root certificate ends, and with it every laptop's trust.
    RootCertificate,
    /// An exception waits for somebody to approve it.
    ExceptionWaits,
    /// An exception ends soon, and its rule counts again.
    ExceptionEnds,
    /// The leave to take a device out ends soon.
    TakeOutEnds,
    /// What is recorded of a device cannot be read, so that it can be given no order.
    DeviceDamaged,
    /// An order cannot be read, and so does not reach its device.
    OrderDamaged,
    /// The beacon does not serve, wholly or in part.
    Beacon,
}

impl Desk {
    /// Counts the fleet.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when the store fails.
    pub async fn census(&self, now: Timestamp) -> Result<Census, ResponseError> {
        let mut census = Census::default();
        let mut after = None;
        loop {
            let page = self.store.device_list(after, PAGE_MAX).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.id);
            for (device, posture) in &page {
                let damaged = posture.is_err();
                let posture = posture.as_ref().ok().and_then(Option::as_ref);
                add(&mut census.devices);
                if self.hub.is_online(device.id) {
                    add(&mut census.attached);
                }
                if device.clones.is_some() {
                    add(&mut census.clones);
                }
                let state = device.registration;
                add(census.registrations.entry(state.name()).or_default());
                if !is_in_use(state) {
                    continue;
                }
                let leave = device.take_out.as_ref();
                if leave.is_some_and(|leave| leave.state(now) == TakeOutState::InForce) {
                    add(&mut census.taken_out);
                }
                if leave.is_some_and(|leave| ends_soon(leave, now)) {
                    add(&mut census.take_outs_ending);
                }
                let verdict = posture.and_then(|posture| posture.verdict.as_ref());
                let none = if damaged { "damaged" } else { "none" };
                let standing = verdict.map_or(none, |verdict| Standing::name(verdict.standing));
                add(census.standings.entry(standing).or_default());
                if is_stale(posture) {
                    add(&mut census.stale);
                }
                let account = posture.and_then(|posture| posture.enforcement.as_ref());
                if account.is_some_and(|account| account.desired.1 != Access::Full) {
                    add(&mut census.restricted);
                }
            }
        }
        Ok(census)
    }

    /// What a person has to see to.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when the store fails.
    pub async fn warnings(
        &self,
        census: &Census,
        now: Timestamp,
    ) -> Result<Vec<Warning>, ResponseError> {
        let mut warnings = Vec::new();
        // It is renewed within an hour of being due; a day later something is amiss.
        let left = self.keys.server.current().not_after.since(now);
        if left.secs() < RENEWED_BEFORE_END.secs() - 86_400 {
            warnings.push(Warning::ServerCertificate);
        }
        if root_end(self.keys.authority.not_after(), now) == RootEnd::Near {
            warnings.push(Warning::RootCertificate);
        }
        let exceptions = self.store.exception_list().await?;
        let is = |state| exceptions.iter().any(|row| row.state(now) == state);
        if is(ExceptionState::Requested) {
            warnings.push(Warning::ExceptionWaits);
        }
        if exceptions.iter().any(|row| row.ends_soon(now)) {
            warnings.push(Warning::ExceptionEnds);
        }
        if census.take_outs_ending > 0 {
            warnings.push(Warning::TakeOutEnds);
        }
        let damaged = self.damaged().await?;
        for damage in &damaged.devices {
            tracing::error!(%damage, "a device can be given no order");
        }
        if !damaged.devices.is_empty() {
            warnings.push(Warning::DeviceDamaged);
        }
        for Damage { device, cause } in &damaged.orders {
            tracing::error!(%device, %cause, "an order cannot be read and does not reach its device; give it anew");
        }
        if !damaged.orders.is_empty() {
            warnings.push(Warning::OrderDamaged);
        }
        let beacon = self.beacon.state();
        if beacon.is_some_and(|state| !state.troubles.is_empty()) {
            warnings.push(Warning::Beacon);
        }
        Ok(warnings)
    }
}

impl Warning {
    /// The name in machine-readable output.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::ServerCertificate => "server_certificate_not_renewed",
            Self::RootCertificate => "root_certificate_ends",
            Self::ExceptionWaits => "exception_waits",
            Self::ExceptionEnds => "exception_ends",
            Self::TakeOutEnds => "take_out_ends",
            Self::DeviceDamaged => "device_damaged",
            Self::OrderDamaged => "order_damaged",
            Self::Beacon => "beacon_not_serving",
        }
    }
}

/// Whether the verdict of record says that the device has been silent for too long.
#[must_use]
pub fn is_stale(posture: Option<&Posture>) -> bool {
    posture.is_some_and(|posture| posture.verdict.as_deref().is_some_and(is_silent))
}

fn add(number: &mut u64) {
    *number = number.saturating_add(1);
}
