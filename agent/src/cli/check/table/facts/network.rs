//! The networks for people: one line for each fact.
//!
//! Touches nothing. Must never show what an access point offers as what was negotiated.

use sekisho_policy::facts::{DefaultRoute, IpFamily, Network, NetworkLink, Vpn, Wifi};
use sekisho_policy::reading::Reading;
use sekisho_policy::words::{self, Language, shown, text};

use super::platform::line;

/// One line for each fact.
pub(super) fn lines(network: &Network, language: Language) -> Vec<String> {
    let Network {
        links,
        default_routes,
        dns_servers,
        wifi,
        vpns,
        ipsec,
        place,
    } = network;
    let listed = |parts: Vec<String>| match parts.as_slice() {
        [] => text(language, "check-none", &[]),
        parts => parts.join(", "),
    };
    vec![
        match place {
            Reading::Absent => line("check-place", &Reading::Known(()), language, |()| {
                text(language, "place-no-beacon", &[])
            }),
            Reading::Known(_) | Reading::Unknown(_) => {
                line("check-place", place, language, |place| {
                    words::place(language, *place)
                })
            }
        },
        line("check-links", links, language, |links| {
            listed(links.iter().map(|one| link(one, language)).collect())
        }),
        line("check-routes", default_routes, language, |routes| {
            listed(routes.iter().map(route).collect())
        }),
        line("check-dns", dns_servers, language, |servers| {
            listed(servers.iter().map(ToString::to_string).collect())
        }),
        line("check-wifi", wifi, language, |networks| {
            listed(networks.iter().map(|one| radio(one, language)).collect())
        }),
        line("check-vpn", vpns, language, |vpns| {
            listed(vpns.iter().map(|one| vpn(one, language)).collect())
        }),
        line("check-ipsec", ipsec, language, |vpns| {
            let gateways = vpns.iter().map(|vpn| shown(&vpn.link).into_owned());
            listed(gateways.collect())
        }),
    ]
}

fn link(link: &NetworkLink, language: Language) -> String {
    let kind = words::link_kind(language, link.kind);
    let mut parts = vec![kind];
    parts.extend(link.addresses.iter().map(ToString::to_string));
    format!("{} ({})", shown(&link.name), parts.join(" "))
}

fn route(route: &DefaultRoute) -> String {
    let family = match route.family {
        IpFamily::V4 => "IPv4",
        IpFamily::V6 => "IPv6",
    };
    match route.gateway {
        Some(gateway) => format!("{family} → {} ({gateway})", shown(&route.link)),
        None => format!("{family} → {}", shown(&route.link)),
    }
}

fn radio(wifi: &Wifi, language: Language) -> String {
    let name = match &wifi.ssid {
        Reading::Known(name) => shown(name).into_owned(),
        Reading::Absent | Reading::Unknown(_) => shown(&wifi.link).into_owned(),
    };
    let offers = match &wifi.offers {
        Reading::Known(offers) => offers
            .iter()
            .map(|one| words::wifi_security(language, *one))
            .collect::<Vec<_>>()
            .join("/"),
        Reading::Absent => text(language, "check-none", &[]),
        Reading::Unknown(why) => words::why(language, why),
    };
    format!("{name} ({offers})")
}

fn vpn(vpn: &Vpn, language: Language) -> String {
    format!(
        "{} ({})",
        shown(&vpn.link),
        words::vpn_kind(language, vpn.kind)
    )
}
