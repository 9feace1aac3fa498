//! Exceptions from rules: asked for, approved by somebody else, taken back.
//!
//! Touches the store and the open streams. Must never let one hold that only one person has had a hand in.

use sekisho_policy::exception::Exception;
use sekisho_policy::finding::RuleId;
use sekisho_policy::id::Fingerprint;
use sekisho_policy::time::{Span, Timestamp};

use super::{By, Desk, ResponseError, check};
use crate::limits::{EXCEPTION_DAYS_MAX, EXCEPTIONS_HELD_MAX, EXCEPTIONS_OF_SCOPE_MAX, PAGE_MAX};
use crate::record::{AuditEvent, ExceptionRow, ExceptionState, Recipient, Scope, Step};
use crate::store::StoreError;

/// An exception to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewException {
    /// The rule.
    pub rule: String,
    /// For whom: a device by its id, a part of one or its host name; or a group.
    pub scope: Wanted,
    /// Who answers for it.
    pub owner: String,
    /// Why the rule need not be kept.
    pub reason: String,
    /// When it begins; at once when that is not said.
    pub from: Option<Timestamp>,
    /// When it ends.
    pub until: Timestamp,
}

/// For whom an exception is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A device, as it is typed.
    Device(String),
    /// A group; empty for the default one.
    Group(String),
}

impl Desk {
    /// Asks for an exception. It does not hold until somebody else approves it.
    ///
    /// # Errors
    /// [`ResponseError`] when there is no such device, group or rule, a field cannot stand, the times do not
    /// follow each other, or nobody has logged in who could be told from who approves.
    pub async fn exception_request(
        &self,
        new: &NewException,
        by: &By,
    ) -> Result<ExceptionRow, ResponseError> {
        let (scope, group) = match &new.scope {
            Wanted::Device(name) => {
                let device = self.find(name).await?;
                (Scope::Device(device.id), device.group)
            }
            Wanted::Group(group) => {
                let group = check::field("the group", group)?;
                self.knows_group(&group)?;
                (Scope::Group(group.clone()), group)
            }
        };
        let expression = self.knows_rule(&group, &new.rule)?;
        person(&by.name(), by.login)?;
        let owner = check::field("the owner", &new.owner)?;
        if owner.is_empty() {
            return Err(ResponseError::Missing("the owner"));
        }
        let reason = check::reason(&new.reason)?;
        let from = new.from.unwrap_or(by.at);
        if from < by.at {
            return Err(ResponseError::NotAhead {
                what: "the beginning",
                time: from,
            });
        }
        check::ahead("the end", Some(new.until), by.at.max(from))?;
        let most = Span::from_days(EXCEPTION_DAYS_MAX).secs().unsigned_abs();
        let seconds = new.until.since(from).secs().unsigned_abs();
        check::within("the length in seconds", seconds, 1, most)?;
        let _turn = self.policy.exceptions_turn().await;
        let held = self.store.exception_list().await?;
        let open = held.iter().filter(|row| {
            let state = row.state(by.at);
            !matches!(state, ExceptionState::Ended | ExceptionState::Revoked)
        });
        let of_scope = open.clone().filter(|row| row.scope == scope).count();
        few("exceptions", open.count(), EXCEPTIONS_HELD_MAX)?;
        few("exceptions for it", of_scope, EXCEPTIONS_OF_SCOPE_MAX)?;
        let last = held.last().map_or(0, |row| row.number);
        let mut row = ExceptionRow {
            number: last.saturating_add(1),
            scope,
            terms: Exception {
                rule: RuleId(new.rule.clone()),
                expression,
                owner,
                reason,
                approver: String::new(),
                from,
                until: new.until,
            },
            requested: step(by),
            approved: None,
            revoked: None,
        };
        loop {
            let event = event(by, "exception.requested", &row);
            match self.store.exception_put(row.clone(), vec![event]).await {
                // The number is that of one that cannot be read, and so is not among those held.
                Err(StoreError::Corrupt { .. }) if row.number < most_held(last) => {
                    row.number = row.number.saturating_add(1);
                }
                put => return Ok(put.map(|()| row)?),
            }
        }
    }

