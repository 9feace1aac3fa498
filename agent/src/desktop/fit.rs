//! Text that must fit into the fields of a fixed size that Windows has for it.
//!
//! Touches nothing. Must never cut a character in two, nor hide that something was cut.

/// What shows that there is more.
const MORE: char = '…';

/// The text, or its beginning with a sign that there is more, in so many units of UTF-16. Zeros are left out: they would
/// end it.
pub(super) fn fitted(text: &str, units: usize) -> String {
    let text: String = text.chars().filter(|char| *char != '\0').collect();
    if text.encode_utf16().count() <= units {
        return text;
    }
    let mut left = units.saturating_sub(MORE.len_utf16());
    let mut cut: String = text
        .chars()
        .take_while(|char| {
            let fits = left.checked_sub(char.len_utf16());
            left = fits.unwrap_or(0);
            fits.is_some()
        })
        .collect();
    cut.push(MORE);
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_ends_with_a_sign_and_with_a_whole_character() {
        assert_eq!(fitted("暗号化", 3), "暗号化");
        assert_eq!(fitted("暗号化されていません", 5), "暗号化さ…");
        // Each of these takes two units.
        assert_eq!(fitted("🔒🔒🔒", 5), "🔒🔒…");
        assert_eq!(fitted("🔒🔒🔒", 4), "🔒…");
        assert_eq!(fitted("a\0b", 9), "ab");
        for units in 1..20 {
            let cut = fitted("ディスク🔒が暗号化されていません。", units);
            assert!(cut.encode_utf16().count() <= units, "{units}: {cut}");
        }
    }
}
