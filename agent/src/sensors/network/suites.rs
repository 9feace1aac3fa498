//! What an access point offers, by the suites of its RSN and WPA elements (IEEE 802.11, 9.4.2.23).
//!
//! Touches nothing. Must never let one suite that nobody here knows hide the others: it is kept as another one,
//! and named in the evidence.

use std::collections::BTreeSet;

use sekisho_policy::facts::{Evidence, WifiCipher, WifiSecurity};
use sekisho_policy::limits::WIFI_SUITES_MAX;
use sekisho_policy::reading::Why;

use super::elements::{ELEMENT_RSN, ELEMENT_WAPI, Elements};

/// Who gave a suite its number: the standard, and for WPA Microsoft.
const STANDARD: [u8; 3] = [0x00, 0x0f, 0xac];
const MICROSOFT: [u8; 3] = [0x00, 0x50, 0xf2];
/// The bit of the RSN capabilities by which management frames must be protected.
const PROTECTS: u16 = 0x40;

/// What an access point offers, the weakest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::sensors) struct Security {
    pub(in crate::sensors) offers: BTreeSet<WifiSecurity>,
    pub(in crate::sensors) ciphers: BTreeSet<WifiCipher>,
    pub(in crate::sensors) group: BTreeSet<WifiCipher>,
}

impl Security {
    /// What both offer together.
    pub(in crate::sensors) fn with(mut self, other: Self) -> Self {
        self.offers.extend(other.offers);
        self.ciphers.extend(other.ciphers);
        self.group.extend(other.group);
        self
    }
}

