//! Reads the kernel's notices about changes of nftables: pure, over untrusted bytes.
//!
//! Touches nothing. Must never miss a change because a message was odd: what cannot be read counts as
//! a change.

use crate::netlink::{self, attribute, messages, string};

/// What one datagram of notices told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Notices {
    /// A table of ours, or something in one, was made, changed or removed.
    pub touched: bool,
    /// Who ended a transaction in this datagram: the last one, if several did.
    pub author: Option<Author>,
}

/// The process that changed the rules, as the kernel names it (`NFTA_GEN_PROC_PID`,
/// `NFTA_GEN_PROC_NAME`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Its process id in the first process namespace.
    pub pid: u32,
    /// Its name, at most 15 bytes, chosen by itself.
    pub name: String,
}

/// `NFNL_SUBSYS_NFTABLES` of linux/netfilter/nfnetlink.h.
const SUBSYSTEM: u8 = 10;
/// `NFT_MSG_NEWGEN` of linux/netfilter/nf_tables.h: ends every transaction.
const NEW_GENERATION: u8 = 15;
/// `struct nfgenmsg`, which follows the header.
const GENERAL_BYTES: usize = 4;
/// The attribute that names the table in every message about a table, chain, rule, set or object.
const TABLE_NAME: u16 = 1;
const AUTHOR_PID: u16 = 2;
const AUTHOR_NAME: u16 = 3;

/// Reads a datagram of the multicast group `NFNLGRP_NFTABLES` and tells what it says of `table`.
#[must_use]
pub fn read(datagram: &[u8], table: &str) -> Notices {
    let mut notices = Notices::default();
    for message in messages(datagram) {
        let Ok(netlink::Message { kind, body, .. }) = message else {
            notices.touched = true;
            break;
        };
        let [number, subsystem] = kind.to_le_bytes();
        if subsystem != SUBSYSTEM {
            continue;
        }
        let attributes = body.get(GENERAL_BYTES..).unwrap_or_default();
        if number == NEW_GENERATION {
            notices.author = author(attributes).or(notices.author);
        } else if attribute(attributes, TABLE_NAME)
            .is_none_or(|name| string(name) == table.as_bytes())
        {
            notices.touched = true;
        }
    }
    notices
}

fn author(attributes: &[u8]) -> Option<Author> {
    let pid = attribute(attributes, AUTHOR_PID)?;
    let name = attribute(attributes, AUTHOR_NAME).map(string);
    Some(Author {
        pid: u32::from_be_bytes(pid.try_into().ok()?),
        name: String::from_utf8_lossy(name.unwrap_or_default()).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn attribute_of(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len() + 4).unwrap();
        let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
        bytes.extend_from_slice(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn message_of(number: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
        let body = [&[0; 4], attributes.concat().as_slice()].concat();
        netlink::request(u16::from_le_bytes([number, SUBSYSTEM]), 0, &body)
    }

    #[test]
    fn a_change_of_our_table_and_its_author_are_seen() {
        let removed = message_of(2, &[attribute_of(1, b"ours\0")]);
        let ended = message_of(
            15,
            &[
                attribute_of(1, &[0, 0, 0, 9]),
                attribute_of(2, &[0, 0, 1, 4]),
                attribute_of(3, b"nft\0"),
            ],
        );
        let notices = read(&[removed, ended].concat(), "ours");
        assert!(notices.touched);
        let author = notices.author.unwrap();
        assert_eq!((author.pid, author.name.as_str()), (260, "nft"));
    }

    #[test]
    fn a_change_of_another_table_is_not_ours() {
        let other = message_of(12, &[attribute_of(1, b"ours_too\0")]);
        assert!(!read(&other, "ours").touched);
    }

    #[test]
    fn a_message_that_lies_about_its_length_counts_as_a_change() {
        let mut cut = message_of(12, &[attribute_of(1, b"other\0")]);
        cut.truncate(20);
        assert!(read(&cut, "ours").touched);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes, "ours");
        }
    }
}
