//! A.12.6.1: security updates that are out are installed.
//!
//! Touches the updates as the laptop's own lists tell them. Must never take a list that is too old to
//! know for one that knows of nothing.

use super::{Case, Found, Rule, os_supported};
use crate::facts::{Evidence, PackageSource, Updates};
use crate::finding::{Clause, Message, Outcome};
use crate::reading::{Reading, Why};
use crate::time::Span;

/// The rule and its clause.
pub const RULE: Rule = Rule {
    id: "updates-pending",
    clause: Clause {
        promise: "M23",
        edition_2013: "A.12.6.1",
        edition_2022: "8.8",
    },
};

/// How far ahead of the judging clock a list may have been made: zones set wrongly, and no more.
const AHEAD_MAX: Span = Span::from_hours(24);

/// What a policy can set on this rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// How old the lists may be, counted from when the archive made them.
    pub max_list_age: Span,
    /// Whether a restart that an installed update waits for counts.
    pub require_restart: bool,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            max_list_age: Span::from_days(14),
            require_restart: true,
        }
    }
}

impl Parameters {
    /// What the rule finds in the case.
    #[must_use]
    pub fn examine(&self, case: &Case<'_>) -> Found {
        match case.facts.platform.fact(|platform| &platform.updates) {
            Reading::Known(updates) => self.weigh(updates, case).resting_on(seen(updates, case)),
            Reading::Absent => {
                let cause = Message::new("updates-pending-no-lists");
                Found::new(Outcome::Unknown, cause).mended_by(Message::new("remedy-unknown"))
            }
            Reading::Unknown(why) => {
                let cause = Message::new("updates-pending-unknown").because(&why);
                let remedy = if let Why::ToolMissing(_) = why {
                    Message::new("updates-pending-lists-fix")
                } else {
                    super::remedy_for(&why)
                };
                Found::new(Outcome::Unknown, cause).mended_by(remedy)
            }
        }
    }

    fn weigh(&self, updates: &Updates, case: &Case<'_>) -> Found {
        let say = |key: &'static str| Message::new(key).with("listed", updates.listed_at.date());
        let release = case.facts.platform.fact(|platform| &platform.release);
        let suse = release
            .known()
            .is_some_and(|one| os_supported::family(&one.id) == "suse");
        let manager = manager(updates.source, suse);
        let install = |key: &'static str| Message::new(key).with("manager", manager);
        // What is known to be missing is missing, however old the list.
        if updates.count > 0 {
            return Found::new(Outcome::Fail, missing(updates))
                .mended_by(install("updates-pending-fix"));
        }
        let restart = self.require_restart.then_some(&updates.restart_needed);
        if restart == Some(&Reading::Known(true)) {
            return Found::new(Outcome::Fail, Message::new("updates-pending-restart"))
                .mended_by(Message::new("updates-pending-restart-fix"));
        }
        if updates.listed_at > case.now.after(AHEAD_MAX) {
            return Found::new(Outcome::Unknown, say("updates-pending-ahead"))
                .mended_by(Message::new("remedy-clock"));
        }
        let age = case.latest.since(updates.listed_at);
        if age > self.max_list_age {
            let certain = case.now.since(updates.listed_at) > self.max_list_age;
            let remedy = match certain {
                true => install("updates-pending-refresh"),
                false => Message::new("remedy-clock"),
            };
            let days = (self.max_list_age.secs() / 86_400).to_string();
            let cause = say("updates-pending-old").with("days", days);
            return Found::new(Outcome::Unknown, cause).mended_by(remedy);
        }
        let unmarked = || Why::Unsupported("nothing tells of a restart that is due".to_owned());
        let untold = match restart {
            Some(Reading::Unknown(why)) => Some(why.clone()),
            Some(Reading::Absent) => Some(unmarked()),
            Some(Reading::Known(_)) | None => None,
        };
        if let Some(why) = untold {
            let cause = Message::new("updates-pending-restart-unknown").because(&why);
            return Found::new(Outcome::Unknown, cause).mended_by(super::remedy_for(&why));
        }
        Found::new(Outcome::Pass, say("updates-pending-ok"))
    }
}

fn missing(updates: &Updates) -> Message {
    let names: Vec<&str> = updates.pending.iter().map(|one| &*one.name).collect();
    let first = names.first().copied().unwrap_or("?");
    let also = names.get(1..).unwrap_or_default();
    // What is counted is more than what is named.
    let others = updates.count.saturating_sub(1).to_string();
    Message::new("updates-pending-missing")
        .with("name", first)
        .and_also(also)
        .with("others", others)
}

const fn manager(source: PackageSource, suse: bool) -> &'static str {
    match source {
        PackageSource::Dpkg => "apt",
        PackageSource::Rpm if suse => "zypper",
        PackageSource::Rpm => "dnf",
        PackageSource::WindowsUninstall | PackageSource::Msix => "windows",
        PackageSource::Flatpak | PackageSource::Snap => "other",
    }
}

/// How old the lists are, then each update that is missing, then what was read.
fn seen(updates: &Updates, case: &Case<'_>) -> Vec<Evidence> {
    let hours = case.now.since(updates.listed_at).secs() / 3600;
    let made = format!("{}, {hours} h old", updates.listed_at);
    let mut seen = vec![Evidence::new("lists of security updates: made", made)];
    seen.extend(updates.pending.iter().map(|one| {
        // Windows tells of an update alone, and not of what it takes the place of.
        if one.installed.is_empty() {
            return Evidence::new(
                one.name.as_str(),
                format!("not installed: {}", one.available),
            );
        }
        let source = format!("{} ({})", one.name, one.architecture);
        Evidence::new(source, format!("{} < {}", one.installed, one.available))
    }));
    seen.extend(updates.evidence.iter().cloned());
    seen
}

#[cfg(test)]
mod tests;
