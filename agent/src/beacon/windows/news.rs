//! Announcements that links, addresses or routes have changed: none on Windows, where the timer asks.
//!
//! Touches nothing. Must never announce what nothing has said.

/// Hears what the system announces of links.
#[derive(Debug)]
pub struct News;

impl News {
    /// Begins to listen.
    #[must_use]
    pub const fn listen() -> Self {
        Self
    }

    /// Waits until something is announced.
    pub async fn heard(&mut self) {
        std::future::pending().await
    }
}
