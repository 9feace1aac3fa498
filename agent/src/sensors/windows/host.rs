//! What a Windows laptop says of itself: its names, its release, and the marks that tell its hardware from another's.
//!
//! Touches nothing but through `registry` and `wmi`. Must never believe `ProductName`, which says 10 on every Windows 11, nor
//! let the raw machine's id out.

use sekisho_policy::facts::{Evidence, Host, Release};
use sekisho_policy::reading::{Reading, Why};

use super::registry::{self, Hive, Key, Question};
use super::wmi;
use crate::ask::AskError;
use crate::sensors::Root;
use crate::sensors::host::{machine_mark, model, product_uuid, serial};

const VERSION: Question = Question {
    name: "version",
    hive: Hive::Machine,
    path: r"SOFTWARE\Microsoft\Windows NT\CurrentVersion",
    below: false,
    values: &[
        "CurrentBuildNumber",
        "CurrentMajorVersionNumber",
        "CurrentMinorVersionNumber",
        "DisplayVersion",
        "EditionID",
        "InstallationType",
        "ReleaseId",
        "UBR",
    ],
};
const NAME: Question = Question {
    name: "name",
    hive: Hive::Machine,
    path: r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters",
    below: false,
    values: &["NV Hostname", "Hostname"],
};
const HARDWARE: Question = Question {
    name: "bios",
    hive: Hive::Machine,
    path: r"HARDWARE\DESCRIPTION\System\BIOS",
    below: false,
    values: &["SystemManufacturer", "SystemProductName"],
};
/// It tells the first three groups of the UUID in the byte order of SMBIOS 2.6.
const PRODUCT: wmi::Question = wmi::Question {
    name: "product",
    namespace: r"ROOT\CIMV2",
    class: "Win32_ComputerSystemProduct",
    fields: &["UUID", "IdentifyingNumber"],
    methods: &[],
    is_private: false,
};
const MACHINE: Question = Question {
    name: "processor",
    hive: Hive::Machine,
    path: r"SYSTEM\CurrentControlSet\Control\Session Manager\Environment",
    below: false,
    values: &["PROCESSOR_ARCHITECTURE"],
};
const STARTS: Question = Question {
    name: "starts",
    hive: Hive::Machine,
    path: r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters",
    below: false,
    values: &["BootId"],
};
const IDENTITY: Question = Question {
    name: "identity",
    hive: Hive::Machine,
    path: r"SOFTWARE\Microsoft\Cryptography",
    below: false,
    values: &["MachineGuid"],
};

/// The first build of Windows 11.
const ELEVEN: u64 = 22_000;

/// What `CurrentVersion` says, parsed.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    /// `windows`, or `windows-server`.
    id: &'static str,
    /// Such as `Windows 11`.
    product: &'static str,
    /// Such as `10.0.26100.2314`.
    kernel: String,
    /// Such as `11-24H2`, `11-24H2-enterprise`, or the year of a server.
    release: Option<String>,
    /// Such as `24H2`.
    wave: Option<String>,
    /// Such as `Professional`.
    edition: Option<String>,
    evidence: Vec<Evidence>,
}

/// Reads what the machine says of itself.
pub(in crate::sensors) fn read(root: &Root) -> Reading<Host> {
    let version = match ask(root, &VERSION).and_then(|key| version(&key)) {
        Ok(version) => version,
        Err(why) => return Reading::Unknown(why),
    };
    let hostname = match ask(root, &NAME).and_then(|key| hostname(&key)) {
        Ok(hostname) => hostname,
        Err(why) => return Reading::Unknown(why),
    };
    let product = wmi::ask(root, &PRODUCT);
    let of_product = |field: &str, parse: fn(&str) -> Reading<String>| match &product {
        Ok(rows) => rows
            .first()
            .and_then(|row| row.text(field))
            .map_or(Reading::Absent, parse),
        Err(error) => error.reading(),
    };
    Reading::Known(Host {
        hostname,
        os_id: version.id.to_owned(),
        os_version: version
            .release
            .clone()
            .map_or(Reading::Absent, Reading::Known),
        os_name: version.name(),
        kernel: version.kernel,
        architecture: ask(root, &MACHINE).map_or_else(|_| String::new(), |key| architecture(&key)),
        model: match registry::ask(root, &HARDWARE) {
            Ok(key) => {
                let text = |name| key.text(name).unwrap_or_default();
                model(text("SystemManufacturer"), text("SystemProductName"))
            }
            Err(error) => error.reading(),
        },
        product_uuid: of_product("UUID", product_uuid),
        serial: of_product("IdentifyingNumber", serial),
        machine_mark: mark(root),
        boot_id: match registry::ask(root, &STARTS) {
            Ok(key) => key
                .number("BootId")
                .map_or(Reading::Absent, |number| Reading::Known(number.to_string())),
            Err(error) => error.reading(),
        },
    })
}

