//! Whether an answer came by way of IPsec: its policies take up packets that are bound to a link, too.
//!
//! Touches netlink, only to ask. Must never take policies that could not be read for none.

use std::net::{IpAddr, SocketAddr};

use sekisho_policy::reading::Why;

use crate::ask;
use crate::cycle::place::NoAnswer;
use crate::netlink::policies::{Flow, Policy, is_without, policy, request, tunnel_of};
use crate::netlink::socket::{AskError, Protocol, list};

/// The policies of one moment.
pub(super) type Policies = Result<Vec<Policy>, Why>;

/// Reads them.
pub(super) async fn policies() -> Policies {
    match list(Protocol::Xfrm, &request(), |one| policy(one).transpose()).await {
        Ok(policies) => Ok(policies
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(AskError::Malformed)
            .map_err(why)?),
        Err(AskError::Socket(error)) if is_without(&error) => Ok(Vec::new()),
        Err(error) => Err(why(error)),
    }
}

fn why(error: AskError) -> Why {
    let text = format!("whether IPsec leads to the beacon: {error}");
    match ask::AskError::from(error).why() {
        Why::NotPermitted(_) => Why::NotPermitted(text),
        Why::TimedOut(_) => Why::TimedOut(text),
        Why::TooLarge(_) => Why::TooLarge(text),
        Why::ToolMissing(_) | Why::Unreadable(_) | Why::Unsupported(_) | Why::NotAsked => {
            Why::Unreadable(text)
        }
    }
}

/// Whether an answer proves something of the link that it was asked for over: it does where no tunnel took the
/// question up.
pub(super) fn proves(
    policies: &Policies,
    link: u32,
    own: IpAddr,
    at: SocketAddr,
) -> Result<(), NoAnswer> {
    let flow = Flow {
        to: at.ip(),
        from: Some(own.to_canonical()),
        tcp_port: Some(at.port()),
        link: Some(link),
    };
    let policies = policies
        .as_ref()
        .map_err(|why| NoAnswer::Unknown(why.clone()))?;
    match tunnel_of(policies, &flow) {
        None => Ok(()),
        Some(policy) => {
            let gateway = policy
                .gateway()
                .map_or_else(|| "a gateway".to_owned(), |gateway| gateway.to_string());
            Err(NoAnswer::Unknown(Why::Unreadable(format!(
                "{at}: it is asked by way of a VPN (IPsec to {gateway}), over which it answers anywhere"
            ))))
        }
    }
}
