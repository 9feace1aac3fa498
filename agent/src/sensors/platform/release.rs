//! The release of the system, by os-release(5).
//!
//! Touches `/etc/os-release`. Must never look up what the file does not say.

use sekisho_policy::facts::{Evidence, Release};
use sekisho_policy::reading::{Reading, Why};
use sekisho_policy::time::{Span, Timestamp};

use crate::sensors::Root;
use crate::sensors::host::os_release;
use crate::sensors::keyfile::assigned;

/// The fields that a rule goes by.
const FIELDS: [&str; 4] = ["ID", "VERSION_ID", "PRETTY_NAME", "SUPPORT_END"];

/// Reads which release it is.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Release> {
    match os_release(root) {
        Ok(text) => Reading::Known(parse(&text)),
        Err(error) => Reading::Unknown(error.why()),
    }
}

fn parse(text: &str) -> Release {
    let field = |name: &str| assigned(text, name);
    let evidence = FIELDS.into_iter().filter_map(|name| {
        field(name).map(|value| Evidence::new(format!("/etc/os-release {name}"), value))
    });
    Release {
        // os-release(5): "linux" where the field is missing.
        id: field("ID").unwrap_or_else(|| "linux".to_owned()),
        version: field("VERSION_ID").map_or(Reading::Absent, Reading::Known),
        name: field("PRETTY_NAME").unwrap_or_else(|| "Linux".to_owned()),
        supported_until: field("SUPPORT_END").map_or(Reading::Absent, |day| until(&day)),
        evidence: evidence.collect(),
    }
}

/// The end of the last day of support.
fn until(day: &str) -> Reading<Timestamp> {
    match Timestamp::of_date(day) {
        Some(begins) => Reading::Known(begins.after(Span::from_days(1))),
        None => Reading::Unknown(Why::Unreadable(format!("SUPPORT_END={day}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> Reading<String> {
        Reading::Known(text.to_owned())
    }

    #[test]
    fn the_releases_of_several_distributions_are_told_as_they_name_themselves() {
        let debian = parse(include_str!("../../../testdata/os-release/debian-12"));
        assert_eq!(
            (debian.id.as_str(), &debian.version),
            ("debian", &known("12"))
        );
        assert_eq!(debian.supported_until, Reading::Absent);
        let ubuntu = parse(include_str!("../../../testdata/os-release/ubuntu-24.04"));
        assert_eq!(
            (ubuntu.id.as_str(), &ubuntu.version),
            ("ubuntu", &known("24.04"))
        );
        let fedora = parse(include_str!("../../../testdata/os-release/fedora-42"));
        let last = Timestamp::of_date("2026-05-13").unwrap();
        assert_eq!(
            fedora.supported_until,
            Reading::Known(last.after(Span::from_days(1)))
        );
        let leap = parse(include_str!(
            "../../../testdata/os-release/opensuse-leap-15.6"
        ));
        assert_eq!(
            (leap.id.as_str(), &leap.version),
            ("opensuse-leap", &known("15.6"))
        );
        let arch = parse(include_str!("../../../testdata/os-release/arch"));
        assert_eq!(
            (arch.id.as_str(), &arch.version),
            ("arch", &Reading::Absent)
        );
        assert_eq!(
            debian.evidence[0],
            Evidence::new("/etc/os-release ID", "debian")
        );
    }

    #[test]
    fn an_end_that_is_no_day_is_unknown() {
        let release = parse("ID=x\nSUPPORT_END=soon\n");
        assert!(matches!(
            release.supported_until,
            Reading::Unknown(Why::Unreadable(_))
        ));
        let nothing = parse("");
        assert_eq!(
            (nothing.id.as_str(), nothing.name.as_str()),
            ("linux", "Linux")
        );
    }
}
