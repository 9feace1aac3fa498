//! Whether a VPN without a link of its own may take a question up, on Windows: its filters hand packets to tunnels of
//! IPsec, whatever link they are bound to.
//!
//! Touches the filters, only to ask. Must never take filters that could not be read for none. What they cover is not
//! read, so that any of them keeps an answer from proving something.

use std::net::{IpAddr, SocketAddr};

use sekisho_policy::reading::Why;
use tokio::task::spawn_blocking;

use crate::cycle::place::NoAnswer;
use crate::wfp::{ACCESS_DENIED, NOT_SUPPORTED};
use crate::win::wfp::ipsec_tunnels;

/// How many such filters there are at one moment.
pub(super) type Policies = Result<usize, Why>;

/// Counts them.
pub(super) async fn policies() -> Policies {
    let said =
        |error: &dyn std::fmt::Display| format!("whether IPsec leads to the beacon: {error}");
    match spawn_blocking(ipsec_tunnels).await {
        Ok(Ok(count)) => Ok(count),
        Ok(Err(error)) if error.code == ACCESS_DENIED => Err(Why::NotPermitted(said(&error))),
        Ok(Err(error)) if error.code == NOT_SUPPORTED => Err(Why::Unsupported(said(&error))),
        Ok(Err(error)) => Err(Why::Unreadable(said(&error))),
        Err(error) => Err(Why::Unreadable(said(&error))),
    }
}

/// Whether an answer proves something of the link that it was asked for over: it does where there are no tunnels.
pub(super) fn proves(
    policies: &Policies,
    _: u32,
    _: IpAddr,
    at: SocketAddr,
) -> Result<(), NoAnswer> {
    match policies {
        Ok(0) => Ok(()),
        Ok(count) => Err(NoAnswer::Unknown(Why::Unreadable(format!(
            "{at}: {count} filters of a VPN (IPsec) may have taken the question up, over which it is answered anywhere"
        )))),
        Err(why) => Err(NoAnswer::Unknown(why.clone())),
    }
}
