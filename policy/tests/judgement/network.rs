//! Arbitrary networks.
//!
//! Touches nothing. Must never leave out a reading that a rule looks at.

use proptest::prelude::*;
use sekisho_policy::facts::{
    Facts, LinkKind, Network, NetworkLink, NetworkPlace, Wifi, WifiCipher, WifiSecurity,
};
use sekisho_policy::reading::{Reading, Why};

use super::reading;

pub(crate) fn network() -> BoxedStrategy<Network> {
    let place = prop::sample::select(vec![NetworkPlace::Inside, NetworkPlace::Outside]);
    let link = prop::sample::select(LinkKind::ALL.to_vec()).prop_map(|kind| NetworkLink {
        name: "wlan0".to_owned(),
        kind,
        addresses: vec![],
        evidence: vec![],
    });
    (
        reading(prop::collection::vec(link, 0..3)),
        reading(prop::collection::vec(wifi(), 0..3)),
        reading(place),
    )
        .prop_map(|(links, wifi, place)| Network {
            links,
            default_routes: Reading::Unknown(Why::NotAsked),
            dns_servers: Reading::Unknown(Why::NotAsked),
            wifi,
            vpns: Reading::Unknown(Why::NotAsked),
            ipsec: Reading::Unknown(Why::NotAsked),
            place,
        })
        .boxed()
}

fn wifi() -> BoxedStrategy<Wifi> {
    let way = prop::sample::select(WifiSecurity::ALL.to_vec());
    let cipher = || prop::sample::select(WifiCipher::ALL.to_vec());
    (
        reading(any::<String>()),
        reading(prop::collection::vec(way, 0..3)),
        reading(prop::collection::vec(cipher(), 0..3)),
        reading(cipher()),
    )
        .prop_map(|(ssid, offers, ciphers, group_cipher)| Wifi {
            link: "wlan0".to_owned(),
            ssid,
            offers,
            ciphers,
            group_cipher,
            evidence: vec![],
        })
        .boxed()
}

/// Whether what the rules look at could not be told. Where the laptop is decides only where the two places come to
/// different outcomes.
pub(crate) fn has_unknown(facts: &Facts) -> bool {
    let links = facts.network.fact(|network| &network.links);
    let wifi = facts.network.fact(|network| &network.wifi);
    matches!(links, Reading::Unknown(_)) || matches!(wifi, Reading::Unknown(_))
}
