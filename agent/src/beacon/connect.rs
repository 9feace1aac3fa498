//! A TCP connection over one link and no other.
//!
//! Touches the network. Must never fall back to the way that the kernel would choose: over a VPN the internal
//! network answers in any café.

use std::io;
use std::net::SocketAddr;

use nix::errno::Errno;
use tokio::net::{TcpSocket, TcpStream};

use sekisho_policy::reading::Why;

use super::links::AskedLink;
use crate::cycle::place::NoAnswer;

/// Connects to `at` over `link`.
pub(super) async fn connect(link: &AskedLink, at: SocketAddr) -> Result<TcpStream, NoAnswer> {
    let failed = |error: &io::Error| no_answer(at, error);
    let socket = match at {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    };
    let socket = socket.map_err(|error| failed(&error))?;
    bind(&socket, &link.name)?;
    socket.connect(at).await.map_err(|error| failed(&error))
}

/// Needs no right since Linux 5.7 (socket(7), `SO_BINDTODEVICE`).
fn bind(socket: &TcpSocket, link: &str) -> Result<(), NoAnswer> {
    socket.bind_device(Some(link.as_bytes())).map_err(|error| {
        let why = format!("{link}: a connection cannot be bound to it: {error}");
        NoAnswer::Unknown(if error.kind() == io::ErrorKind::PermissionDenied {
            Why::NotPermitted(why)
        } else {
            Why::Unreadable(why)
        })
    })
}

fn no_answer(at: SocketAddr, error: &io::Error) -> NoAnswer {
    let why = format!("{at}: {error}");
    // A filter of the laptop's own says EPERM: what is there was not asked. EACCES is what the kernel makes of an
    // ICMPv6 message that prohibits (RFC 4443, codes 1, 5 and 6 of type 1), which any router may send.
    if error.raw_os_error() == Some(Errno::EPERM as i32) {
        NoAnswer::Unknown(Why::NotPermitted(why))
    } else {
        NoAnswer::NotThere(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_router_that_prohibits_is_no_filter_of_the_laptops_own() {
        let at: SocketAddr = "[fd00::1]:7445".parse().unwrap();
        let made_of = |errno: Errno| no_answer(at, &io::Error::from_raw_os_error(errno as i32));
        assert!(matches!(made_of(Errno::EACCES), NoAnswer::NotThere(_)));
        let own = made_of(Errno::EPERM);
        assert!(matches!(own, NoAnswer::Unknown(Why::NotPermitted(_))));
    }
}
