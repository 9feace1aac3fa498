//! The kernel's policies of IPsec for what leaves: asked for, and taken apart.
//!
//! Touches nothing. Must never ask for the states beside them, in which the keys stand, and never take a policy that
//! cannot be read for none.

use std::io;
use std::net::IpAddr;

use sekisho_policy::facts::Subnet;

use super::routes::octets;
use super::{Malformed, Message, attribute, request as asking, u16_at, u32_at};

/// `XFRM_MSG_NEWPOLICY` and `XFRM_MSG_GETPOLICY` of linux/xfrm.h.
const NEW_POLICY: u16 = 0x13;
const GET_POLICY: u16 = 0x15;
/// `NLM_F_DUMP`.
const DUMP: u16 = 0x300;
/// `struct xfrm_userpolicy_id`, `struct xfrm_userpolicy_info` and `struct xfrm_user_tmpl`.
const ID_BYTES: usize = 64;
const INFO_BYTES: usize = 168;
const TEMPLATE_BYTES: usize = 64;
/// `XFRM_POLICY_OUT` and `XFRM_POLICY_ALLOW`.
const OUT: u8 = 1;
const ALLOW: u8 = 0;
/// `XFRM_MODE_TRANSPORT`: such packets go to whom they are addressed to.
const TRANSPORT: u8 = 0;
const XFRMA_TMPL: u16 = 5;
const XFRMA_MARK: u16 = 21;
const XFRMA_IF_ID: u16 = 31;
const INET: u16 = 2;
const INET6: u16 = 10;

/// A policy for packets without a mark that leave by a link: those of a link of IPsec's own, and those for marks, are
/// told of by their links.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Where the packets go; `None` for any address of any family.
    pub to: Option<Subnet>,
    from: Option<Subnet>,
    port: u16,
    port_mask: u16,
    /// Whether it asks from which port, which is not known beforehand.
    by_own_port: bool,
    protocol: u8,
    link: u32,
    priority: u32,
    /// The other end of its tunnel; `Some(None)` for a tunnel of which that is not told yet.
    tunnel: Option<Option<IpAddr>>,
}

/// What may be taken up by a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flow {
    /// Where it goes.
    pub to: IpAddr,
    /// Where it comes from, if that is known.
    pub from: Option<IpAddr>,
    /// TCP to this port; `None` for whatever goes there.
    pub tcp_port: Option<u16>,
    /// The number of the link that it is bound to, if it is.
    pub link: Option<u32>,
}

/// Asks for every policy. The kernel tells them to whom has CAP_NET_ADMIN.
#[must_use]
pub fn request() -> Vec<u8> {
    asking(GET_POLICY, DUMP, &[0; ID_BYTES])
}

/// Whether a socket could not be made because this kernel has no such policies.
#[must_use]
pub fn is_without(error: &io::Error) -> bool {
    // EPROTONOSUPPORT and EAFNOSUPPORT.
    matches!(error.raw_os_error(), Some(93 | 97))
}

/// Takes one message of the answer apart; `None` where it tells of no policy for packets that leave by a link.
///
/// # Errors
/// [`Malformed`].
pub fn policy(message: &Message<'_>) -> Result<Option<Policy>, Malformed> {
    if message.kind != NEW_POLICY {
        return Ok(None);
    }
    read(message.body).ok_or(Malformed)
}

fn read(body: &[u8]) -> Option<Option<Policy>> {
    let attributes = body.get(INFO_BYTES..)?;
    let number = |kind, place| attribute(attributes, kind).and_then(|value| u32_at(value, place));
    let if_id = number(XFRMA_IF_ID, 0).unwrap_or(0);
    // Value and mask: a packet without a mark fits where the value is none.
    let mark = number(XFRMA_MARK, 0).unwrap_or(0);
    if *body.get(160)? != OUT || if_id != 0 || mark != 0 {
        return Some(None);
    }
    let family = u16_at(body, 40)?;
    let is_allowed = *body.get(161)? == ALLOW;
    Some(Some(Policy {
        to: subnet(family, body.get(..16)?, *body.get(42)?)?,
        from: subnet(family, body.get(16..32)?, *body.get(43)?)?,
        port: big(body, 32)?,
        port_mask: big(body, 34)?,
        by_own_port: big(body, 38)? != 0,
        protocol: *body.get(44)?,
        link: u32_at(body, 48)?,
        priority: u32_at(body, 152)?,
        tunnel: if is_allowed {
            tunnel(attribute(attributes, XFRMA_TMPL).unwrap_or_default())?
        } else {
            None
        },
    }))
}