/// Reads what the elements offer. `encrypts` is the bit of the capabilities by which something does.
pub(in crate::sensors) fn security(
    elements: &Elements<'_>,
    encrypts: Option<bool>,
    link: &str,
    evidence: &mut Vec<Evidence>,
) -> Result<Security, Why> {
    let unreadable = |what: &str| Why::Unreadable(format!("{what} cannot be read"));
    let mut all = Security::default();
    let mut foreign = |what: &str, suite: Suite| {
        let [a, b, c] = suite.by;
        let name = format!("{a:02X}-{b:02X}-{c:02X}:{}", suite.number);
        evidence.push(Evidence::new(format!("{link} foreign {what}"), name));
    };
    if let Some(rsn) = elements.first(ELEMENT_RSN) {
        let list = List::read(rsn, STANDARD).ok_or_else(|| unreadable("the RSN element"))?;
        all = all.with(list.security(Standard::Rsn, &mut foreign));
    }
    if let Some(wpa) = elements.wpa() {
        let list = List::read(wpa, MICROSOFT).ok_or_else(|| unreadable("the WPA element"))?;
        all = all.with(list.security(Standard::Wpa, &mut foreign));
    }
    if elements.first(ELEMENT_WAPI).is_some() {
        all.offers.insert(WifiSecurity::Other);
        all.ciphers.insert(WifiCipher::Other);
    }
    if !all.offers.is_empty() {
        // Who asks for no secret is let in where the access point says that it does not encrypt, whatever else it says.
        if encrypts == Some(false) {
            all.offers.insert(WifiSecurity::Open);
        }
        return Ok(all);
    }
    if !elements.are_whole() {
        return Err(unreadable("the list of elements"));
    }
    match encrypts {
        Some(true) => {
            all.offers.insert(WifiSecurity::Wep);
            all.ciphers.insert(WifiCipher::Wep);
            all.group.insert(WifiCipher::Wep);
        }
        Some(false) => {
            all.offers.insert(WifiSecurity::Open);
        }
        None => return Err(unreadable("whether the access point encrypts")),
    }
    Ok(all)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standard {
    Wpa,
    Rsn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Suite {
    by: [u8; 3],
    number: u8,
}

/// One element: a cipher for all, ciphers for one, ways to authenticate, capabilities.
#[derive(Debug)]
struct List {
    own: [u8; 3],
    group: Suite,
    ciphers: Vec<Suite>,
    authentications: Vec<Suite>,
    protects: bool,
}

impl List {
    /// The element may end after each of its parts; then the standard says what holds.
    fn read(element: &[u8], own: [u8; 3]) -> Option<Self> {
        let mut rest = Rest(element);
        if rest.number()? != 1 {
            return None;
        }
        // CCMP for the one, TKIP for the other; and 802.1X for both.
        let usual = Suite {
            by: own,
            number: if own == STANDARD { 4 } else { 2 },
        };
        let by_server = Suite { by: own, number: 1 };
        Some(Self {
            own,
            group: if rest.is_empty() {
                usual
            } else {
                rest.suite()?
            },
            ciphers: rest.suites(usual)?,
            authentications: rest.suites(by_server)?,
            protects: !rest.is_empty() && rest.number()? & PROTECTS != 0,
        })
    }

    fn security(&self, standard: Standard, foreign: &mut impl FnMut(&str, Suite)) -> Security {
        let mut all = Security::default();
        for suite in &self.authentications {
            let way = if suite.by == self.own {
                authentication(suite.number, standard, self.protects)
            } else {
                None
            };
            if way.is_none() {
                foreign("AKM", *suite);
            }
            all.offers.insert(way.unwrap_or(WifiSecurity::Other));
        }
        let known = |suite: &Suite| {
            let own = (suite.by == self.own).then_some(suite.number);
            own.map_or(Some(Some(WifiCipher::Other)), cipher)
        };
        for suite in &self.ciphers {
            // 0: the one that is for all.
            let suite = if suite.by == self.own && suite.number == 0 {
                &self.group
            } else {
                suite
            };
            all.ciphers.extend(known(suite).flatten());
            if known(suite) == Some(Some(WifiCipher::Other)) {
                foreign("cipher", *suite);
            }
        }
        all.group.extend(known(&self.group).flatten());
        if known(&self.group) == Some(Some(WifiCipher::Other)) {
            foreign("cipher for all", self.group);
        }
        all
    }
}

/// A way to authenticate by its number; `None` for one that is not known here.
fn authentication(number: u8, standard: Standard, protects: bool) -> Option<WifiSecurity> {
    Some(match (standard, number) {
        (Standard::Wpa, 1) => WifiSecurity::WpaEnterprise,
        (Standard::Wpa, 2) => WifiSecurity::WpaPersonal,
        (Standard::Wpa, _) => return None,
        // With SHA-256 and protected frames it is what WPA3 asks of a network with a server.
        (Standard::Rsn, 5) if protects => WifiSecurity::Wpa3Enterprise,
        (Standard::Rsn, 1 | 3 | 5 | 13..=17 | 22 | 23) => WifiSecurity::Wpa2Enterprise,
        (Standard::Rsn, 2 | 4 | 6 | 19 | 20) => WifiSecurity::Wpa2Personal,
        (Standard::Rsn, 8 | 9 | 24 | 25) => WifiSecurity::Wpa3Personal,
        (Standard::Rsn, 11 | 12) => WifiSecurity::Wpa3Enterprise,
        (Standard::Rsn, 18) => WifiSecurity::Owe,
        (Standard::Rsn, _) => return None,
    })
}

/// A cipher by its number, the same in both standards. `Some(None)`: none is used.
fn cipher(number: u8) -> Option<Option<WifiCipher>> {
    Some(Some(match number {
        1 | 5 => WifiCipher::Wep,
        2 => WifiCipher::Tkip,
        4 | 10 => WifiCipher::Ccmp,
        8 | 9 => WifiCipher::Gcmp,
        // Nothing is sent to all.
        7 => return Some(None),
        _ => WifiCipher::Other,
    }))
}

/// What is left of an element.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn number(&mut self) -> Option<u16> {
        let (number, rest) = self.0.split_first_chunk::<2>()?;
        self.0 = rest;
        Some(u16::from_le_bytes(*number))
    }

    fn suite(&mut self) -> Option<Suite> {
        let ([a, b, c, number], rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(Suite {
            by: [*a, *b, *c],
            number: *number,
        })
    }

    /// A list with its length before it; where the element has ended, `usual` alone.
    fn suites(&mut self, usual: Suite) -> Option<Vec<Suite>> {
        if self.is_empty() {
            return Some(vec![usual]);
        }
        let count = usize::from(self.number()?);
        // No element has room for more than 63.
        let all: Option<Vec<Suite>> = (0..count.min(64)).map(|_| self.suite()).collect();
        let mut all = all.filter(|_| count <= 64)?;
        all.truncate(WIFI_SUITES_MAX);
        Some(if all.is_empty() { vec![usual] } else { all })
    }
}
