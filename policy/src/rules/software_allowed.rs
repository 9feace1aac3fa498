//! M12: only permitted software is installed.
//!
//! Touches the inventory. Must never pass on an inventory with a hole: a source that could not be
//! read leaves the outcome unknown, unless something forbidden was found already.

mod list;

use super::{Case, Found, Rule};
use crate::facts::{Evidence, Package, PackageState, Software};
use crate::finding::{Clause, Message, Outcome};
use crate::limits::EVIDENCE_MAX;
use crate::reading::{Reading, Why};

pub use list::{InvalidList, List, Listed};

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "software-allowed",
    clause: Clause {
        promise: "M12",
        edition_2013: "A.6.2.2(2)⑦",
        edition_2022: "6.7",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parameters {
    /// What must not be installed.
    pub deny: List,
    /// What may be installed. Empty allows all that is not denied.
    pub allow: List,
}

/// A package that must not be there, and the list's line that says so; `None` when no line allows
/// it.
type Hit<'a> = (&'a Package, Option<&'a Listed>);

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        if self.deny.is_empty() && self.allow.is_empty() {
            let cause = Message::new("software-allowed-no-lists");
            return Found::new(Outcome::NotApplicable, cause);
        }
        let software = match &case.facts.software {
            Reading::Known(software) => software,
            Reading::Absent => return no_inventory(),
            Reading::Unknown(why) => {
                let cause = Message::new("software-allowed-unknown").because(why);
                return untold(cause, why);
            }
        };
        let hits = self.hits(software);
        if let Some(first) = hits.first() {
            return broken(*first, &hits).resting_on(sources(software));
        }
        if let Some((source, why)) = software.sources.iter().find_map(unread) {
            let cause = Message::new("software-allowed-source-unknown")
                .with("source", source)
                .because(why);
            return untold(cause, why).resting_on(sources(software));
        }
        if software.packages.is_empty() || software.sources.is_empty() {
            return no_inventory().resting_on(sources(software));
        }
        let cause =
            Message::new("software-allowed-ok").with("count", software.packages.len().to_string());
        Found::new(Outcome::Pass, cause).resting_on(sources(software))
    }

    fn hits<'a>(&'a self, software: &'a Software) -> Vec<Hit<'a>> {
        let mut folded = String::new();
        let mut denied = vec![];
        let mut unlisted = vec![];
        for package in &software.packages {
            super::pattern::fold_into(&package.name, &mut folded);
            if let Some(listed) = self.deny.find(package, &folded) {
                denied.push((package, Some(listed)));
            } else if !self.allow.is_empty() && self.allow.find(package, &folded).is_none() {
                unlisted.push((package, None));
            }
        }
        denied.append(&mut unlisted);
        denied
    }
}

fn broken(first: Hit<'_>, hits: &[Hit<'_>]) -> Found {
    let (package, listed) = first;
    let (cause, remedy) = match listed {
        Some(_) => ("software-allowed-denied", "software-allowed-denied-fix"),
        None => ("software-allowed-unlisted", "software-allowed-unlisted-fix"),
    };
    let others: Vec<&str> = hits
        .iter()
        .skip(1)
        .map(|(package, _)| package.name.as_str())
        .collect();
    let cause = Message::new(cause)
        .with("package", package.name.as_str())
        .with("version", package.version.as_str())
        .with("source", package.source.name())
        .and_also(&others);
    let remedy = Message::new(remedy)
        .with("package", package.name.as_str())
        .with("source", removal(package));
    // One line is left for the sources.
    let evidence = hits.iter().take(EVIDENCE_MAX.saturating_sub(1)).map(seen);
    Found::new(Outcome::Fail, cause)
        .mended_by(remedy)
        .resting_on(evidence)
}

/// The source whose remove command the remedy may spell out; `other` where the name does not look
/// like a package's, so that nobody pastes a stranger's words into a shell.
fn removal(package: &Package) -> &'static str {
    let mut chars = package.name.chars();
    let plain = chars
        .next()
        .is_some_and(|char| char.is_ascii_alphanumeric())
        && chars.all(|char| char.is_ascii_alphanumeric() || "+-._".contains(char));
    if plain {
        package.source.name()
    } else {
        "other"
    }
}

fn seen((package, listed): &Hit<'_>) -> Evidence {
    let state = match package.state {
        PackageState::Installed => "",
        PackageState::Broken => " (not fully installed)",
    };
    let line = listed.map_or_else(
        || "not on the allow list".to_owned(),
        |listed| format!("denied by {listed}"),
    );
    Evidence::new(
        format!("{}: {}", package.source.name(), package.name),
        format!("{}{state}, {line}", package.version),
    )
}

fn sources(software: &Software) -> impl Iterator<Item = Evidence> + '_ {
    software.sources.iter().map(|(source, count)| {
        let value = match count {
            Reading::Known(count) => format!("{count} packages"),
            Reading::Absent => "not on this machine".to_owned(),
            Reading::Unknown(why) => why.to_string(),
        };
        Evidence::new(format!("{} packages", source.name()), value)
    })
}

fn unread(
    (source, count): &(crate::facts::PackageSource, Reading<u32>),
) -> Option<(&'static str, &Why)> {
    match count {
        Reading::Unknown(why) => Some((source.name(), why)),
        Reading::Known(_) | Reading::Absent => None,
    }
}

fn untold(cause: Message, why: &Why) -> Found {
    Found::new(Outcome::Unknown, cause).mended_by(super::remedy_for(why))
}

fn no_inventory() -> Found {
    Found::new(
        Outcome::Unknown,
        Message::new("software-allowed-no-inventory"),
    )
    .mended_by(Message::new("remedy-unknown"))
}

#[cfg(test)]
mod tests;
