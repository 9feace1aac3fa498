//! The network section: each fact in a reading of its own.
//!
//! Touches nothing. Must never let one thing that only a newer agent knows cost what stands beside it.

use std::net::IpAddr;

use sekisho_policy::facts::{
    DefaultRoute, LinkKind, Network, NetworkLink, Subnet, Vpn, VpnKind, Wifi, WifiCipher,
    WifiSecurity,
};
use sekisho_policy::limits::{
    DEFAULT_ROUTES_MAX, DNS_SERVERS_MAX, LINK_ADDRESSES_MAX, NETWORK_LINKS_MAX, WIFI_MAX,
    WIFI_SUITES_MAX,
};

use super::reading::IntoReading;
use super::{
    InvalidMessage, address_from, address_to, at_most, cut, enums, evidence_from, evidence_to, text,
};
use crate::wire;

impl From<&Network> for wire::Network {
    fn from(network: &Network) -> Self {
        let Network {
            links,
            default_routes,
            dns_servers,
            wifi,
            vpns,
            ipsec,
            place,
        } = network;
        Self {
            links: Some(links.into()),
            default_routes: Some(default_routes.into()),
            dns_servers: Some(dns_servers.into()),
            wifi: Some(wifi.into()),
            vpns: Some(vpns.into()),
            ipsec: Some(ipsec.into()),
            place: Some(place.into()),
        }
    }
}

impl TryFrom<wire::Network> for Network {
    type Error = InvalidMessage;

    fn try_from(network: wire::Network) -> Result<Self, Self::Error> {
        let wire::Network {
            links,
            default_routes,
            dns_servers,
            wifi,
            vpns,
            ipsec,
            place,
        } = network;
        Ok(Self {
            links: links.reading("links to networks")?,
            default_routes: default_routes.reading("default routes")?,
            dns_servers: dns_servers.reading("DNS servers")?,
            wifi: wifi.reading("Wi-Fi networks")?,
            vpns: vpns.reading("VPNs")?,
            ipsec: ipsec.reading("VPNs by policies")?,
            place: place.reading("place of the network")?,
        })
    }
}

/// A list that is too long is cut by whoever reads it; what is over here is a mistake of that reader.
macro_rules! lists {
    ($($wire:ident { $field:ident } of $domain:ty, $what:literal, at most $max:expr;)+) => {$(
        impl From<&[$domain]> for wire::$wire {
            fn from(list: &[$domain]) -> Self {
                Self { $field: list.iter().take($max).map(Into::into).collect() }
            }
        }

        impl TryFrom<wire::$wire> for Vec<$domain> {
            type Error = InvalidMessage;

            fn try_from(wire::$wire { $field }: wire::$wire) -> Result<Self, Self::Error> {
                at_most($field, $what, $max)?.into_iter().map(TryInto::try_into).collect()
            }
        }
    )+};
}

lists! {
    NetworkLinks { links } of NetworkLink, "links to networks", at most NETWORK_LINKS_MAX;
    DefaultRoutes { routes } of DefaultRoute, "default routes", at most DEFAULT_ROUTES_MAX;
    WifiNetworks { networks } of Wifi, "Wi-Fi networks", at most WIFI_MAX;
    Vpns { vpns } of Vpn, "VPNs", at most NETWORK_LINKS_MAX;
}

impl From<&NetworkLink> for wire::NetworkLink {
    fn from(link: &NetworkLink) -> Self {
        let NetworkLink {
            name,
            kind,
            addresses,
            evidence,
        } = link;
        Self {
            name: cut(name),
            kind: wire::network_link::Kind::from(*kind).into(),
            addresses: addresses
                .iter()
                .take(LINK_ADDRESSES_MAX)
                .map(|Subnet { address, prefix }| wire::Subnet {
                    address: address_to(address),
                    prefix: u32::from(*prefix),
                })
                .collect(),
            evidence: evidence_to(evidence),
        }
    }
}

impl TryFrom<wire::NetworkLink> for NetworkLink {
    type Error = InvalidMessage;

    fn try_from(link: wire::NetworkLink) -> Result<Self, Self::Error> {
        let wire::NetworkLink {
            name,
            kind,
            addresses,
            evidence,
        } = link;
        let kind = enums::or_other::<wire::network_link::Kind, _>(
            kind,
            "kind of a link",
            LinkKind::Other,
        )?;
        Ok(Self {
            name: text(name, "name of a link")?,
            kind,
            addresses: at_most(addresses, "addresses of a link", LINK_ADDRESSES_MAX)?
                .into_iter()
                .map(TryInto::try_into)
                .collect::<Result<_, _>>()?,
            evidence: evidence_from(evidence, "evidence of a link")?,
        })
    }
}

impl TryFrom<wire::Subnet> for Subnet {
    type Error = InvalidMessage;

    fn try_from(wire::Subnet { address, prefix }: wire::Subnet) -> Result<Self, Self::Error> {
        let address = address_from(&address, "address of a link")?;
        let max: u8 = if address.is_ipv4() { 32 } else { 128 };
        match u8::try_from(prefix) {
            Ok(prefix) if prefix <= max => Ok(Self { address, prefix }),
            _ => Err(InvalidMessage::OutOfRange {
                what: "prefix of an address",
                value: u64::from(prefix),
                max: u64::from(max),
            }),
        }
    }
}

impl From<&DefaultRoute> for wire::DefaultRoute {
    fn from(route: &DefaultRoute) -> Self {
        let DefaultRoute {
            family,
            link,
            gateway,
        } = route;
        Self {
            family: wire::default_route::Family::from(*family).into(),
            link: cut(link),
            gateway: gateway.as_ref().map(address_to).unwrap_or_default(),
        }
    }
}

