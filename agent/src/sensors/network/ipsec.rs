//! VPNs without a link of their own: the kernel's IPsec by policies for what leaves.
//!
//! Touches netlink, only to ask. Must never tell addresses that a VPN gives out anew with each connection, nor take
//! policies that could not be read for none.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;

use sekisho_policy::facts::{Evidence, IpFamily, Vpn, VpnKind};
use sekisho_policy::limits::NETWORK_LINKS_MAX;
use sekisho_policy::reading::{Reading, Why};

use super::carry::FAR;
use super::kernel::answer;
use crate::ask::AskError;
use crate::limits::NETLINK_BYTES_MAX;
use crate::netlink::ask::Asker;
use crate::netlink::policies::{Flow, Policy, is_without, policy, request, tunnel_of};
use crate::netlink::socket::{self, Protocol};
use crate::netlink::{NoAnswer, items};
use crate::sensors::Root;

/// `EPERM`.
const NOT_PERMITTED: i32 = 1;
/// `NLMSG_DONE`.
const DONE: u16 = 3;
/// The evidence of one VPN names so many networks at most.
const NAMED_MAX: usize = 8;

/// Reads them.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Vec<Vpn>> {
    match told(root) {
        Ok(vpns) => Reading::Known(vpns),
        Err(why) => Reading::Unknown(why),
    }
}

fn told(root: &Root) -> Result<Vec<Vpn>, Why> {
    let answer = answer(root, "xfrm-policies", || {
        if !root.is_live() {
            return Err(AskError::NotCaptured(PathBuf::from("netlink")));
        }
        let asker = match Asker::open(Protocol::Xfrm) {
            Ok(asker) => asker,
            Err(socket::AskError::Socket(error)) if is_without(&error) => {
                return Ok(nothing());
            }
            Err(error) => return Err(error.into()),
        };
        Ok(asker.ask(&request(), NETLINK_BYTES_MAX)?)
    })?;
    vpns(&answer)
}

/// What a kernel without such policies would answer.
fn nothing() -> Vec<u8> {
    crate::netlink::request(DONE, 0, &[0; 4])
}

fn vpns(answer: &[u8]) -> Result<Vec<Vpn>, Why> {
    let messages = items(answer).map_err(|error| match &error {
        NoAnswer::Refused(NOT_PERMITTED) => {
            Why::NotPermitted("the kernel's policies of IPsec".to_owned())
        }
        NoAnswer::Malformed(_)
        | NoAnswer::Refused(_)
        | NoAnswer::Interrupted
        | NoAnswer::Endless => Why::Unreadable(format!("the kernel's policies of IPsec: {error}")),
    })?;
    let policies = messages.iter().filter_map(|one| policy(one).transpose());
    let policies: Vec<Policy> = policies
        .collect::<Result<_, _>>()
        .map_err(|error| Why::Unreadable(error.to_string()))?;
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for tunnel in policies.iter().filter(|policy| policy.is_tunnel()) {
        let networks = named.entry(name(tunnel)).or_default();
        networks.insert(
            tunnel
                .to
                .map_or_else(|| "*".to_owned(), |to| to.to_string()),
        );
    }
    let vpns = named.into_iter().map(|(link, networks)| Vpn {
        covers: covered(&policies, &link),
        kind: VpnKind::Ipsec,
        evidence: networks
            .into_iter()
            .take(NAMED_MAX)
            .map(|network| Evidence::new(format!("{link} policy"), network))
            .collect(),
        link,
    });
    Ok(vpns.take(NETWORK_LINKS_MAX).collect())
}

fn name(tunnel: &Policy) -> String {
    let gateway = tunnel.gateway();
    gateway.map_or_else(|| "ipsec".to_owned(), |gateway| gateway.to_string())
}

/// The families of which this one takes up whatever is for the rest of the world.
fn covered(policies: &[Policy], vpn: &str) -> Vec<IpFamily> {
    let is_taken = |to: &IpAddr| {
        let flow = Flow {
            to: *to,
            from: None,
            tcp_port: None,
            link: None,
        };
        tunnel_of(policies, &flow).is_some_and(|tunnel| name(tunnel) == vpn)
    };
    let families = FAR.into_iter().filter(|(_, far)| far.iter().all(is_taken));
    families.map(|(family, _)| family).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_read_the_policies_does_not_know_of_a_vpn_and_not_that_there_is_none() {
        let refused = crate::netlink::request(2, 0, &(-1_i32).to_ne_bytes());
        assert!(matches!(vpns(&refused), Err(Why::NotPermitted(_))));
        assert!(matches!(vpns(&[]), Err(Why::Unreadable(_))));
        assert_eq!(vpns(&nothing()), Ok(vec![]));
    }

    #[test]
    fn a_family_is_covered_where_both_halves_of_its_addresses_go_to_the_same_gateway() {
        let (own, other) = ("203.0.113.5", "203.0.113.6");
        let to = |network, gateway| Policy::tunnel_to(network, gateway);
        assert_eq!(covered(&[to("0.0.0.0/0", own)], own), [IpFamily::V4]);
        assert_eq!(covered(&[to("0.0.0.0/1", own)], own), []);
        let halves = [to("0.0.0.0/1", own), to("128.0.0.0/1", own)];
        assert_eq!(covered(&halves, own), [IpFamily::V4]);
        let apart = [to("0.0.0.0/1", own), to("128.0.0.0/1", other)];
        assert_eq!(covered(&apart, own), []);
    }
}
