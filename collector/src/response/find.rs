//! Which devices are meant: by id, by a part of one, by host name, by group, or all.
//!
//! Touches the store. Must never choose between two devices that fit.

use sekisho_policy::finding::Standing;
use sekisho_policy::id::DeviceId;
use sekisho_policy::register::Registration;
use sekisho_policy::time::Timestamp;

use super::{Desk, ResponseError, TakeOutSieve};
use crate::limits::{CANDIDATES_MAX, NAMED_MAX, PAGE_MAX};
use crate::record::{Device, Posture, Recipient};
use crate::store::{Damage, Listed, StoreError};

/// Shorter parts of an id would fit by accident.
const PART_CHARS_MIN: usize = 4;

/// The devices a decision is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// These, each by its id, the beginning or end of it, or its host name.
    Named(Vec<String>),
    /// Those of a policy group; empty for the default one.
    Group(String),
    /// The whole fleet.
    All,
}

/// What a list of devices is narrowed to; `None` does not narrow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sieve {
    /// Those of this policy group.
    pub group: Option<String>,
    /// Those whose registration is in this state.
    pub registration: Option<Registration>,
    /// Those whose last verdict adds up to this.
    pub standing: Option<Standing>,
    /// Those with such a leave to be taken out, at this time.
    pub take_out: Option<(TakeOutSieve, Timestamp)>,
}

/// Devices of which something cannot be read.
#[derive(Debug, Default)]
pub struct Damaged {
    /// Those whose row of the register, or of the place of the order in force, cannot be read: they can be given no order.
    pub devices: Vec<Damage>,
    /// Those that a newer order is in force for than they hold, which cannot be read and so is not sent.
    pub orders: Vec<Damage>,
}

impl Desk {
    /// The one device that goes by `name`: its id, the beginning or end of it, or its host name.
    ///
    /// # Errors
    /// [`ResponseError::NoSuchDevice`], or [`ResponseError::Ambiguous`] when several fit.
    pub async fn find(&self, name: &str) -> Result<Device, ResponseError> {
        let found = self.find_each(std::slice::from_ref(&name)).await?;
        found
            .into_iter()
            .next()
            .unwrap_or_else(|| Err(no_such(name)))
    }

    /// The one device that goes by each of the names, in their order. Whatever is no id is looked for in one
    /// pass over the register.
    async fn find_each(
        &self,
        names: &[impl AsRef<str> + Sync],
    ) -> Result<Vec<Result<Device, ResponseError>>, ResponseError> {
        let mut sought: Vec<_> = names
            .iter()
            .map(|name| Sought::new(name.as_ref()))
            .collect();
        for one in &mut sought {
            if let Some(id) = one.id {
                one.fitting.extend(self.store.device_fetch(id).await?);
            }
        }
        let mut after = None;
        while sought.iter().any(Sought::is_open) {
            let page = self.store.device_list(after, PAGE_MAX).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(last.id);
            for (row, _) in &page {
                let id = row.id.to_string();
                let open = sought.iter_mut().filter(|one| one.is_open());
                for one in open.filter(|one| one.fits(row, &id)) {
                    one.fitting.push(row.clone());
                }
            }
        }
        Ok(sought.into_iter().map(Sought::found).collect())
    }

    /// The devices that are meant; and the names that fit none, or several, or whose record is damaged. A
    /// group or the fleet leaves out devices that are out of use.
    ///
    /// # Errors
    /// [`ResponseError::Nobody`] when a group or the fleet has no device in use; `TooMany` when too many
    /// are named; `Store` when the store fails.
    pub async fn select(
        &self,
        selection: &Selection,
    ) -> Result<(Vec<Recipient>, Vec<(String, ResponseError)>), ResponseError> {
        let group = match selection {
            Selection::Named(names) => return self.named(names).await,
            Selection::Group(group) => Some(group),
            Selection::All => None,
        };
        let (mut chosen, mut unread) = (Vec::new(), Vec::new());
        let mut after = None;
        loop {
            let mut page = self.store.recipient_list(after, PAGE_MAX).await?;
            page.found.retain(|one| {
                is_in_use(one.registration) && group.is_none_or(|group| one.group == *group)
            });
            chosen.append(&mut page.found);
            // Whether they are meant cannot be told; whoever gives the order must know of them.
            let damaged = page.damaged.into_iter();
            unread.extend(damaged.map(|one| (one.device.to_string(), one.into())));
            if page.next.is_none() {
                break;
            }
            after = page.next;
        }
        if chosen.is_empty() && unread.is_empty() {
            return Err(ResponseError::Nobody);
        }
        Ok((chosen, unread))
    }

