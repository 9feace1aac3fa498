//! Whether anything that leaves is handed to a tunnel of IPsec, which has no link of its own.
//!
//! Touches the filters, only to ask. Must never leave out a layer: such filters stand where their maker put them.

use windows::Win32::NetworkManagement::WindowsFilteringPlatform::{
    FWP_ACTION_FLAG_CALLOUT, FWPM_CALLOUT_IPSEC_OUTBOUND_TUNNEL_V4,
    FWPM_CALLOUT_IPSEC_OUTBOUND_TUNNEL_V6, FWPM_FILTER0,
};
use windows::core::GUID;

use super::Session;
use super::read::Row;
use crate::wfp::Refused;

/// Windows' own callouts that take a packet up into a tunnel
/// (<https://learn.microsoft.com/windows/win32/fwp/built-in-callout-identifiers>).
const TUNNELS: [GUID; 2] = [
    FWPM_CALLOUT_IPSEC_OUTBOUND_TUNNEL_V4,
    FWPM_CALLOUT_IPSEC_OUTBOUND_TUNNEL_V6,
];

/// How many filters hand to them what leaves.
///
/// # Errors
/// [`Refused`] where the filters cannot be read.
pub fn ipsec_tunnels() -> Result<usize, Refused> {
    let session = Session::open(false)?;
    let row = Row::of_all(&session)?;
    let mut found = 0_usize;
    while let Some(page) = row.next()? {
        let tunnels = page.filters().filter(|filter| is_tunnel(filter));
        found = found.saturating_add(tunnels.count());
    }
    Ok(found)
}

fn is_tunnel(filter: &FWPM_FILTER0) -> bool {
    let calls = filter.action.r#type.0 & FWP_ACTION_FLAG_CALLOUT != 0;
    // SAFETY: an action that calls names what it calls; both fields of the union are a GUID.
    let callout = unsafe { filter.action.Anonymous.calloutKey };
    calls && TUNNELS.contains(&callout)
}
