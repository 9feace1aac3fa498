//! Rotating the beacon's key.
//!
//! Touches the beacon's keys and the audit log. Must never put a key in use whose taking up is not on record.

use super::{By, Desk, ResponseError};
use crate::beacon::BeaconState;

impl Desk {
    /// Puts the beacon's next key in use, which laptops have been told, and makes another to come after it.
    /// Attached laptops come back to be told that one: a second rotation must not find them without it.
    ///
    /// # Errors
    /// [`ResponseError::NoBeacon`] when there is none, or it has no keys that can be used.
    pub async fn beacon_rotate(&self, by: &By) -> Result<BeaconState, ResponseError> {
        let none = || ResponseError::NoBeacon("this collector has none".to_owned());
        let state = self.beacon.state().ok_or_else(none)?;
        let Some(keys) = self.beacon.keys() else {
            return Err(ResponseError::NoBeacon(state.troubles.join("; ")));
        };
        let pair = keys.current();
        let details = vec![
            ("pin", pair.next.pin.to_string()),
            ("former", pair.current.pin.to_string()),
        ];
        let event = by.did_alone("beacon.rotated", details);
        self.store.audit_append(vec![event]).await?;
        keys.rotate().map_err(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "recorded as rotated, and is not");
            ResponseError::NoBeacon(error.to_string())
        })?;
        self.hub.begin_anew();
        self.beacon.state().ok_or_else(none)
    }
}