    /// Devices of which something cannot be read that an order needs.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn damaged(&self) -> Result<Damaged, StoreError> {
        let mut damaged = Damaged::default();
        let mut after = None;
        loop {
            let mut page = self.store.recipient_list(after, PAGE_MAX).await?;
            damaged.devices.append(&mut page.damaged);
            for one in page.found.iter().filter(|one| awaits_its_order(one)) {
                match self.store.order_signed(one.id).await {
                    Err(StoreError::Corrupt { cause, .. }) => damaged.orders.push(Damage {
                        device: one.id,
                        cause,
                    }),
                    read => drop(read?),
                }
            }
            if page.next.is_none() {
                return Ok(damaged);
            }
            after = page.next;
        }
    }

    /// Devices whose row of the register cannot be read, so that no list has them.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn unlisted(&self) -> Result<Vec<Damage>, StoreError> {
        let mut unlisted = Vec::new();
        let mut after = None;
        loop {
            let page = self.store.recipient_list(after, PAGE_MAX).await?;
            for damage in page.damaged {
                match self.store.device_fetch(damage.device).await {
                    Err(StoreError::Corrupt { .. }) => unlisted.push(damage),
                    // What is damaged is its order.
                    read => drop(read?),
                }
            }
            if page.next.is_none() {
                return Ok(unlisted);
            }
            after = page.next;
        }
    }

    /// Up to `limit` devices that pass the sieve, in the order of their ids, and where to go on.
    /// Reads one page of the store, so there may be fewer than `limit` and yet more to come.
    ///
    /// # Errors
    /// [`ResponseError::Store`] when the store fails.
    pub async fn list(
        &self,
        sieve: &Sieve,
        after: Option<DeviceId>,
        limit: usize,
    ) -> Result<(Vec<Listed>, Option<DeviceId>), ResponseError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let mut page = self.store.device_list(after, limit).await?;
        let next = if page.len() < limit {
            None
        } else {
            page.last().map(|(row, _)| row.id)
        };
        page.retain(|(row, posture)| {
            sieve.passes(row, posture.as_ref().ok().and_then(Option::as_ref))
        });
        Ok((page, next))
    }

    async fn named(
        &self,
        names: &[String],
    ) -> Result<(Vec<Recipient>, Vec<(String, ResponseError)>), ResponseError> {
        if names.len() > NAMED_MAX {
            return Err(ResponseError::TooMany {
                what: "devices named",
                count: names.len(),
                max: NAMED_MAX,
            });
        }
        let (mut chosen, mut unknown) = (Vec::<Recipient>::new(), Vec::new());
        for (name, found) in names.iter().zip(self.find_each(names).await?) {
            match found {
                Ok(row) if chosen.iter().any(|one| one.id == row.id) => {}
                Ok(row) => chosen.push(self.recipient(row.id).await?),
                Err(error) => unknown.push((shown(name), error)),
            }
        }
        Ok((chosen, unknown))
    }
}

impl Sieve {
    fn passes(&self, row: &Device, posture: Option<&Posture>) -> bool {
        let standing = || posture?.verdict.as_ref().map(|verdict| verdict.standing);
        self.group.as_ref().is_none_or(|group| row.group == *group)
            && self
                .registration
                .is_none_or(|state| row.registration == state)
            && self
                .standing
                .is_none_or(|wanted| standing() == Some(wanted))
            && self
                .take_out
                .is_none_or(|(sieve, now)| sieve.passes(row, now))
    }
}

/// Whether an order is in force for the device that it has not said to hold.
fn awaits_its_order(one: &Recipient) -> bool {
    let held = one.held.map(|(generation, _)| generation);
    let given = one.given.map(|(generation, ..)| generation);
    given > held
}

/// Whether the device is in use at all: not retired, not lost.
pub(super) const fn is_in_use(state: Registration) -> bool {
    match state {
        Registration::Pending | Registration::Approved | Registration::Suspended => true,
        Registration::Retired | Registration::Lost => false,
    }
}

/// A name, and the devices that were found to go by it.
struct Sought<'a> {
    name: &'a str,
    /// What the name is, if it is a whole id.
    id: Option<DeviceId>,
    lower: String,
    fitting: Vec<Device>,
}

impl<'a> Sought<'a> {
    fn new(name: &'a str) -> Self {
        Self {
            name,
            id: name.parse().ok(),
            lower: name.to_ascii_lowercase(),
            fitting: Vec::new(),
        }
    }

    /// Whether the register is still to be looked through for it.
    const fn is_open(&self) -> bool {
        self.id.is_none() && self.fitting.len() <= CANDIDATES_MAX
    }

    fn fits(&self, row: &Device, id: &str) -> bool {
        row.name.eq_ignore_ascii_case(self.name)
            || row.marks.hostname.eq_ignore_ascii_case(self.name)
            || (self.lower.len() >= PART_CHARS_MIN
                && (id.starts_with(&self.lower) || id.ends_with(&self.lower)))
    }

    fn found(mut self) -> Result<Device, ResponseError> {
        match self.fitting.pop() {
            None => Err(no_such(self.name)),
            Some(only) if self.fitting.is_empty() => Ok(only),
            Some(another) => {
                self.fitting.push(another);
                Err(ResponseError::Ambiguous {
                    name: shown(self.name),
                    candidates: self.fitting.iter().map(|row| row.id.to_string()).collect(),
                })
            }
        }
    }
}

fn no_such(name: &str) -> ResponseError {
    ResponseError::NoSuchDevice(shown(name))
}

/// What was typed, cut to a length that fits a message.
fn shown(name: &str) -> String {
    name.chars().take(64).collect()
}
