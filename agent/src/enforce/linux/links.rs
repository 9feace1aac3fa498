//! The network devices of this machine, and what the kernel tells of their coming and going.
//!
//! Touches netlink, only to ask. Must never leave out a device because something about it is odd: one
//! that cannot be named is told of as such.

use std::collections::BTreeSet;

use crate::netlink::socket::{self, AskError, Protocol};
use crate::netlink::{Malformed, Message, attribute, devices, messages, string, u16_at, u32_at};

/// The multicast group `RTNLGRP_LINK`, number 1 of linux/rtnetlink.h, as a mask.
pub(super) const GROUPS: u32 = 1;

const NEW_LINK: u16 = 16;
const DEL_LINK: u16 = 17;
/// `struct ifinfomsg`.
const INFO_BYTES: usize = 16;
const IFLA_IFNAME: u16 = 3;
const IFLA_LINKINFO: u16 = 18;
const IFLA_INFO_KIND: u16 = 1;
/// `ARPHRD_PPP` and `ARPHRD_LOOPBACK` of linux/if_arp.h.
const POINT_TO_POINT: u16 = 512;
const LOOPBACK: u16 = 772;

/// A network device that is not the loopback one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Its number, which no other device gets until the next start of the system.
    pub index: u32,
    /// Its name; `None` when it is not UTF-8, so that `nft` cannot be told it.
    pub name: Option<String>,
    /// What carries other packets than the ones a rule sees.
    pub carrier: Option<Carrier>,
}

/// A device whose packets leave by another one in a form that rules cannot look into. They are judged
/// at this device, and let pass at the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Carrier {
    /// MACsec (IEEE 802.1AE), encrypted frames.
    MacSec,
    /// A point-to-point session, over Ethernet (RFC 2516) perhaps.
    Session,
}

/// A device came, was renamed, or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Notice {
    There(Link),
    Gone(u32),
}

/// Lists the devices, but for the loopback one, in the order of their numbers.
///
/// # Errors
/// [`AskError`] when the kernel does not say.
pub async fn list() -> Result<Vec<Link>, AskError> {
    let request = devices::request();
    let links = socket::list(Protocol::Route, &request, |message| match notice(message) {
        Some(Notice::There(link)) => Some(link),
        Some(Notice::Gone(_)) | None => None,
    });
    // One that changed while they were listed may be there twice.
    let links: BTreeSet<Link> = links.await?.into_iter().collect();
    Ok(links.into_iter().collect())
}

/// The devices as the notices told of them.
#[derive(Debug, Default)]
pub(super) struct Known(BTreeSet<Link>);

impl Known {
    /// Takes a datagram of notices; whether there is a device that was not known by this name.
    pub(super) fn hear(&mut self, datagram: &[u8]) -> Result<bool, Malformed> {
        let mut news = false;
        for message in messages(datagram) {
            match notice(&message?) {
                Some(Notice::There(link)) => {
                    self.0
                        .retain(|known| known.index != link.index || *known == link);
                    news |= self.0.insert(link);
                }
                Some(Notice::Gone(index)) => self.0.retain(|known| known.index != index),
                None => {}
            }
        }
        Ok(news)
    }
}

/// What a message says of a device other than the loopback one.
fn notice(message: &Message<'_>) -> Option<Notice> {
    let index = u32_at(message.body, 4)?;
    // What else a bridge says of its ports comes under a family of its own.
    if message.body.first() != Some(&0) {
        return None;
    }
    match message.kind {
        DEL_LINK => Some(Notice::Gone(index)),
        NEW_LINK => {
            let hardware = u16_at(message.body, 2)?;
            let attributes = message.body.get(INFO_BYTES..)?;
            let kind = attribute(attributes, IFLA_LINKINFO)
                .and_then(|info| attribute(info, IFLA_INFO_KIND))
                .map(string);
            let link = Link {
                index,
                name: attribute(attributes, IFLA_IFNAME)
                    .and_then(|name| String::from_utf8(string(name).to_vec()).ok()),
                carrier: match (kind, hardware) {
                    (Some(b"macsec"), _) => Some(Carrier::MacSec),
                    (_, POINT_TO_POINT) => Some(Carrier::Session),
                    _ => None,
                },
            };
            (hardware != LOOPBACK).then_some(Notice::There(link))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::netlink::request;

    fn told(kind: u16, index: u32, name: &[u8]) -> Vec<u8> {
        let mut body = vec![0, 0];
        body.extend(1_u16.to_ne_bytes());
        body.extend(index.to_ne_bytes());
        body.resize(INFO_BYTES, 0);
        let length = u16::try_from(name.len() + 4).unwrap();
        body.extend(length.to_ne_bytes());
        body.extend(IFLA_IFNAME.to_ne_bytes());
        body.extend(name);
        body.resize(body.len().next_multiple_of(4), 0);
        request(kind, 0, &body)
    }

    #[test]
    fn a_device_is_news_once_under_each_name() {
        let mut known = Known::default();
        let mut news = |kind, name: &[u8]| known.hear(&told(kind, 7, name)).unwrap();
        assert!(news(NEW_LINK, b"eth0\0"));
        assert!(!news(NEW_LINK, b"eth0\0"), "its state changed");
        assert!(news(NEW_LINK, b"enp3s0\0"));
        assert!(!news(DEL_LINK, b"enp3s0\0"));
        assert!(news(NEW_LINK, b"enp3s0\0"));
    }

    #[test]
    fn a_device_that_cannot_be_named_is_there_all_the_same() {
        let datagram = told(NEW_LINK, 7, b"\xff\xfe\0");
        let message = messages(&datagram).next().unwrap().unwrap();
        let Some(Notice::There(link)) = notice(&message) else {
            panic!("left out");
        };
        assert_eq!((link.index, link.name), (7, None));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Known::default().hear(&bytes);
        }
    }
}