/// A subnet of a selector; `Some(None)` for everything of every family.
fn subnet(family: u16, address: &[u8], prefix: u8) -> Option<Option<Subnet>> {
    if family == 0 && prefix == 0 {
        return Some(None);
    }
    let max = match family {
        INET => 32,
        INET6 => 128,
        _ => return None,
    };
    let address = octets(u8::try_from(family).ok()?, address)?;
    (prefix <= max).then_some(Some(Subnet { address, prefix }))
}

/// The other end of the first template that is no transport; `None` where a template is cut off.
fn tunnel(templates: &[u8]) -> Option<Option<Option<IpAddr>>> {
    let (templates, rest) = templates.as_chunks::<TEMPLATE_BYTES>();
    if !rest.is_empty() {
        return None;
    }
    for template in templates {
        if *template.get(48)? != TRANSPORT {
            let family = u8::try_from(u16_at(template, 24)?).ok()?;
            let end = octets(family, template)?;
            return Some(Some((!end.is_unspecified()).then_some(end)));
        }
    }
    Some(None)
}

fn big(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(place..)?.first_chunk::<2>()?))
}

impl Policy {
    /// Whether it takes packets up into a tunnel.
    #[must_use]
    pub const fn is_tunnel(&self) -> bool {
        self.tunnel.is_some()
    }

    /// The other end of its tunnel, if that is told.
    #[must_use]
    pub fn gateway(&self) -> Option<IpAddr> {
        self.tunnel.flatten()
    }

    /// Whether it fits a flow. What is not known of the flow counts as fitting a tunnel, and nothing else.
    fn fits(&self, flow: &Flow) -> bool {
        const TCP: u8 = 6;
        let untold = self.is_tunnel();
        let from = match (self.from, flow.from) {
            (None, _) => true,
            (Some(subnet), Some(from)) => holds(subnet, from),
            (Some(subnet), None) => {
                subnet.address.is_ipv4() == flow.to.is_ipv4() && (subnet.prefix == 0 || untold)
            }
        };
        let port = match flow.tcp_port {
            Some(port) => (port ^ self.port) & self.port_mask == 0,
            None => self.port_mask == 0,
        };
        let protocol = match flow.tcp_port {
            Some(_) => self.protocol == 0 || self.protocol == TCP,
            None => self.protocol == 0,
        };
        let link = match flow.link {
            Some(link) => self.link == 0 || self.link == link,
            None => self.link == 0 || untold,
        };
        let to = self.to.is_none_or(|subnet| holds(subnet, flow.to));
        to && from && port && protocol && link && (!self.by_own_port || untold)
    }
}

/// The policy whose tunnel takes a flow up. Of several that fit the kernel takes the one with the lowest priority;
/// where two are alike the tunnel counts.
#[must_use]
pub fn tunnel_of<'a>(policies: &'a [Policy], flow: &Flow) -> Option<&'a Policy> {
    let fitting = policies.iter().filter(|policy| policy.fits(flow));
    let first = fitting.min_by_key(|policy| (policy.priority, !policy.is_tunnel()));
    first.filter(|policy| policy.is_tunnel())
}

fn holds(subnet: Subnet, address: IpAddr) -> bool {
    let differ = match (subnet.address, address.to_canonical()) {
        (IpAddr::V4(one), IpAddr::V4(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros(),
        (IpAddr::V6(one), IpAddr::V6(other)) => (one.to_bits() ^ other.to_bits()).leading_zeros(),
        _ => return false,
    };
    differ >= u32::from(subnet.prefix)
}

#[cfg(test)]
impl Policy {
    /// A tunnel for whatever goes to a network of IPv4.
    pub fn tunnel_to(network: &str, gateway: &str) -> Self {
        let (address, prefix) = network.split_once('/').unwrap();
        let subnet = Subnet {
            address: address.parse().unwrap(),
            prefix: prefix.parse().unwrap(),
        };
        Self {
            to: Some(subnet),
            from: None,
            port: 0,
            port_mask: 0,
            by_own_port: false,
            protocol: 0,
            link: 0,
            priority: 0,
            tunnel: Some(gateway.parse().ok()),
        }
    }
}

#[cfg(test)]
mod tests;
