//! A `Packages` list of a Debian archive, stanza by stanza as it comes.
//!
//! Touches the reader it is given. Must never take a list that breaks off for a whole one.

use std::io::{self, BufRead, Read};

use crate::limits::DPKG_LINE_BYTES_MAX;

/// One package of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Entry {
    /// Its name.
    pub(super) package: String,
    /// Its version.
    pub(super) version: String,
    /// Its architecture.
    pub(super) architecture: String,
}

/// Shows each package of the list. The lists end as their stanzas do, with an empty line.
///
/// # Errors
/// [`io::Error`] when it cannot be read to its end, or is no such list.
pub(super) fn read(mut reader: impl BufRead, mut show: impl FnMut(&Entry)) -> io::Result<()> {
    let mut entry = Entry::default();
    let mut line = Vec::with_capacity(1024);
    let mut begun = false;
    loop {
        line.clear();
        let limit = u64::try_from(DPKG_LINE_BYTES_MAX).unwrap_or(u64::MAX);
        let count = Read::take(&mut reader, limit).read_until(b'\n', &mut line)?;
        if count == 0 {
            break;
        }
        if line.pop() != Some(b'\n') {
            return Err(broken("breaks off in the middle of a line"));
        }
        match line.first() {
            None if begun => {
                if entry.package.is_empty() || entry.version.is_empty() {
                    return Err(broken("a stanza without its Package or Version field"));
                }
                show(&entry);
                // Their room is used again.
                entry.package.clear();
                entry.version.clear();
                entry.architecture.clear();
                begun = false;
            }
            None => {}
            Some(b'P' | b'V' | b'A') => {
                begun = true;
                field(&mut entry, &line);
            }
            Some(_) => begun = true,
        }
    }
    if begun {
        return Err(broken("breaks off in the middle of a stanza"));
    }
    Ok(())
}

fn field(entry: &mut Entry, line: &[u8]) {
    let Some(colon) = line.iter().position(|&byte| byte == b':') else {
        return;
    };
    let (name, value) = line.split_at(colon);
    let slot = match name {
        b"Package" => &mut entry.package,
        b"Version" => &mut entry.version,
        b"Architecture" => &mut entry.architecture,
        _ => return,
    };
    let value = value.get(1..).unwrap_or_default().trim_ascii();
    slot.clear();
    slot.push_str(&String::from_utf8_lossy(value));
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        read(text.as_bytes(), |entry| {
            names.push(format!(
                "{} {} {}",
                entry.package, entry.version, entry.architecture
            ));
        })?;
        Ok(names)
    }

    #[test]
    fn each_stanza_is_shown_and_what_does_not_matter_passed_over() {
        let text = "Package: a\nVersion: 1\nArchitecture: amd64\nDescription: x\n Version: 9\n\n\n\
                    Package: b\nArchitecture: all\nVersion: 2:3\nPriority: optional\n\n";
        assert_eq!(names(text).unwrap(), ["a 1 amd64", "b 2:3 all"]);
        assert!(names("").unwrap().is_empty());
    }

    #[test]
    fn a_list_that_breaks_off_is_an_error_wherever_it_does() {
        let text = "Package: a\nVersion: 1\nArchitecture: amd64\n\nPackage: b\nVersion: 2\n\n";
        for end in 1..text.len() {
            let whole = text[..end].ends_with("\n\n");
            assert_eq!(names(&text[..end]).is_ok(), whole, "{:?}", &text[..end]);
        }
        assert!(names("Version: 1\n\n").is_err());
    }
}
