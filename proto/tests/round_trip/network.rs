//! Arbitrary networks, within the vocabulary's limits.
//!
//! Touches nothing. Must never leave out a variant: what is not drawn here is not tested.

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use sekisho_policy::facts::*;

use super::{evidence, one_of, reading, text};

pub(super) fn network() -> BoxedStrategy<Network> {
    let place = one_of(&[NetworkPlace::Inside, NetworkPlace::Outside]);
    (
        reading(vec(link(), 0..3)),
        reading(vec(route(), 0..3)),
        reading(vec(any::<IpAddr>(), 0..3)),
        reading(vec(wifi(), 0..3)),
        reading(vec(vpn(), 0..3)),
        reading(vec(vpn(), 0..3)),
        reading(place),
    )
        .prop_map(
            |(links, default_routes, dns_servers, wifi, vpns, ipsec, place)| Network {
                links,
                default_routes,
                dns_servers,
                wifi,
                vpns,
                ipsec,
                place,
            },
        )
        .boxed()
}

fn link() -> BoxedStrategy<NetworkLink> {
    let subnet =
        (any::<IpAddr>(), 0..=32_u8).prop_map(|(address, prefix)| Subnet { address, prefix });
    let kind = one_of(&LinkKind::ALL);
    (text(), kind, vec(subnet, 0..3), evidence())
        .prop_map(|(name, kind, addresses, evidence)| NetworkLink {
            name,
            kind,
            addresses,
            evidence,
        })
        .boxed()
}

fn route() -> BoxedStrategy<DefaultRoute> {
    let family = one_of(&[IpFamily::V4, IpFamily::V6]);
    (family, text(), option::of(any::<IpAddr>()))
        .prop_map(|(family, link, gateway)| DefaultRoute {
            family,
            link,
            gateway,
        })
        .boxed()
}

fn wifi() -> BoxedStrategy<Wifi> {
    let cipher = || one_of(&WifiCipher::ALL);
    (
        text(),
        reading(text()),
        reading(vec(one_of(&WifiSecurity::ALL), 0..3)),
        reading(vec(cipher(), 0..3)),
        reading(cipher()),
        evidence(),
    )
        .prop_map(
            |(link, ssid, offers, ciphers, group_cipher, evidence)| Wifi {
                link,
                ssid,
                offers,
                ciphers,
                group_cipher,
                evidence,
            },
        )
        .boxed()
}

fn vpn() -> BoxedStrategy<Vpn> {
    let families = vec(one_of(&[IpFamily::V4, IpFamily::V6]), 0..=2);
    (text(), one_of(&VpnKind::ALL), families, evidence())
        .prop_map(|(link, kind, covers, evidence)| Vpn {
            link,
            kind,
            covers,
            evidence,
        })
        .boxed()
}
