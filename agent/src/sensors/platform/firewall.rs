//! What the kernel does with connections that come in unasked.
//!
//! Touches `nft`, which lists and changes nothing, and what the kernel says of IPv6 and its modules.
//! Must never go by the switch of a firewall's own configuration.

mod ruleset;

use sekisho_policy::facts::{Evidence, Firewall};
use sekisho_policy::reading::{Reading, Why};
use serde_json::Value;

use crate::ask::{self, AskError, NFT};
use crate::limits::{CONFIG_BYTES_MAX, RULESET_BYTES_MAX, TOOL_DEADLINE};
use crate::sensors::Root;
use ruleset::{Family, Ruleset};

/// The listing's name in a captured system.
const LISTING: &str = "nft.json";

/// Reads the rules for what comes in.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Firewall> {
    let listing = match listing(root) {
        Ok(listing) => listing,
        Err(why) => return Reading::Unknown(why),
    };
    let Some(ruleset) = Ruleset::parse(&listing) else {
        return Reading::Unknown(Why::Unreadable("nft wrote no listing".to_owned()));
    };
    let mut evidence = Vec::new();
    let legacy = legacy(root);
    if let Ok(Some(module)) = &legacy {
        evidence.push(Evidence::new("/proc/modules", *module));
    }
    let mut told = |family| {
        let refuses = ruleset.refuses(family, &mut evidence);
        match &legacy {
            _ if refuses == Reading::Known(true) => refuses,
            Ok(None) => refuses,
            Ok(Some(_)) => {
                let what = "rules of iptables-legacy, which nft does not list".to_owned();
                Reading::Unknown(Why::Unsupported(what))
            }
            Err(error) => Reading::Unknown(error.why()),
        }
    };
    let ipv4 = told(Family::Ip);
    let ipv6 = match has_ipv6(root) {
        Ok(true) => told(Family::Ip6),
        Ok(false) => Reading::Absent,
        Err(error) => Reading::Unknown(error.why()),
    };
    Reading::Known(Firewall {
        ipv4,
        ipv6,
        evidence,
    })
}

/// The elements of sets are left out (`-t`): a list of blocked addresses can be long, and no rule is told by
/// them.
fn listing(root: &Root) -> Result<Value, Why> {
    let list = || {
        let nft = ask::trusted(&NFT)?;
        let question = ["-j", "-t", "list", "ruleset"];
        let answer =
            ask::run_to_administer_network(&nft, &question, TOOL_DEADLINE, RULESET_BYTES_MAX);
        answer.map_err(|error| {
            let failed = matches!(error, AskError::ToolFailed { .. });
            if failed && !ask::may_administer_network() {
                AskError::NotPermitted("nft list ruleset takes CAP_NET_ADMIN".into())
            } else {
                error
            }
        })
    };
    let bytes = root.answer(LISTING, list).map_err(|error| error.why())?;
    serde_json::from_slice(&bytes).map_err(|error| Why::Unreadable(format!("nft: {error}")))
}

/// The kernel's other way to filter, of which `nft` knows nothing; only root may list its rules.
fn legacy(root: &Root) -> Result<Option<&'static str>, AskError> {
    let modules = match ask::read_text(&root.path("/proc/modules"), CONFIG_BYTES_MAX) {
        // A kernel without modules.
        Err(AskError::Missing(_)) => return Ok(None),
        read => read?,
    };
    let is_loaded = |module: &&str| {
        let mut names = modules.lines().map(|line| line.split(' ').next());
        names.any(|name| name == Some(module))
    };
    Ok(["iptable_filter", "ip6table_filter"]
        .into_iter()
        .find(is_loaded))
}

