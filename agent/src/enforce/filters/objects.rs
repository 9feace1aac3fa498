//! A plan's filters as the objects that Windows is handed, each under a name that follows from what it is.
//!
//! Touches nothing. Must never give two filters one name, nor one filter two: a read-back knows by the names what is
//! missing and what is strange.

use std::net::IpAddr;

use sekisho_policy::order::Access;
use sha2::{Digest, Sha256};

use super::{Condition, Filter, Layer, Verdict, filters};
use crate::enforce::plan::Ruleset;
use crate::wfp::{self, Guid, Objects, Sublayer, Value};

/// How long a filter lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lifetime {
    /// From the start of the service that holds the filters, whoever runs, until it is removed.
    Persistent,
    /// From the start of the network until that service has started. Windows wants a filter of its own for it.
    Boot,
    /// As long as the program that put it there.
    Session,
}

/// Under which names the objects stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names {
    /// The provider.
    pub provider: Guid,
    /// Its sublayer.
    pub sublayer: Guid,
    /// How long what is put there lasts.
    lifetimes: &'static [Lifetime],
}

/// Of an isolation that was ordered: it lasts until it is lifted, through every restart.
pub const ORDERED: Names = Names {
    provider: 0x36e5_092b_d2bb_4302_95f4_bab7_a1b1_483c,
    sublayer: 0x70af_df2f_a634_4feb_95e1_46c4_42fa_2bd4,
    lifetimes: &[Lifetime::Persistent, Lifetime::Boot],
};

/// Of one that somebody tries: it ends with the program.
pub const TRIED: Names = Names {
    provider: 0x9b0f_3e4d_b228_4029_97ad_a62d_898e_a02f,
    sublayer: 0xf651_504f_daaa_4419_a067_0db9_ec8d_26ea,
    lifetimes: &[Lifetime::Session],
};

/// Before all other sublayers.
const HEAVIEST: u16 = u16::MAX;
/// What the name of each filter begins with, so that a notice of its removal can be told from others'.
const MARK: Guid = 0x5e41_5b0f_1174 << 80;
const MARK_BITS: Guid = 0xffff_ffff_ffff << 80;
/// The bits of a UUID that say its version (8: of one's own making) and variant (RFC 9562).
const VERSION: (Guid, Guid) = (0xf << 76, 0x8 << 76);
const VARIANT: (Guid, Guid) = (0x3 << 62, 0x2 << 62);

/// Whether a filter of this name is one of ours.
#[must_use]
pub const fn is_ours(key: Guid) -> bool {
    key & MARK_BITS == MARK
}

impl Names {
    /// Whether the objects outlive the program.
    #[must_use]
    pub fn last(&self) -> bool {
        self.lifetimes.contains(&Lifetime::Persistent)
    }

    /// What stands there for a plan; `own` stands for the agent's program.
    #[must_use]
    pub fn objects(&self, plan: &Ruleset, own: &[u8]) -> Objects {
        let filters = filters(plan);
        let lasting = self.lifetimes.iter();
        let mut filters: Vec<wfp::Filter> = lasting
            .flat_map(|lifetime| filters.iter().map(|one| self.object(one, *lifetime, own)))
            .collect();
        filters.sort();
        // Two passes of a plan may come to the same filter.
        filters.dedup();
        Objects {
            sublayer: Some(Sublayer {
                key: self.sublayer,
                provider: Some(self.provider),
                flags: if self.last() { wfp::PERSISTENT } else { 0 },
                weight: HEAVIEST,
                data: plan.access.name().as_bytes().to_vec(),
            }),
            filters,
        }
    }

    fn object(&self, filter: &Filter, lifetime: Lifetime, own: &[u8]) -> wfp::Filter {
        let mut conditions: Vec<wfp::Condition> = filter
            .conditions
            .iter()
            .map(|condition| told(*condition, own))
            .collect();
        conditions.sort();
        wfp::Filter {
            key: key(filter, lifetime),
            provider: Some(self.provider),
            layer: layer(filter.layer),
            sublayer: self.sublayer,
            flags: match lifetime {
                Lifetime::Persistent => wfp::PERSISTENT,
                Lifetime::Boot => wfp::BOOT_TIME,
                Lifetime::Session => 0,
            },
            weight: Value::U8(filter.weight()),
            conditions,
            action: match filter.verdict {
                Verdict::Permit => wfp::PERMIT,
                Verdict::Block => wfp::BLOCK,
            },
        }
    }
}

