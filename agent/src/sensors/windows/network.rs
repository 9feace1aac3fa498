//! The networks a Windows laptop is on: what carries its traffic, its VPNs, whom its resolver asks.
//!
//! Touches nothing but through `ask/network.rs`. Must never take an adapter's type alone for a VPN, nor filters of IPsec
//! that were not read for none.

#[cfg_attr(windows, path = "ask/network.rs")]
#[cfg_attr(not(windows), path = "ask/no_network.rs")]
pub(super) mod ask;

use std::net::IpAddr;
use std::path::Path;

use sekisho_policy::facts::Vpn;
use sekisho_policy::limits::DNS_SERVERS_MAX;
use sekisho_policy::reading::{Reading, Why};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::adapters::{self, Told};
use crate::ask::AskError;
use crate::links::Device;
use crate::sensors::Root;
use crate::sensors::network::carry::{self, Carried, Described, FAR};

/// The filters that hand what leaves to a tunnel of IPsec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tunnels {
    /// How many there are.
    pub(super) filters: usize,
}

/// Reads what carries the laptop's traffic.
pub(in crate::sensors) fn carried(root: &Root) -> Reading<Carried> {
    let told = match told(root) {
        Ok(told) => told,
        Err(error) => return Reading::Unknown(error.why()),
    };
    let far = FAR.iter().flat_map(|(_, far)| far);
    let values = carry::Told {
        devices: adapters::devices(&told),
        addresses: adapters::addresses(&told),
        routes: adapters::routes(&told),
        ways: far.filter_map(|far| adapters::way(&told, *far)).collect(),
    };
    let describe = |index: u32, _: &Device| {
        let adapter = told.adapters.iter().find(|one| one.index == index);
        adapter.map_or_else(Described::default, |one| Described {
            over: one.over(),
            is_hardware: one.is_hardware,
            seen: one.seen(),
        })
    };
    Reading::Known(carry::carried(&values, &describe))
}

/// Reads whom the resolver asks.
pub(in crate::sensors) fn dns_servers(root: &Root) -> Reading<Vec<IpAddr>> {
    match told(root) {
        Ok(told) => {
            let mut servers = adapters::dns_servers(&told);
            servers.truncate(DNS_SERVERS_MAX);
            Reading::Known(servers)
        }
        Err(error) => Reading::Unknown(error.why()),
    }
}

/// Reads whether IPsec takes anything up by policy. What its filters cover is not read, so that where there are some
/// nothing is known.
pub(in crate::sensors) fn ipsec(root: &Root) -> Reading<Vec<Vpn>> {
    let tunnels = answered::<Tunnels>(root, "network/ipsec-tunnels.json", ask::tunnels);
    match tunnels {
        Ok(Tunnels { filters: 0 }) => Reading::Known(vec![]),
        Ok(Tunnels { filters }) => Reading::Unknown(Why::Unsupported(format!(
            "{filters} filters hand what leaves to tunnels of IPsec; this agent does not read which"
        ))),
        Err(error) => Reading::Unknown(error.why()),
    }
}

/// What Windows tells of adapters and routes.
pub(super) fn told(root: &Root) -> Result<Told, AskError> {
    answered(root, "network/adapters.json", ask::told)
}

/// What Windows answers, or the capture.
pub(super) fn answered<T: Serialize + DeserializeOwned>(
    root: &Root,
    name: &str,
    asking: impl FnOnce() -> Result<T, AskError>,
) -> Result<T, AskError> {
    let broken = |error: serde_json::Error| AskError::from_io(Path::new(name), error.into());
    let bytes = root.answer(name, || serde_json::to_vec(&asking()?).map_err(broken))?;
    serde_json::from_slice(&bytes).map_err(broken)
}

#[cfg(test)]
mod tests;
