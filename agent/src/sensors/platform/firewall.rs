//! What the kernel does with connections that come in unasked.
//!
//! Touches `nft`, which lists and changes nothing, and what the kernel says of IPv6 and its modules.
//! Must never go by the switch of a firewall's own configuration.

mod ruleset;

use std::path::Path;

use sekisho_policy::facts::{Evidence, Firewall};
use sekisho_policy::reading::{Reading, Why};
use serde_json::Value;

use crate::ask::{self, AskError, NFT};
use crate::limits::{CONFIG_BYTES_MAX, RULESET_BYTES_MAX, TOOL_DEADLINE};
use crate::sensors::Root;
use ruleset::{Family, Ruleset};

/// Where the listing of a captured system lies: `nft -j list ruleset` cannot be asked of it.
const CAPTURED: &str = "/var/lib/sekisho-capture/nft.json";

/// Reads the rules for what comes in.
pub(super) fn read(root: &Root) -> Reading<Firewall> {
    let listing = match listing(root) {
        Ok(listing) => listing,
        Err(why) => return Reading::Unknown(why),
    };
    let Some(ruleset) = Ruleset::parse(&listing) else {
        return Reading::Unknown(Why::Unreadable("nft wrote no listing".to_owned()));
    };
    let mut evidence = Vec::new();
    let legacy = legacy(root);
    if let Some(module) = legacy {
        evidence.push(Evidence::new("/proc/modules", module));
    }
    let mut told = |family| {
        let refuses = ruleset.refuses(family, &mut evidence);
        if legacy.is_some() && !refuses {
            let what = "rules of iptables-legacy, which nft does not list".to_owned();
            return Reading::Unknown(Why::Unsupported(what));
        }
        Reading::Known(refuses)
    };
    let ipv4 = told(Family::Ip);
    let ipv6 = match has_ipv6(root) {
        true => told(Family::Ip6),
        false => Reading::Absent,
    };
    Reading::Known(Firewall {
        ipv4,
        ipv6,
        evidence,
    })
}

fn listing(root: &Root) -> Result<Value, Why> {
    let bytes = if root.is_live() {
        let nft = ask::trusted(&NFT).map_err(|error| error.why())?;
        ask::run(
            &nft,
            &["-j", "list", "ruleset"],
            TOOL_DEADLINE,
            RULESET_BYTES_MAX,
        )
        .map_err(|error| {
            let failed = matches!(error, AskError::ToolFailed { .. });
            if failed && !ask::may_administer_network() {
                Why::NotPermitted("nft list ruleset takes CAP_NET_ADMIN".to_owned())
            } else {
                error.why()
            }
        })?
    } else {
        ask::read_bytes(&root.path(CAPTURED), RULESET_BYTES_MAX).map_err(|error| {
            if let AskError::Missing(_) = error {
                Why::Unsupported("the kernel of a captured system cannot be asked".to_owned())
            } else {
                error.why()
            }
        })?
    };
    serde_json::from_slice(&bytes).map_err(|error| Why::Unreadable(format!("nft: {error}")))
}

/// The kernel's other way to filter, of which `nft` knows nothing; only root may list its rules.
fn legacy(root: &Root) -> Option<&'static str> {
    let modules = ask::read_text(&root.path("/proc/modules"), CONFIG_BYTES_MAX).ok()?;
    ["iptable_filter", "ip6table_filter"]
        .into_iter()
        .find(|module| {
            modules
                .lines()
                .any(|line| line.split(' ').next() == Some(module))
        })
}

fn has_ipv6(root: &Root) -> bool {
    let line = |path: &str| ask::read_line(&root.path(path));
    let switched_off = line("/proc/sys/net/ipv6/conf/all/disable_ipv6").is_ok_and(|off| off == "1");
    let there = |path: &Path| path.exists();
    there(&root.path("/proc/net/if_inet6")) && !switched_off
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
        write(CAPTURED, listing);
        write("/proc/net/if_inet6", "");
        tree
    }

    fn told(tree: &tempfile::TempDir) -> Firewall {
        let reading = read(&Root::at(tree.path()));
        let Reading::Known(firewall) = reading else {
            panic!("{reading:?}");
        };
        firewall
    }

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
        std::fs::remove_file(tree.path().join("proc/net/if_inet6")).unwrap();
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