/// The access whose name a sublayer carries.
#[must_use]
pub fn access_of(sublayer: &Sublayer) -> Option<Access> {
    [Access::Isolated, Access::Restricted]
        .into_iter()
        .find(|access| access.name().as_bytes() == sublayer.data)
}

const fn layer(layer: Layer) -> Guid {
    let ([connect, connect_v6], [accept, accept_v6]) = (wfp::CONNECT, wfp::ACCEPT);
    let ([assign, assign_v6], [forward, forward_v6]) = (wfp::ASSIGN, wfp::FORWARD);
    match layer {
        Layer::ConnectV4 => connect,
        Layer::ConnectV6 => connect_v6,
        Layer::AcceptV4 => accept,
        Layer::AcceptV6 => accept_v6,
        Layer::AssignV4 => assign,
        Layer::AssignV6 => assign_v6,
        Layer::ForwardV4 => forward,
        Layer::ForwardV6 => forward_v6,
    }
}

fn told(condition: Condition, own: &[u8]) -> wfp::Condition {
    let link_local = || {
        let net: u128 = 0xfe80 << 112;
        Value::V6Net(net.to_be_bytes(), 10)
    };
    let (field, how, value) = match condition {
        Condition::Loopback => (wfp::FLAGS, wfp::ANY_SET, Value::U32(wfp::FLAG_LOOPBACK)),
        Condition::RawSocket => (wfp::FLAGS, wfp::ANY_SET, Value::U32(wfp::FLAG_RAW)),
        Condition::Promiscuous => (wfp::PROMISCUOUS, wfp::GREATER, Value::U32(0)),
        Condition::OwnProgram => (wfp::PROGRAM, wfp::EQUAL, Value::Blob(own.to_vec())),
        Condition::Protocol(number) => (wfp::PROTOCOL, wfp::EQUAL, Value::U8(number)),
        Condition::RemoteAddress(address) => (wfp::REMOTE_ADDRESS, wfp::EQUAL, value(address)),
        Condition::RemoteLinkLocal => (wfp::REMOTE_ADDRESS, wfp::EQUAL, link_local()),
        Condition::LocalLinkLocal => (wfp::LOCAL_ADDRESS, wfp::EQUAL, link_local()),
        Condition::RemotePort(port) | Condition::IcmpCode(port) => {
            (wfp::REMOTE_PORT, wfp::EQUAL, Value::U16(port))
        }
        Condition::LocalPort(port) | Condition::IcmpType(port) => {
            (wfp::LOCAL_PORT, wfp::EQUAL, Value::U16(port))
        }
    };
    wfp::Condition { field, how, value }
}

fn value(address: IpAddr) -> Value {
    match address {
        IpAddr::V4(address) => Value::U32(address.to_bits()),
        IpAddr::V6(address) => Value::V6(address.octets()),
    }
}

/// The name that follows from what a filter is. Which program is the agent's own is left out, so that the name is the
/// same on every laptop.
fn key(filter: &Filter, lifetime: Lifetime) -> Guid {
    let mut conditions: Vec<_> = filter
        .conditions
        .iter()
        .map(|one| told(*one, &[]))
        .collect();
    conditions.sort();
    let mut digest = Sha256::new();
    digest.update([lifetime as u8, filter.weight()]);
    digest.update(layer(filter.layer).to_be_bytes());
    for condition in conditions {
        digest.update(condition.field.to_be_bytes());
        digest.update(condition.how.to_be_bytes());
        // Each kind has a length of its own, so that no two rows of conditions are written alike.
        match condition.value {
            Value::Empty | Value::Blob(_) | Value::Other(_) => digest.update([0]),
            Value::U8(number) => digest.update([1, number]),
            Value::U16(number) => digest.update([&[2], &number.to_be_bytes()[..]].concat()),
            Value::U32(number) => digest.update([&[3], &number.to_be_bytes()[..]].concat()),
            Value::U64(number) => digest.update([&[4], &number.to_be_bytes()[..]].concat()),
            Value::V6(address) => digest.update([&[5], &address[..]].concat()),
            Value::V6Net(address, length) => {
                digest.update([&[6, length], &address[..]].concat());
            }
        }
    }
    let digest: [u8; 32] = digest.finalize().into();
    let half = digest.first_chunk().copied().unwrap_or_default();
    let random = Guid::from_be_bytes(half) & !MARK_BITS & !VERSION.0 & !VARIANT.0;
    MARK | VERSION.1 | VARIANT.1 | random
}

#[cfg(test)]
mod tests;
