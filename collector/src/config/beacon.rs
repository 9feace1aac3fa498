//! The table `[beacon]` of the configuration: where the beacon listens, and by which addresses laptops ask it.
//!
//! Touches nothing. Must never let a laptop be told an address that is reached from outside: whoever stands
//! there would be inside.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use sekisho_proto::limits::BEACON_ADDRESSES_MAX;

/// Port of the beacon in the examples.
pub const BEACON_PORT: u16 = 7445;

/// What the configuration says of the beacon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeaconConfig {
    /// Where it listens.
    pub listen: Vec<SocketAddr>,
    /// The addresses that laptops are told.
    pub addresses: Vec<SocketAddr>,
    /// Whether the internal network has public addresses.
    pub public_addresses: bool,
}

/// The table as it is written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    listen: Vec<SocketAddr>,
    addresses: Option<Vec<SocketAddr>>,
    #[serde(default)]
    public_addresses: bool,
}

/// The table in a configuration that has none.
pub(super) const EXAMPLE: &str = "\
\n# The beacon tells laptops that they are on the internal network. Give it addresses of that network alone,
# and let no VPN, no port forwarding and no guest network lead to them.
# [beacon]
# listen = [\"10.1.2.3:7445\"]
# The addresses that laptops ask, where they are not those it listens on:
# addresses = [\"10.1.2.3:7445\"]
# Say true only if the internal network has public addresses:
# public_addresses = false\n";

impl BeaconConfig {
    /// Takes a table, or says what is wrong with it.
    pub(super) fn take(table: Table) -> Result<Self, String> {
        let Table {
            listen,
            addresses,
            public_addresses,
        } = table;
        let told = addresses.clone().unwrap_or_else(|| listen.clone());
        for (what, list) in [("listen", &listen), ("addresses", &told)] {
            if list.is_empty() || list.len() > BEACON_ADDRESSES_MAX {
                let count = list.len();
                return Err(format!(
                    "[beacon] {what} has {count} addresses; allowed is 1 to {BEACON_ADDRESSES_MAX}"
                ));
            }
        }
        for socket in &told {
            if let Some(why) = not_for_laptops(*socket, public_addresses) {
                return Err(format!("[beacon] laptops cannot ask {socket}: {why}"));
            }
        }
        Ok(Self {
            listen,
            addresses: told,
            public_addresses,
        })
    }

    /// The table as it stands in the file.
    pub(super) fn as_file(&self) -> String {
        let list = |list: &[SocketAddr]| {
            let quoted: Vec<_> = list
                .iter()
                .map(|one| format!("{:?}", one.to_string()))
                .collect();
            quoted.join(", ")
        };
        format!(
            "\n[beacon]\nlisten = [{}]\naddresses = [{}]\npublic_addresses = {}\n",
            list(&self.listen),
            list(&self.addresses),
            self.public_addresses
        )
    }
}

/// Whether an address belongs to internal networks alone: RFC 1918, RFC 4193, and the machine itself.
#[must_use]
pub const fn is_internal(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(short) => short.is_private() || short.is_loopback(),
        IpAddr::V6(long) => long.is_unique_local() || long.is_loopback(),
    }
}

fn not_for_laptops(socket: SocketAddr, public_addresses: bool) -> Option<&'static str> {
    let address = socket.ip().to_canonical();
    if address.is_unspecified() {
        return Some("it stands for all addresses; name one under `addresses`");
    }
    if address.is_loopback() || address.is_multicast() {
        return Some("it is not the address of a machine on a network");
    }
    if socket.port() == 0 {
        return Some("it has no port");
    }
    let link_local = match address {
        IpAddr::V4(short) => short.is_link_local() || short.is_broadcast(),
        IpAddr::V6(long) => long.is_unicast_link_local(),
    };
    if link_local {
        return Some("such an address means another machine on every link");
    }
    if !public_addresses && !is_internal(address) {
        return Some(
            "it is a public address, which can be reached from outside; say public_addresses = true if the internal network has public addresses",
        );
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(text: &str) -> Result<BeaconConfig, String> {
        BeaconConfig::take(toml::from_str(text).unwrap())
    }

    #[test]
    fn one_line_is_enough() {
        let taken = take("listen = ['10.1.2.3:7445']").unwrap();
        assert_eq!(taken.addresses, taken.listen);
        assert!(!taken.public_addresses);
    }

    #[test]
    fn an_address_that_may_be_met_outside_is_refused_with_the_reason() {
        for (address, said) in [
            ("203.0.113.5:7445", "public"),
            ("100.64.0.1:7445", "public"),
            ("[2001:db8::1]:7445", "public"),
            ("[::ffff:203.0.113.5]:7445", "public"),
            ("[::]:7445", "all addresses"),
            ("127.0.0.1:7445", "not the address"),
            ("169.254.1.1:7445", "every link"),
            ("[fe80::1]:7445", "every link"),
            ("10.1.2.3:0", "no port"),
        ] {
            let error = take(&format!("listen = ['{address}']")).unwrap_err();
            assert!(error.contains(said) && error.contains(address), "{error}");
        }
        let own =
            "listen = ['[::]:7445']\naddresses = ['203.0.113.5:7445']\npublic_addresses = true";
        assert!(take(own).is_ok());
    }

    #[test]
    fn no_address_and_too_many_are_refused() {
        assert!(take("listen = []").unwrap_err().contains("1 to 8"));
        let many = ["'10.0.0.1:1'"; 9].join(",");
        assert!(take(&format!("listen = [{many}]")).is_err());
    }
}
