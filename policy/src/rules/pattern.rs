//! Names as lists write them: a whole name, or one with `*` for any run of characters.
//!
//! Touches nothing. Must never cost more than the name is long times the stars are many.

use thiserror::Error;

use crate::limits::{PATTERN_CHARS_MAX, PATTERN_STARS_MAX};

/// A name to match, upper and lower case alike. The whole name must match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    written: String,
    /// What stands between the stars, folded; one part when there is no star.
    parts: Vec<String>,
}

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidPattern {
    /// Nothing is written.
    #[error("an empty name is not allowed; a name, or one with * for any characters")]
    Empty,
    /// Longer than any name.
    #[error("a name of {0} characters is not allowed; at most {max} (PATTERN_CHARS_MAX)", max = PATTERN_CHARS_MAX)]
    TooLong(usize),
    /// So many stars that the writer meant something else.
    #[error("{0} stars in one name are not allowed; at most {max} (PATTERN_STARS_MAX)", max = PATTERN_STARS_MAX)]
    TooManyStars(usize),
}

impl Pattern {
    /// Reads a pattern as a list writes it.
    ///
    /// # Errors
    /// [`InvalidPattern`] says which bound it breaks.
    pub fn parse(written: &str) -> Result<Self, InvalidPattern> {
        let chars = written.chars().count();
        let stars = written.matches('*').count();
        if written.trim().is_empty() {
            Err(InvalidPattern::Empty)
        } else if chars > PATTERN_CHARS_MAX {
            Err(InvalidPattern::TooLong(chars))
        } else if stars > PATTERN_STARS_MAX {
            Err(InvalidPattern::TooManyStars(stars))
        } else {
            Ok(Self {
                written: written.to_owned(),
                parts: written.split('*').map(fold).collect(),
            })
        }
    }

    /// As the list writes it.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The folded name, where the pattern has no star and so matches only that.
    #[must_use]
    pub fn whole(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [whole] => Some(whole),
            _ => None,
        }
    }

    /// The folded character that every matching name begins with. `None` when the pattern begins
    /// with a star.
    #[must_use]
    pub fn begins_with(&self) -> Option<char> {
        self.parts.first().and_then(|part| part.chars().next())
    }

    /// Whether the name matches.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.matches_folded(&fold(name))
    }

    /// Whether a name that [`fold`] has been over matches.
    #[must_use]
    pub fn matches_folded(&self, name: &str) -> bool {
        let (Some((first, rest)), Some(whole)) = (self.parts.split_first(), self.parts.first())
        else {
            return false;
        };
        let Some((last, middle)) = rest.split_last() else {
            return name == whole;
        };
        let Some(mut rest) = name.strip_prefix(first.as_str()) else {
            return false;
        };
        // The leftmost place of each part leaves the most room for the next.
        for part in middle {
            match rest.split_once(part.as_str()) {
                Some((_, after)) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last.as_str())
    }
}

/// The name with its letters in lower case, as patterns are compared.
#[must_use]
pub fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    fold_into(name, &mut folded);
    folded
}

/// The same into a buffer that is emptied first.
pub fn fold_into(name: &str, folded: &mut String) {
    folded.clear();
    if name.is_ascii() {
        folded.push_str(name);
        folded.make_ascii_lowercase();
    } else {
        folded.extend(name.chars().flat_map(char::to_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, name: &str, matches: bool) {
        let pattern = Pattern::parse(pattern).expect("a pattern");
        assert_eq!(pattern.matches(name), matches, "{pattern:?} on {name:?}");
    }

    #[test]
    fn a_name_matches_whole_and_in_any_case() {
        check("TeamViewer", "teamviewer", true);
        check("TeamViewer", "teamviewer-host", false);
        check("viewer", "teamviewer", false);
        check("ÄRGER", "ärger", true);
        check("a.c", "abc", false);
    }

    #[test]
    fn a_star_stands_for_any_characters_and_for_none() {
        check("*", "", true);
        check("teamviewer*", "teamviewer", true);
        check("teamviewer*", "TeamViewer 15 (x64)", true);
        check("*desk", "anydesk", true);
        check("*desk", "anydesk2", false);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "a-c-b", false);
        check("ab*ba", "aba", false);
        check("**", "x", true);
        check("*関*所*", "箱根関所の跡", true);
    }

    #[test]
    fn a_pattern_out_of_bounds_is_refused() {
        assert_eq!(Pattern::parse(" "), Err(InvalidPattern::Empty));
        let long = "x".repeat(PATTERN_CHARS_MAX + 1);
        assert_eq!(
            Pattern::parse(&long),
            Err(InvalidPattern::TooLong(PATTERN_CHARS_MAX + 1))
        );
        let stars = "*a".repeat(PATTERN_STARS_MAX + 1);
        assert_eq!(
            Pattern::parse(&stars),
            Err(InvalidPattern::TooManyStars(PATTERN_STARS_MAX + 1))
        );
    }
}
