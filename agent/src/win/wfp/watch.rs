//! Hears of it when somebody else changes filters.
//!
//! Touches the platform's notices. Must never do more in the platform's own thread than wake who waits.

use std::ffi::c_void;
use std::sync::Arc;

use tokio::sync::Notify;
use windows::Win32::Foundation::HANDLE;
use windows::Win32::NetworkManagement::WindowsFilteringPlatform::{
    FWPM_FILTER_CHANGE0, FWPM_FILTER_SUBSCRIPTION0, FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_ADD,
    FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_DELETE, FwpmFilterSubscribeChanges0,
    FwpmFilterUnsubscribeChanges0,
};

use super::{Session, done};
use crate::wfp::{Guid, Refused};

/// What a notice is met with.
struct Heard {
    matters: fn(Guid, bool) -> bool,
    wake: Notify,
}

/// Notices of filters that come and go, until it is dropped.
pub struct Notices {
    session: Session,
    handle: HANDLE,
    heard: Arc<Heard>,
}

// SAFETY: the handle belongs to the session, which no thread owns.
unsafe impl Send for Notices {}

impl Notices {
    /// Begins to listen. `matters` is told the name of a filter and whether it has come, in a thread of the platform's.
    ///
    /// # Errors
    /// [`Refused`] where there are no notices.
    pub fn open(matters: fn(Guid, bool) -> bool) -> Result<Self, Refused> {
        let session = Session::open(false)?;
        let wake = Notify::new();
        let heard = Arc::new(Heard { matters, wake });
        // Without a template all filters are meant.
        let wanted = FWPM_FILTER_SUBSCRIPTION0 {
            flags: FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_ADD.0
                | FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_DELETE.0,
            ..FWPM_FILTER_SUBSCRIPTION0::default()
        };
        let mut handle = HANDLE::default();
        // SAFETY: the session is open, and the others outlive the call; what the context points to is kept until the
        // last notice was given.
        let code = unsafe {
            FwpmFilterSubscribeChanges0(
                session.0,
                &raw const wanted,
                Some(notice),
                Some(Arc::as_ptr(&heard).cast()),
                &raw mut handle,
            )
        };
        done("FwpmFilterSubscribeChanges0", code)?;
        Ok(Self {
            session,
            handle,
            heard,
        })
    }

    /// Waits for the next one that matters. A call that is dropped loses nothing.
    pub async fn next(&self) {
        self.heard.wake.notified().await;
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        // SAFETY: the session is open and has this subscription. The call comes back when no notice is being given any
        // more, and the session's end ends the subscription where the call does not.
        unsafe { FwpmFilterUnsubscribeChanges0(self.session.0, self.handle) };
    }
}

/// Is called by the platform, in a thread of its own.
unsafe extern "system" fn notice(context: *mut c_void, change: *const FWPM_FILTER_CHANGE0) {
    // SAFETY: the context is the one that was given, which outlives the subscription.
    let heard = unsafe { context.cast::<Heard>().as_ref() };
    // SAFETY: the platform tells of a whole change, or of none.
    let change = unsafe { change.as_ref() };
    if let (Some(heard), Some(change)) = (heard, change) {
        let has_come = change.changeType
            == windows::Win32::NetworkManagement::WindowsFilteringPlatform::FWPM_CHANGE_ADD;
        if (heard.matters)(change.filterKey.to_u128(), has_come) {
            heard.wake.notify_one();
        }
    }
}
