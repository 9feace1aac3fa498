//! Sockets that go by one interface and no other.
//!
//! Touches sockets that it is given. Must never leave one to the way that Windows would choose.

use std::io;
use std::net::SocketAddr;
use std::os::windows::io::AsRawSocket;

use tokio::net::TcpSocket;
use windows::Win32::Networking::WinSock::{
    IP_UNICAST_IF, IPPROTO_IP, IPPROTO_IPV6, IPV6_UNICAST_IF, SOCKET, setsockopt,
};

/// Has a socket that is not connected yet go by the interface of this number, to an address of this family.
/// `IP_UNICAST_IF` takes the number in the order of the network and `IPV6_UNICAST_IF` in the machine's own
/// (<https://learn.microsoft.com/windows/win32/winsock/ipproto-ip-socket-options>, `…/ipproto-ipv6-socket-options`).
///
/// # Errors
/// What the system says.
pub fn go_by(socket: &TcpSocket, index: u32, to: SocketAddr) -> io::Result<()> {
    let (level, option, number) = match to {
        SocketAddr::V4(_) => (IPPROTO_IP.0, IP_UNICAST_IF, index.to_be_bytes()),
        SocketAddr::V6(_) => (IPPROTO_IPV6.0, IPV6_UNICAST_IF, index.to_ne_bytes()),
    };
    let handle = SOCKET(usize::try_from(socket.as_raw_socket()).map_err(io::Error::other)?);
    // SAFETY: the socket is open while it is borrowed, and the number outlives the call.
    match unsafe { setsockopt(handle, level, option, Some(&number)) } {
        0 => Ok(()),
        // The error of a socket's call is told as the thread's last one.
        _ => Err(io::Error::last_os_error()),
    }
}
