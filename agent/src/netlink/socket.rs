//! Netlink sockets: one that listens, and one that asks and takes the answer whole.
//!
//! Touches netlink. Must never wait without an end, and never give half an answer for a whole one.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::time::Duration;

use nix::sys::socket::{MsgFlags, NetlinkAddr, bind, recv, send};
use rustix::net::{AddressFamily, SocketFlags, SocketType, netlink, socket_with};
use thiserror::Error;
use tokio::io::unix::AsyncFd;
use tokio::time::timeout;

use crate::ask;

use super::{Malformed, Message, Told, messages};

/// Whom a socket speaks with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Links, addresses, routes.
    Route,
    /// The firewall's rules.
    NetFilter,
    /// Sockets.
    SockDiag,
    /// Families with a name, nl80211 among them.
    Generic,
    /// IPsec.
    Xfrm,
}

/// Bytes of one datagram. The kernel fills at most 32 KiB of a list into one.
pub const DATAGRAM_BYTES_MAX: usize = 64 * 1024;
/// How long an answer may take. The kernel gives it while it is asked.
pub const DEADLINE: Duration = Duration::from_secs(2);
/// Times a list is asked for that changes while it is given.
pub const TRIES: usize = 4;
/// Items taken of one answer.
const ITEMS_MAX: usize = 100_000;

/// Why the kernel gave no answer.
#[derive(Debug, Error)]
pub enum AskError {
    /// The socket could not be made or used.
    #[error("the kernel could not be asked by netlink: {0}")]
    Socket(io::Error),
    /// It refuses.
    #[error("the kernel refuses: {0}")]
    Refused(io::Error),
    /// It sent what is no message.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It did not answer.
    #[error("the kernel did not answer within {} s", DEADLINE.as_secs())]
    TimedOut,
    /// It answered with more than may be taken.
    #[error("the kernel answered with more than the limit of {0} bytes")]
    TooLarge(usize),
    /// The list changed each time it was asked for, or had no end.
    #[error("the kernel's list changed while it was read, {TRIES} times")]
    Restless,
}

impl From<AskError> for ask::AskError {
    fn from(error: AskError) -> Self {
        let path = PathBuf::from("netlink");
        match &error {
            AskError::Refused(why) if why.kind() == io::ErrorKind::PermissionDenied => {
                Self::NotPermitted(path)
            }
            AskError::TimedOut => Self::TimedOut {
                what: "netlink".to_owned(),
                deadline: DEADLINE,
            },
            AskError::TooLarge(max) => Self::TooLarge {
                path,
                max: u64::try_from(*max).unwrap_or(u64::MAX),
            },
            AskError::Socket(_)
            | AskError::Refused(_)
            | AskError::Malformed(_)
            | AskError::Restless => Self::Io {
                path,
                source: io::Error::other(error),
            },
        }
    }
}

/// A socket that hears these multicast groups, given as a mask; 0 for none.
#[expect(
    deprecated,
    reason = "its unsafe successor asks for a descriptor that stays open, which an OwnedFd is; this crate has no unsafe code on Linux"
)]
pub fn open(protocol: Protocol, groups: u32) -> io::Result<AsyncFd<OwnedFd>> {
    let socket = made(protocol, SocketFlags::NONBLOCK)?;
    bind(socket.as_raw_fd(), &NetlinkAddr::new(0, groups))?;
    AsyncFd::new(socket)
}

/// A new socket of this protocol.
pub(super) fn made(protocol: Protocol, flags: SocketFlags) -> io::Result<OwnedFd> {
    let flags = flags | SocketFlags::CLOEXEC;
    let protocol = match protocol {
        // `NETLINK_ROUTE` is 0, which says no more than that the family's first is meant.
        Protocol::Route => None,
        Protocol::NetFilter => Some(netlink::NETFILTER),
        Protocol::SockDiag => Some(netlink::SOCK_DIAG),
        Protocol::Generic => Some(netlink::GENERIC),
        Protocol::Xfrm => Some(netlink::XFRM),
    };
    let family = AddressFamily::NETLINK;
    Ok(socket_with(family, SocketType::RAW, flags, protocol)?)
}

/// Takes one datagram; `None` when its end was cut off.
pub async fn receive<'a>(
    socket: &AsyncFd<OwnedFd>,
    buffer: &'a mut [u8],
) -> io::Result<Option<&'a [u8]>> {
    let length = loop {
        let mut ready = socket.readable().await?;
        // MSG_TRUNC makes the length the datagram's own, so that a cut one is noticed.
        let received =
            ready.try_io(|socket| Ok(recv(socket.as_raw_fd(), buffer, MsgFlags::MSG_TRUNC)?));
        match received {
            Err(_would_block) => {}
            Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(received) => break received?,
        }
    };
    Ok(buffer.get(..length))
}

/// Asks for a list and gives what `read` makes of each message of the answer.
///
/// # Errors
/// [`AskError`], with nothing of a list that was not given whole.
pub async fn list<T>(
    protocol: Protocol,
    request: &[u8],
    read: impl Fn(&Message<'_>) -> Option<T>,
) -> Result<Vec<T>, AskError> {
    let socket = open(protocol, 0).map_err(AskError::Socket)?;
    for _ in 0..TRIES {
        let answer = answer(&socket, request, &read);
        match timeout(DEADLINE, answer).await {
            Err(_) => return Err(AskError::TimedOut),
            Ok(Ok(None)) => {}
            Ok(Ok(Some(items))) => return Ok(items),
            Ok(Err(error)) => return Err(error),
        }
    }
    Err(AskError::Restless)
}

/// One answer; `None` when it changed while it was given.
async fn answer<T>(
    socket: &AsyncFd<OwnedFd>,
    request: &[u8],
    read: impl Fn(&Message<'_>) -> Option<T>,
) -> Result<Option<Vec<T>>, AskError> {
    // A datagram to the kernel is taken at once or refused.
    send(socket.as_raw_fd(), request, MsgFlags::empty())
        .map_err(|error| AskError::Socket(error.into()))?;
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    let mut items = Vec::new();
    let mut whole = true;
    loop {
        let datagram = receive(socket, &mut buffer).await;
        let datagram = datagram.map_err(AskError::Socket)?.ok_or(Malformed)?;
        for message in messages(datagram) {
            let message = message?;
            whole &= !message.is_interrupted();
            match message.told() {
                Told::End => return Ok(whole.then_some(items)),
                Told::Refused(number) => {
                    let error = io::Error::from_raw_os_error(number);
                    return Err(AskError::Refused(error));
                }
                Told::Item => items.extend(read(&message)),
            }
            if items.len() > ITEMS_MAX {
                return Err(AskError::Restless);
            }
        }
    }
}
