//! What an expression can ask of the networks.
//!
//! Touches the facts of a case. Must never answer for a fact that is unknown.

use super::{Seen, part, text};
use crate::facts::{
    LinkKind, Network, NetworkLink, NetworkPlace, Vpn, VpnKind, Wifi, WifiCipher, WifiSecurity,
};
use crate::reading::Reading;
use crate::rules::Case;
use crate::rules::company::fields::{Fields, Item, Read};

const PLACES: [&str; 2] = [NetworkPlace::Inside.name(), NetworkPlace::Outside.name()];
const LINKS: [&str; 7] = [
    LinkKind::Wired.name(),
    LinkKind::Wifi.name(),
    LinkKind::Mobile.name(),
    LinkKind::Bluetooth.name(),
    LinkKind::Tunnel.name(),
    LinkKind::Virtual.name(),
    LinkKind::Other.name(),
];
const VPNS: [&str; 5] = [
    VpnKind::WireGuard.name(),
    VpnKind::Tun.name(),
    VpnKind::Ipsec.name(),
    VpnKind::Ppp.name(),
    VpnKind::Other.name(),
];
const SECURITIES: [&str; 10] = [
    WifiSecurity::Open.name(),
    WifiSecurity::Wep.name(),
    WifiSecurity::WpaPersonal.name(),
    WifiSecurity::WpaEnterprise.name(),
    WifiSecurity::Other.name(),
    WifiSecurity::Owe.name(),
    WifiSecurity::Wpa2Personal.name(),
    WifiSecurity::Wpa2Enterprise.name(),
    WifiSecurity::Wpa3Personal.name(),
    WifiSecurity::Wpa3Enterprise.name(),
];
const CIPHERS: [&str; 5] = [
    WifiCipher::Wep.name(),
    WifiCipher::Tkip.name(),
    WifiCipher::Other.name(),
    WifiCipher::Ccmp.name(),
    WifiCipher::Gcmp.name(),
];

/// The VPNs with a link of their own, and those without.
pub(super) fn vpns<'v>(case: &'v Case<'v>) -> Seen<'v> {
    let network = &case.facts.network;
    let by_link = part(network, |network| &network.vpns, Vec::as_slice);
    let by_policy = part(network, |network| &network.ipsec, Vec::as_slice);
    let items: Vec<&dyn Item> = by_link.items.chain(by_policy.items).collect();
    Seen {
        items: Box::new(items.into_iter()),
        unread: by_link.unread.or(by_policy.unread),
    }
}

impl Fields for Network {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[(
        "place",
        Read::Choice(&PLACES, |network, _| {
            network.place.as_ref().map(|place| place.name())
        }),
    )];

    fn title(&self) -> String {
        String::new()
    }
}

impl Fields for NetworkLink {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        ("name", Read::Text(|link, _| Reading::Known(&link.name))),
        (
            "kind",
            Read::Choice(&LINKS, |link, _| Reading::Known(link.kind.name())),
        ),
    ];

    fn title(&self) -> String {
        self.name.clone()
    }
}

impl Fields for Vpn {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        ("link", Read::Text(|vpn, _| Reading::Known(&vpn.link))),
        (
            "kind",
            Read::Choice(&VPNS, |vpn, _| Reading::Known(vpn.kind.name())),
        ),
    ];

    fn title(&self) -> String {
        self.link.clone()
    }
}

impl Fields for Wifi {
    const FIELDS: &'static [(&'static str, Read<Self>)] = &[
        ("link", Read::Text(|wifi, _| Reading::Known(&wifi.link))),
        ("name", Read::Text(|wifi, _| text(&wifi.ssid))),
        (
            "weakest",
            Read::Choice(&SECURITIES, |wifi, _| match &wifi.offers {
                Reading::Known(offers) => match offers.iter().min() {
                    Some(weakest) => Reading::Known(weakest.name()),
                    None => Reading::Absent,
                },
                Reading::Absent => Reading::Absent,
                Reading::Unknown(why) => Reading::Unknown(why.clone()),
            }),
        ),
        (
            "group_cipher",
            Read::Choice(&CIPHERS, |wifi, _| {
                wifi.group_cipher.as_ref().map(|cipher| cipher.name())
            }),
        ),
    ];

    fn title(&self) -> String {
        self.link.clone()
    }
}
