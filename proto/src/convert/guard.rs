//! How a system guards itself, in the platform section.
//!
//! Touches nothing. Must never fill in what a laptop did not say.

use sekisho_policy::facts::{
    Administrator, Administrators, AgentHealth, Firewall, SecureBoot, Tpm,
};
use sekisho_policy::limits::{
    ACCOUNT_SOURCES_MAX, ADMINISTRATOR_GROUPS_MAX, ADMINISTRATORS_MAX, UNWATCHED_MAX,
};
use sekisho_policy::time::Timestamp;

use super::reading::IntoReading;
use super::{InvalidMessage, at_most, cut, evidence_from, evidence_to, text};
use crate::wire;

impl From<&Firewall> for wire::Firewall {
    fn from(firewall: &Firewall) -> Self {
        let Firewall {
            ipv4,
            ipv6,
            evidence,
        } = firewall;
        Self {
            ipv4: Some(ipv4.into()),
            ipv6: Some(ipv6.into()),
            evidence: evidence_to(evidence),
        }
    }
}

impl TryFrom<wire::Firewall> for Firewall {
    type Error = InvalidMessage;

    fn try_from(firewall: wire::Firewall) -> Result<Self, Self::Error> {
        let wire::Firewall {
            ipv4,
            ipv6,
            evidence,
        } = firewall;
        Ok(Self {
            ipv4: ipv4.reading("firewall over IPv4")?,
            ipv6: ipv6.reading("firewall over IPv6")?,
            evidence: evidence_from(evidence, "evidence of a firewall")?,
        })
    }
}

impl From<&SecureBoot> for wire::SecureBoot {
    fn from(SecureBoot { enabled, evidence }: &SecureBoot) -> Self {
        Self {
            enabled: *enabled,
            evidence: evidence_to(evidence),
        }
    }
}

impl TryFrom<wire::SecureBoot> for SecureBoot {
    type Error = InvalidMessage;

    fn try_from(secure: wire::SecureBoot) -> Result<Self, Self::Error> {
        let wire::SecureBoot { enabled, evidence } = secure;
        Ok(Self {
            enabled,
            evidence: evidence_from(evidence, "evidence of secure boot")?,
        })
    }
}

impl From<&Tpm> for wire::Tpm {
    fn from(Tpm { version, evidence }: &Tpm) -> Self {
        Self {
            version: Some(version.into()),
            evidence: evidence_to(evidence),
        }
    }
}

impl TryFrom<wire::Tpm> for Tpm {
    type Error = InvalidMessage;

    fn try_from(wire::Tpm { version, evidence }: wire::Tpm) -> Result<Self, Self::Error> {
        Ok(Self {
            version: version.reading("version of a tpm")?,
            evidence: evidence_from(evidence, "evidence of a tpm")?,
        })
    }
}

impl From<&Administrators> for wire::Administrators {
    fn from(administrators: &Administrators) -> Self {
        let Administrators {
            accounts,
            not_read,
            evidence,
        } = administrators;
        Self {
            accounts: accounts
                .iter()
                .take(ADMINISTRATORS_MAX)
                .map(Into::into)
                .collect(),
            not_read: cut_each(not_read, ACCOUNT_SOURCES_MAX),
            evidence: evidence_to(evidence),
        }
    }
}

impl TryFrom<wire::Administrators> for Administrators {
    type Error = InvalidMessage;

    fn try_from(administrators: wire::Administrators) -> Result<Self, Self::Error> {
        let wire::Administrators {
            accounts,
            not_read,
            evidence,
        } = administrators;
        Ok(Self {
            accounts: at_most(accounts, "administrators", ADMINISTRATORS_MAX)?
                .into_iter()
                .map(TryInto::try_into)
                .collect::<Result<_, _>>()?,
            not_read: texts(not_read, "sources of accounts", ACCOUNT_SOURCES_MAX)?,
            evidence: evidence_from(evidence, "evidence of administrators")?,
        })
    }
}

impl From<&Administrator> for wire::Administrator {
    fn from(administrator: &Administrator) -> Self {
        let Administrator {
            name,
            is_root,
            groups,
        } = administrator;
        Self {
            name: cut(name),
            is_root: *is_root,
            groups: cut_each(groups, ADMINISTRATOR_GROUPS_MAX),
        }
    }
}

impl TryFrom<wire::Administrator> for Administrator {
    type Error = InvalidMessage;

    fn try_from(administrator: wire::Administrator) -> Result<Self, Self::Error> {
        let wire::Administrator {
            name,
            is_root,
            groups,
        } = administrator;
        Ok(Self {
            name: text(name, "name of an administrator")?,
            is_root,
            groups: texts(
                groups,
                "groups of an administrator",
                ADMINISTRATOR_GROUPS_MAX,
            )?,
        })
    }
}

impl From<&AgentHealth> for wire::AgentHealth {
    fn from(health: &AgentHealth) -> Self {
        let AgentHealth {
            version,
            started_at,
            not_watched,
        } = health;
        Self {
            version: cut(version),
            started_at_ms: started_at.0,
            not_watched: cut_each(not_watched, UNWATCHED_MAX),
        }
    }
}

impl TryFrom<wire::AgentHealth> for AgentHealth {
    type Error = InvalidMessage;

    fn try_from(health: wire::AgentHealth) -> Result<Self, Self::Error> {
        let wire::AgentHealth {
            version,
            started_at_ms,
            not_watched,
        } = health;
        Ok(Self {
            version: text(version, "version of an agent")?,
            started_at: Timestamp(started_at_ms),
            not_watched: texts(not_watched, "places not watched", UNWATCHED_MAX)?,
        })
    }
}

fn cut_each(texts: &[String], max: usize) -> Vec<String> {
    texts.iter().take(max).map(|text| cut(text)).collect()
}

fn texts(list: Vec<String>, what: &'static str, max: usize) -> Result<Vec<String>, InvalidMessage> {
    at_most(list, what, max)?
        .into_iter()
        .map(|one| text(one, what))
        .collect()
}
