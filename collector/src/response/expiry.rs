//! What ends, and when: certificates, approvals, leaves, orders, tokens and exceptions. And which versions of the
//! agent report.
//!
//! Touches the store and the keys, reading only. Must never leave out what has ended and is still asked for.

use std::collections::BTreeMap;

use sekisho_policy::id::DeviceId;
use sekisho_policy::order::Access;
use sekisho_policy::register::TakeOutState;
use sekisho_policy::time::Timestamp;

use super::find::is_in_use;
use super::{Desk, ResponseError};
use crate::limits::PAGE_MAX;
use crate::record::{Device, ExceptionState, Scope, TokenId};
use crate::store::Damage;

/// Something that ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ending {
    /// When.
    pub at: Timestamp,
    /// What.
    pub what: Ends,
}

/// What ends. Of a device only while it is in use.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ends {
    /// What laptops trust the server by.
    RootCertificate,
    /// What the server shows; renewed by itself.
    ServerCertificate,
    /// The newest certificate of a device; renewed by itself while the device is in touch.
    DeviceCertificate(Whose),
    /// The approval of a device.
    Approval(Whose),
    /// The leave to take a device out.
    TakeOut(Whose),
    /// An order that cuts a device off, and frees it by itself.
    Order(Whose),
    /// A token that would let machines enrol.
    Token(TokenId, String),
    /// An exception that holds or is to hold: its number, its rule, and whom it is for.
    Exception(u64, String, Scope),
}

/// A device, as people know it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whose {
    /// Its id.
    pub device: DeviceId,
    /// Its host name.
    pub name: String,
}

/// What ends, and the agents in use.
#[derive(Debug, Default)]
pub struct Expiry {
    /// By the time of its end.
    pub endings: Vec<Ending>,
    /// How many devices in use report by which version of the agent; `None` for those that have not reported.
    pub versions: BTreeMap<Option<String>, u64>,
    /// Devices of which something could not be read, so that what of it ends is not known.
    pub damaged: Vec<Damage>,
}

impl Desk {
    /// What ends until then, or at any time; what has ended and is still asked for is among it.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when the store fails.
    pub async fn expiry(
        &self,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Expiry, ResponseError> {
        let mut expiry = Expiry::default();
        let root = self.keys.authority.not_after();
        let server = self.keys.server.current().not_after;
        expiry.put(root, Ends::RootCertificate);
        expiry.put(server, Ends::ServerCertificate);
        self.devices(&mut expiry, now).await?;
        self.orders(&mut expiry, now).await?;
        for token in self.store.token_list().await? {
            if !token.withdrawn && token.uses_left > 0 && token.expires_at > now {
                expiry.put(token.expires_at, Ends::Token(token.id, token.note));
            }
        }
        for row in self.store.exception_list().await? {
            let state = row.state(now);
            if matches!(state, ExceptionState::Approved | ExceptionState::InForce) {
                let rule = row.terms.rule.0;
                let what = Ends::Exception(row.number, rule, row.scope);
                expiry.put(row.terms.until, what);
            }
        }
        let wanted = |one: &Ending| until.is_none_or(|until| one.at <= until);
        expiry.endings.retain(wanted);
        expiry.endings.sort();
        Ok(expiry)
    }

    async fn devices(&self, expiry: &mut Expiry, now: Timestamp) -> Result<(), ResponseError> {
        let mut after = None;
        loop {
            let page = self.store.device_list(after, PAGE_MAX).await?;
            let Some((last, _)) = page.last() else {
                return Ok(());
            };
            after = Some(last.id);
            for (device, posture) in page {
                if !is_in_use(device.registration) {
                    continue;
                }
                match posture {
                    Ok(posture) => {
                        let version = posture.map(|posture| posture.agent_version);
                        let count = expiry.versions.entry(version).or_default();
                        *count = count.saturating_add(1);
                    }
                    Err(error) => expiry.damaged.push(Damage {
                        device: device.id,
                        cause: error.to_string(),
                    }),
                }
                expiry.of(&device, now);
            }
        }
    }

    async fn orders(&self, expiry: &mut Expiry, now: Timestamp) -> Result<(), ResponseError> {
        let mut after = None;
        loop {
            let page = self.store.recipient_list(after, PAGE_MAX).await?;
            for one in page.found {
                let Some((_, access, Some(until))) = one.given else {
                    continue;
                };
                let holds = access != Access::Full && until > now;
                if holds && is_in_use(one.registration) {
                    let (device, name) = (one.id, one.name);
                    expiry.put(until, Ends::Order(Whose { device, name }));
                }
            }
            expiry.damaged.extend(page.damaged);
            if page.next.is_none() {
                return Ok(());
            }
            after = page.next;
        }
    }
}

impl Expiry {
    fn put(&mut self, at: Timestamp, what: Ends) {
        self.endings.push(Ending { at, what });
    }

    fn of(&mut self, device: &Device, now: Timestamp) {
        let whose = || Whose {
            device: device.id,
            name: device.name.clone(),
        };
        let certificates = device.certificates.iter();
        if let Some(end) = certificates.map(|one| one.not_after).max() {
            self.put(end, Ends::DeviceCertificate(whose()));
        }
        if let Some(end) = device.approved_until {
            self.put(end, Ends::Approval(whose()));
        }
        // One that has ended asks for nothing: what is still outside then is a finding of its own.
        let leave = device.take_out.as_ref();
        if let Some(leave) = leave.filter(|leave| leave.state(now) != TakeOutState::Ended) {
            self.put(leave.until, Ends::TakeOut(whose()));
        }
    }
}
