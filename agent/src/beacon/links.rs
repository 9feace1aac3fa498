//! Over which links beacons are asked: those that a way out leads over, VPNs aside.
//!
//! Touches `/proc/net` and `/sys/class/net`. Must never leave out a link for its kind alone, but for tunnels:
//! over one the internal network answers wherever the laptop is.
//!
//! The kernel's tables of routes (proc(5), `/proc/net/route` and `/proc/net/ipv6_route`) hold the main table,
//! which a VPN with a table of its own leaves as it is, so that the link below it is still seen.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sekisho_policy::reading::Why;

use crate::limits::{BEACON_LINKS_MAX, ROUTES_BYTES_MAX, SMALL_FILE_BYTES_MAX};
use crate::paths::{self, PathError};

/// The links of a laptop at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Links {
    /// Those to ask over.
    pub asked: Vec<String>,
    /// The networks they lead to, to be compared with those of another moment.
    pub networks: Vec<String>,
    /// Whether a way leads out, over a VPN too.
    pub leads_out: bool,
}

/// `ARPHRD_NONE`, of tun and WireGuard, and the kernel's tunnels of linux/if_arp.h: IPIP, IP6IP6, SIT, GRE,
/// GRE over IPv6. `ARPHRD_PPP` is that of L2TP, PPTP and SSTP as well as of access lines.
const TUNNELS: [u32; 7] = [65_534, 512, 768, 769, 776, 778, 823];
/// `ARPHRD_LOOPBACK`.
const LOOPBACK: u32 = 772;
/// `RTF_UP` of linux/route.h.
const UP: u32 = 1;
/// `RTF_REJECT`: such a route leads nowhere.
const REJECT: u32 = 0x200;
/// Kinds of a link by its `uevent`, which carry frames of Ethernet over another network.
const OVERLAYS: [&str; 2] = ["DEVTYPE=vxlan", "DEVTYPE=geneve"];

/// The routes that lead over one link.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Routes {
    /// Whether one is for all the world, or for half of it: VPNs replace a default route by two.
    is_default: bool,
    /// Whether one leads to a router.
    has_router: bool,
    /// All of them, in a form to be compared.
    routes: BTreeSet<String>,
}

/// Reads the links below `root`.
///
/// # Errors
/// Why they cannot be told.
pub fn read(root: &Path) -> Result<Links, Why> {
    let mut by_link = BTreeMap::new();
    ipv4(&table(root, "proc/net/route")?, &mut by_link)?;
    ipv6(&table(root, "proc/net/ipv6_route")?, &mut by_link)?;
    let mut links = choose(by_link, |link| kind(root, link));
    for (link, network) in links.asked.iter().zip(&mut links.networks) {
        // A link that was down for a moment may lead to a twin of the network it led to.
        network.push(' ');
        network.push_str(attribute(root, link, "carrier_changes").trim());
    }
    Ok(links)
}

/// What a link is, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The laptop itself.
    Loopback,
    /// It leads through another network.
    Tunnel,
    /// Anything else.
    Link,
}

fn choose(by_link: BTreeMap<String, Routes>, kind: impl Fn(&str) -> Kind) -> Links {
    let known: Vec<_> = by_link
        .into_iter()
        .map(|(link, routes)| (kind(&link), link, routes))
        .filter(|(kind, ..)| *kind != Kind::Loopback)
        .collect();
    let leads_out = known.iter().any(|(.., routes)| routes.is_default);
    let links = || known.iter().filter(|(kind, ..)| *kind == Kind::Link);
    let some_default = links().any(|(.., routes)| routes.is_default);
    let some_router = links().any(|(.., routes)| routes.has_router);
    // A VPN may have taken the default route away from the link below it, which still leads to the VPN's gateway.
    // Where there is no router at all, as in a closed network, each link is one to ask over.
    let chosen = links().filter(|(.., routes)| match (some_default, some_router) {
        (true, _) => routes.is_default,
        (false, true) => routes.has_router,
        (false, false) => true,
    });
    let mut found = Links {
        leads_out,
        ..Links::default()
    };
    for (_, link, routes) in chosen.take(BEACON_LINKS_MAX) {
        let routes: Vec<_> = routes.routes.iter().map(String::as_str).collect();
        found.networks.push(format!("{link} {}", routes.join(" ")));
        found.asked.push(link.clone());
    }
    found
}

