//! Over which links beacons are asked, on Windows: none is read yet, so that the place is unknown.
//!
//! Touches nothing. Must never give an empty list for one that was not read: a laptop without links is outside.

use std::path::Path;

use sekisho_policy::reading::Why;

/// The links of a laptop at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// Those to ask over.
    pub asked: Vec<String>,
    /// The networks they lead to, to be compared with those of another moment.
    pub networks: Vec<String>,
    /// Whether a way leads out, over a VPN too.
    pub leads_out: bool,
}

/// Says why the links cannot be told.
///
/// # Errors
/// Always.
pub fn read(_: &Path) -> Result<Links, Why> {
    Err(Why::Unsupported(
        "this agent does not read the links of Windows".to_owned(),
    ))
}
