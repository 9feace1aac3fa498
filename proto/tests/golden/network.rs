//! A laptop on a Wi-Fi with a VPN, as the first release that told of networks put it on the wire.
//!
//! Touches nothing. Must never be changed: what it says is in `proto/testdata`.

use sekisho_policy::facts::*;
use sekisho_policy::reading::{Reading, Why};

pub(crate) fn network() -> Network {
    let evidence = |source: &str, value: &str| vec![Evidence::new(source, value)];
    Network {
        links: Reading::Known(vec![NetworkLink {
            name: "wlan0".to_owned(),
            kind: LinkKind::Wifi,
            addresses: vec![Subnet {
                address: [192, 0, 2, 5].into(),
                prefix: 24,
            }],
            evidence: evidence("wlan0 DEVTYPE", "wlan"),
        }]),
        default_routes: Reading::Known(vec![
            DefaultRoute {
                family: IpFamily::V4,
                link: "wg0".to_owned(),
                gateway: None,
            },
            DefaultRoute {
                family: IpFamily::V6,
                link: "wlan0".to_owned(),
                gateway: Some([0xfe80, 0, 0, 0, 0, 0, 0, 1].into()),
            },
        ]),
        dns_servers: Reading::Known(vec![[192, 0, 2, 1].into()]),
        wifi: Reading::Known(vec![Wifi {
            link: "wlan0".to_owned(),
            ssid: Reading::Known("関所".to_owned()),
            offers: Reading::Known(vec![
                WifiSecurity::Other,
                WifiSecurity::Wpa2Personal,
                WifiSecurity::Wpa3Personal,
            ]),
            ciphers: Reading::Known(vec![WifiCipher::Ccmp]),
            group_cipher: Reading::Known(WifiCipher::Ccmp),
            evidence: evidence("wlan0 RSN AKM", "00-40-96:0"),
        }]),
        vpns: Reading::Known(vec![Vpn {
            link: "wg0".to_owned(),
            kind: VpnKind::WireGuard,
            covers: vec![],
            evidence: evidence("wg0 IFLA_INFO_KIND", "wireguard"),
        }]),
        // The first release does not say.
        ipsec: Reading::Unknown(Why::NotAsked),
        place: Reading::Unknown(Why::TimedOut("no beacon answered".to_owned())),
    }
}
