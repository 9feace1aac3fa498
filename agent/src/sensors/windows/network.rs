//! The networks a Windows laptop is on: not read yet.
//!
//! Touches nothing. Must never give an empty list for one that was not read.

use std::time::Instant;

use sekisho_policy::facts::{Network, Wifi};
use sekisho_policy::reading::{Reading, Why};

use super::{Deadlines, Root};

/// The readers of the networks.
#[derive(Debug)]
pub(super) struct Readers;

/// Readings that are under way.
pub(super) struct Begun;

impl Readers {
    pub(super) const fn new() -> Self {
        Self
    }

    pub(super) const fn start(&self, _: &Root) -> Begun {
        Begun
    }
}

impl Begun {
    /// Says that nothing was read.
    pub(super) fn wait(self, _: Instant, _: &Deadlines) -> Network {
        Network {
            links: unread(),
            default_routes: unread(),
            vpns: unread(),
            dns_servers: unread(),
            wifi: unread::<Vec<Wifi>>(),
            place: Reading::Unknown(Why::NotAsked),
            ipsec: unread(),
        }
    }
}

fn unread<T>() -> Reading<T> {
    let why = "this agent does not read networks on Windows";
    Reading::Unknown(Why::Unsupported(why.to_owned()))
}
