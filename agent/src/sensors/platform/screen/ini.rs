//! KDE's files of settings: groups of `key=value`, in which the company can lock a key, a group or the
//! whole file with `[$i]`.
//!
//! Touches nothing. Must never take a locked key for one that a user's file can change.

/// The value of a key, and whether a later file may change it. The last line wins, as KDE takes it.
pub(super) fn look<'a>(text: &'a str, group: &str, key: &str) -> Option<(&'a str, bool)> {
    let (mut inside, mut group_locked, mut file_locked) = (false, false, false);
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            let name = header.split(']').next().unwrap_or_default();
            if name == "$i" {
                file_locked = true;
                continue;
            }
            inside = name == group;
            group_locked = inside && header.contains("[$i]");
        } else if let Some((name, value)) = line.split_once('=').filter(|_| inside) {
            let (bare, mark) = name.trim().split_once('[').unwrap_or((name.trim(), ""));
            if bare == key {
                let key_locked = mark.contains("$i") || mark.contains("$ei");
                found = Some((value.trim(), file_locked || group_locked || key_locked));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_its_group_alone_with_its_lock() {
        let text = "[Greeter]\nTimeout=1\n\n[Daemon]\nTimeout=10\nAutolock[$i]=true\n[Daemon][x]\nTimeout=99\n";
        assert_eq!(look(text, "Daemon", "Timeout"), Some(("99", false)));
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
    }
}
