//! The register of devices: approve, suspend, retire, lose, and the fields that people fill in.
//!
//! Touches the store and the open streams. Must never leave a stream open to a device that may not
//! hold one.

use std::time::Duration;

use sekisho_policy::id::{DeviceId, Generation};
use sekisho_policy::order::Access;
use sekisho_policy::register::{DataClass, Registration, RegistrationAction};
use sekisho_policy::time::Timestamp;

use super::{By, Desk, NewOrder, ResponseError, check};
use crate::limits::RACES_MAX;
use crate::record::{AuditEvent, Device, Heard, Silence};
use crate::store::StoreError;

/// How long a lost device that is attached is given to take up its isolation before it is cut off:
/// this often, this long apart. A laptop takes up an order in some tens of milliseconds.
const LOST_LOOKS_MAX: usize = 40;
const LOST_LOOK: Duration = Duration::from_millis(50);

/// New values for the fields people fill in; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alteration {
    /// Policy group; empty for the default one.
    pub group: Option<String>,
    /// Who uses it; empty for nobody.
    pub owner: Option<String>,
    /// The company's asset number; empty for none.
    pub asset_number: Option<String>,
    /// Data class; `Some(None)` takes the group's.
    pub data_class: Option<Option<DataClass>>,
}

impl Desk {
    /// Moves a device's registration on. Approving an approved device changes the end of its approval.
    ///
    /// A suspended, retired or lost device is cut off at once; the certificates of a retired or
    /// lost one are revoked. A lost device that is attached is first ordered to isolate itself, and is
    /// cut off after that order has gone out; one that is not attached keeps the order in the record
    /// and is refused when it comes.
    ///
    /// # Errors
    /// [`ResponseError`] when the present state does not allow it, the reason is missing where the
    /// record needs one, or the end is not ahead.
    pub async fn register(
        &self,
        device: DeviceId,
        action: RegistrationAction,
        until: Option<Timestamp>,
        reason: &str,
        by: &By,
    ) -> Result<Device, ResponseError> {
        let reason = match action {
            RegistrationAction::Approve => check::field("the reason", reason)?,
            RegistrationAction::Suspend | RegistrationAction::Retire | RegistrationAction::Lose => {
                check::reason(reason)?
            }
        };
        check::ahead("the end", until, by.at)?;
        if action == RegistrationAction::Lose {
            self.isolate_the_lost(device, &reason, by).await?;
        }
        let before = self.store.device_fetch(device).await?;
        let was_kept_away = before.is_some_and(|row| !row.registration.may_attach());
        let row = self
            .change(device, |row| {
                let from = row.registration;
                let extends = from == Registration::Approved
                    && action == RegistrationAction::Approve
                    && until != row.approved_until;
                let to = if extends { from } else { from.apply(action)? };
                row.registration = to;
                let (approved_until, ended) = if to == Registration::Approved {
                    (until, None)
                } else {
                    (None, row.take_out.take())
                };
                row.approved_until = approved_until;
                if matches!(to, Registration::Retired | Registration::Lost) {
                    row.certificates.clear();
                }
                let mut details = vec![
                    ("from", from.name().to_owned()),
                    ("to", to.name().to_owned()),
                    (
                        "until",
                        until.map_or_else(String::new, |until| until.to_string()),
                    ),
                    ("reason", reason.clone()),
                ];
                // Approval gives no leave back: who asks later why there is none, or whether a lost one was out with
                // leave, finds it here.
                if let Some(leave) = ended {
                    details.push(("take_out_ended", leave.until.to_string()));
                }
                Ok(by.did(action_name(action), row.id, details))
            })
            .await?;
        if was_kept_away && row.registration.may_attach() {
            self.count_anew(&row).await;
        }
        if !row.registration.may_attach() {
            let why = format!("the device is {}", row.registration.name());
            self.hub.cut(row.id, &why);
        }
        self.rejudged(row, by).await
    }

    /// Fills in fields of a device's row.
    ///
    /// # Errors
    /// [`ResponseError`] when a field cannot stand or the policy has no such group.
    pub async fn alter(
        &self,
        device: DeviceId,
        alteration: &Alteration,
        by: &By,
    ) -> Result<Device, ResponseError> {
        let wanted = self.checked(alteration)?;
        let row = self
            .change(device, |row| {
                let mut details = Vec::new();
                let mut set = |name, field: &mut String, value: &Option<String>| {
                    if let Some(value) = value {
                        details.push((name, format!("{field:?} -> {value:?}")));
                        field.clone_from(value);
                    }
                };
                set("group", &mut row.group, &wanted.group);
                set("owner", &mut row.owner, &wanted.owner);
                set("asset_number", &mut row.asset_number, &wanted.asset_number);
                if let Some(class) = wanted.data_class {
                    let named = |class: Option<DataClass>| class.map_or("group's", DataClass::name);
                    let text = format!("{} -> {}", named(row.data_class), named(class));
                    details.push(("data_class", text));
                    row.data_class = class;
                }
                Ok(by.did("device.altered", row.id, details))
            })
            .await?;
        self.rejudged(row, by).await
    }

