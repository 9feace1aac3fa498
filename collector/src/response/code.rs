//! Break-glass codes: what the helpdesk reads out so that a laptop without a network is let go.
//!
//! Touches the device's derived secret and the audit log. Must never give a code that is not on
//! record.

use sekisho_policy::break_glass::{self, Challenge, HOURS_MAX};
use sekisho_policy::id::DeviceId;

use super::find::is_in_use;
use super::{By, Desk, ResponseError, check};

/// A code for one challenge of one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The device.
    pub device: DeviceId,
    /// What is typed on the laptop.
    pub code: String,
    /// For how many hours it lifts the isolation.
    pub hours: u64,
}

impl Desk {
    /// Answers the challenge that an isolated laptop shows. The code is good on that laptop, for that
    /// challenge, once.
    ///
    /// # Errors
    /// [`ResponseError`] when the device is out of use, the challenge is none, the hours are out of
    /// range or the reason is missing.
    pub async fn code(
        &self,
        device: DeviceId,
        challenge: &str,
        hours: u64,
        reason: &str,
        by: &By,
    ) -> Result<Code, ResponseError> {
        let reason = check::reason(reason)?;
        check::within("the number of hours", hours, 1, HOURS_MAX.into())?;
        let row = self.store.device_fetch(device).await?;
        let row = row.ok_or_else(|| ResponseError::NoSuchDevice(device.to_string()))?;
        if !is_in_use(row.registration) {
            return Err(ResponseError::OutOfUse {
                device: row.name,
                state: row.registration,
            });
        }
        let challenge = Challenge::parse(challenge)
            .map_err(|error| ResponseError::NoCode(error.to_string()))?;
        let secret = self.keys.device_secret(device);
        let short = u8::try_from(hours).unwrap_or(u8::MAX);
        let code = break_glass::respond(&secret, &challenge, short)
            .map_err(|error| ResponseError::NoCode(error.to_string()))?;
        let details = vec![
            ("challenge", challenge.to_string()),
            ("hours", hours.to_string()),
            ("reason", reason),
        ];
        let event = by.did("break_glass.code_given", device, details);
        self.store.audit_append(vec![event]).await?;
        Ok(Code {
            device,
            code: code.to_string(),
            hours,
        })
    }
}