    /// Approves an exception: it holds from its beginning on.
    ///
    /// # Errors
    /// [`ResponseError::SamePerson`] when who asked for it approves it; `NobodysLogin` when that cannot be told;
    /// `NotOpen` unless it waits for that.
    pub async fn exception_approve(
        &self,
        number: u64,
        by: &By,
    ) -> Result<ExceptionRow, ResponseError> {
        let _turn = self.policy.exceptions_turn().await;
        let mut row = self.exception(number).await?;
        let state = row.state(by.at);
        if state != ExceptionState::Requested {
            return Err(ResponseError::NotOpen { number, state });
        }
        two_people(&row.requested, by)?;
        // It has not held before anybody approved it.
        row.terms.from = row.terms.from.max(by.at);
        row.terms.approver = by.name();
        row.approved = Some(step(by));
        self.exception_step(row, "exception.approved", by).await
    }

    /// Takes an exception back, or refuses one that is asked for. It ends at once.
    ///
    /// # Errors
    /// [`ResponseError::NotOpen`] when it has ended already.
    pub async fn exception_revoke(
        &self,
        number: u64,
        by: &By,
    ) -> Result<ExceptionRow, ResponseError> {
        let _turn = self.policy.exceptions_turn().await;
        let mut row = self.exception(number).await?;
        let state = row.state(by.at);
        if matches!(state, ExceptionState::Ended | ExceptionState::Revoked) {
            return Err(ResponseError::NotOpen { number, state });
        }
        row.revoked = Some(step(by));
        self.exception_step(row, "exception.revoked", by).await
    }

    /// Every exception, the newest first.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when the store fails.
    pub async fn exception_list(&self) -> Result<Vec<ExceptionRow>, ResponseError> {
        let mut rows = self.store.exception_list().await?;
        rows.reverse();
        Ok(rows)
    }

    /// Whether an exception that has not ended covers nothing, since the company's own rule that it is from asks
    /// something else than when it was asked for, or nothing.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when the store fails.
    pub async fn exception_lapsed(
        &self,
        row: &ExceptionRow,
        now: Timestamp,
    ) -> Result<bool, ResponseError> {
        let state = row.state(now);
        let is_over = matches!(state, ExceptionState::Ended | ExceptionState::Revoked);
        if is_over || row.terms.expression.is_none() {
            return Ok(false);
        }
        let group = match &row.scope {
            Scope::Group(group) => group.clone(),
            Scope::Device(id) => match self.store.device_fetch(*id).await {
                // `status` names it.
                Err(StoreError::Corrupt { .. }) | Ok(None) => return Ok(false),
                device => device?.map_or_else(String::new, |device| device.group),
            },
        };
        let ruling = self.policy.current();
        let rule = ruling.policy.group(&group);
        let rule = rule.and_then(|group| group.rule(&row.terms.rule.0));
        let asks = rule.and_then(|rule| rule.parameters.asks());
        Ok(!row.terms.is_from_what_asks(asks))
    }

    async fn exception(&self, number: u64) -> Result<ExceptionRow, ResponseError> {
        let rows = self.store.exception_list().await?;
        let found = rows.into_iter().find(|row| row.number == number);
        found.ok_or_else(|| {
            ResponseError::Store(StoreError::NotFound {
                what: "exception",
                name: number.to_string(),
            })
        })
    }

    /// Records a step, which is in force from then on. The caller holds the turn.
    async fn exception_step(
        &self,
        row: ExceptionRow,
        action: &'static str,
        by: &By,
    ) -> Result<ExceptionRow, ResponseError> {
        let event = event(by, action, &row);
        self.store.exception_put(row.clone(), vec![event]).await?;
        self.policy.put_exception(&row, by.at);
        if let Err(error) = self.tell_exception(&row.scope, by.at).await {
            // Whoever is attached looks for itself whether it is meant; the others are told as they come.
            tracing::warn!(%error, exception = row.number, "every device is told of an exception");
            let online = self.hub.online();
            online.into_iter().for_each(|id| self.hub.changed(id));
        }
        Ok(row)
    }

