//! Tries the network and tells what is open: the collector must be, everything else must not.
//!
//! Touches sockets of this machine. Must never send anything but an empty datagram and the opening
//! of a connection, and never call a way blocked because nobody answered on it.

use std::collections::BTreeSet;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use sekisho_policy::order::{Access, Endpoint, Probe};
use sekisho_policy::reading::{Reading, Why};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long the collector may take to answer. A satellite link answers within one second.
const COLLECTOR_DEADLINE: Duration = Duration::from_secs(3);
/// How long to wait for an answer from an address that must be refused at once on this machine.
const REFUSAL_DEADLINE: Duration = Duration::from_secs(1);
/// The discard port (RFC 863).
const DISCARD: u16 = 9;
const DNS: u16 = 53;
const HTTPS: u16 = 443;

/// The name of the probe of the collector.
pub const COLLECTOR: &str = "collector";

/// Addresses that stand for the rest of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elsewhere {
    /// An IPv4 address that is no collector.
    pub v4: Ipv4Addr,
    /// An IPv6 address that is no collector.
    pub v6: Ipv6Addr,
}

/// The first addresses set aside for documentation (RFC 5737, RFC 3849): no host has them, so a
/// probe that does get out disturbs nobody.
impl Default for Elsewhere {
    fn default() -> Self {
        Self {
            v4: Ipv4Addr::new(192, 0, 2, 1),
            v6: Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1),
        }
    }
}

/// What the probes met.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Met {
    /// Each probe. [`Reading::Absent`] means that this machine has no route that way at all.
    pub probes: Vec<Probe>,
    /// Names of the probes of TCP that were met with a reset; whether this machine or a stranger
    /// sent it, only the counters of the rules can tell.
    resets: Vec<&'static str>,
}

/// Tries the collector and elsewhere. Under [`Access::Full`] nothing but an empty datagram goes
/// elsewhere.
pub async fn probe(access: Access, collectors: &BTreeSet<Endpoint>, elsewhere: Elsewhere) -> Met {
    // At the same time: a change of the rules must not wait for one deadline after the other.
    let (open, mut met) = tokio::join!(collector(collectors), beyond(access, elsewhere));
    met.add(COLLECTOR, open);
    met
}

async fn beyond(access: Access, elsewhere: Elsewhere) -> Met {
    let (v4, v6) = (IpAddr::V4(elsewhere.v4), IpAddr::V6(elsewhere.v6));
    let mut met = Met::default();
    met.add("other-v4", datagram(SocketAddr::new(v4, DISCARD)));
    met.add("other-v6", datagram(SocketAddr::new(v6, DISCARD)));
    if access == Access::Full {
        return met;
    }
    met.add("dns-v4", datagram(SocketAddr::new(v4, DNS)));
    met.add("dns-v6", datagram(SocketAddr::new(v6, DNS)));
    let (over_v4, over_v6) = tokio::join!(
        connection(SocketAddr::new(v4, HTTPS)),
        connection(SocketAddr::new(v6, HTTPS))
    );
    for (name, beside, answer) in [
        ("tcp-v4", "other-v4", over_v4),
        ("tcp-v6", "other-v6", over_v6),
    ] {
        match answer {
            Answer::Reset => {
                met.resets.push(name);
                met.add(name, Reading::Unknown(Why::NotAsked));
            }
            // Where the family is switched off, the error of a connection says so in many ways.
            Answer::Told(_) if met.has_no_route(beside) => met.add(name, Reading::Absent),
            Answer::Told(open) => met.add(name, open),
        }
    }
    met
}

impl Met {
    fn add(&mut self, name: &str, open: Reading<bool>) {
        self.probes.push(Probe {
            name: name.to_owned(),
            open,
        });
    }

    fn has_no_route(&self, name: &str) -> bool {
        let probe = self.probes.iter().find(|probe| probe.name == name);
        probe.is_some_and(|probe| probe.open == Reading::Absent)
    }

    /// Whether the counters of the rules are needed to settle what the probes met.
    #[must_use]
    pub const fn has_resets(&self) -> bool {
        !self.resets.is_empty()
    }

    /// Settles who sent the resets: our rules have, when they count at least as many more refused
    /// segments as there were resets; `None` when the counters could not be read.
    #[must_use]
    pub fn settled(mut self, refused_since: Option<u64>) -> Vec<Probe> {
        let resets = u64::try_from(self.resets.len()).unwrap_or(u64::MAX);
        let open = match refused_since {
            Some(refused) => Reading::Known(refused < resets),
            None => Reading::Unknown(Why::Unreadable(
                "a reset came back, and the counters do not tell from where".to_owned(),
            )),
        };
        for probe in &mut self.probes {
            if self.resets.contains(&probe.name.as_str()) {
                probe.open = open.clone();
            }
        }
        self.probes
    }
}

/// What the probes show of the access that shall be in force.
#[must_use]
pub fn verdict(access: Access, probes: &[Probe]) -> Reading<Access> {
    let (collector, others): (Vec<&Probe>, Vec<&Probe>) =
        probes.iter().partition(|probe| probe.name == COLLECTOR);
    let of = |open: bool| {
        let known = Reading::Known(open);
        others
            .iter()
            .filter(move |probe| probe.open == known)
            .count()
    };
    if of(true) > 0 {
        return Reading::Known(Access::Full);
    }
    let doubt = others
        .iter()
        .chain(&collector)
        .find_map(|probe| match &probe.open {
            Reading::Unknown(why) => Some(why.clone()),
            Reading::Known(_) | Reading::Absent => None,
        });
    if let Some(why) = doubt {
        return Reading::Unknown(why);
    }
    if of(false) == 0 {
        return unknown("this machine has no network to probe");
    }
    if access == Access::Full {
        return unknown("something other than the isolation refuses traffic");
    }
    match collector.first().map(|probe| &probe.open) {
        Some(Reading::Known(true)) => Reading::Known(access),
        Some(_) | None => {
            unknown("everything else is refused, but the collector was not reached either")
        }
    }
}

