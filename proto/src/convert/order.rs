//! The account a device gives of its orders, and the parts of an order's terms.
//!
//! Touches nothing. Must never open an order: signatures are checked in `crate::order`.

use sekisho_policy::id::Generation;
use sekisho_policy::limits::ALLOWED_ENDPOINTS_MAX;
use sekisho_policy::order::{
    Access, Endpoint, Enforcement, Gap, GapKind, Probe, RefusedOrder, Transport, WhyRefused,
};
use sekisho_policy::time::Timestamp;

use super::reading::IntoReading;
use super::{InvalidMessage, at_most, cut, enums, text};
use crate::limits::{GAPS_MAX, PROBES_MAX};
use crate::wire;

impl From<&Enforcement> for wire::Enforcement {
    fn from(enforcement: &Enforcement) -> Self {
        let Enforcement {
            desired: (generation, access),
            applied,
            verified,
            probes,
            observed_at,
            lifted_until,
            reasserted,
            gaps,
            refused,
            last_refused,
        } = enforcement;
        Self {
            desired_generation: generation.0,
            desired: wire::Access::from(*access).into(),
            applied: Some(applied.into()),
            verified: Some(verified.into()),
            probes: probes
                .iter()
                .take(PROBES_MAX)
                .map(|Probe { name, open }| wire::Probe {
                    name: cut(name),
                    open: Some(open.into()),
                })
                .collect(),
            observed_at_ms: observed_at.0,
            lifted_until_ms: lifted_until.map(|at| at.0),
            reasserted: *reasserted,
            refused: *refused,
            last_refused: last_refused.as_ref().map(Into::into),
            gaps: gaps
                .iter()
                .take(GAPS_MAX)
                .map(|Gap { kind, detail }| wire::Gap {
                    kind: wire::gap::Kind::from(*kind).into(),
                    detail: cut(detail),
                })
                .collect(),
        }
    }
}

impl From<&RefusedOrder> for wire::RefusedOrder {
    fn from(refused: &RefusedOrder) -> Self {
        let RefusedOrder {
            at,
            why,
            generation,
            detail,
        } = refused;
        Self {
            at_ms: at.0,
            why: wire::refused_order::Why::from(*why).into(),
            generation: generation.map_or(0, |generation| generation.0),
            detail: cut(detail),
        }
    }
}

impl TryFrom<wire::RefusedOrder> for RefusedOrder {
    type Error = InvalidMessage;

    fn try_from(refused: wire::RefusedOrder) -> Result<Self, Self::Error> {
        let wire::RefusedOrder {
            at_ms,
            why,
            generation,
            detail,
        } = refused;
        let what = "why an order was refused";
        Ok(Self {
            at: Timestamp(at_ms),
            why: enums::or_other::<wire::refused_order::Why, _>(why, what, WhyRefused::Other)?,
            generation: Some(Generation(generation)).filter(|generation| generation.0 > 0),
            detail: text(detail, what)?,
        })
    }
}

impl TryFrom<wire::Enforcement> for Enforcement {
    type Error = InvalidMessage;

    fn try_from(enforcement: wire::Enforcement) -> Result<Self, Self::Error> {
        let wire::Enforcement {
            desired_generation,
            desired,
            applied,
            verified,
            probes,
            observed_at_ms,
            lifted_until_ms,
            reasserted,
            refused,
            last_refused,
            gaps,
        } = enforcement;
        Ok(Self {
            desired: (Generation(desired_generation), access(desired)?),
            applied: applied.reading("applied access")?,
            verified: verified.reading("verified access")?,
            probes: at_most(probes, "probes", PROBES_MAX)?
                .into_iter()
                .map(|wire::Probe { name, open }| {
                    Ok(Probe {
                        name: text(name, "name of a probe")?,
                        open: open.reading("open way of a probe")?,
                    })
                })
                .collect::<Result<_, InvalidMessage>>()?,
            observed_at: Timestamp(observed_at_ms),
            lifted_until: lifted_until_ms.map(Timestamp),
            reasserted,
            gaps: at_most(gaps, "gaps of an isolation", GAPS_MAX)?
                .into_iter()
                .map(|wire::Gap { kind, detail }| {
                    let what = "gap of an isolation";
                    Ok(Gap {
                        kind: enums::or_other::<wire::gap::Kind, _>(kind, what, GapKind::Other)?,
                        detail: text(detail, what)?,
                    })
                })
                .collect::<Result<_, InvalidMessage>>()?,
            refused,
            last_refused: last_refused.map(TryInto::try_into).transpose()?,
        })
    }
}

pub(crate) fn access(value: i32) -> Result<Access, InvalidMessage> {
    enums::known::<wire::Access, _>(value, "access")
}

pub(crate) fn endpoints_from(list: Vec<wire::Endpoint>) -> Result<Vec<Endpoint>, InvalidMessage> {
    at_most(list, "endpoints of an order", ALLOWED_ENDPOINTS_MAX)?
        .into_iter()
        .map(
            |wire::Endpoint {
                 address,
                 port,
                 transport,
             }| {
                let address = super::address_from(&address, "address of an endpoint")?;
                let port = u16::try_from(port).map_err(|_| InvalidMessage::OutOfRange {
                    what: "port of an endpoint",
                    value: port.into(),
                    max: u16::MAX.into(),
                })?;
                let transport = match wire::endpoint::Transport::try_from(transport) {
                    Ok(wire::endpoint::Transport::Tcp) => Transport::Tcp,
                    Ok(wire::endpoint::Transport::Udp) => Transport::Udp,
                    Err(_) => {
                        return Err(InvalidMessage::UnknownValue {
                            what: "transport of an endpoint",
                            value: transport,
                        });
                    }
                };
                Ok(Endpoint {
                    address,
                    transport,
                    port,
                })
            },
        )
        .collect()
}

pub(crate) fn endpoint_to(endpoint: &Endpoint) -> wire::Endpoint {
    let Endpoint {
        address,
        transport,
        port,
    } = endpoint;
    wire::Endpoint {
        address: super::address_to(address),
        port: (*port).into(),
        transport: match transport {
            Transport::Tcp => wire::endpoint::Transport::Tcp,
            Transport::Udp => wire::endpoint::Transport::Udp,
        }
        .into(),
    }
}
