//! The values of the rules about networks.
//!
//! Touches nothing. Must never take a list that permits nothing for one that permits everything.

use serde::Deserialize;

use super::Name;
use crate::facts::{LinkKind, VpnKind, WifiSecurity};
use crate::limits::NETWORK_NAMES_MAX;
use crate::rules::pattern::Pattern;

named!(
    /// What a link goes over.
    Link for LinkKind {
        Wired = "wired", Wifi = "wifi", Mobile = "mobile", Bluetooth = "bluetooth",
        Tunnel = "tunnel", Virtual = "virtual", Other = "other",
    }
);
named!(
    /// What makes a VPN.
    Tunnel for VpnKind {
        WireGuard = "wireguard", Tun = "tun", Ipsec = "ipsec", Ppp = "ppp", Other = "other",
    }
);
named!(
    /// A way to authenticate by Wi-Fi.
    Security for WifiSecurity {
        Open = "open", Wep = "wep", WpaPersonal = "wpa-personal",
        WpaEnterprise = "wpa-enterprise", Other = "other", Owe = "owe",
        Wpa2Personal = "wpa2-personal", Wpa2Enterprise = "wpa2-enterprise",
        Wpa3Personal = "wpa3-personal", Wpa3Enterprise = "wpa3-enterprise",
    }
);

/// A list of such values, at least one.
macro_rules! at_least_one {
    ($($(#[$doc:meta])* $list:ident of $twin:ident for $domain:ty, $written:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(try_from = $written)]
        pub(in crate::document) struct $list(pub(in crate::document) Vec<$domain>);

        impl TryFrom<Vec<$twin>> for $list {
            type Error = String;

            fn try_from(written: Vec<$twin>) -> Result<Self, Self::Error> {
                if written.is_empty() {
                    let names = <$domain>::ALL.map(<$domain>::name).join(", ");
                    return Err(format!(
                        "an empty list is not allowed; one or more of {names}"
                    ));
                }
                let mut list: Vec<$domain> = written.into_iter().map(Into::into).collect();
                list.sort_unstable();
                list.dedup();
                Ok(Self(list))
            }
        }
    )+};
}

at_least_one! {
    /// Kinds of links.
    LinkKinds of Link for LinkKind, "Vec<Link>";
    /// Kinds of VPNs.
    VpnKinds of Tunnel for VpnKind, "Vec<Tunnel>";
    /// Ways to authenticate.
    Securities of Security for WifiSecurity, "Vec<Security>";
}

/// Names of networks or links.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "Vec<Name>")]
pub(in crate::document) struct Names(pub(in crate::document) Vec<Pattern>);

impl TryFrom<Vec<Name>> for Names {
    type Error = String;

    fn try_from(names: Vec<Name>) -> Result<Self, Self::Error> {
        if names.len() > NETWORK_NAMES_MAX {
            let count = names.len();
            return Err(format!(
                "{count} names are not allowed; at most {NETWORK_NAMES_MAX} (NETWORK_NAMES_MAX)"
            ));
        }
        Ok(Self(names.into_iter().map(|name| name.0).collect()))
    }
}
