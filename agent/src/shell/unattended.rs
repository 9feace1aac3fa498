//! The enrolment of a laptop that nobody sits at: a unit of its own on Linux, so that the service never holds a token.
//!
//! Touches nothing. Must never take the unit's place.

use crate::paths::Paths;
use crate::sensors::Root;

/// The enrolment that this process does not do.
#[derive(Debug)]
pub(super) struct Enrolment;

impl Enrolment {
    /// One that is not begun.
    pub(super) const fn new() -> Self {
        Self
    }

    /// Begins nothing.
    pub(super) const fn begin(&mut self, _: &Paths, _: &Root) {}

    /// Nothing: `systemctl status sekisho-enroll` says it.
    pub(super) const fn why_not(&self) -> Option<String> {
        None
    }

    /// Removes nothing: the unit has done it.
    pub(super) const fn end(&self, _: &Paths) {}

    /// Waits for what does not come.
    pub(super) async fn done(&self) {
        std::future::pending().await
    }
}
