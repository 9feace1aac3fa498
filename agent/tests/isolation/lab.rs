//! A laptop, its collector and the rest of the world, on one switch.
//!
//! Touches namespaces of its own. Must never reach a real network.

use std::collections::BTreeSet;
use std::path::Path;

use sekisho_agent::clock;
use sekisho_agent::enforce::plan::Way;
use sekisho_agent::enforce::probe::Elsewhere;
use sekisho_agent::enforce::{Desired, Enforcer};
use sekisho_policy::id::Generation;
use sekisho_policy::order::{Access, Endpoint, Enforcement};

use crate::namespace::Namespace;
use crate::traffic;

/// The user the agent runs as in these tests, and another one.
pub(crate) const AGENT: u32 = 61_234;
pub(crate) const SOMEBODY: u32 = 61_235;

pub(crate) const COLLECTOR_V4: &str = "10.77.0.2:8443";
pub(crate) const COLLECTOR_V6: &str = "[fd77::2]:8443";
/// Another service of the collector's machine.
pub(crate) const COLLECTOR_SSH: &str = "10.77.0.2:22";
pub(crate) const WORLD_V4: &str = "192.0.2.1:443";
pub(crate) const WORLD_V6: &str = "[2001:db8::1]:443";
pub(crate) const WORLD_DNS_V4: &str = "192.0.2.1:53";
pub(crate) const WORLD_DNS_V6: &str = "[2001:db8::1]:53";
/// A service of the laptop's own, at the address of its network.
pub(crate) const OWN: &str = "10.77.0.1:8081";
/// What an order lists beside the collector.
pub(crate) const MIRROR: &str = "192.0.2.1:8080";
/// Where the world sends bytes without an end.
pub(crate) const DOWNLOAD_V4: &str = "192.0.2.1:8000";
pub(crate) const DOWNLOAD_V6: &str = "[2001:db8::1]:8000";

pub(crate) struct Lab {
    pub(crate) laptop: Namespace,
    pub(crate) collector: Namespace,
    pub(crate) world: Namespace,
    _switch: Namespace,
}

/// The lab, or `None` with a loud word when this machine cannot have one.
pub(crate) fn lab() -> Option<Lab> {
    let lacking = if nix::unistd::geteuid().is_root() {
        let tools = ["nft", "ip", "ping", "setpriv"];
        let lacks = |tool: &&str| {
            !["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
                .iter()
                .any(|folder| Path::new(folder).join(tool).exists())
        };
        tools.into_iter().find(lacks).map(|tool| {
            format!(
                "{tool} is not installed (packages nftables, iproute2, iputils-ping, util-linux)"
            )
        })
    } else {
        Some("not root, so no network namespaces".to_owned())
    };
    if let Some(reason) = lacking {
        assert!(
            std::env::var_os("SEKISHO_CI").is_none(),
            "cannot run: {reason}"
        );
        println!("SKIPPED: {reason}");
        return None;
    }
    Some(Lab::new())
}

impl Lab {
    fn new() -> Self {
        let lab = Self {
            laptop: Namespace::new(),
            collector: Namespace::new(),
            world: Namespace::new(),
            _switch: Namespace::new(),
        };
        let switch = &lab._switch;
        switch.sh("ip link add br0 type bridge mcast_snooping 0 && ip link set br0 up");
        let machines = [(&lab.laptop, 1), (&lab.collector, 2), (&lab.world, 3)];
        for (machine, number) in machines {
            let port = format!("port{number}");
            machine.cable("eth0", switch, &port);
            switch.sh(&format!("ip link set {port} master br0"));
            machine.sh(&format!(
                "ip addr add 10.77.0.{number}/24 dev eth0
                 ip addr add fd77::{number}/64 dev eth0 nodad"
            ));
        }
        lab.world.sh("ip addr add 192.0.2.1/32 dev lo
             ip addr add 2001:db8::1/128 dev lo nodad
             echo 1 > /proc/sys/net/ipv4/ip_forward");
        lab.laptop
            .sh("ip route add default via 10.77.0.3 && ip -6 route add default via fd77::3");
        traffic::serve(&lab.collector, &[COLLECTOR_V4, COLLECTOR_V6, COLLECTOR_SSH]);
        traffic::serve(&lab.world, &[WORLD_V4, WORLD_V6, MIRROR]);
        traffic::answer_datagrams(&lab.world, &[WORLD_DNS_V4, WORLD_DNS_V6]);
        traffic::stream_without_end(&lab.world, &[DOWNLOAD_V4, DOWNLOAD_V6]);
        lab
    }

    /// One pass of the enforcer on the laptop, as the agent's user.
    pub(crate) fn reconcile(&self, enforcer: &mut Enforcer, desired: &Desired) -> Enforcement {
        self.as_agent(enforcer.reconcile(desired, clock::now()))
    }

    /// Carries out one task of the agent's on the laptop.
    pub(crate) fn as_agent<T: Send>(&self, task: impl Future<Output = T> + Send) -> T {
        self.laptop.run_as(AGENT, || {
            tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap()
                .block_on(task)
        })
    }
}

/// An enforcer that knows the way to the lab's collector.
pub(crate) fn enforcer() -> Enforcer {
    let way = Way {
        collectors: [endpoint(COLLECTOR_V4), endpoint(COLLECTOR_V6)].into(),
        allow: BTreeSet::new(),
        owner: Some(AGENT),
    };
    Enforcer::new(way, Elsewhere::default())
}

pub(crate) fn desired(access: Access) -> Desired {
    Desired {
        generation: Generation(1),
        access,
        allow: BTreeSet::new(),
        lifted_until: None,
    }
}

pub(crate) fn endpoint(text: &str) -> Endpoint {
    text.parse().unwrap()
}