impl TryFrom<wire::DefaultRoute> for DefaultRoute {
    type Error = InvalidMessage;

    fn try_from(route: wire::DefaultRoute) -> Result<Self, Self::Error> {
        let wire::DefaultRoute {
            family,
            link,
            gateway,
        } = route;
        let gateway = match gateway.as_ref() {
            [] => None,
            bytes => Some(address_from(bytes, "gateway")?),
        };
        Ok(Self {
            family: enums::known::<wire::default_route::Family, _>(family, "family of a route")?,
            link: text(link, "link of a route")?,
            gateway,
        })
    }
}

impl From<&[IpAddr]> for wire::DnsServers {
    fn from(servers: &[IpAddr]) -> Self {
        Self {
            servers: servers
                .iter()
                .take(DNS_SERVERS_MAX)
                .map(address_to)
                .collect(),
        }
    }
}

impl TryFrom<wire::DnsServers> for Vec<IpAddr> {
    type Error = InvalidMessage;

    fn try_from(wire::DnsServers { servers }: wire::DnsServers) -> Result<Self, Self::Error> {
        at_most(servers, "DNS servers", DNS_SERVERS_MAX)?
            .iter()
            .map(|server| address_from(server, "address of a DNS server"))
            .collect()
    }
}

impl From<&Wifi> for wire::Wifi {
    fn from(wifi: &Wifi) -> Self {
        let Wifi {
            link,
            ssid,
            offers,
            ciphers,
            group_cipher,
            evidence,
        } = wifi;
        Self {
            link: cut(link),
            ssid: Some(ssid.into()),
            offers: Some(offers.into()),
            ciphers: Some(ciphers.into()),
            group_cipher: Some(group_cipher.into()),
            evidence: evidence_to(evidence),
        }
    }
}

impl TryFrom<wire::Wifi> for Wifi {
    type Error = InvalidMessage;

    fn try_from(wifi: wire::Wifi) -> Result<Self, Self::Error> {
        let wire::Wifi {
            link,
            ssid,
            offers,
            ciphers,
            group_cipher,
            evidence,
        } = wifi;
        Ok(Self {
            link: text(link, "link of a Wi-Fi network")?,
            ssid: ssid.reading("name of a Wi-Fi network")?,
            offers: offers.reading("what an access point offers")?,
            ciphers: ciphers.reading("ciphers of a Wi-Fi network")?,
            group_cipher: group_cipher.reading("group cipher of a Wi-Fi network")?,
            evidence: evidence_from(evidence, "evidence of a Wi-Fi network")?,
        })
    }
}

impl From<&[WifiSecurity]> for wire::WifiSecurityList {
    fn from(offers: &[WifiSecurity]) -> Self {
        let offers = offers.iter().take(WIFI_SUITES_MAX);
        Self {
            offers: offers
                .map(|one| wire::wifi::Security::from(*one).into())
                .collect(),
        }
    }
}

impl TryFrom<wire::WifiSecurityList> for Vec<WifiSecurity> {
    type Error = InvalidMessage;

    fn try_from(
        wire::WifiSecurityList { offers }: wire::WifiSecurityList,
    ) -> Result<Self, InvalidMessage> {
        let what = "what an access point offers";
        at_most(offers, what, WIFI_SUITES_MAX)?
            .into_iter()
            .map(|one| enums::or_other::<wire::wifi::Security, _>(one, what, WifiSecurity::Other))
            .collect()
    }
}

impl From<&[WifiCipher]> for wire::WifiCipherList {
    fn from(ciphers: &[WifiCipher]) -> Self {
        let ciphers = ciphers.iter().take(WIFI_SUITES_MAX);
        Self {
            ciphers: ciphers
                .map(|one| wire::wifi::Cipher::from(*one).into())
                .collect(),
        }
    }
}

impl TryFrom<wire::WifiCipherList> for Vec<WifiCipher> {
    type Error = InvalidMessage;

    fn try_from(
        wire::WifiCipherList { ciphers }: wire::WifiCipherList,
    ) -> Result<Self, InvalidMessage> {
        let what = "ciphers of a Wi-Fi network";
        at_most(ciphers, what, WIFI_SUITES_MAX)?
            .into_iter()
            .map(|one| enums::or_other::<wire::wifi::Cipher, _>(one, what, WifiCipher::Other))
            .collect()
    }
}

/// There are two of them.
const FAMILIES_MAX: usize = 2;

impl From<&Vpn> for wire::Vpn {
    fn from(vpn: &Vpn) -> Self {
        let Vpn {
            link,
            kind,
            covers,
            evidence,
        } = vpn;
        Self {
            link: cut(link),
            kind: wire::vpn::Kind::from(*kind).into(),
            covers: covers
                .iter()
                .map(|family| wire::default_route::Family::from(*family).into())
                .collect(),
            evidence: evidence_to(evidence),
        }
    }
}

impl TryFrom<wire::Vpn> for Vpn {
    type Error = InvalidMessage;

    fn try_from(vpn: wire::Vpn) -> Result<Self, Self::Error> {
        let wire::Vpn {
            link,
            kind,
            covers,
            evidence,
        } = vpn;
        let what = "what a VPN covers";
        Ok(Self {
            link: text(link, "link of a VPN")?,
            kind: enums::or_other::<wire::vpn::Kind, _>(kind, "kind of a VPN", VpnKind::Other)?,
            covers: at_most(covers, what, FAMILIES_MAX)?
                .into_iter()
                .map(|family| enums::known::<wire::default_route::Family, _>(family, what))
                .collect::<Result<_, _>>()?,
            evidence: evidence_from(evidence, "evidence of a VPN")?,
        })
    }
}
