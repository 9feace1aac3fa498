//! What an isolated device may still reach, and how people write it.
//!
//! Touches nothing. Must never take a name for an address: an isolated device resolves none.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use thiserror::Error;

/// An endpoint an isolated device may still reach.
///
/// Written `192.0.2.1:443` or `[2001:db8::1]:443` for TCP, and with `/udp` behind it for UDP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The address; never a name.
    pub address: IpAddr,
    /// By which protocol.
    pub transport: Transport,
    /// The port.
    pub port: u16,
}

/// The protocol that a port belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// TCP (RFC 9293).
    Tcp,
    /// UDP (RFC 768), as VPN gateways speak it: WireGuard, and IKE (RFC 7296) at 500 and 4500.
    Udp,
}

/// Text that is no endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no endpoint; write IP:PORT, such as 192.0.2.1:443 or [2001:db8::1]:443, and /udp behind it for UDP"
)]
pub struct InvalidEndpoint(String);

impl Endpoint {
    /// An endpoint of TCP.
    #[must_use]
    pub const fn tcp(address: IpAddr, port: u16) -> Self {
        Self {
            address,
            transport: Transport::Tcp,
            port,
        }
    }
}

impl Transport {
    /// Its name in machine-readable output.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let socket = SocketAddr::new(self.address, self.port);
        match self.transport {
            Transport::Tcp => write!(to, "{socket}"),
            Transport::Udp => write!(to, "{socket}/udp"),
        }
    }
}

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (socket, transport) = match text.rsplit_once('/') {
            None => (text, Transport::Tcp),
            Some((socket, "tcp")) => (socket, Transport::Tcp),
            Some((socket, "udp")) => (socket, Transport::Udp),
            Some(_) => return Err(InvalidEndpoint(text.to_owned())),
        };
        let socket: SocketAddr = socket
            .parse()
            .map_err(|_| InvalidEndpoint(text.to_owned()))?;
        Ok(Self {
            address: socket.ip(),
            transport,
            port: socket.port(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str) {
        let endpoint: Endpoint = text.parse().unwrap();
        assert_eq!(endpoint.to_string(), shown);
        assert_eq!(shown.parse(), Ok(endpoint));
    }

    #[test]
    fn an_endpoint_is_read_as_it_is_shown() {
        check("192.0.2.1:443", "192.0.2.1:443");
        check("192.0.2.1:443/tcp", "192.0.2.1:443");
        check("[2001:db8::1]:51820/udp", "[2001:db8::1]:51820/udp");
    }

    #[test]
    fn anything_else_is_refused_with_the_form() {
        for text in [
            "vpn.example.com:443",
            "192.0.2.1",
            "192.0.2.1:443/sctp",
            "192.0.2.1:99999/udp",
            "192.0.2.1:443/tcp/tcp",
            "",
        ] {
            let error = text.parse::<Endpoint>().unwrap_err().to_string();
            assert!(error.contains("IP:PORT") && error.contains(text), "{error}");
        }
    }
}
