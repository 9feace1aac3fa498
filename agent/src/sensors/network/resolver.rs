//! Whom the resolver asks: resolv.conf(5), and behind the stub of systemd-resolved the list that it keeps.
//!
//! Touches those two files. Must never tell a stub on the laptop itself for the server that is asked.

use std::net::{IpAddr, Ipv4Addr};

use sekisho_policy::limits::DNS_SERVERS_MAX;
use sekisho_policy::reading::Reading;

use crate::ask::{self, AskError};
use crate::limits::CONFIG_BYTES_MAX;
use crate::links::is_of_link;
use crate::sensors::Root;

const OWN: &str = "/etc/resolv.conf";
/// Written by systemd-resolved: the servers of every link.
const RESOLVED: &str = "/run/systemd/resolve/resolv.conf";
/// The stubs of systemd-resolved(8).
const STUBS: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, 53)),
    IpAddr::V4(Ipv4Addr::new(127, 0, 0, 54)),
];

/// Reads the servers. Those by an address of one link alone are left out: a router's announcement names them.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Vec<IpAddr>> {
    let own = match text(root, OWN) {
        Ok(text) => servers(&text),
        Err(AskError::Missing(_)) => vec![],
        Err(error) => return error.reading(),
    };
    let stub = own.iter().any(|server| STUBS.contains(server));
    if !stub {
        return Reading::Known(own);
    }
    match text(root, RESOLVED) {
        Ok(text) => Reading::Known(servers(&text)),
        Err(error) => Reading::Unknown(error.why()),
    }
}

/// The text of one of them. A capture has no names of the networks (`search`), nor what somebody put down beside.
fn text(root: &Root, path: &str) -> Result<String, AskError> {
    let reduce = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let named = servers(&text).into_iter();
        let lines = named.map(|server| format!("nameserver {server}\n"));
        lines.collect::<String>().into_bytes()
    };
    let read = root.path(path).read_reduced(CONFIG_BYTES_MAX, reduce);
    read.map(ask::into_text)
}

/// The servers that a resolv.conf names, sorted.
#[must_use]
pub(super) fn servers(text: &str) -> Vec<IpAddr> {
    let named = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let is_server = words.next() == Some("nameserver");
        let address = words.next().filter(|_| is_server)?;
        address.parse::<IpAddr>().ok()
    });
    let mut servers: Vec<IpAddr> = named.filter(|server| !is_of_link(*server)).collect();
    servers.sort_unstable();
    servers.dedup();
    servers.truncate(DNS_SERVERS_MAX);
    servers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_and_not_the_stub_before_them() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::at(folder.path());
        assert_eq!(read(&root), Reading::Known(vec![]));
        let write = |path: &str, text: &str| {
            let path = root.on_this_machine(path).unwrap();
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            OWN,
            "# made by hand\r\nnameserver 192.0.2.9\r\nnameserver 192.0.2.1\n\
                    nameserver fe80::1%wlan0\nsearch example.jp\nnameserver 192.0.2.9\n",
        );
        let two: Vec<IpAddr> = vec![[192, 0, 2, 1].into(), [192, 0, 2, 9].into()];
        assert_eq!(read(&root), Reading::Known(two));
        write(OWN, "nameserver 127.0.0.53\noptions edns0 trust-ad\n");
        assert!(
            matches!(read(&root), Reading::Unknown(_)),
            "the stub is no server"
        );
        write(RESOLVED, "nameserver 2001:db8::53\n");
        let one: Vec<IpAddr> = vec!["2001:db8::53".parse().unwrap()];
        assert_eq!(read(&root), Reading::Known(one));
    }
}