    /// Judges the device by its changed row. Its stream is told behind that, so that it takes up the new
    /// verdict with the row.
    pub(super) async fn rejudged(&self, row: Device, by: &By) -> Result<Device, ResponseError> {
        self.rejudge(&row, by.at).await;
        self.hub.changed(row.id);
        Ok(row)
    }

    /// Begins to count a device's silence anew: until now it could not be heard. What fails is logged: what was done
    /// to the device is done all the same, and it is counted silent for too long until it reports.
    pub(super) async fn count_anew(&self, row: &Device) {
        let counted = async {
            let Some(posture) = self.store.posture_fetch(row.id).await? else {
                return Ok(());
            };
            let anew = Heard {
                device: row.id,
                at: posture.seen_at,
                silence: Silence::BeginsAnew(posture.sequence),
            };
            self.store.seen_record(vec![anew], self.listened()).await
        };
        let counted: Result<(), StoreError> = counted.await;
        if let Err(error) = counted {
            tracing::warn!(%error, device = %row.id, "its silence is not counted anew");
        }
    }

    /// Changes a row, again from the start when somebody else changed it first.
    pub(super) async fn change(
        &self,
        device: DeviceId,
        decide: impl Fn(&mut Device) -> Result<AuditEvent, ResponseError> + Send + Sync,
    ) -> Result<Device, ResponseError> {
        for _ in 0..RACES_MAX {
            let row = self.store.device_fetch(device).await?;
            let mut row = row.ok_or_else(|| ResponseError::NoSuchDevice(device.to_string()))?;
            let event = decide(&mut row)?;
            match self.store.device_change(row.clone(), vec![event]).await {
                Ok(()) => {
                    row.revision = row.revision.saturating_add(1);
                    return Ok(row);
                }
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(ResponseError::Contended(format!("device {device}")))
    }

    async fn isolate_the_lost(
        &self,
        device: DeviceId,
        reason: &str,
        by: &By,
    ) -> Result<(), ResponseError> {
        let row = self.store.device_fetch(device).await?;
        let row = row.ok_or_else(|| ResponseError::NoSuchDevice(device.to_string()))?;
        row.registration.apply(RegistrationAction::Lose)?;
        if row.registration == Registration::Retired {
            return Ok(());
        }
        let order = NewOrder {
            access: Access::Isolated,
            reason: reason.to_owned(),
            until: None,
            incident: None,
            allow: Vec::new(),
        };
        let given = self.order(device, &order, by).await?;
        if given.sent {
            self.let_take_up(device, given.generation).await?;
        }
        Ok(())
    }

    /// Gives a device that is about to be cut off the time to take up its last order.
    async fn let_take_up(
        &self,
        device: DeviceId,
        generation: Generation,
    ) -> Result<(), ResponseError> {
        for _ in 0..LOST_LOOKS_MAX {
            let posture = match self.store.posture_fetch(device).await {
                // It cannot be told, and the device is given its time.
                Err(StoreError::Corrupt { .. }) => None,
                read => read?,
            };
            let held = posture
                .and_then(|posture| posture.enforcement)
                .map(|enforcement| enforcement.desired.0);
            if held >= Some(generation) || !self.hub.is_online(device) {
                break;
            }
            tokio::time::sleep(LOST_LOOK).await;
        }
        Ok(())
    }

    fn checked(&self, wanted: &Alteration) -> Result<Alteration, ResponseError> {
        let field = |what, value: &Option<String>| {
            value
                .as_deref()
                .map(|value| check::field(what, value))
                .transpose()
        };
        let group = field("the group", &wanted.group)?;
        if let Some(group) = &group {
            self.knows_group(group)?;
        }
        Ok(Alteration {
            group,
            owner: field("the owner", &wanted.owner)?,
            asset_number: field("the asset number", &wanted.asset_number)?,
            data_class: wanted.data_class,
        })
    }
}

const fn action_name(action: RegistrationAction) -> &'static str {
    match action {
        RegistrationAction::Approve => "device.approved",
        RegistrationAction::Suspend => "device.suspended",
        RegistrationAction::Retire => "device.retired",
        RegistrationAction::Lose => "device.lost",
    }
}
