//! A.12.6.1: the release of the system still gets security updates.
//!
//! Touches the release as the laptop names it. Must never take a release that it does not know for a
//! supported one.

mod ends;

use std::collections::BTreeMap;

use super::{Case, Found, Rule};
use crate::facts::{Evidence, Release};
use crate::finding::{Clause, Message, Outcome};
use crate::reading::{Reading, Why};
use crate::time::{Span, Timestamp};

use ends::{End, listed};

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "os-supported",
    clause: Clause {
        promise: "M23",
        edition_2013: "A.12.6.1",
        edition_2022: "8.8",
    },
};

/// What a policy can set on this rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameters {
    /// How long before the end the user is told.
    pub warn_before: Span,
    /// Whether support counts that goes on at no charge after the makers' own, such as Debian LTS.
    pub accept_extended: bool,
    /// Ends that the company names itself, as for support that it has paid for: by `ID VERSION_ID`, the
    /// beginning of the last day.
    pub ends: BTreeMap<String, Timestamp>,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            warn_before: Span::from_days(90),
            accept_extended: true,
            ends: BTreeMap::new(),
        }
    }
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        match case.facts.platform.fact(|platform| &platform.release) {
            Reading::Known(release) => self.weigh(release, case),
            Reading::Absent => unlisted("Linux", "linux *"),
            Reading::Unknown(why) => {
                let cause = Message::new("os-supported-unknown").because(&why);
                Found::new(Outcome::Unknown, cause).mended_by(super::remedy_for(&why))
            }
        }
    }

    fn weigh(&self, release: &Release, case: &Case<'_>) -> Found {
        let (end, by) = self.end_of(release);
        let name = release.name.as_str();
        let found = match end {
            None => unlisted(name, &key_of(release)),
            Some(End::Never) => Found::new(
                Outcome::Pass,
                Message::new("os-supported-rolling").with("name", name),
            ),
            Some(End::After(until)) => self.timed(release, until, case),
        };
        let said = match end {
            None => "not told".to_owned(),
            Some(End::Never) => format!("no end ({by})"),
            Some(End::After(until)) => format!("{} ({by})", last_day(until)),
        };
        let evidence = std::iter::once(Evidence::new("support ends", said));
        found.resting_on(evidence.chain(release.evidence.iter().cloned()))
    }

    /// The end that decides, and who names it: the company before the system, the system before the
    /// product's own list.
    fn end_of(&self, release: &Release) -> (Option<End>, &'static str) {
        let version = release.version.known().map_or("*", String::as_str);
        let own = ends::names(&release.id, version).find_map(|name| self.ends.get(&name));
        if let Some(day) = own {
            return (Some(End::after_day(*day)), "policy");
        }
        if let Some(until) = release.supported_until.known() {
            return (Some(End::After(*until)), "os-release SUPPORT_END");
        }
        let end = listed(&release.id, version, self.accept_extended);
        (end, "the product's list of releases")
    }

    fn timed(&self, release: &Release, until: Timestamp, case: &Case<'_>) -> Found {
        let say = |key: &'static str| {
            Message::new(key)
                .with("name", release.name.as_str())
                .with("end", last_day(until))
        };
        let upgrade = || Message::new("os-supported-fix").with("os", family(&release.id));
        if until <= case.now {
            return Found::new(Outcome::Fail, say("os-supported-ended")).mended_by(upgrade());
        }
        if until <= case.latest {
            let cause = say("os-supported-clock");
            return Found::new(Outcome::Unknown, cause).mended_by(Message::new("remedy-clock"));
        }
        if until.since(case.now) <= self.warn_before {
            return Found::new(Outcome::Pass, say("os-supported-soon")).mended_by(upgrade());
        }
        Found::new(Outcome::Pass, say("os-supported-ok"))
    }
}

/// When support of a release ends by what the system says, or by the product's own list with what is free of charge;
/// `Absent` where it does not end.
pub(super) fn end_told(release: &Release) -> Reading<Timestamp> {
    match Parameters::default().end_of(release).0 {
        Some(End::After(until)) => Reading::Known(until),
        Some(End::Never) => Reading::Absent,
        None => {
            let why = format!("the end of support of {}", key_of(release));
            Reading::Unknown(Why::Unsupported(why))
        }
    }
}

/// The last day before a point in time.
fn last_day(until: Timestamp) -> String {
    until.after(Span(-1)).date()
}

fn key_of(release: &Release) -> String {
    match release.version.known() {
        Some(version) => format!("{} {version}", release.id),
        None => format!("{} *", release.id),
    }
}

fn unlisted(name: &str, key: &str) -> Found {
    let cause = Message::new("os-supported-unlisted").with("name", name);
    let remedy = Message::new("os-supported-unlisted-fix").with("release", key);
    Found::new(Outcome::Unknown, cause).mended_by(remedy)
}

/// Systems that are brought to another release in the same way.
pub(super) fn family(id: &str) -> &'static str {
    match id {
        "debian" => "debian",
        "ubuntu" => "ubuntu",
        "fedora" => "fedora",
        "rhel" | "almalinux" | "rocky" | "centos" => "rhel",
        "opensuse-leap" | "opensuse-tumbleweed" | "sles" | "sled" => "suse",
        "windows" => "windows",
        _ => "other",
    }
}

#[cfg(test)]
mod tests;
