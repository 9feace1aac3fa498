//! The Event Log of Windows, in which administrators look first.
//!
//! Touches the log `Application`. Must never be the only place where something stands that was written by the agent:
//! the log may be full, or not there.

use std::io;

use windows::Win32::Foundation::HANDLE;
use windows::Win32::System::EventLog::{
    DeregisterEventSource, EVENTLOG_ERROR_TYPE, EVENTLOG_INFORMATION_TYPE, EVENTLOG_WARNING_TYPE,
    RegisterEventSourceW, ReportEventW,
};
use windows::core::PCWSTR;

use super::text::wide;

/// The source that the installer registers, with a file of the system's that has a message `%1` for each number up
/// to 1000.
const SOURCE: &str = "Sekisho Agent";
/// UTF-16 units of one text; ReportEventW takes 31,839.
const TEXT_UNITS_MAX: usize = 30_000;

/// The target of what administrators should find there, though nothing is amiss.
pub const WORTHY: &str = "sekisho_event";

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As it should be.
    Information,
    /// Something does not work, and the agent goes on.
    Warning,
    /// The agent cannot do what it is for.
    Error,
}

/// The log, open to be written to.
#[derive(Debug)]
pub struct EventLog(HANDLE);

// SAFETY: the handle belongs to the process, and the system takes it from every thread.
unsafe impl Send for EventLog {}
// SAFETY: each call writes one record by itself; none changes the handle.
unsafe impl Sync for EventLog {}

impl EventLog {
    /// Opens it.
    ///
    /// # Errors
    /// What the system says.
    pub fn open() -> io::Result<Self> {
        let source = wide(SOURCE)?;
        // SAFETY: the name ends with a zero and outlives the call.
        let log = unsafe { RegisterEventSourceW(PCWSTR::null(), PCWSTR(source.as_ptr())) }?;
        Ok(Self(log))
    }

    /// Writes one record. What is too long is cut.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, kind: Kind, text: &str) -> io::Result<()> {
        // A zero within would end the text.
        let mut text = wide(text.replace('\0', " "))?;
        if text.len() > TEXT_UNITS_MAX {
            text.truncate(TEXT_UNITS_MAX);
            text.push(0);
        }
        let (number, kind) = match kind {
            Kind::Information => (1, EVENTLOG_INFORMATION_TYPE),
            Kind::Warning => (2, EVENTLOG_WARNING_TYPE),
            Kind::Error => (3, EVENTLOG_ERROR_TYPE),
        };
        let texts = [PCWSTR(text.as_ptr())];
        // SAFETY: the log is open while `self` is; the text ends with a zero and outlives the call.
        unsafe { ReportEventW(self.0, kind, 0, number, None, 0, Some(&texts), None) }?;
        Ok(())
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        // SAFETY: it was opened for this, and nothing else closes it. A handle cannot fail to be closed otherwise.
        unsafe { DeregisterEventSource(self.0) }.ok();
    }
}
