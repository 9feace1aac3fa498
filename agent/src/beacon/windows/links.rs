//! The links and routes of the running system, by Windows.
//!
//! Touches Windows, only to ask. Must never choose among them, nor take one whose driver is not known for hardware.

use sekisho_policy::reading::Why;

use super::{Links, choose};
use crate::adapters;
use crate::win::network;

/// Reads the links of the running system.
///
/// # Errors
/// Why they cannot be told.
pub fn read() -> Result<Links, Why> {
    let told = network::told().map_err(|error| {
        Why::Unreadable(format!("Windows does not tell of its networks: {error}"))
    })?;
    // What drives hardware says so itself; the rest may be a tunnel.
    let drives = |_: &str| false;
    Ok(choose(
        &adapters::devices(&told),
        &adapters::routes(&told),
        &drives,
    ))
}
