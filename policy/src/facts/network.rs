//! Where a laptop is.
//!
//! Touches nothing. Must never be told from names or addresses.

/// Where the laptop is. Inside is proved; outside is where proof was asked for and could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NetworkPlace {
    /// On the company's own network.
    Inside,
    /// On another one.
    Outside,
}

impl NetworkPlace {
    /// The name of the place in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Outside => "outside",
        }
    }
}
