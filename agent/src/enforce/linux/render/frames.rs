//! The table of the `netdev` family: what may leave by each network device, as frames.
//!
//! Touches nothing. Must never accept a frame by what its sender says that it is: the type is read
//! from the frame itself.
//!
//! The `inet` table never sees what is sent on a raw socket or by an interface stacked upon another in
//! a namespace of its own; the egress hook of the device does (kernel 5.16). Each device has a chain
//! that goes on to one they share.

use serde_json::{Value, json};

use super::{Way, accept, counted, is, payload, rule, table};
use crate::enforce::linux::links::{Carrier, Link};
use crate::enforce::plan::{Frame, Ruleset};

/// The family of the table.
pub const FAMILY: &str = "netdev";
pub(super) const CHAIN: &str = "frames";
/// Devices whose frames are held. A laptop that runs a hundred containers has a hundred.
pub const DEVICES_MAX: usize = 256;

/// What the name of a device's chain begins with; its number follows.
const DEVICE_CHAIN: &str = "egress-";
/// Frames are judged after every other chain of the hook, which could change them.
const LAST: i32 = 400;
/// EtherTypes (IEEE 802) that `nft` has no word for.
const EAPOL: u16 = 0x888e;
const SESSION_DISCOVERY: u16 = 0x8863;
const SESSION: u16 = 0x8864;
const MACSEC: u16 = 0x88e5;

/// The device that a chain of this name is for.
#[must_use]
pub fn device_of(chain: &str) -> Option<u32> {
    chain.strip_prefix(DEVICE_CHAIN)?.parse().ok()
}

pub(super) fn table_of(ruleset: &Ruleset, links: &[Link]) -> Vec<Value> {
    let chain = json!({"chain": {"family": FAMILY, "table": super::TABLE, "name": CHAIN}});
    let mut items = vec![table(FAMILY), chain];
    let passes = ruleset.framed.iter();
    items.extend(passes.map(|pass| accept(Way::Frame, *pass)));
    for (carrier, comment, kind) in [
        (Carrier::MacSec, "macsec", MACSEC),
        (Carrier::Session, "session", SESSION),
    ] {
        if links.iter().any(|link| link.carrier == Some(carrier)) {
            let statements = vec![of_type(json!(kind)), json!({"accept": null})];
            items.push(rule(FAMILY, CHAIN, comment, statements));
        }
    }
    items.push(counted(
        FAMILY,
        CHAIN,
        "refused: frames",
        &[json!({"drop": null})],
    ));
    let named = links
        .iter()
        .filter_map(|link| Some((link.index, link.name.as_deref()?)));
    for (index, name) in named.take(DEVICES_MAX) {
        let chain = format!("{DEVICE_CHAIN}{index}");
        items.push(json!({"chain": {
            "family": FAMILY, "table": super::TABLE, "name": chain,
            "type": "filter", "hook": "egress", "prio": LAST, "policy": "drop", "dev": name,
        }}));
        // `nft` 1.0.6 lists a chain without its device, and the kernel gives up the hook of one that is
        // renamed: the comment is what a read-back knows the name by.
        let comment = format!("frames of {}", printable(name));
        let onward = vec![json!({"goto": {"target": CHAIN}})];
        items.push(rule(FAMILY, &chain, &comment, onward));
    }
    items
}

pub(super) fn matches(frame: Frame) -> (String, Vec<Value>) {
    let (comment, statements) = match frame {
        Frame::Arp => ("arp", vec![of_type(json!("arp"))]),
        // The tag of a virtual network stands beside the frame, which `nft` reads as if it were in it.
        Frame::TaggedArp => (
            "arp on a vlan",
            vec![
                of_type(json!("8021q")),
                is(payload("vlan", "type"), json!("arp")),
            ],
        ),
        Frame::Eapol => ("eapol", vec![of_type(json!(EAPOL))]),
        Frame::SessionDiscovery => ("session discovery", vec![of_type(json!(SESSION_DISCOVERY))]),
    };
    (comment.to_owned(), statements)
}

fn of_type(kind: Value) -> Value {
    is(payload("ether", "type"), kind)
}

/// A device's name with what could bend a listing written as its bytes. The kernel forbids white space,
/// `/` and `:`, and nothing else.
fn printable(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02x}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_are_printed_differently_and_bend_nothing() {
        assert_eq!(printable("enp3s0.10"), "enp3s0.10");
        assert_eq!(printable("a\"; flush"), "a%22%3b%20flush");
        assert_ne!(printable("%22"), printable("\""));
    }

    #[test]
    fn a_chain_is_known_by_its_device() {
        assert_eq!(device_of("egress-12"), Some(12));
        assert_eq!(device_of(CHAIN), None);
    }
}
