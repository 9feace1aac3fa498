//! Clone cases: two machines under one identity, until a person says which one is the device.
//!
//! Touches the store and the open streams. Must never decide by itself.

use sekisho_policy::id::DeviceId;

use super::{By, Desk, ResponseError, check};
use crate::record::{Device, Thread};
use crate::store::StoreError;

/// Which machine of a clone case is the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The machine known before.
    Known,
    /// The machine that came, as after a change of hardware or a restored disk.
    Came,
}

impl Desk {
    /// Closes a clone case. The kept machine's marks are the device's from then on; both streams are
    /// cut, and the next machine to attach must bear those marks. Keeping the machine that came starts a new
    /// thread, since it holds an old one; keeping the known one leaves the thread with it. Both machines hold
    /// the same key, so where neither can be trusted the device is to be retired and enrolled anew.
    ///
    /// # Errors
    /// [`ResponseError::NoClone`] when there is no case.
    pub async fn resolve_clone(
        &self,
        device: DeviceId,
        keep: Keep,
        reason: &str,
        by: &By,
    ) -> Result<Device, ResponseError> {
        let reason = check::reason(reason)?;
        if keep == Keep::Came {
            self.start_new_thread(device).await?;
        }
        let row = self
            .change(device, |row| {
                let case = row.clones.take();
                let case = case.ok_or_else(|| ResponseError::NoClone(row.name.clone()))?;
                let details = vec![
                    ("kept", keep.name().to_owned()),
                    ("by", case.by),
                    ("came_from", case.came_from),
                    ("reason", reason.clone()),
                ];
                row.marks = match keep {
                    Keep::Known => case.known,
                    Keep::Came => case.came,
                };
                Ok(by.did("device.clone_resolved", row.id, details))
            })
            .await?;
        self.hub.cut(device, "the clone case is decided");
        self.count_anew(&row).await;
        self.rejudge(&row, by.at).await;
        Ok(row)
    }

    async fn start_new_thread(&self, device: DeviceId) -> Result<(), ResponseError> {
        let row = self.store.device_fetch(device).await?;
        let row = row.ok_or_else(|| ResponseError::NoSuchDevice(device.to_string()))?;
        if row.clones.is_none() {
            return Err(ResponseError::NoClone(row.name));
        }
        let posture = match self.store.posture_fetch(device).await {
            // Its thread is lost with it.
            Err(StoreError::Corrupt { .. }) => None,
            read => read?,
        };
        if let Some(mut posture) = posture {
            posture.thread = Thread::default();
            self.store
                .posture_change(device, posture, Vec::new())
                .await?;
        }
        Ok(())
    }
}

impl Keep {
    /// The name in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Came => "came",
        }
    }
}
