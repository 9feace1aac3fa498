//! Announcements that links, addresses or routes have changed.
//!
//! Touches a netlink socket. Must never read what is announced: the links are read anew, since announcements
//! can be lost.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
};
use tokio::io::unix::AsyncFd;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// `RTMGRP_LINK`, `_IPV4_IFADDR`, `_IPV4_ROUTE` and `_IPV6_ROUTE` of linux/rtnetlink.h. Each advertisement of a
/// router announces the addresses of IPv6 anew; another network comes with other routes.
const GROUPS: u32 = 0x1 | 0x10 | 0x40 | 0x400;

/// Hears what the kernel announces of links.
#[derive(Debug)]
pub struct News {
    socket: Option<AsyncFd<OwnedFd>>,
    pace: Interval,
}

/// The least time between two announcements: containers that come and go must not take the laptop's time.
const PACE: Duration = Duration::from_secs(1);

impl News {
    /// Begins to listen. Without the kernel's word beacons are asked by the timer alone.
    #[must_use]
    pub fn listen() -> Self {
        let socket = open().inspect_err(|error| {
            tracing::info!(%error, "changes of links are not announced; the timer asks");
        });
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            socket: socket.ok(),
            pace,
        }
    }

    /// Waits until something is announced; what is announced within a second counts once. A call that is dropped
    /// loses nothing.
    pub async fn heard(&mut self) {
        let Some(socket) = &self.socket else {
            return std::future::pending().await;
        };
        let Ok(mut ready) = socket.readable().await else {
            return std::future::pending().await;
        };
        self.pace.tick().await;
        // An overrun is read like a datagram: it clears the error, and something has changed.
        let mut one = [0_u8; 1];
        let mut next = || recv(socket.as_raw_fd(), &mut one, MsgFlags::MSG_DONTWAIT);
        while let Ok(_) | Err(Errno::ENOBUFS | Errno::EINTR) = next() {}
        ready.clear_ready();
    }
}

#[expect(
    deprecated,
    reason = "its unsafe successor asks for a descriptor that stays open, which an OwnedFd is; this crate has no unsafe code on Linux"
)]
fn open() -> io::Result<AsyncFd<OwnedFd>> {
    let socket = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
        SockProtocol::NetlinkRoute,
    )?;
    bind(socket.as_raw_fd(), &NetlinkAddr::new(0, GROUPS))?;
    AsyncFd::new(socket)
}
