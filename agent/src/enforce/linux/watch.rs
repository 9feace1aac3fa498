//! Tells when somebody changes our tables, or a network device comes: by the kernel's own notices,
//! else by looking.
//!
//! Touches two netlink sockets. Must never cost time while nothing changes, and never be silent
//! because a notice was lost: an overrun counts as a change.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use thiserror::Error;
use tokio::io::unix::AsyncFd;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use super::links::{self, Known};
use super::notices::{self, Author, Notices};
use super::render::TABLE;
use crate::netlink::socket::{self, DATAGRAM_BYTES_MAX, Protocol};

/// How often to look where the kernel gives no notices. One look starts a process of about 10 ms.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often to look although it does: a net under the notices, at 0.02 % of a core.
const LOOK_ANYWAY_EVERY: Duration = Duration::from_secs(60);
/// The least time between two changes told: two programs that fight over the rules must not take
/// the machine's time with it.
const PACE: Duration = Duration::from_millis(100);
/// How long to wait for the name of who made a change, which the kernel sends right after it.
const AUTHOR_DEADLINE: Duration = Duration::from_millis(20);
/// The multicast group `NFNLGRP_NFTABLES`, number 7 of linux/netfilter/nfnetlink.h, as a mask.
const GROUPS: u32 = 1 << (7 - 1);

/// A watch over our tables, to be held while they are in force.
#[derive(Debug)]
pub struct Watch {
    notices: Ear,
    links: Ear,
    known: Known,
    look: Interval,
    pace: Interval,
    pending: Option<Change>,
}

/// A socket that hears notices, where the kernel gives one.
#[derive(Debug)]
struct Ear {
    socket: Option<AsyncFd<OwnedFd>>,
    buffer: Vec<u8>,
}

/// A reason to read the rules back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Our tables were changed, if the kernel said so by this process. The agent's own changes are
    /// told too.
    Touched(Option<Author>),
    /// There is a network device that was not there before, or not by this name.
    Device,
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
        let notices = socket::open(Protocol::NetFilter, GROUPS);
        let links = socket::open(Protocol::Route, links::GROUPS);
        let every = if notices.is_ok() && links.is_ok() {
            LOOK_ANYWAY_EVERY
        } else {
            LOOK_EVERY
        };
        let (notices, deaf) = Ear::of(notices);
        let (links, deaf_too) = Ear::of(links);
        let watch = Self {
            notices,
            links,
            known: Known::default(),
            look: unhurried(every),
            pace: unhurried(PACE),
            pending: None,
        };
        (watch, deaf.or(deaf_too).map(WatchError::Notices))
    }

    /// Waits for the next reason to read the rules back; the first comes at once, since nobody
    /// knows what happened before. A call that is dropped loses nothing.
    pub async fn changed(&mut self) -> Change {
        while self.pending.is_none() {
            self.pending = tokio::select! {
                biased;
                told = next_notices(&mut self.notices) => told.into_change(),
                news = next_link(&mut self.links, &mut self.known) => news,
                _ = self.look.tick() => Some(Change::TimeToLook),
            };
        }
        if self.pending == Some(Change::Touched(None)) {
            let author = next_author(&mut self.notices);
            if let Ok(author) = timeout(AUTHOR_DEADLINE, author).await {
                self.pending = Some(Change::Touched(Some(author)));
            }
        }
        self.pace.tick().await;
        self.pending.take().unwrap_or(Change::TimeToLook)
    }
}

impl Ear {
    fn of(opened: io::Result<AsyncFd<OwnedFd>>) -> (Self, Option<io::Error>) {
        let (socket, error) = match opened {
            Ok(socket) => (Some(socket), None),
            Err(error) => (None, Some(error)),
        };
        let buffer = vec![0; DATAGRAM_BYTES_MAX];
        (Self { socket, buffer }, error)
    }

    /// The next datagram; `None` when notices were lost. Without a socket there never is one.
    async fn hear(&mut self) -> Option<&[u8]> {
        let Some(socket) = &self.socket else {
            return std::future::pending().await;
        };
        // An error of such a socket is an overrun, ENOBUFS.
        socket::receive(socket, &mut self.buffer)
            .await
            .unwrap_or_default()
    }
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

async fn next_notices(ear: &mut Ear) -> Told {
    match ear.hear().await {
        Some(datagram) => Told::Notices(notices::read(datagram, TABLE)),
        None => Told::Overrun,
    }
}

/// The kernel names who changed the rules in a datagram after the ones about the changes.
async fn next_author(ear: &mut Ear) -> Author {
    loop {
        if let Told::Notices(Notices {
            author: Some(author),
            ..
        }) = next_notices(ear).await
        {
            return author;
        }
    }
}

async fn next_link(ear: &mut Ear, known: &mut Known) -> Option<Change> {
    match ear.hear().await.map(|datagram| known.hear(datagram)) {
        Some(Ok(news)) => news.then_some(Change::Device),
        Some(Err(_)) | None => Some(Change::Overrun),
    }
}

fn unhurried(period: Duration) -> Interval {
    let mut interval = interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
