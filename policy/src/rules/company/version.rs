//! Which of two versions is the older one, whatever system of numbering they follow.
//!
//! Touches nothing. Must never take longer than the versions are long.

use std::cmp::Ordering;

/// How two versions stand to each other: numbers by their value, the rest letter by letter. As dpkg and
/// rpm have it, `~` is before the end of a version and letters are after it: 2.0~1 is older than 2.0, and
/// 1.1.1 than 1.1.1k and 1.1.1-1 than 1.1.1-1+deb12u2. As people have it, the words of [`EARLY`] are before
/// the end as well: 2.0rc1 is older than 2.0. A revision (`-1`) is less than any further number or letter:
/// 2.0-1ubuntu1 is older than 2.0.1. Epochs (`1:`) count where both have one.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let ((one_epoch, one), (other_epoch, other)) = (epoch(one), epoch(other));
    let epochs = match (one_epoch, other_epoch) {
        (Some(one), Some(other)) => number(one).cmp(&number(other)),
        (Some(_) | None, _) => Ordering::Equal,
    };
    epochs.then_with(|| parts(one).cmp(parts(other)))
}

/// What comes before a release.
const EARLY: [&str; 5] = ["alpha", "beta", "dev", "pre", "rc"];

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'v> {
    Tilde,
    Early(&'v str),
    End,
    /// What follows is how often the same was packaged.
    Revision,
    Letters(&'v str),
    /// Without its leading zeros: the longer one is the greater.
    Number(usize, &'v str),
}

fn epoch(version: &str) -> (Option<&str>, &str) {
    match version.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => {
            (Some(epoch), rest)
        }
        _ => (None, version),
    }
}

fn number(digits: &str) -> Part<'_> {
    let digits = digits.trim_start_matches('0');
    Part::Number(digits.len(), digits)
}

fn parts(version: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = version;
    let parts = std::iter::from_fn(move || {
        let after = rest.trim_start_matches(|char: char| !char.is_alphanumeric());
        let (separators, after) = rest.split_at(rest.len().saturating_sub(after.len()));
        let (part, following) = after.split_at(end_of_part(after));
        rest = after;
        if separators.contains('~') {
            return Some(Part::Tilde);
        }
        let is_early = EARLY.iter().any(|word| part.eq_ignore_ascii_case(word));
        if separators.contains('-') && !is_early {
            return Some(Part::Revision);
        }
        let is_number = part.chars().next()?.is_ascii_digit();
        rest = following;
        Some(match (is_number, is_early) {
            (true, _) => number(part),
            (false, true) => Part::Early(part),
            (false, false) => Part::Letters(part),
        })
    });
    parts.chain(std::iter::once(Part::End))
}

/// Where the digits end that a text begins with, or the letters.
fn end_of_part(text: &str) -> usize {
    let is_number = text.starts_with(|char: char| char.is_ascii_digit());
    text.find(|char: char| !char.is_alphanumeric() || char.is_ascii_digit() != is_number)
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_by_their_packagers() {
        let ordered = [
            "",
            "1.1.1",
            "1.1.1-1",
            "1.1.1k",
            "1.1.1za",
            "1.2",
            "1.2.1",
            "1.2.01.1",
            "1.10",
            "2.0~rc1",
            "2.0~1",
            "2.0-beta.2",
            "2.0rc2",
            "2.0",
            "2.0-1~bpo12+1",
            "2.0-1",
            "2.0-1ubuntu1",
            "2.0-2",
            "2.0+dfsg-1",
            "2.0.1",
            "3.0.11-1",
            "3.0.11-1+deb12u2",
            "3.0.11-1+deb12u14",
            "3.0.11-2.el9_3",
            "9.2",
            "9.2p1",
            "9.2p1-2+deb12u3",
            "10",
            "123456789012345678901234567890",
        ];
        for (place, one) in ordered.iter().enumerate() {
            for (other_place, other) in ordered.iter().enumerate() {
                assert_eq!(
                    compare(one, other),
                    place.cmp(&other_place),
                    "{one} and {other}"
                );
            }
        }
    }

    #[test]
    fn an_epoch_that_only_one_has_and_the_separators_do_not_matter() {
        assert_eq!(compare("1:2.3-1", "2.3-1"), Ordering::Equal);
        assert_eq!(compare("2_3", "2.03"), Ordering::Equal);
        assert_eq!(compare("1:2.3", "2.4"), Ordering::Less);
        assert_eq!(compare("1:2.3", "2:1.0"), Ordering::Less);
        assert_eq!(compare("02:1.0", "2:1"), Ordering::Greater);
    }
}
