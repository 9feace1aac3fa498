//! The head of a repository of rpm packages (`repomd.xml`) and its advisories (`updateinfo.xml`).
//!
//! Touches the reader it is given. Must never take a list that breaks off for a whole one.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use sekisho_policy::time::Timestamp;

/// Where the advisories of a repository are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Below the repository's folder.
    pub(super) path: String,
    /// When the repository made them.
    pub(super) made_at: Timestamp,
}

/// One package that mends something of security.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fix {
    pub(super) name: String,
    pub(super) architecture: String,
    /// `epoch:version-release`.
    pub(super) version: String,
}

/// Finds the advisories in the head of a repository; `None` when it has none.
pub(super) fn place(head: &str) -> Result<Option<Place>, String> {
    let mut reader = Reader::from_str(head);
    let (mut inside, mut path, mut seconds, mut ended) = (false, None, None, false);
    let mut timed = false;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "data" => {
                inside = attribute(&tag, "type").as_deref() == Some("updateinfo");
            }
            Event::Start(tag) | Event::Empty(tag)
                if inside && tag.name().as_ref() == "location" =>
            {
                path = attribute(&tag, "href");
            }
            Event::Start(tag) if inside => timed = tag.name().as_ref() == "timestamp",
            Event::Text(text) if timed => seconds = text.trim().parse::<i64>().ok(),
            Event::End(tag) => {
                timed = false;
                inside &= tag.name().as_ref() != "data";
                ended |= tag.name().as_ref() == "repomd";
            }
            Event::Eof if ended => break,
            Event::Eof => return Err("breaks off".to_owned()),
            Event::Start(_)
            | Event::Empty(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
    let Some(path) = path else { return Ok(None) };
    let leads_out = path.starts_with('/') || path.split('/').any(|part| part == "..");
    let seconds = seconds.filter(|_| !leads_out);
    let seconds = seconds.ok_or("advisories without a place or a time")?;
    Ok(Some(Place {
        path,
        made_at: Timestamp::from_secs(seconds),
    }))
}

/// Shows each package of each advisory on security. Those of a module's stream are passed over: which
/// stream is in use is not known here, and another one's versions would be compared.
pub(super) fn each(text: impl BufRead, mut show: impl FnMut(&Fix)) -> Result<(), String> {
    let mut reader = Reader::from_reader(text);
    let mut buffer = Vec::new();
    let (mut security, mut module, mut ended) = (false, false, false);
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        match event.map_err(|error| error.to_string())? {
            Event::Start(tag) | Event::Empty(tag) => match tag.name().as_ref() {
                "update" => security = attribute(&tag, "type").as_deref() == Some("security"),
                "collection" => module = false,
                "module" => module = true,
                "package" if security && !module => {
                    let fix = fix(&tag).ok_or("a package without its name or version")?;
                    show(&fix);
                }
                _ => {}
            },
            Event::End(tag) => ended |= tag.name().as_ref() == "updates",
            Event::Eof if ended => return Ok(()),
            Event::Eof => return Err("breaks off".to_owned()),
            Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

fn fix(tag: &BytesStart<'_>) -> Option<Fix> {
    let of = |name: &str| attribute(tag, name);
    let epoch = of("epoch").unwrap_or_default();
    let (version, release) = (of("version")?, of("release")?);
    let version = match epoch.as_str() {
        "" | "0" => format!("{version}-{release}"),
        epoch => format!("{epoch}:{version}-{release}"),
    };
    Some(Fix {
        name: of("name")?,
        architecture: of("arch")?,
        version,
    })
}

/// Names and versions hold nothing that XML would write otherwise.
fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.try_get_attribute(name).ok()??;
    Some(found.value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = include_str!("../../../../../testdata/dnf/repodata/repomd.xml");

    #[test]
    fn the_head_of_a_repository_says_where_its_advisories_are() {
        let found = place(HEAD).unwrap().unwrap();
        assert!(found.path.starts_with("repodata/") && found.path.ends_with("updateinfo.xml.gz"));
        assert!(found.made_at.secs() > 1_700_000_000, "{found:?}");
        let without = HEAD.replace("type=\"updateinfo\"", "type=\"other\"");
        assert_eq!(place(&without), Ok(None));
        let out = HEAD.replace("href=\"repodata/", "href=\"../../etc/");
        assert!(place(&out).is_err());
        for end in 0..HEAD.trim_end().len() {
            assert!(place(&HEAD[..end]).is_err(), "{end}");
        }
    }

    fn fixes(text: &str) -> Result<Vec<String>, String> {
        let mut fixes = Vec::new();
        each(text.as_bytes(), |fix| {
            fixes.push(format!("{} {} {}", fix.name, fix.version, fix.architecture));
        })?;
        Ok(fixes)
    }

    #[test]
    fn advisories_on_security_alone_are_shown_and_no_modules() {
        let package = |name: &str| {
            format!(
                "<package name=\"{name}\" version=\"1\" release=\"2\" epoch=\"3\" arch=\"noarch\"/>"
            )
        };
        let update = |kind: &str, inside: &str| {
            format!(
                "<update type=\"{kind}\"><pkglist><collection>{inside}</collection></pkglist></update>"
            )
        };
        let text = format!(
            "<updates>{}{}{}</updates>",
            update("security", &package("a")),
            update("bugfix", &package("b")),
            update("security", &format!("<module name=\"m\"/>{}", package("c"))),
        );
        assert_eq!(fixes(&text).unwrap(), ["a 3:1-2 noarch"]);
        assert!(fixes(&text[..text.len() - 4]).is_err(), "breaks off");
        assert!(fixes("<updates><update type=\"security\"><package/></update></updates>").is_err());
    }
}
