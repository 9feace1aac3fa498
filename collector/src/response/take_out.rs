//! Leave to take a device out of the company's premises, with dates (持ち出し承認).
//!
//! Touches the store and the open streams. Must never let a leave stand on a device that is not approved for use.

use sekisho_policy::id::DeviceId;
use sekisho_policy::register::{Registration, TakeOut, TakeOutState};
use sekisho_policy::time::{Span, Timestamp};

use super::{By, Desk, ResponseError, check};
use crate::limits::{TAKE_OUT_DAYS_MAX, TAKE_OUT_NOTICE_DAYS};
use crate::record::Device;

/// A leave that somebody asks to be put down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTakeOut {
    /// When it begins; `None` for the present moment.
    pub from: Option<Timestamp>,
    /// When it ends.
    pub until: Timestamp,
    /// What for; may be empty.
    pub purpose: String,
}

/// Which devices a list is narrowed to, by their leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakeOutSieve {
    /// Those whose leave is there in its life.
    State(TakeOutState),
    /// Those whose leave holds and ends soon.
    Ending,
}

impl Desk {
    /// Gives leave to take a device out, in place of what leave there was.
    ///
    /// # Errors
    /// [`ResponseError`] when the device is not approved, or the dates cannot stand.
    pub async fn take_out(
        &self,
        device: DeviceId,
        new: &NewTakeOut,
        by: &By,
    ) -> Result<Device, ResponseError> {
        let purpose = check::field("the purpose", &new.purpose)?;
        let from = new.from.unwrap_or(by.at);
        check::ahead("the end", Some(new.until), by.at.max(from))?;
        let most = Span::from_days(TAKE_OUT_DAYS_MAX).secs().unsigned_abs();
        let seconds = new.until.since(from).secs().unsigned_abs();
        check::within("the length in seconds", seconds, 1, most)?;
        let leave = TakeOut {
            from,
            until: new.until,
            approved_by: by.name(),
            purpose,
        };
        let row = self
            .change(device, |row| {
                if row.registration != Registration::Approved {
                    return Err(ResponseError::OutOfUse {
                        device: row.name.clone(),
                        state: row.registration,
                    });
                }
                row.take_out = Some(leave.clone());
                let details = vec![
                    ("from", leave.from.to_string()),
                    ("until", leave.until.to_string()),
                    ("purpose", leave.purpose.clone()),
                ];
                Ok(by.did("device.take_out_approved", row.id, details))
            })
            .await?;
        self.rejudged(row, by).await
    }

    /// Ends the leave to take a device out.
    ///
    /// # Errors
    /// [`ResponseError::NoTakeOut`] when there is none.
    pub async fn end_take_out(&self, device: DeviceId, by: &By) -> Result<Device, ResponseError> {
        let row = self
            .change(device, |row| {
                let Some(leave) = row.take_out.take() else {
                    return Err(ResponseError::NoTakeOut(row.name.clone()));
                };
                let details = vec![("until", leave.until.to_string())];
                Ok(by.did("device.take_out_ended", row.id, details))
            })
            .await?;
        self.rejudged(row, by).await
    }
}

impl TakeOutSieve {
    /// Whether the device passes.
    #[must_use]
    pub fn passes(self, device: &Device, now: Timestamp) -> bool {
        device.take_out.as_ref().is_some_and(|leave| match self {
            Self::State(state) => leave.state(now) == state,
            Self::Ending => ends_soon(leave, now),
        })
    }
}

/// Whether it holds and ends within [`TAKE_OUT_NOTICE_DAYS`].
pub(super) fn ends_soon(leave: &TakeOut, now: Timestamp) -> bool {
    let notice = Span::from_days(TAKE_OUT_NOTICE_DAYS);
    leave.state(now) == TakeOutState::InForce && leave.until <= now.after(notice)
}
