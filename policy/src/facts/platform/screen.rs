//! When the screens of the people who are logged in lock by themselves.
//!
//! Touches nothing. Must never say that a screen locks because it goes blank.

use crate::facts::Evidence;
use crate::reading::Reading;

/// The lock of one graphical session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenLock {
    /// Whose session.
    pub user: String,
    /// Which desktop.
    pub desktop: Desktop,
    /// Seconds from the last input until a password is needed. Absent where it never locks by itself.
    pub locks_after_secs: Reading<u32>,
    /// What was seen, word for word.
    pub evidence: Vec<Evidence>,
}

/// A desktop, by the way its lock is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Desktop {
    /// GNOME, Ubuntu's too.
    Gnome,
    /// KDE Plasma.
    Kde,
    /// That of Windows.
    Windows,
    /// Another one.
    Other,
}

impl Desktop {
    /// The name of the desktop in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gnome => "gnome",
            Self::Kde => "kde",
            Self::Windows => "windows",
            Self::Other => "other",
        }
    }
}