    /// Has the devices that it is for told of their entry, and a single one judged anew. Of a group, those that
    /// are away are judged by the round that every change of the exceptions begins, the others by their reports.
    async fn tell_exception(&self, scope: &Scope, now: Timestamp) -> Result<(), StoreError> {
        let group = match scope {
            Scope::Device(id) => {
                self.hub.changed(*id);
                if let Some(device) = self.store.device_fetch(*id).await? {
                    self.rejudge(&device, now).await;
                }
                return Ok(());
            }
            Scope::Group(group) => group,
        };
        let mut after = None;
        loop {
            let page = self.store.recipient_list(after, PAGE_MAX).await?;
            let of_group = |device: &&Recipient| device.group == *group;
            for device in page.found.iter().filter(of_group) {
                self.hub.changed(device.id);
            }
            if page.next.is_none() {
                return Ok(());
            }
            after = page.next;
        }
    }

    /// What the rule asks, as [`Exception`] has it, where it is in force in the group and there may be exceptions from
    /// it.
    fn knows_rule(&self, group: &str, rule: &str) -> Result<Option<Fingerprint>, ResponseError> {
        let ruling = self.policy.current();
        let group = ruling.policy.group(group);
        let group = group.unwrap_or_else(|| ruling.policy.default_group());
        let in_force = group.rule(rule).filter(|_| Exception::may_be_from(rule));
        if let Some(rule) = in_force {
            return Ok(rule.parameters.asks());
        }
        let names = group.rules.iter().map(|rule| rule.parameters.id());
        let names: Vec<&str> = names.filter(|name| Exception::may_be_from(name)).collect();
        Err(ResponseError::NotOneOf {
            what: "the rule",
            value: rule.chars().take(64).collect(),
            allowed: names.join(", "),
        })
    }
}

/// The highest number that damaged ones behind the last can have.
fn most_held(last: u64) -> u64 {
    last.saturating_add(u64::try_from(EXCEPTIONS_HELD_MAX).unwrap_or(u64::MAX))
}

/// Whether who approves is somebody else than who asked. Of a login that is unknown, or that is root's and
/// so anybody's, nobody can say whose it is.
fn two_people(requested: &Step, approving: &By) -> Result<(), ResponseError> {
    let asked = person(&requested.by, requested.login)?;
    let approves = person(&approving.name(), approving.login)?;
    if asked == approves {
        return Err(ResponseError::SamePerson(requested.by.clone()));
    }
    Ok(())
}

fn person(name: &str, login: Option<u32>) -> Result<u32, ResponseError> {
    login
        .filter(|login| *login != 0)
        .ok_or_else(|| ResponseError::NobodysLogin(name.to_owned()))
}

/// Whether there may be one more.
fn few(what: &'static str, count: usize, max: usize) -> Result<(), ResponseError> {
    if count < max {
        return Ok(());
    }
    Err(ResponseError::TooMany { what, count, max })
}

fn step(by: &By) -> Step {
    Step {
        by: by.name(),
        login: by.login,
        at: by.at,
    }
}

fn event(by: &By, action: &'static str, row: &ExceptionRow) -> AuditEvent {
    let Exception {
        rule,
        owner,
        reason,
        approver: _,
        from,
        until,
        expression,
    } = &row.terms;
    let mut details = vec![
        ("exception", row.number.to_string()),
        ("rule", rule.0.clone()),
        ("owner", owner.clone()),
        ("reason", reason.clone()),
        ("from", from.to_string()),
        ("until", until.to_string()),
        ("requested_by", row.requested.by.clone()),
    ];
    if let Some(expression) = expression {
        details.push(("expression", expression.to_string()));
    }
    match &row.scope {
        Scope::Device(id) => by.did(action, *id, details),
        Scope::Group(group) => {
            details.push(("group", group.clone()));
            by.did_alone(action, details)
        }
    }
}

#[cfg(test)]
mod tests;