fn table(root: &Path, name: &str) -> Result<String, Why> {
    let bytes =
        paths::read_small(&root.join(name), ROUTES_BYTES_MAX).map_err(|error| match error {
            PathError::TooLarge { .. } => Why::TooLarge(error.to_string()),
            PathError::Make { .. } | PathError::Read { .. } | PathError::Write { .. } => {
                Why::Unreadable(error.to_string())
            }
        })?;
    // A kernel without IPv6 has no such table.
    Ok(String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned())
}

/// What sysfs tells of a link; nothing where it tells nothing.
fn attribute(root: &Path, link: &str, name: &str) -> String {
    let path = root.join("sys/class/net").join(link).join(name);
    let read = paths::read_small(&path, SMALL_FILE_BYTES_MAX);
    let bytes = read.ok().flatten().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn kind(root: &Path, link: &str) -> Kind {
    let dir = root.join("sys/class/net").join(link);
    let number: Option<u32> = attribute(root, link, "type").trim().parse().ok();
    let uevent = attribute(root, link, "uevent");
    let is_overlay = uevent.lines().any(|line| OVERLAYS.contains(&line));
    match number {
        Some(LOOPBACK) => Kind::Loopback,
        Some(number) if TUNNELS.contains(&number) => Kind::Tunnel,
        // A tap is a tunnel with frames of Ethernet.
        _ if is_overlay || dir.join("tun_flags").exists() => Kind::Tunnel,
        _ => Kind::Link,
    }
}

/// Reads `/proc/net/route`: a head, then link, destination, gateway, flags, three numbers, mask.
pub fn ipv4(text: &str, into: &mut BTreeMap<String, Routes>) -> Result<(), Why> {
    for line in text.lines().skip(1) {
        let fields: Vec<_> = line.split_whitespace().collect();
        let [link, to, gateway, flags, _, _, _, mask, ..] = fields.as_slice() else {
            return Err(odd("/proc/net/route", line));
        };
        let (Some(flags), Some(mask)) = (hex(flags), hex(mask)) else {
            return Err(odd("/proc/net/route", line));
        };
        // The mask stands in network order, so that 128.0.0.0 is 0x80 on a laptop of today.
        if note(flags) {
            let routes = into.entry((*link).to_owned()).or_default();
            routes.is_default |= u32::from_ne_bytes(mask.to_be_bytes()).count_ones() <= 1;
            routes.has_router |= hex(gateway).is_some_and(|router| router != 0);
            routes.routes.insert(format!("{to}/{mask:x}-{gateway}"));
        }
    }
    Ok(())
}

/// Reads `/proc/net/ipv6_route`: destination, its length, source, its length, next hop, four numbers, link; the
/// last of the four are the flags.
pub fn ipv6(text: &str, into: &mut BTreeMap<String, Routes>) -> Result<(), Why> {
    for line in text.lines() {
        let fields: Vec<_> = line.split_whitespace().collect();
        let [to, length, _, _, gateway, _, _, _, flags, link] = fields.as_slice() else {
            return Err(odd("/proc/net/ipv6_route", line));
        };
        let (Some(flags), Some(length)) = (hex(flags), hex(length)) else {
            return Err(odd("/proc/net/ipv6_route", line));
        };
        // Every link has its own addresses and groups there, which lead nowhere else.
        let is_own = length == 128 || to.starts_with("fe80") || to.starts_with("ff");
        if note(flags) && !is_own {
            let routes = into.entry((*link).to_owned()).or_default();
            routes.is_default |= length <= 1;
            routes.has_router |= gateway.chars().any(|digit| digit != '0');
            routes.routes.insert(format!("{to}/{length}-{gateway}"));
        }
    }
    Ok(())
}

const fn note(flags: u32) -> bool {
    flags & UP != 0 && flags & REJECT == 0
}

fn hex(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 16).ok()
}

