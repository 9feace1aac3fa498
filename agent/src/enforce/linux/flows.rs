//! Ends the TCP connections that were open before an isolation, so that programs notice at once.
//!
//! Touches the sockets of this network namespace through `sock_diag(7)`. Must never end one that the
//! rules let go on, nor one between two processes of this machine.
//!
//! The rules alone silence a connection; but who only reads from it waits until its own patience ends.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};

use nix::errno::Errno;
use sekisho_policy::order::Transport;

use crate::enforce::plan::{Pass, Ruleset};
use crate::netlink::socket::{self, AskError, Protocol};
use crate::netlink::{Message, request, u16_at, u32_at};

/// `SOCK_DIAG_BY_FAMILY` of linux/sock_diag.h.
const BY_FAMILY: u16 = 20;
/// `SOCK_DESTROY`, of kernels since 4.5 with `CONFIG_INET_DIAG_DESTROY`.
const DESTROY: u16 = 21;
/// `NLM_F_DUMP` and `NLM_F_ACK`.
const DUMP: u16 = 0x300;
const ACKNOWLEDGE: u16 = 4;
/// `AF_INET` and `AF_INET6`.
const FAMILIES: [u8; 2] = [2, 10];
const TCP: u8 = 6;
/// Every state in which there is a peer: all but waiting for stray segments (6), closed (7) and
/// listening (10).
const WITH_A_PEER: u32 = 0b1011_0011_1110;
/// `struct inet_diag_sockid`, which stands at the fifth byte of an answer.
const ID_BYTES: usize = 48;

/// A connection, seen from this end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Flow {
    family: u8,
    /// The kernel's own words for it.
    id: [u8; ID_BYTES],
    here: SocketAddr,
    there: SocketAddr,
    /// The user its socket belongs to.
    owner: u32,
}

