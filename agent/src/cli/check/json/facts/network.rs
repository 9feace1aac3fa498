//! The networks in JSON.
//!
//! Touches nothing. Must never leave a field of the vocabulary out.

use std::net::IpAddr;

use sekisho_policy::facts::{DefaultRoute, Network, NetworkLink, Vpn, Wifi};
use sekisho_proto::json::{EvidenceJson, ReadingJson};
use serde::Serialize;

use super::{each, seen, text};

#[derive(Serialize)]
pub(super) struct NetworkJson<'a> {
    links: ReadingJson<Vec<NetworkLinkJson<'a>>>,
    default_routes: ReadingJson<Vec<DefaultRouteJson<'a>>>,
    dns_servers: ReadingJson<Vec<String>>,
    wifi: ReadingJson<Vec<WifiJson<'a>>>,
    vpns: ReadingJson<Vec<VpnJson<'a>>>,
    ipsec: ReadingJson<Vec<VpnJson<'a>>>,
    place: ReadingJson<&'static str>,
}

#[derive(Serialize)]
struct NetworkLinkJson<'a> {
    name: &'a str,
    kind: &'static str,
    addresses: Vec<String>,
    evidence: Vec<EvidenceJson>,
}

#[derive(Serialize)]
struct DefaultRouteJson<'a> {
    family: &'static str,
    link: &'a str,
    gateway: Option<String>,
}

#[derive(Serialize)]
struct WifiJson<'a> {
    link: &'a str,
    ssid: ReadingJson<&'a str>,
    offers: ReadingJson<Vec<&'static str>>,
    ciphers: ReadingJson<Vec<&'static str>>,
    group_cipher: ReadingJson<&'static str>,
    evidence: Vec<EvidenceJson>,
}

#[derive(Serialize)]
struct VpnJson<'a> {
    link: &'a str,
    kind: &'static str,
    covers: Vec<&'static str>,
    evidence: Vec<EvidenceJson>,
}

impl<'a> From<&'a Network> for NetworkJson<'a> {
    fn from(network: &'a Network) -> Self {
        let Network {
            links,
            default_routes,
            dns_servers,
            wifi,
            vpns,
            ipsec,
            place,
        } = network;
        let servers = |list: &Vec<IpAddr>| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        Self {
            links: each(links),
            default_routes: each(default_routes),
            dns_servers: dns_servers.as_ref().map(servers).into(),
            wifi: each(wifi),
            vpns: each(vpns),
            ipsec: each(ipsec),
            place: place.clone().map(|place| place.name()).into(),
        }
    }
}

impl<'a> From<&'a NetworkLink> for NetworkLinkJson<'a> {
    fn from(link: &'a NetworkLink) -> Self {
        let NetworkLink {
            name,
            kind,
            addresses,
            evidence,
        } = link;
        Self {
            name,
            kind: kind.name(),
            addresses: addresses.iter().map(ToString::to_string).collect(),
            evidence: seen(evidence),
        }
    }
}

impl<'a> From<&'a DefaultRoute> for DefaultRouteJson<'a> {
    fn from(route: &'a DefaultRoute) -> Self {
        let DefaultRoute {
            family,
            link,
            gateway,
        } = route;
        Self {
            family: family.name(),
            link,
            gateway: gateway.as_ref().map(ToString::to_string),
        }
    }
}

impl<'a> From<&'a Wifi> for WifiJson<'a> {
    fn from(wifi: &'a Wifi) -> Self {
        let Wifi {
            link,
            ssid,
            offers,
            ciphers,
            group_cipher,
            evidence,
        } = wifi;
        Self {
            link,
            ssid: text(ssid),
            offers: offers
                .as_ref()
                .map(|list| list.iter().map(|one| one.name()).collect::<Vec<_>>())
                .into(),
            ciphers: ciphers
                .as_ref()
                .map(|list| list.iter().map(|one| one.name()).collect::<Vec<_>>())
                .into(),
            group_cipher: group_cipher.clone().map(|cipher| cipher.name()).into(),
            evidence: seen(evidence),
        }
    }
}

impl<'a> From<&'a Vpn> for VpnJson<'a> {
    fn from(vpn: &'a Vpn) -> Self {
        let Vpn {
            link,
            kind,
            covers,
            evidence,
        } = vpn;
        Self {
            link,
            kind: kind.name(),
            covers: covers.iter().map(|family| family.name()).collect(),
            evidence: seen(evidence),
        }
    }
}