fn odd(table: &str, line: &str) -> Why {
    let line: String = line.chars().take(120).collect();
    Why::Unreadable(format!("{table}: {line:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAFE: &str = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
        wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n\
        wlan0\t0001A8C0\t00000000\t0001\t0\t0\t600\t00FFFFFF\t0\t0\t0\n\
        docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n";
    const HALVES: &str = "tun0\t00000000\t0108000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n\
        tun0\t00000080\t0108000A\t0003\t0\t0\t0\t00000080\t0\t0\t0\n";

    fn of_name(link: &str) -> Kind {
        match link {
            "lo" => Kind::Loopback,
            "tun0" | "wg0" => Kind::Tunnel,
            _ => Kind::Link,
        }
    }

    fn chosen(v4: &str, v6: &str) -> Links {
        let mut routes = BTreeMap::new();
        ipv4(v4, &mut routes).unwrap();
        ipv6(v6, &mut routes).unwrap();
        choose(routes, of_name)
    }

    #[test]
    fn a_link_that_leads_out_is_asked_over_and_a_bridge_of_containers_is_not() {
        let links = chosen(CAFE, "");
        assert_eq!(links.asked, ["wlan0"]);
        assert!(links.leads_out);
    }

    #[test]
    fn under_a_vpn_the_link_below_it_is_asked_over() {
        assert_eq!(chosen(&format!("{CAFE}{HALVES}"), "").asked, ["wlan0"]);
        let lines: Vec<_> = CAFE
            .lines()
            .filter(|line| !line.contains("0101A8C0"))
            .collect();
        let to_gateway = "wlan0\t057100CB\t0101A8C0\t0007\t0\t0\t0\tFFFFFFFF\t0\t0\t0\n";
        let replaced = format!("{}\n{to_gateway}{HALVES}", lines.join("\n"));
        let links = chosen(&replaced, "");
        assert_eq!(
            links.asked,
            ["wlan0"],
            "the bridge of containers has no router"
        );
        assert!(links.leads_out);
        assert_eq!(chosen(&lines.join("\n"), "").asked, ["docker0", "wlan0"]);
    }

    #[test]
    fn a_default_route_of_ipv6_alone_counts_and_one_that_rejects_does_not() {
        let zero = "0".repeat(32);
        let line = |gateway: &str, flags: &str, link: &str| {
            format!("{zero} 00 {zero} 00 {gateway} 00000400 00000001 00000000 {flags} {link}\n")
        };
        let router = "fe800000000000000000000000000001";
        let table = line(router, "00000003", "eth0") + &line(&zero, "00200200", "lo");
        assert_eq!(chosen("", &table).asked, ["eth0"]);
        assert_eq!(
            chosen("", &line(&zero, "00200200", "eth0")),
            Links::default()
        );
    }

    #[test]
    fn the_networks_are_other_ones_behind_another_router() {
        let office = CAFE.replace("0101A8C0", "0201A8C0");
        assert_ne!(chosen(CAFE, "").networks, chosen(&office, "").networks);
        assert_eq!(chosen(CAFE, "").networks, chosen(CAFE, "").networks);
    }

    #[test]
    fn a_line_of_another_form_is_no_route_and_no_empty_list() {
        let mut routes = BTreeMap::new();
        assert!(ipv4("head\nwlan0 00000000\n", &mut routes).is_err());
        assert!(ipv4("head\nwlan0 0 0 xx 0 0 0 0 0 0 0\n", &mut routes).is_err());
        assert!(ipv6("0 0 0\n", &mut routes).is_err());
    }

    #[test]
    fn the_links_of_this_machine_can_be_read() {
        read(Path::new("/")).unwrap();
    }
}