/// Reads the release.
pub(in crate::sensors) fn release(root: &Root) -> Reading<Release> {
    match ask(root, &VERSION).and_then(|key| version(&key)) {
        Ok(version) => Reading::Known(Release {
            id: version.id.to_owned(),
            version: version
                .release
                .clone()
                .map_or(Reading::Absent, Reading::Known),
            name: version.name(),
            supported_until: Reading::Absent,
            evidence: version.evidence,
        }),
        Err(why) => Reading::Unknown(why),
    }
}

fn ask(root: &Root, question: &Question) -> Result<Key, Why> {
    registry::ask(root, question).map_err(|error| error.why())
}

fn version(key: &Key) -> Result<Version, Why> {
    let build = key.text("CurrentBuildNumber");
    let Some((build, number)) = build.and_then(|text| Some((text, text.parse::<u64>().ok()?)))
    else {
        let what = "CurrentVersion: CurrentBuildNumber is no number";
        return Err(Why::Unreadable(what.to_owned()));
    };
    let part = |name| key.number(name);
    let major = part("CurrentMajorVersionNumber").unwrap_or(10);
    let minor = part("CurrentMinorVersionNumber").unwrap_or(0);
    let is_client = key
        .text("InstallationType")
        .is_none_or(|kind| kind == "Client");
    // ReleaseId stands still at 2009 since 20H2.
    let wave = key.text("DisplayVersion").or_else(|| key.text("ReleaseId"));
    let channel = key.text("EditionID").map_or("", channel);
    let of_wave = |ten| wave.map(|wave| format!("{ten}-{wave}{channel}"));
    let (id, product, release) = match (is_client, number) {
        (false, _) => (
            "windows-server",
            "Windows Server",
            server(number).map(str::to_owned),
        ),
        (true, ELEVEN..) => ("windows", "Windows 11", of_wave(11)),
        (true, _) => ("windows", "Windows 10", of_wave(10)),
    };
    let revision = part("UBR").map(|number| format!(".{number}"));
    let evidence = key.values.iter().map(|(name, value)| Evidence {
        source: format!(r"CurrentVersion\{name}"),
        value: value.shown(),
    });
    Ok(Version {
        id,
        product,
        kernel: format!("{major}.{minor}.{build}{}", revision.unwrap_or_default()),
        release,
        wave: wave.map(str::to_owned),
        edition: key.text("EditionID").map(str::to_owned),
        evidence: evidence.collect(),
    })
}

/// What tells editions apart whose support ends on another day than that of Home and Pro. One that is not known here ends
/// with those, which is first.
fn channel(edition: &str) -> &'static str {
    match edition {
        "IoTEnterpriseS" | "IoTEnterpriseSK" => "-iot-ltsc",
        "EnterpriseS" | "EnterpriseSN" | "EnterpriseSEval" | "EnterpriseSNEval" => "-ltsc",
        "Enterprise" | "EnterpriseN" | "EnterpriseEval" | "EnterpriseNEval" | "EnterpriseG"
        | "EnterpriseGN" | "Education" | "EducationN" | "IoTEnterprise" | "IoTEnterpriseK"
        | "ServerRdsh" => "-enterprise",
        _ => "",
    }
}

/// The years of servers by their builds, which no value tells.
const fn server(build: u64) -> Option<&'static str> {
    match build {
        14_393 => Some("2016"),
        17_763 => Some("2019"),
        20_348 => Some("2022"),
        26_100 => Some("2025"),
        _ => None,
    }
}

impl Version {
    fn name(&self) -> String {
        let more = [&self.edition, &self.wave].into_iter().flatten();
        more.fold(self.product.to_owned(), |name, more| {
            format!("{name} {more}")
        })
    }
}

fn hostname(key: &Key) -> Result<String, Why> {
    let name = key.text("NV Hostname").or_else(|| key.text("Hostname"));
    name.map(str::to_owned)
        .ok_or_else(|| Why::Unreadable("the registry has no host name".to_owned()))
}

/// As uname(2) would call it.
fn architecture(key: &Key) -> String {
    match key.text("PROCESSOR_ARCHITECTURE").unwrap_or_default() {
        "AMD64" => "x86_64".to_owned(),
        "ARM64" => "aarch64".to_owned(),
        "x86" => "i686".to_owned(),
        other => other.to_lowercase(),
    }
}

/// A capture has the mark and not the id, from which every mark of this machine could be made.
fn mark(root: &Root) -> Reading<String> {
    let asked = root.derived("machine-mark", |root| {
        let key = registry::ask(root, &IDENTITY)?;
        let id = key.text("MachineGuid").unwrap_or_default().replace('-', "");
        match machine_mark(&id) {
            Reading::Known(mark) => Ok(mark.into_bytes()),
            Reading::Absent => Ok(Vec::new()),
            Reading::Unknown(why) => {
                let broken = std::io::Error::other(why.to_string());
                let path = std::path::Path::new(IDENTITY.path);
                Err(AskError::from_io(path, broken))
            }
        }
    });
    match asked {
        Ok(none) if none.is_empty() => Reading::Absent,
        Ok(mark) => Reading::Known(crate::ask::into_text(mark)),
        Err(error) => error.reading(),
    }
}

#[cfg(test)]
mod tests;