/// Whether the next network could bring IPv6: where it is not switched off for all interfaces, or one beside
/// the loopback has an address all the same, as each has a switch of its own.
fn has_ipv6(root: &Root) -> Result<bool, AskError> {
    let path = root.path("/proc/net/if_inet6");
    match path.read_reduced(CONFIG_BYTES_MAX, without_addresses) {
        Ok(bytes) => {
            let text = ask::into_text(bytes);
            let mut interfaces = text
                .lines()
                .filter_map(|line| line.split_whitespace().last());
            let switch = ask::read_line(&root.path("/proc/sys/net/ipv6/conf/all/disable_ipv6"));
            let switched_off = switch.is_ok_and(|off| off == "1");
            Ok(!switched_off || interfaces.any(|interface| interface != "lo"))
        }
        Err(AskError::Missing(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The interfaces alone.
fn without_addresses(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let interfaces = text
        .lines()
        .filter_map(|line| line.split_whitespace().last());
    interfaces
        .map(|interface| format!("- {interface}\n"))
        .collect::<String>()
        .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn laptop(listing: &str) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = tree.path().join(path.trim_start_matches('/'));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("/var/lib/sekisho-capture/nft.json", listing);
        write("/proc/net/if_inet6", WLAN0);
        tree
    }

    fn told(tree: &tempfile::TempDir) -> Firewall {
        let reading = read(&Root::at(tree.path()));
        let Reading::Known(firewall) = reading else {
            panic!("{reading:?}");
        };
        firewall
    }

    const WLAN0: &str = "fe800000000000000000000000000001 03 40 20 80    wlan0\n00000000000000000000000000000001 01 80 10 80       lo\n";
    const NOTHING: &str = r#"{"nftables": [{"metainfo": {"version": "1.0.6"}}]}"#;

    #[test]
    fn what_ufw_and_firewalld_put_into_the_kernel_refuses_and_nothing_does_not() {
        for listing in [
            include_str!("../../../testdata/nft/ufw.json"),
            include_str!("../../../testdata/nft/firewalld.json"),
        ] {
            let firewall = told(&laptop(listing));
            assert_eq!(firewall.ipv4, Reading::Known(true), "{firewall:?}");
            assert_eq!(firewall.ipv6, Reading::Known(true), "{firewall:?}");
        }
        let firewall = told(&laptop(NOTHING));
        assert_eq!(
            (firewall.ipv4, firewall.ipv6),
            (Reading::Known(false), Reading::Known(false))
        );
    }

    #[test]
    fn without_ipv6_there_is_nothing_to_refuse_over_it() {
        let tree = laptop(NOTHING);
        let switch = tree.path().join("proc/sys/net/ipv6/conf/all");
        std::fs::create_dir_all(&switch).unwrap();
        std::fs::write(switch.join("disable_ipv6"), "1\n").unwrap();
        assert_eq!(
            told(&tree).ipv6,
            Reading::Known(false),
            "wlan0 has it all the same"
        );
        let addresses = tree.path().join("proc/net/if_inet6");
        std::fs::write(&addresses, WLAN0.lines().last().unwrap()).unwrap();
        assert_eq!(told(&tree).ipv6, Reading::Absent);
        std::fs::write(switch.join("disable_ipv6"), "0\n").unwrap();
        assert_eq!(
            told(&tree).ipv6,
            Reading::Known(false),
            "no network is up yet"
        );
        std::fs::remove_file(addresses).unwrap();
        assert_eq!(told(&tree).ipv6, Reading::Absent);
    }

    #[test]
    fn rules_that_nft_does_not_list_make_an_open_door_unknown_and_a_closed_one_stay_closed() {
        let tree = laptop(NOTHING);
        let modules = tree.path().join("proc/modules");
        std::fs::write(&modules, "iptable_filter 12288 1 - Live 0x0\n").unwrap();
        assert!(matches!(
            told(&tree).ipv4,
            Reading::Unknown(Why::Unsupported(_))
        ));
        std::fs::remove_file(&modules).unwrap();
        std::fs::create_dir(&modules).unwrap();
        let unread = told(&tree).ipv4;
        assert!(matches!(unread, Reading::Unknown(_)), "{unread:?}");
        let tree = laptop(include_str!("../../../testdata/nft/ufw.json"));
        std::fs::write(tree.path().join("proc/modules"), "iptable_filter 12288\n").unwrap();
        assert_eq!(told(&tree).ipv4, Reading::Known(true));
    }

    #[test]
    fn a_captured_system_without_its_listing_is_unknown() {
        let tree = tempfile::tempdir().unwrap();
        assert!(matches!(
            read(&Root::at(tree.path())),
            Reading::Unknown(Why::Unsupported(_))
        ));
        let tree = laptop("{}");
        assert!(matches!(
            read(&Root::at(tree.path())),
            Reading::Unknown(Why::Unreadable(_))
        ));
    }
}
