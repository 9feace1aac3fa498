//! Leave to take a device out, in JSON.
//!
//! Touches nothing. Must never tell a state: it hangs on the time at which it is read.

use serde::{Deserialize, Serialize};

use sekisho_policy::register::TakeOut;
use sekisho_proto::json::Time;

/// Leave to take a device out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeOutJson {
    /// When it begins.
    pub from: Time,
    /// When it ends.
    pub until: Time,
    /// Who gave it.
    pub approved_by: String,
    /// What for; empty where nobody said.
    pub purpose: String,
}

impl From<&TakeOut> for TakeOutJson {
    fn from(leave: &TakeOut) -> Self {
        let TakeOut {
            from,
            until,
            approved_by,
            purpose,
        } = leave;
        Self {
            from: Time(*from),
            until: Time(*until),
            approved_by: approved_by.clone(),
            purpose: purpose.clone(),
        }
    }
}

/// Leave to give: `POST /v1/devices/{name}/take-out`. Answered with the
/// [`DeviceJson`](super::device::DeviceJson), as `DELETE` of the same is, which ends the leave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTakeOutJson {
    /// When it begins; `null` for the present moment.
    #[serde(default)]
    pub from: Option<Time>,
    /// When it ends.
    pub until: Time,
    /// What for.
    #[serde(default)]
    pub purpose: String,
}
