//! The tables of the rules about networks.
//!
//! Touches nothing. Must never be seen outside the document.

use serde::Deserialize;

use super::super::values::network::{LinkKinds, Names, Securities, VpnKinds};
use super::{Hours, InForce, UnknownIs, Weight};
use crate::finding::Severity;
use crate::rules::{Parameters, network_permitted, vpn_outside, wifi_secure};
use crate::time::Span;

table!(NetworkPermitted {
    outside: LinkKinds,
    open_wifi: bool,
    known_wifi: Names,
});
table!(VpnOutside {
    required: bool,
    kinds: VpnKinds,
    links: Names,
    everything: bool,
});
table!(WifiSecure {
    accept: Securities,
    accept_tkip: bool,
});

impl NetworkPermitted {
    pub(super) fn in_force(&self) -> Option<InForce> {
        let usual = network_permitted::Parameters::default();
        let parameters = network_permitted::Parameters {
            outside: self.outside.clone().map_or(usual.outside, |kinds| kinds.0),
            open_wifi: self.open_wifi.unwrap_or(usual.open_wifi),
            known_wifi: self
                .known_wifi
                .clone()
                .map_or(usual.known_wifi, |names| names.0),
        };
        self.with(Severity::Medium, Parameters::NetworkPermitted(parameters))
    }
}

impl VpnOutside {
    pub(super) fn in_force(&self) -> Option<InForce> {
        let usual = vpn_outside::Parameters::default();
        let parameters = vpn_outside::Parameters {
            required: self.required.unwrap_or(usual.required),
            kinds: self.kinds.clone().map_or(usual.kinds, |kinds| kinds.0),
            links: self.links.clone().map_or(usual.links, |names| names.0),
            everything: self.everything.unwrap_or(usual.everything),
        };
        self.with(Severity::Medium, Parameters::VpnOutside(parameters))
    }
}

impl WifiSecure {
    pub(super) fn in_force(&self) -> Option<InForce> {
        let usual = wifi_secure::Parameters::default();
        let parameters = wifi_secure::Parameters {
            accept: self.accept.clone().map_or(usual.accept, |ways| ways.0),
            accept_tkip: self.accept_tkip.unwrap_or(usual.accept_tkip),
        };
        self.with(Severity::High, Parameters::WifiSecure(parameters))
    }
}
