//! What the laptops of the simulation are made of: facts, and policies to be judged by.
//!
//! Touches nothing. Must never make two laptops alike.

use sekisho_agent::identity::Validity;
use sekisho_policy::facts::{
    Facts, Host, Package, PackageScope, PackageSource, PackageState, Software,
};
use sekisho_policy::reading::Reading;
use sekisho_policy::time::Span;
use sekisho_tests::dice::Dice;

use crate::time;

/// Packages that come and go; one policy or another forbids some of them.
const PACKAGES: [&str; 6] = [
    "base-files",
    "firefox-esr",
    "qbittorrent",
    "libreoffice",
    "tor",
    "zsh",
];
/// Packages with so much noise in them that the section has to travel in chunks.
const NOISY: usize = 600;

/// A policy of the simulation: the software it forbids tells it from the others.
pub(crate) fn policy(number: u64) -> String {
    let forbidden = PACKAGES[usize::try_from(number).expect("a small number") % PACKAGES.len()];
    format!(
        "format = 1\n# {number}\n[rules.device-approved]\ngrace_hours = 0\n\
         [rules.software-allowed]\ngrace_hours = 1\ndeny = [\"{forbidden}\"]\n"
    )
}

/// A new certificate's.
pub(crate) fn validity() -> Validity {
    Validity {
        from: time::now().after(Span::from_hours(-1)),
        until: time::now().after(Span::from_days(90)),
    }
}

/// The facts of a laptop when the story begins.
pub(crate) fn facts(number: u32) -> Facts {
    let mut facts = Facts::not_asked();
    facts.host = Reading::Known(Host {
        hostname: format!("laptop-{number}"),
        os_id: "debian".to_owned(),
        os_version: Reading::Known("13".to_owned()),
        os_name: "Debian GNU/Linux 13 (trixie)".to_owned(),
        kernel: "6.12.0".to_owned(),
        architecture: "x86_64".to_owned(),
        model: Reading::Absent,
        product_uuid: Reading::Known(format!("00000000-0000-4000-8000-{number:012}")),
        serial: Reading::Known(format!("KH{number}")),
        machine_mark: Reading::Known(format!("mark of {number}")),
        boot_id: Reading::Known("first".to_owned()),
    });
    facts.software = software(&PACKAGES[..1]);
    facts
}

/// Changes the software of a laptop. Now and then so much is installed that it travels in chunks.
pub(crate) fn installs(facts: &mut Facts, dice: &mut Dice) {
    let names: Vec<&str> = PACKAGES.into_iter().filter(|_| dice.chance(50)).collect();
    facts.software = software(&names);
    if dice.chance(2)
        && let Reading::Known(software) = &mut facts.software
    {
        let noisy = (0..NOISY).map(|number| Package {
            vendor: (0..64).map(|_| format!("{:016x}", dice.roll())).collect(),
            ..package(&format!("noise-{number}"))
        });
        software.packages.extend(noisy);
    }
}

/// A reboot is seen in the facts.
pub(crate) fn boots(facts: &mut Facts, dice: &mut Dice) {
    if let Reading::Known(host) = &mut facts.host {
        host.boot_id = Reading::Known(format!("{:x}", dice.roll()));
    }
}

fn software(names: &[&str]) -> Reading<Software> {
    Reading::Known(Software {
        sources: vec![(PackageSource::Dpkg, Reading::Known(1))],
        packages: names.iter().map(|name| package(name)).collect(),
    })
}

fn package(name: &str) -> Package {
    Package {
        source: PackageSource::Dpkg,
        name: name.to_owned(),
        architecture: "amd64".to_owned(),
        version: "1-1".to_owned(),
        vendor: "Aiko <aiko@example.jp>".to_owned(),
        origin: None,
        state: PackageState::Installed,
        scope: PackageScope::Machine,
    }
}
