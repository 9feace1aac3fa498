//! What was found on the laptop, in short: the machine, its volumes, its antivirus, its software.
//!
//! Touches the writer it is given. Must never show a fact that could not be told as one that is
//! absent.

mod network;
mod platform;

use std::io::{self, Write};

use sekisho_policy::facts::{AntivirusProduct, Encryption, Facts, Place, Software, Volume};
use sekisho_policy::reading::Reading;
use sekisho_policy::words::{self, Language, pad, shown, text, width};

use super::super::Checked;
use crate::cli::terminal::{Style, Tone};
use crate::cli::zone::Zone;

/// Columns a mount point may take before the ones beside it are pushed away.
const PLACE_COLUMNS: usize = 28;

/// Writes the summary.
pub(super) fn write(
    out: &mut impl Write,
    checked: &Checked,
    language: Language,
    style: Style,
    zone: &Zone,
) -> io::Result<()> {
    let Facts {
        host,
        volumes,
        antivirus,
        software,
        platform,
        network,
    } = &checked.facts;
    writeln!(out)?;
    let mut topic = |key: &str, lines: Vec<String>| -> io::Result<()> {
        writeln!(
            out,
            "{}",
            style.paint(Tone::Title, &text(language, key, &[]))
        )?;
        for line in lines {
            writeln!(out, "  {}", style.wrap(line.trim_end(), 4))?;
        }
        Ok(())
    };
    topic(
        "check-host",
        told(host, language, |host| {
            vec![format!(
                "{}, {}, Linux {} {}",
                shown(&host.hostname),
                shown(&host.os_name),
                shown(&host.kernel),
                shown(&host.architecture)
            )]
        }),
    )?;
    topic(
        "check-volumes",
        told(volumes, language, |volumes| {
            volumes.iter().map(|one| volume(one, language)).collect()
        }),
    )?;
    topic(
        "check-antivirus",
        told(antivirus, language, |products| {
            products
                .iter()
                .map(|one| product(one, language, zone))
                .collect()
        }),
    )?;
    topic(
        "check-software",
        told(software, language, |software| sources(software, language)),
    )?;
    topic(
        "check-platform",
        told(platform, language, |platform| {
            platform::lines(platform, language, zone)
        }),
    )?;
    topic(
        "check-network",
        told(network, language, |network| {
            network::lines(network, language)
        }),
    )?;
    writeln!(out)
}

fn told<T>(
    reading: &Reading<T>,
    language: Language,
    lines: impl FnOnce(&T) -> Vec<String>,
) -> Vec<String> {
    match reading {
        Reading::Known(value) => lines(value),
        Reading::Absent => vec![text(language, "check-none", &[])],
        Reading::Unknown(why) => vec![words::why(language, why)],
    }
}

fn volume(volume: &Volume, language: Language) -> String {
    let place = match &volume.place {
        Place::Mounted(point) => shown(point).into_owned(),
        Place::Swap(path) => format!("{} (swap)", shown(path)),
        Place::Unmounted(name) => text(language, "check-unmounted", &[("name", name)]),
    };
    let place = pad(&place, width(&place).max(PLACE_COLUMNS).saturating_add(2));
    let state = match (&volume.exemption, &volume.encryption) {
        (Some(_), Reading::Known(Encryption::Encrypted(_)))
        | (None, Reading::Known(Encryption::Encrypted(_))) => {
            text(language, "check-encrypted", &[])
        }
        (Some(_), _) => text(language, "check-exempt", &[]),
        (None, Reading::Known(Encryption::Plain(_))) => text(language, "check-plain", &[]),
        (None, Reading::Absent) => text(language, "check-none", &[]),
        (None, Reading::Unknown(why)) => words::why(language, why),
    };
    let carried = match volume.removable {
        Reading::Known(true) => format!(" ({})", text(language, "check-removable", &[])),
        Reading::Known(false) | Reading::Absent | Reading::Unknown(_) => String::new(),
    };
    let filesystem = pad(&shown(&volume.filesystem), 10);
    format!("{place}{filesystem}{state}{carried}")
}

fn product(product: &AntivirusProduct, language: Language, zone: &Zone) -> String {
    let flag = |reading: &Reading<bool>| match reading {
        Reading::Known(true) => text(language, "check-yes", &[]),
        Reading::Known(false) | Reading::Absent => text(language, "check-no", &[]),
        Reading::Unknown(why) => words::why(language, why),
    };
    let definitions = match &product.definitions {
        Reading::Known(set) => format!("{} ({})", shown(&set.version), zone.show(set.built_at)),
        Reading::Absent => text(language, "check-none", &[]),
        Reading::Unknown(why) => words::why(language, why),
    };
    let line = text(
        language,
        "check-product",
        &[
            ("name", &product.name),
            ("running", &flag(&product.running)),
            ("realtime", &flag(&product.realtime)),
            ("definitions", &definitions),
        ],
    );
    [line]
        .into_iter()
        .chain(alarms(product, language))
        .collect::<Vec<_>>()
        .join("; ")
}

/// What the product itself warns of.
fn alarms(product: &AntivirusProduct, language: Language) -> Vec<String> {
    let degraded = product.healthy == Reading::Known(false);
    let degraded = degraded.then(|| text(language, "check-product-degraded", &[]));
    let undealt = product.undealt();
    let names: Vec<_> = undealt
        .known()
        .into_iter()
        .flatten()
        .map(|one| shown(&one.name))
        .collect();
    let malware = names.join(", ");
    let malware = (!names.is_empty())
        .then(|| text(language, "check-product-malware", &[("malware", &malware)]));
    degraded.into_iter().chain(malware).collect()
}

fn sources(software: &Software, language: Language) -> Vec<String> {
    software
        .sources
        .iter()
        .filter(|(_, count)| *count != Reading::Absent)
        .map(|(source, count)| {
            let name = words::package_source(language, *source);
            let count = match count {
                Reading::Known(count) => count.to_string(),
                Reading::Absent => text(language, "check-none", &[]),
                Reading::Unknown(why) => words::why(language, why),
            };
            format!("{}{count}", pad(&name, 10))
        })
        .collect()
}