/// Whether any of the collector's addresses takes a connection. Only a refusal by this machine
/// itself is a closed way; a collector that is down leaves it unknown.
async fn collector(collectors: &BTreeSet<Endpoint>) -> Reading<bool> {
    let mut attempts: FuturesUnordered<_> = collectors
        .iter()
        .map(|endpoint| TcpStream::connect((endpoint.address, endpoint.port)))
        .collect();
    let first = async {
        let mut last = Reading::Unknown(Why::NotAsked);
        while let Some(attempt) = attempts.next().await {
            last = match attempt {
                Ok(_) => return Reading::Known(true),
                Err(error) => closed(&error),
            };
        }
        last
    };
    within(COLLECTOR_DEADLINE, first).await
}

enum Answer {
    Reset,
    Told(Reading<bool>),
}

async fn connection(to: SocketAddr) -> Answer {
    let attempt = async {
        match TcpStream::connect(to).await {
            Ok(_) => Answer::Told(Reading::Known(true)),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => Answer::Reset,
            Err(error) => Answer::Told(closed(&error)),
        }
    };
    timeout(REFUSAL_DEADLINE, attempt)
        .await
        .unwrap_or_else(|_| Answer::Told(late(REFUSAL_DEADLINE)))
}

/// Sends nothing to an address. A firewall of this machine answers with an error at once; a
/// datagram that was taken has left or waits for the neighbour's address.
fn datagram(to: SocketAddr) -> Reading<bool> {
    let any: IpAddr = match to {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // An address of no machine in particular is refused only where the family is switched off.
    let Ok(socket) = UdpSocket::bind((any, 0)) else {
        return Reading::Absent;
    };
    let sent = socket
        .set_nonblocking(true)
        .and_then(|()| socket.send_to(&[], to));
    match sent {
        Ok(_) => Reading::Known(true),
        Err(error) => closed(&error),
    }
}

/// What an error of the system says of the way. The kernel gives EPERM or EACCES for what its
/// firewall refused, and nothing else gives these to an unbound socket.
fn closed(error: &io::Error) -> Reading<bool> {
    if error.kind() == ErrorKind::PermissionDenied {
        return Reading::Known(false);
    }
    let no_route = [
        ErrorKind::NetworkUnreachable,
        ErrorKind::HostUnreachable,
        ErrorKind::AddrNotAvailable,
        ErrorKind::NetworkDown,
    ];
    if no_route.contains(&error.kind()) {
        return Reading::Absent;
    }
    Reading::Unknown(Why::Unreadable(error.to_string()))
}

async fn within(deadline: Duration, probe: impl Future<Output = Reading<bool>>) -> Reading<bool> {
    timeout(deadline, probe)
        .await
        .unwrap_or_else(|_| late(deadline))
}

fn late(deadline: Duration) -> Reading<bool> {
    Reading::Unknown(Why::TimedOut(format!(
        "no answer within {} s",
        deadline.as_secs()
    )))
}

fn unknown(text: &str) -> Reading<Access> {
    Reading::Unknown(Why::Unreadable(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(open: &[(&str, Reading<bool>)]) -> Met {
        let mut met = Met::default();
        for (name, open) in open {
            met.add(name, open.clone());
        }
        met
    }

    #[track_caller]
    fn check(access: Access, open: &[(&str, Reading<bool>)], shown: Option<Access>) {
        let verdict = verdict(access, &met(open).probes);
        assert_eq!(verdict.known().copied(), shown, "{verdict:?}");
    }

    #[test]
    fn probes_show_an_isolation_only_when_the_collector_alone_is_open() {
        use Access::{Full, Isolated};
        use Reading::{Absent, Known, Unknown};
        let late = || Unknown(Why::TimedOut("3 s".to_owned()));
        let collector = (COLLECTOR, Known(true));
        let v4 = |open| ("other-v4", open);
        let v6 = |open| ("other-v6", open);
        check(
            Isolated,
            &[collector.clone(), v4(Known(false)), v6(Known(false))],
            Some(Isolated),
        );
        check(
            Isolated,
            &[collector.clone(), v4(Known(false)), v6(Absent)],
            Some(Isolated),
        );
        check(
            Isolated,
            &[collector.clone(), v4(Known(false)), v6(Known(true))],
            Some(Full),
        );
        check(
            Isolated,
            &[collector.clone(), v4(Known(false)), v6(late())],
            None,
        );
        check(Isolated, &[collector.clone(), v4(Absent), v6(Absent)], None);
        check(
            Isolated,
            &[(COLLECTOR, late()), v4(Known(false)), v6(Absent)],
            None,
        );
        check(
            Isolated,
            &[(COLLECTOR, Known(false)), v4(Known(false)), v6(Absent)],
            None,
        );
        check(
            Full,
            &[collector.clone(), v4(Known(true)), v6(Absent)],
            Some(Full),
        );
        check(Full, &[collector, v4(Known(false)), v6(Absent)], None);
    }

    #[test]
    fn a_reset_is_ours_only_when_our_rules_counted_it() {
        let reset = || Met {
            resets: vec!["tcp-v4"],
            ..met(&[("tcp-v4", Reading::Unknown(Why::NotAsked))])
        };
        let open = |refused| reset().settled(refused).remove(0).open;
        assert_eq!(open(Some(1)), Reading::Known(false));
        assert_eq!(open(Some(0)), Reading::Known(true), "a stranger answered");
        assert!(matches!(open(None), Reading::Unknown(_)));
    }
}