/// Ends every connection that these rules silence; how many.
///
/// # Errors
/// [`AskError`] when they cannot be listed or the kernel does not end them. They are silent all the
/// same.
pub(super) async fn end(ruleset: &Ruleset) -> Result<usize, AskError> {
    let mut flows = Vec::new();
    for family in FAMILIES {
        let asked = request(
            BY_FAMILY,
            DUMP,
            &selector(family, WITH_A_PEER, &[0; ID_BYTES]),
        );
        flows.extend(socket::list(Protocol::SockDiag, &asked, flow).await?);
    }
    let mut ended: usize = 0;
    for flow in silenced(&flows, ruleset) {
        let asked = selector(flow.family, u32::MAX, &flow.id);
        let asked = request(DESTROY, ACKNOWLEDGE, &asked);
        match socket::list(Protocol::SockDiag, &asked, |_| None::<()>).await {
            Ok(_) => ended = ended.saturating_add(1),
            // It has ended by itself.
            Err(AskError::Refused(error)) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(ended)
}

/// `struct inet_diag_req_v2`.
fn selector(family: u8, states: u32, id: &[u8; ID_BYTES]) -> Vec<u8> {
    let mut body = vec![family, TCP, 0, 0];
    body.extend(states.to_ne_bytes());
    body.extend(id);
    body
}

/// Reads a `struct inet_diag_msg`.
fn flow(message: &Message<'_>) -> Option<Flow> {
    let id = message.body.get(4..)?.first_chunk::<ID_BYTES>()?;
    let family = *message.body.first()?;
    let end = |port: usize, address: usize| {
        let address = id.get(address..)?;
        let address: IpAddr = match family {
            2 => (*address.first_chunk::<4>()?).into(),
            _ => IpAddr::from(*address.first_chunk::<16>()?).to_canonical(),
        };
        Some(SocketAddr::new(address, u16::from_be(u16_at(id, port)?)))
    };
    Some(Flow {
        family,
        id: *id,
        here: end(0, 4)?,
        there: end(2, 20)?,
        owner: u32_at(message.body, 64)?,
    })
}

fn silenced<'a>(flows: &'a [Flow], ruleset: &'a Ruleset) -> impl Iterator<Item = &'a Flow> {
    // Both ends of a connection within this machine are among its sockets.
    let ends: BTreeSet<_> = flows.iter().map(|flow| (flow.here, flow.there)).collect();
    flows.iter().filter(move |flow| {
        let within = flow.there.ip().is_loopback() || ends.contains(&(flow.there, flow.here));
        !within && !ruleset.outgoing.iter().any(|pass| lets(pass, flow))
    })
}

fn lets(pass: &Pass, flow: &Flow) -> bool {
    let (endpoint, owner) = match pass {
        Pass::Collector(endpoint, owner) => (endpoint, *owner),
        Pass::Listed(endpoint) => (endpoint, None),
        Pass::Loopback
        | Pass::DhcpV4
        | Pass::DhcpV6
        | Pass::Neighbour(_)
        | Pass::ListenerReport
        | Pass::PacketTooBig
        | Pass::FragmentationNeeded
        | Pass::Fragments(_)
        | Pass::Frame(_) => return false,
    };
    let there = SocketAddr::new(endpoint.address, endpoint.port);
    let is_tcp = endpoint.transport == Transport::Tcp;
    is_tcp && there == flow.there && owner.is_none_or(|owner| owner == flow.owner)
}

/// Why open connections cannot be ended, in words.
pub(super) fn words(error: &AskError) -> String {
    match error {
        AskError::Refused(cause) if cause.raw_os_error() == Some(Errno::EOPNOTSUPP as i32) => {
            "the kernel was built without CONFIG_INET_DIAG_DESTROY".to_owned()
        }
        AskError::Refused(cause) if cause.kind() == ErrorKind::PermissionDenied => {
            "it takes CAP_NET_ADMIN".to_owned()
        }
        AskError::Refused(_)
        | AskError::Socket(_)
        | AskError::Malformed(_)
        | AskError::TimedOut
        | AskError::TooLarge(_)
        | AskError::Restless => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use sekisho_policy::order::{Access, Endpoint};

    use super::*;
    use crate::enforce::plan::{Way, plan};
    use crate::netlink;

    fn flow_of(here: &str, there: &str, owner: u32) -> Flow {
        Flow {
            family: 2,
            id: [0; ID_BYTES],
            here: here.parse().unwrap(),
            there: there.parse().unwrap(),
            owner,
        }
    }

    #[test]
    fn what_the_rules_let_go_on_is_not_ended() {
        let endpoint = |text: &str| {
            let socket: SocketAddr = text.parse().unwrap();
            Endpoint::tcp(socket.ip(), socket.port())
        };
        let way = Way {
            collectors: [endpoint("192.0.2.10:7443")].into(),
            allow: [endpoint("192.0.2.20:443")].into(),
            owner: Some(990),
        };
        let ruleset = plan(Access::Isolated, &way).unwrap().unwrap();
        let flows = [
            flow_of("192.0.2.1:50001", "192.0.2.10:7443", 990),
            flow_of("192.0.2.1:50002", "192.0.2.10:7443", 1000),
            flow_of("192.0.2.1:50003", "192.0.2.20:443", 1000),
            flow_of("192.0.2.1:50004", "192.0.2.20:22", 1000),
            flow_of("127.0.0.1:50005", "127.0.0.1:631", 1000),
            flow_of("192.0.2.1:50006", "192.0.2.1:8080", 1000),
            flow_of("192.0.2.1:8080", "192.0.2.1:50006", 1000),
        ];
        let ended: Vec<u16> = silenced(&flows, &ruleset)
            .map(|flow| flow.here.port())
            .collect();
        assert_eq!(ended, [50002, 50004]);
    }

    #[test]
    fn what_the_kernel_cannot_do_is_said_in_words() {
        let refused = |number: Errno| AskError::Refused(number.into());
        assert!(words(&refused(Errno::EOPNOTSUPP)).contains("CONFIG_INET_DIAG_DESTROY"));
        assert!(words(&refused(Errno::EPERM)).contains("CAP_NET_ADMIN"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for message in netlink::messages(&bytes).flatten() {
                let _ = flow(&message);
            }
        }
    }
}
