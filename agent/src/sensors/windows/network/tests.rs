//! Windows laptops by what they tell of their adapters: at a desk, behind VPNs, with virtual machines.
//!
//! Touches a captured laptop. Must never need a Windows.

use sekisho_policy::facts::{IpFamily, LinkKind, Network, VpnKind};
use sekisho_policy::reading::{Reading, Why};
use serde_json::{Value, json};

use crate::sensors::windows::tests::Laptop;
use crate::sensors::{Deadlines, Sensors};

const WIRE: u32 = 7;
const WLAN: u32 = 12;
const SWITCH: u32 = 31;
const TUNNEL: u32 = 44;

fn adapter(index: u32, name: &str, kind: u32, more: &Value) -> Value {
    let mut adapter = json!({
        "index": index, "id": format!("{{{index}}}"), "name": name, "kind": kind, "status": 1,
        "is_hardware": true, "metric_v4": 25, "metric_v6": 25,
    });
    for (key, value) in more.as_object().unwrap() {
        adapter[key] = value.clone();
    }
    adapter
}

fn wire() -> Value {
    let more = json!({
        "medium": 14, "driver": r"pci\ven_8086&dev_15fb",
        "addresses": [
            { "address": "192.0.2.5", "prefix": 24, "origin": 3, "state": 4 },
            { "address": "2001:db8::5", "prefix": 64, "origin": 4, "state": 4 },
            { "address": "fe80::5", "prefix": 64, "origin": 2, "state": 4 },
        ],
        "dns_servers": ["192.0.2.1", "fec0:0:0:ffff::1"],
    });
    adapter(WIRE, "イーサネット", 6, &more)
}

fn route(link: u32, to: &str, by: &str, metric: u32) -> Value {
    let (to, prefix) = to.split_once('/').unwrap();
    let prefix: u8 = prefix.parse().unwrap();
    json!({ "to": to, "prefix": prefix, "link": link, "by": by, "metric": metric })
}

fn own(link: u32, address: &str) -> Value {
    let mut row = route(link, &format!("{address}/32"), "0.0.0.0", 256);
    row["is_own"] = true.into();
    row
}

/// What every adapter of this network has in the table.
fn desk(link: u32) -> Vec<Value> {
    vec![
        route(link, "0.0.0.0/0", "192.0.2.1", 0),
        route(link, "192.0.2.0/24", "0.0.0.0", 256),
        own(link, "192.0.2.5"),
        route(link, "224.0.0.0/4", "0.0.0.0", 256),
        route(link, "255.255.255.255/32", "0.0.0.0", 256),
    ]
}

fn read(adapters: &[Value], routes: &[Value]) -> Network {
    let laptop = Laptop::new().answer(
        "network/adapters.json",
        &json!({ "adapters": adapters, "routes": routes }),
    );
    let laptop = laptop.answer("network/ipsec-tunnels.json", &json!({ "filters": 0 }));
    network(&laptop)
}

fn network(laptop: &Laptop) -> Network {
    Sensors::new(laptop.root(), Deadlines::default()).network()
}

fn links(network: &Network) -> Vec<(&str, LinkKind)> {
    let links = network.links.known().unwrap().iter();
    links.map(|link| (link.name.as_str(), link.kind)).collect()
}

fn vpns(network: &Network) -> Vec<(&str, VpnKind)> {
    let vpns = network.vpns.known().unwrap().iter();
    vpns.map(|vpn| (vpn.link.as_str(), vpn.kind)).collect()
}

/// The families and links of the default routes.
fn ways(network: &Network) -> Vec<(IpFamily, &str)> {
    let routes = network.default_routes.known().unwrap().iter();
    routes.map(|one| (one.family, one.link.as_str())).collect()
}

#[test]
fn a_laptop_at_a_desk_tells_its_network_as_it_was_given() {
    let told = read(&[wire()], &desk(WIRE));
    assert_eq!(links(&told), [("イーサネット", LinkKind::Wired)]);
    let link = &told.links.known().unwrap()[0];
    let addresses: Vec<String> = link.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(addresses, ["192.0.2.5/24"]);
    let way = &told.default_routes.known().unwrap()[0];
    assert_eq!(way.gateway, Some([192, 0, 2, 1].into()));
    assert_eq!(ways(&told), [(IpFamily::V4, "イーサネット")]);
    let server: Vec<std::net::IpAddr> = vec![[192, 0, 2, 1].into()];
    assert_eq!(told.dns_servers, Reading::Known(server));
    assert_eq!(vpns(&told), []);
    assert_eq!(told.ipsec, Reading::Known(vec![]));
}

