//! Over which links beacons are asked, on Windows: none is read yet, so that the place is unknown.
//!
//! Touches nothing. Must never give an empty list for one that was not read: a laptop without links is outside.

use sekisho_policy::reading::Why;

/// A link to ask over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedLink {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: String,
}

/// The links of a laptop at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// Those to ask over.
    pub asked: Vec<AskedLink>,
    /// The networks they lead to, to be compared with those of another moment.
    pub networks: Vec<String>,
    /// Whether a way leads out, over a VPN too.
    pub leads_out: bool,
}

/// Says why the links cannot be told.
///
/// # Errors
/// Always.
pub fn read() -> Result<Links, Why> {
    Err(Why::Unsupported(
        "this agent does not read the links of Windows".to_owned(),
    ))
}
