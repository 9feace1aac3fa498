//! Lines of `KEY=value` as os-release(5) has them, and of `Key value` as clamd.conf(5) has them.
//!
//! Touches nothing. Must never run or expand what it reads, as a shell would.

/// The value of a key in a file of `KEY=value` lines, unquoted as os-release(5) says; the last one
/// if it is there more than once.
pub(super) fn assigned(text: &str, key: &str) -> Option<String> {
    text.lines()
        .filter_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))
        .next_back()
        .map(unquote)
        .filter(|value| !value.is_empty())
}

/// The value of a key in a file of `Key value` lines; the first one, as clamd takes it.
pub(super) fn spaced<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (name, value) = line.trim().split_once(char::is_whitespace)?;
        (name == key).then(|| value.trim().trim_matches('"'))
    })
}

fn unquote(value: &str) -> String {
    let value = value.trim();
    let single = value
        .strip_prefix('\'')
        .and_then(|inner| inner.strip_suffix('\''));
    if let Some(inner) = single {
        return inner.to_owned();
    }
    let inner = value
        .strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'))
        .unwrap_or(value);
    let mut plain = String::with_capacity(inner.len());
    let mut escaped = false;
    for letter in inner.chars() {
        if !escaped && letter == '\\' {
            escaped = true;
        } else {
            plain.push(letter);
            escaped = false;
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_unquoted_as_os_release_says() {
        let text =
            "# comment\nNAME=\"Debian \\\"GNU\\\"/Linux\"\nID=debian\nID_LIKE='a b'\nEMPTY=\n";
        assert_eq!(assigned(text, "NAME").unwrap(), "Debian \"GNU\"/Linux");
        assert_eq!(assigned(text, "ID").unwrap(), "debian");
        assert_eq!(assigned(text, "ID_LIKE").unwrap(), "a b");
        assert_eq!(assigned(text, "EMPTY"), None);
        assert_eq!(assigned(text, "VERSION_ID"), None);
    }

    #[test]
    fn a_commented_setting_is_none() {
        let text = "#OnAccessPrevention yes\nLocalSocket /run/clamav/clamd.ctl\n";
        assert_eq!(spaced(text, "OnAccessPrevention"), None);
        assert_eq!(spaced(text, "LocalSocket"), Some("/run/clamav/clamd.ctl"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in ".{0,200}", key in "[A-Z_]{0,5}") {
            let _ = assigned(&text, &key);
            let _ = spaced(&text, &key);
        }
    }
}
