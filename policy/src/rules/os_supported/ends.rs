//! The product's own list of releases with the ends of their support.
//!
//! Touches nothing: the list is compiled in. Must never guess the end of a release that is not in it.

use crate::time::{Span, Timestamp};

const LIST: &str = include_str!("support-ends.txt");

/// When support ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// At this point in time.
    After(Timestamp),
    /// Not at all, as of a release that is renewed for ever.
    Never,
}

impl End {
    /// At the end of the day that begins then, in UTC.
    pub(super) const fn after_day(day: Timestamp) -> Self {
        Self::After(day.after(Span::from_days(1)))
    }
}

/// What stands behind a release of Windows where it has an end of its own. Of two that fit the longer is before.
const EDITIONS: [&str; 3] = ["-iot-ltsc", "-ltsc", "-enterprise"];

/// What a release can be listed as, the nearest first: by its version, by the major one alone, by that of all editions,
/// which ends no later.
pub(super) fn names(id: &str, version: &str) -> impl Iterator<Item = String> {
    let major = version.split('.').next().filter(|major| *major != version);
    let mut editions = EDITIONS.into_iter();
    let plain = editions.find_map(|edition| version.strip_suffix(edition));
    let versions = [Some(version), major, plain].into_iter().flatten();
    versions.map(move |version| format!("{id} {version}"))
}

/// The end of a release's support; `None` when the list does not have it.
pub(super) fn listed(id: &str, version: &str, extended: bool) -> Option<End> {
    names(id, version)
        .chain([format!("{id} *")])
        .find_map(|name| {
            let rest = LIST.lines().find_map(|line| line.strip_prefix(&*name))?;
            let mut days = rest.strip_prefix(' ')?.split(' ');
            let first = days.next()?;
            if first == "rolling" {
                return Some(End::Never);
            }
            let last = days.next().filter(|_| extended).unwrap_or(first);
            Timestamp::of_date(last).map(End::after_day)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Option<End> {
        Timestamp::of_date(text).map(End::after_day)
    }

    #[test]
    fn every_line_of_the_list_can_be_read_and_none_is_there_twice() {
        let mut names: Vec<(&str, &str)> = vec![];
        for line in LIST.lines().filter(|line| !line.is_empty()) {
            if line.starts_with('#') {
                continue;
            }
            let words: Vec<&str> = line.split(' ').collect();
            assert!((3..=4).contains(&words.len()), "{line}");
            for date in &words[2..] {
                assert!(
                    *date == "rolling" || Timestamp::of_date(date).is_some(),
                    "{line}"
                );
            }
            assert!(listed(words[0], words[1], true).is_some(), "{line}");
            names.push((words[0], words[1]));
        }
        let count = names.len();
        assert!(count > 40);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn each_system_has_a_release_that_was_supported_when_the_list_was_made() {
        let made = LIST.split("as of ").nth(1).and_then(|rest| rest.get(..10));
        let made = made.and_then(Timestamp::of_date).unwrap();
        let ids = LIST
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        let ids: std::collections::BTreeSet<&str> =
            ids.filter_map(|line| line.split(' ').next()).collect();
        // Fedora names its own end in os-release.
        for id in ids.into_iter().filter(|id| *id != "fedora") {
            let mut versions = LIST
                .lines()
                .filter_map(|line| line.strip_prefix(id)?.strip_prefix(' ')?.split(' ').next());
            let supported = versions.any(|version| match listed(id, version, false) {
                Some(End::After(until)) => until > made,
                Some(End::Never) => true,
                None => false,
            });
            assert!(supported, "{id}");
        }
    }

    #[test]
    fn an_edition_of_windows_has_its_own_end_or_that_of_all() {
        assert_eq!(listed("windows", "11-24H2", true), day("2026-10-13"));
        assert_eq!(
            listed("windows", "11-24H2-enterprise", true),
            day("2027-10-12")
        );
        assert_eq!(
            listed("windows", "11-24H2-iot-ltsc", true),
            day("2034-10-10")
        );
        assert_eq!(listed("windows", "11-25H2-ltsc", true), day("2027-10-12"));
        assert_eq!(listed("windows", "11-99H2-enterprise", true), None);
        assert_eq!(listed("windows", "12-24H2", true), None);
    }

    #[test]
    fn a_release_is_found_by_its_version_or_its_major_one_and_never_by_a_beginning() {
        assert_eq!(listed("debian", "12", false), day("2026-07-11"));
        assert_eq!(listed("debian", "12", true), day("2028-06-30"));
        assert_eq!(listed("rhel", "9.4", true), day("2032-05-31"));
        assert_eq!(listed("ubuntu", "22.04", true), day("2027-06-01"));
        assert_eq!(listed("arch", "*", true), Some(End::Never));
        assert_eq!(
            listed("opensuse-tumbleweed", "20261101", true),
            Some(End::Never)
        );
        for (id, version) in [
            ("debian", "1"),
            ("debian", "*"),
            ("ubuntu", "22"),
            ("deb", "12"),
            ("", ""),
        ] {
            assert_eq!(listed(id, version, true), None, "{id} {version}");
        }
    }
}
