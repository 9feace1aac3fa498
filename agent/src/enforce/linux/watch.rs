//! Tells when somebody changes our tables: by the kernel's own notices, else by looking.
//!
//! Touches one netlink socket. Must never cost time while nothing changes, and never be silent
//! because a notice was lost: an overrun counts as a change.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
};
use thiserror::Error;
use tokio::io::unix::AsyncFd;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use super::netlink::{self, Author, Notices};
use super::render::TABLE;

/// How often to look where the kernel gives no notices. One look starts a process of about 10 ms.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often to look although it does: a net under the notices, at 0.02 % of a core.
const LOOK_ANYWAY_EVERY: Duration = Duration::from_secs(60);
/// The least time between two changes told: two programs that fight over the rules must not take
/// the machine's time with it.
const PACE: Duration = Duration::from_millis(100);
/// How long to wait for the name of who made a change, which the kernel sends right after it.
const AUTHOR_DEADLINE: Duration = Duration::from_millis(20);
/// Bytes of one datagram. The kernel fills at most one page of 8 KiB per datagram.
const DATAGRAM_BYTES_MAX: usize = 64 * 1024;
/// The multicast group `NFNLGRP_NFTABLES`, number 7 of linux/netfilter/nfnetlink.h, as a mask.
const GROUPS: u32 = 1 << (7 - 1);

/// A watch over our tables, to be held while they are in force.
#[derive(Debug)]
pub struct Watch {
    notices: Option<AsyncFd<OwnedFd>>,
    look: Interval,
    pace: Interval,
    pending: Option<Change>,
    buffer: Vec<u8>,
}

/// A reason to read the rules back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Our tables were changed, if the kernel said so by this process. The agent's own changes are
    /// told too.
    Touched(Option<Author>),
    /// Notices were lost; anything may have happened.
    Overrun,
    /// Nothing was told; it is time to look.
    TimeToLook,
}

/// Why the kernel gives no notices. Looking now and then takes their place.
#[derive(Debug, Error)]
pub enum WatchError {
    /// The socket could not be made, or did not get its group for want of CAP_NET_ADMIN.
    #[error("the kernel gives no notices of firewall changes; the agent looks every {} s instead", LOOK_EVERY.as_secs())]
    Notices(#[source] io::Error),
}

impl Watch {
    /// Opens the watch. Where the kernel gives no notices the watch looks at intervals, and the
    /// reason comes with it.
    ///
    /// Must be called inside a tokio runtime with IO and time.
    #[must_use]
    pub fn open() -> (Self, Option<WatchError>) {
        let (notices, error) = match subscribe() {
            Ok(notices) => (Some(notices), None),
            Err(source) => (None, Some(WatchError::Notices(source))),
        };
        let every = match notices {
            Some(_) => LOOK_ANYWAY_EVERY,
            None => LOOK_EVERY,
        };
        let watch = Self {
            notices,
            look: unhurried(every),
            pace: unhurried(PACE),
            pending: None,
            buffer: vec![0; DATAGRAM_BYTES_MAX],
        };
        (watch, error)
    }

    /// Waits for the next reason to read the rules back; the first comes at once, since nobody
    /// knows what happened before. A call that is dropped loses nothing.
    pub async fn changed(&mut self) -> Change {
        while self.pending.is_none() {
            self.pending = tokio::select! {
                biased;
                told = next_notices(self.notices.as_ref(), &mut self.buffer) => told.into_change(),
                _ = self.look.tick() => Some(Change::TimeToLook),
            };
        }
        if self.pending == Some(Change::Touched(None)) {
            let author = next_author(self.notices.as_ref(), &mut self.buffer);
            if let Ok(author) = timeout(AUTHOR_DEADLINE, author).await {
                self.pending = Some(Change::Touched(Some(author)));
            }
        }
        self.pace.tick().await;
        self.pending.take().unwrap_or(Change::TimeToLook)
    }
}

#[expect(
    deprecated,
    reason = "its unsafe successor asks for a descriptor that stays open, which an OwnedFd is; this crate has no unsafe code"
)]
fn subscribe() -> io::Result<AsyncFd<OwnedFd>> {
    let socket = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
        SockProtocol::NetlinkNetFilter,
    )?;
    bind(socket.as_raw_fd(), &NetlinkAddr::new(0, GROUPS))?;
    AsyncFd::new(socket)
}

/// What one datagram came to.
enum Told {
    Notices(Notices),
    Overrun,
}

impl Told {
    fn into_change(self) -> Option<Change> {
        match self {
            Self::Notices(notices) => notices.touched.then_some(Change::Touched(notices.author)),
            Self::Overrun => Some(Change::Overrun),
        }
    }
}

async fn next_notices(notices: Option<&AsyncFd<OwnedFd>>, buffer: &mut [u8]) -> Told {
    let Some(socket) = notices else {
        return std::future::pending().await;
    };
    loop {
        let Ok(mut ready) = socket.readable().await else {
            return std::future::pending().await;
        };
        // MSG_TRUNC makes the length the datagram's own, so that a cut one is noticed.
        let received =
            ready.try_io(|socket| Ok(recv(socket.as_raw_fd(), buffer, MsgFlags::MSG_TRUNC)?));
        return match received {
            Err(_would_block) => continue,
            Ok(Ok(length)) => match buffer.get(..length) {
                Some(datagram) => Told::Notices(netlink::read(datagram, TABLE)),
                None => Told::Overrun,
            },
            Ok(Err(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
            Ok(Err(_)) => Told::Overrun,
        };
    }
}

/// The kernel names who changed the rules in a datagram after the ones about the changes.
async fn next_author(notices: Option<&AsyncFd<OwnedFd>>, buffer: &mut [u8]) -> Author {
    loop {
        if let Told::Notices(Notices {
            author: Some(author),
            ..
        }) = next_notices(notices, buffer).await
        {
            return author;
        }
    }
}

fn unhurried(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
