//! The words for the vocabulary's own terms: outcomes, standings, weights, states, reasons.
//!
//! Touches nothing. Must never stand in machine-readable output: there the terms have names of
//! their own that no language changes.

use super::{Language, text};
use crate::facts::{LinkKind, NetworkPlace, PackageSource, VpnKind, WifiCipher, WifiSecurity};
use crate::finding::{Finding, Outcome, Severity, Standing};
use crate::order::Access;
use crate::reading::Why;
use crate::register::{DataClass, Registration};
use crate::rules;

/// The title of the rule of a finding; its name when there is no such rule.
#[must_use]
pub fn rule_title(language: Language, finding: &Finding) -> String {
    match (&finding.own, rules::clause(&finding.rule)) {
        (Some(own), _) => {
            let title = match language {
                Language::En => &own.title.en,
                Language::Ja => &own.title.ja,
            };
            super::shown(title).into_owned()
        }
        (None, Some(_)) => named(language, "rule", &finding.rule.0),
        (None, None) => super::shown(&finding.rule.0).into_owned(),
    }
}

/// The word for an outcome.
#[must_use]
pub fn outcome(language: Language, outcome: Outcome) -> String {
    named(language, "outcome", outcome.name())
}

/// The word for a standing.
#[must_use]
pub fn standing(language: Language, standing: Standing) -> String {
    named(language, "standing", standing.name())
}

/// The word for a weight.
#[must_use]
pub fn severity(language: Language, severity: Severity) -> String {
    named(language, "severity", severity.name())
}

/// The word for the state of a registration.
#[must_use]
pub fn registration(language: Language, registration: Registration) -> String {
    named(language, "registration", registration.name())
}

/// The word for a class of data.
#[must_use]
pub fn data_class(language: Language, class: DataClass) -> String {
    named(language, "class", class.name())
}

/// The word for where a laptop is.
#[must_use]
pub fn place(language: Language, place: NetworkPlace) -> String {
    named(language, "place", place.name())
}

/// The word for what a link goes over.
#[must_use]
pub fn link_kind(language: Language, kind: LinkKind) -> String {
    named(language, "link", kind.name())
}

/// The words for a way to authenticate by Wi-Fi.
#[must_use]
pub fn wifi_security(language: Language, security: WifiSecurity) -> String {
    named(language, "wifi", security.name())
}

/// The word for a cipher of Wi-Fi.
#[must_use]
pub fn wifi_cipher(language: Language, cipher: WifiCipher) -> String {
    named(language, "cipher", cipher.name())
}

/// The word for a kind of VPN.
#[must_use]
pub fn vpn_kind(language: Language, kind: VpnKind) -> String {
    named(language, "vpn", kind.name())
}

/// The word for an access.
#[must_use]
pub fn access(language: Language, access: Access) -> String {
    named(language, "access", access.name())
}

/// The word for a package source.
#[must_use]
pub fn package_source(language: Language, source: PackageSource) -> String {
    named(language, "source", source.name())
}

/// Why a fact could not be told, with what exactly was tried.
#[must_use]
pub fn why(language: Language, why: &Why) -> String {
    let key = format!("why-{}", why.code());
    text(language, &key, &[("detail", why.detail())])
}

fn named(language: Language, family: &str, name: &str) -> String {
    text(language, &format!("{family}-{name}"), &[])
}
