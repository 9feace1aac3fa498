//! Which of two versions is the older one, whatever system of numbering they follow.
//!
//! Touches nothing. Must never take longer than the versions are long.

use std::cmp::Ordering;

/// How two versions stand to each other: numbers by their value, the rest letter by letter; separators
/// only separate, and an epoch (`1:`) is left out. Letters are before the end, and the end before a
/// number: 2.0rc1 is older than 2.0, and 2.0 than 2.0.1.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    parts(one).cmp(parts(other))
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'v> {
    Letters(&'v str),
    End,
    /// Without its leading zeros: the longer one is the greater.
    Number(usize, &'v str),
}

fn parts(version: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = match version.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => version,
    };
    let parts = std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|char: char| !char.is_alphanumeric());
        let is_number = rest.chars().next()?.is_ascii_digit();
        let end = rest
            .find(|char: char| !char.is_alphanumeric() || char.is_ascii_digit() != is_number)
            .unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        Some(if is_number {
            let digits = part.trim_start_matches('0');
            Part::Number(digits.len(), digits)
        } else {
            Part::Letters(part)
        })
    });
    parts.chain(std::iter::once(Part::End))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_people_would() {
        let ordered = [
            "",
            "1.2",
            "1.2.1",
            "1.2.01.1",
            "1.10",
            "2.0~rc1",
            "2.0rc2",
            "2.0",
            "2.0-1ubuntu1",
            "2.0.1",
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
    fn an_epoch_and_the_separators_do_not_matter() {
        assert_eq!(compare("1:2.3-1", "2.3-1"), Ordering::Equal);
        assert_eq!(compare("2_3", "2.03"), Ordering::Equal);
        assert_eq!(compare("1:2.3", "2.4"), Ordering::Less);
    }
}