#[test]
fn wireguard_over_everything_is_a_vpn_and_the_wire_below_it_the_network() {
    let more = json!({ "is_hardware": false, "driver": "WireGuard", "metric_v4": 5 });
    let tunnel = adapter(TUNNEL, "office", 53, &more);
    let mut routes = desk(WIRE);
    routes.push(route(TUNNEL, "0.0.0.0/0", "0.0.0.0", 0));
    let told = read(&[wire(), tunnel], &routes);
    assert_eq!(links(&told), [("イーサネット", LinkKind::Wired)]);
    assert_eq!(vpns(&told), [("office", VpnKind::WireGuard)]);
    assert_eq!(ways(&told), [(IpFamily::V4, "office")]);
}

#[test]
fn a_makers_adapter_is_a_vpn_only_where_something_leads_by_it() {
    let maker = |driver: Option<&str>, kind: u32| {
        let mut more = json!({ "is_hardware": false });
        more["driver"] = driver.into();
        adapter(TUNNEL, "maker", kind, &more)
    };
    let halves = [
        route(TUNNEL, "0.0.0.0/1", "10.8.0.1", 0),
        route(TUNNEL, "128.0.0.0/1", "10.8.0.1", 0),
    ];
    let own_network = [route(TUNNEL, "192.168.56.0/24", "0.0.0.0", 256)];
    let told = |adapter: Value, routes: &[Value]| {
        read(&[wire(), adapter], &[desk(WIRE), routes.to_vec()].concat())
    };
    let tap = Some(r"root\tap0901");
    assert_eq!(
        vpns(&told(maker(tap, 6), &halves)),
        [("maker", VpnKind::Tun)]
    );
    // The host's adapter of a program for virtual machines.
    assert_eq!(
        vpns(&told(maker(Some("sun_VBoxNetAdp6"), 6), &own_network)),
        []
    );
    // A type alone is no proof: of whose driver it is nobody knows anything.
    assert_eq!(vpns(&told(maker(None, 53), &halves)), []);
    let session = told(maker(None, 23), &halves);
    assert_eq!(vpns(&session), [("maker", VpnKind::Ppp)]);
    assert_eq!(
        links(&session),
        [("イーサネット", LinkKind::Wired)],
        "the network is what is below"
    );
}

#[test]
fn a_switch_of_virtual_machines_is_no_vpn_and_a_link_that_is_down_carries_nothing() {
    let switch = adapter(
        SWITCH,
        "vEthernet (External)",
        6,
        &json!({ "is_hardware": false, "driver": "vms_mp" }),
    );
    let mut wlan = adapter(WLAN, "Wi-Fi", 71, &json!({ "medium": 9 }));
    wlan["status"] = 2.into();
    let told = read(&[switch, wlan], &[desk(SWITCH), desk(WLAN)].concat());
    assert_eq!(links(&told), [("vEthernet (External)", LinkKind::Virtual)]);
    assert_eq!(vpns(&told), []);
    assert_eq!(ways(&told), [(IpFamily::V4, "vEthernet (External)")]);
}

#[test]
fn of_two_networks_the_one_with_the_lower_sum_of_metrics_leads_to_the_world() {
    let wlan = |metric: u32| {
        let more = json!({
            "metric_v4": metric,
            "addresses": [{ "address": "192.0.2.6", "prefix": 24, "origin": 3, "state": 4 }],
        });
        adapter(WLAN, "Wi-Fi", 71, &more)
    };
    let routes = [desk(WIRE), desk(WLAN)].concat();
    let slower = read(&[wire(), wlan(50)], &routes);
    assert_eq!(ways(&slower), [(IpFamily::V4, "イーサネット")]);
    assert_eq!(
        links(&slower),
        [("Wi-Fi", LinkKind::Wifi), ("イーサネット", LinkKind::Wired)],
        "both carry something"
    );
    let faster = read(&[wire(), wlan(20)], &routes);
    assert_eq!(ways(&faster), [(IpFamily::V4, "Wi-Fi")]);
}

#[test]
fn what_was_not_read_is_unknown_and_never_an_empty_list() {
    let told = network(&Laptop::new());
    assert!(
        matches!(told.links, Reading::Unknown(Why::Unsupported(_))),
        "{told:?}"
    );
    for unknown in [&told.vpns, &told.ipsec] {
        assert!(matches!(unknown, Reading::Unknown(_)), "{told:?}");
    }
    assert!(matches!(told.dns_servers, Reading::Unknown(_)), "{told:?}");
    let some = Laptop::new().answer("network/ipsec-tunnels.json", &json!({ "filters": 2 }));
    assert!(matches!(
        network(&some).ipsec,
        Reading::Unknown(Why::Unsupported(_))
    ));
}
