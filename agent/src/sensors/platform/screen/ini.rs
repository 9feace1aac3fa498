//! KDE's files of settings: groups of `key=value`, in which the company can lock a key, a group or the
//! whole file with `[$i]`.
//!
//! Touches nothing. Must never take a locked key for one that a user's file can change.

/// The value of a key, and whether a later file may change it. The last line wins, as KDE takes it.
pub(super) fn look<'a>(text: &'a str, group: &str, key: &str) -> Option<(&'a str, bool)> {
    let (mut inside, mut group_locked, mut file_locked) = (false, false, false);
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            match line {
                "[$i]" => file_locked = true,
                _ => {
                    let (name, locked) = match line.strip_suffix("[$i]") {
                        Some(name) => (name, true),
                        None => (line, false),
                    };
                    let name = name
                        .strip_prefix('[')
                        .and_then(|rest| rest.strip_suffix(']'));
                    inside = name == Some(group);
                    group_locked |= inside && locked;
                }
            }
        } else if let Some((name, value)) = line.split_once('=').filter(|_| inside) {
            // `$e` has variables put in place; other marks are translations.
            let (bare, key_locked) = match name.trim().split_once('[') {
                None => (name.trim(), false),
                Some((bare, "$e]")) => (bare, false),
                Some((bare, "$i]" | "$ei]" | "$ie]")) => (bare, true),
                Some(_) => continue,
            };
            if bare == key {
                found = Some((value.trim(), file_locked || group_locked || key_locked));
            }
        }
    }
    found
}

/// The lines of one group, and those that begin another.
pub(super) fn only(text: &str, group: &str) -> String {
    let mut inside = false;
    let lines = text.lines().filter(|line| {
        let line = line.trim();
        if line.starts_with('[') {
            let name = line.strip_suffix("[$i]").unwrap_or(line);
            inside = name
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
                == Some(group);
            return true;
        }
        inside
    });
    lines.map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_its_group_alone_with_its_lock() {
        let text = "[Greeter]\nTimeout=1\n\n[Daemon]\nTimeout=10\nAutolock[$i]=true\n[Daemon][x]\nTimeout=99\n[Daemon]x\nTimeout=98\n";
        assert_eq!(look(text, "Daemon", "Timeout"), Some(("10", false)));
        assert_eq!(look(text, "Daemon", "Autolock"), Some(("true", true)));
        assert_eq!(look(text, "Daemon", "LockGrace"), None);
        assert_eq!(
            look("[Daemon][$i]\nTimeout=3\n", "Daemon", "Timeout"),
            Some(("3", true))
        );
        assert_eq!(
            look("[$i]\n[Daemon]\nTimeout=3\n", "Daemon", "Timeout"),
            Some(("3", true))
        );
        assert_eq!(look("Timeout=3\n", "Daemon", "Timeout"), None);
        for (mark, expected) in [
            ("$e", Some(("3", false))),
            ("$i", Some(("3", true))),
            ("$ei", Some(("3", true))),
            ("$ie", Some(("3", true))),
            ("de", None),
            ("x$i", None),
        ] {
            let text = format!("[Daemon]\nTimeout[{mark}]=3\n");
            assert_eq!(look(&text, "Daemon", "Timeout"), expected, "{mark}");
        }
    }
}
