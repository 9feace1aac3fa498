//! Whether a VPN without a link of its own takes a question up, on Windows: nobody tells yet.
//!
//! Touches nothing. Must never let an answer prove a link where that is not known.

use std::net::{IpAddr, SocketAddr};

use sekisho_policy::reading::Why;

use crate::cycle::place::NoAnswer;

/// Why the policies of one moment are not known.
pub(super) type Policies = Why;

/// Says that they are not.
#[expect(clippy::unused_async, reason = "other systems wait for their kernel")]
pub(super) async fn policies() -> Policies {
    Why::Unsupported("this agent does not read the IPsec policies of Windows".to_owned())
}

/// Nothing is proved.
pub(super) fn proves(
    policies: &Policies,
    _: u32,
    _: IpAddr,
    _: SocketAddr,
) -> Result<(), NoAnswer> {
    Err(NoAnswer::Unknown(policies.clone()))
}
