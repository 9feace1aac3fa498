//! The status file of dpkg, read stanza by stanza as it comes.
//!
//! Touches the reader it is given. Must never hold the whole file, nor take a file that breaks off
//! for a whole one.

use std::io::{self, BufRead};

use sekisho_policy::facts::{Package, PackageScope, PackageSource, PackageState};

use super::{ListError, add};
use crate::limits::DPKG_LINE_BYTES_MAX;

/// The name of the list in errors.
const LIST: &str = "/var/lib/dpkg/status";

/// One stanza as far as it is read. The buffers are used again for the next one.
#[derive(Default)]
struct Stanza {
    begun: bool,
    package: String,
    version: String,
    architecture: String,
    maintainer: String,
    source: String,
    status: String,
}

/// Reads every package that has files on the machine. dpkg ends each stanza, the last one too, with
/// an empty line (dpkg, lib/dpkg/dump.c), so a file without it has been cut.
pub(super) fn parse(mut reader: impl BufRead) -> Result<Vec<Package>, ListError> {
    let mut packages = Vec::new();
    let mut stanza = Stanza::default();
    let mut line = Vec::with_capacity(1024);
    let mut number = 0_usize;
    loop {
        line.clear();
        number = number.saturating_add(1);
        let place = || format!("line {number}");
        let count = read_line(&mut reader, &mut line)
            .map_err(|error| ListError::broken(LIST, place(), error.to_string()))?;
        if count == 0 {
            break;
        }
        if line.pop() != Some(b'\n') {
            return Err(if line.len() >= DPKG_LINE_BYTES_MAX {
                ListError::TooLong {
                    list: LIST.to_owned(),
                    place: place(),
                    max: DPKG_LINE_BYTES_MAX,
                }
            } else {
                ListError::broken(LIST, place(), "the file breaks off in the middle of a line")
            });
        }
        if line.is_empty() {
            if let Some(package) = stanza.finish(number)? {
                add(&mut packages, package, LIST)?;
            }
        } else {
            stanza.field(&line, number)?;
        }
    }
    if stanza.begun {
        let place = format!("line {number}");
        let what = format!(
            "the file breaks off in the middle of package {:?}",
            stanza.package
        );
        return Err(ListError::broken(LIST, place, what));
    }
    Ok(packages)
}

fn read_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<usize> {
    let limit = u64::try_from(DPKG_LINE_BYTES_MAX).unwrap_or(u64::MAX);
    io::Read::take(reader, limit.saturating_add(1)).read_until(b'\n', line)
}

impl Stanza {
    fn field(&mut self, line: &[u8], number: usize) -> Result<(), ListError> {
        let broken = |what: &str| ListError::broken(LIST, format!("line {number}"), what);
        let begun = std::mem::replace(&mut self.begun, true);
        // A line that goes on with the field before; none of the fields read here does.
        if matches!(line.first(), Some(b' ' | b'\t')) {
            return if begun {
                Ok(())
            } else {
                Err(broken("a stanza begins with a continued line"))
            };
        }
        let Some(colon) = line.iter().position(|&byte| byte == b':') else {
            return Err(broken("neither a field nor the end of a stanza"));
        };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default();
        let Some(slot) = self.slot(name) else {
            return Ok(());
        };
        if !slot.is_empty() {
            return Err(broken(
                "a field is there twice, so that a stanza's end is missing",
            ));
        }
        slot.push_str(&String::from_utf8_lossy(value.trim_ascii()));
        Ok(())
    }

    fn slot(&mut self, name: &[u8]) -> Option<&mut String> {
        // The first letter sorts most of a stanza's lines out.
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        match name.first() {
            Some(b'P' | b'p') if is("Package") => Some(&mut self.package),
            Some(b'V' | b'v') if is("Version") => Some(&mut self.version),
            Some(b'A' | b'a') if is("Architecture") => Some(&mut self.architecture),
            Some(b'M' | b'm') if is("Maintainer") => Some(&mut self.maintainer),
            Some(b'S' | b's') if is("Source") => Some(&mut self.source),
            Some(b'S' | b's') if is("Status") => Some(&mut self.status),
            _ => None,
        }
    }

    fn finish(&mut self, number: usize) -> Result<Option<Package>, ListError> {
        if !self.begun {
            return Ok(None);
        }
        let stanza = std::mem::take(self);
        let broken = |what: String| ListError::broken(LIST, format!("line {number}"), what);
        if stanza.package.is_empty() || stanza.status.is_empty() {
            return Err(broken(
                "a stanza ends without its Package or Status field".to_owned(),
            ));
        }
        let Some(state) = state(&stanza.status)
            .ok_or_else(|| broken(format!("no package state: {:?}", stanza.status)))?
        else {
            return Ok(None);
        };
        if stanza.version.is_empty() {
            return Err(broken(format!(
                "package {:?} is there and has no Version field",
                stanza.package
            )));
        }
        Ok(Some(Package {
            origin: origin(&stanza),
            source: PackageSource::Dpkg,
            name: stanza.package,
            architecture: stanza.architecture,
            version: stanza.version,
            vendor: stanza.maintainer,
            state,
            scope: PackageScope::Machine,
        }))
    }
}

/// The state after the third word of the status, dpkg(1) "Package states"; `Some(None)` for a
/// package that has no files on the machine, `None` for a word that dpkg does not have.
fn state(status: &str) -> Option<Option<PackageState>> {
    match status.split_ascii_whitespace().nth(2)? {
        "installed" | "triggers-awaited" | "triggers-pending" => {
            Some(Some(PackageState::Installed))
        }
        "half-installed" | "unpacked" | "half-configured" => Some(Some(PackageState::Broken)),
        "not-installed" | "config-files" => Some(None),
        _ => None,
    }
}

/// `Source: bash (5.2.15-2)`; without a version in brackets it is the package's own.
fn origin(stanza: &Stanza) -> Option<(String, String)> {
    if stanza.source.is_empty() {
        return None;
    }
    let (name, version) = match stanza.source.split_once(" (") {
        Some((name, version)) => (name, version.trim_end_matches(')')),
        None => (stanza.source.as_str(), stanza.version.as_str()),
    };
    Some((name.to_owned(), version.to_owned()))
}

#[cfg(test)]
mod tests;
