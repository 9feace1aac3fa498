//! Which of two versions of a Debian package is the later one (deb-version(7)).
//!
//! Touches nothing. Must never call two versions equal that dpkg tells apart.

use std::cmp::Ordering;

/// Compares as `dpkg --compare-versions` does.
#[must_use]
pub fn compare(one: &str, other: &str) -> Ordering {
    let ((epoch, upstream, revision), (other_epoch, other_upstream, other_revision)) =
        (parts(one), parts(other));
    digits(epoch, other_epoch)
        .then_with(|| part(upstream, other_upstream))
        .then_with(|| part(revision, other_revision))
}

/// Epoch, upstream version and revision; what is missing counts as zero.
fn parts(version: &str) -> (&str, &str, &str) {
    let (epoch, rest) = version.split_once(':').unwrap_or(("", version));
    let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
    (epoch, upstream, revision)
}

/// Compares by turns what is no digit, letter by letter, and what is, as numbers.
fn part(mut one: &str, mut other: &str) -> Ordering {
    while !one.is_empty() || !other.is_empty() {
        let ((words, rest), (other_words, other_rest)) = (
            split(one, |letter| !letter.is_ascii_digit()),
            split(other, |letter| !letter.is_ascii_digit()),
        );
        let order = letters(words, other_words);
        if order.is_ne() {
            return order;
        }
        let ((number, rest), (other_number, other_rest)) = (
            split(rest, |letter| letter.is_ascii_digit()),
            split(other_rest, |letter| letter.is_ascii_digit()),
        );
        let order = digits(number, other_number);
        if order.is_ne() {
            return order;
        }
        (one, other) = (rest, other_rest);
    }
    Ordering::Equal
}

fn split(text: &str, belongs: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|letter| !belongs(letter)).unwrap_or(text.len());
    text.split_at(end)
}

/// `~` before the end, the end before letters, letters before the rest.
fn letters(one: &str, other: &str) -> Ordering {
    let weight = |letter: Option<char>| match letter {
        Some('~') => (0, 0),
        None => (1, 0),
        Some(letter) if letter.is_ascii_alphabetic() => (2, u32::from(letter)),
        Some(letter) => (3, u32::from(letter)),
    };
    let (mut one, mut other) = (one.chars(), other.chars());
    loop {
        let (left, right) = (one.next(), other.next());
        let order = weight(left).cmp(&weight(right));
        if order.is_ne() || (left.is_none() && right.is_none()) {
            return order;
        }
    }
}

/// Numbers of any length.
fn digits(one: &str, other: &str) -> Ordering {
    let (one, other) = (one.trim_start_matches('0'), other.trim_start_matches('0'));
    one.len().cmp(&other.len()).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_the_manual_says() {
        let rising = [
            "0",
            "1.0~~",
            "1.0~~a",
            "1.0~",
            "1.0~rc1",
            "1.0",
            "1.0-1~deb12u1",
            "1.0-1",
            "1.0-1+b1",
            "1.0a",
            "1.0+dfsg",
            "1.0.1",
            "1.2",
            "1.10",
            "1:0.1",
            "2:0",
        ];
        for (at, one) in rising.iter().enumerate() {
            for (behind, other) in rising.iter().enumerate() {
                assert_eq!(compare(one, other), at.cmp(&behind), "{one} {other}");
            }
        }
        assert_eq!(compare("1.0", "0:1.0-0"), Ordering::Equal);
        assert_eq!(compare("1.001", "1.1"), Ordering::Equal);
        assert_eq!(
            compare("99999999999999999999999", "100000000000000000000000"),
            Ordering::Less
        );
    }
}
