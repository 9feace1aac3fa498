//! The posture of a made-up laptop whose volumes section encodes to about 2 KiB.
//!
//! Touches nothing. Must never be simpler to judge than a real one.

use sekisho_policy::facts::{
    Administrator, Administrators, AgentHealth, AntivirusProduct, DefaultRoute, Definitions,
    DefinitionsKind, Desktop, Encryption, EncryptionKind, Evidence, Facts, Firewall, Host,
    IpFamily, LinkKind, Network, NetworkLink, NetworkPlace, Package, PackageScope, PackageSource,
    PackageState, Place, Platform, Release, ScreenLock, SecureBoot, Software, Subnet, Tpm, Updates,
    Volume, Wifi, WifiCipher, WifiSecurity,
};
use sekisho_policy::reading::Reading;
use sekisho_policy::time::{Span, Timestamp};

/// The facts of laptop `number` at its `change`th change.
pub(crate) fn facts(number: usize, change: u64, now: Timestamp) -> Facts {
    Facts {
        host: Reading::Known(host(number)),
        volumes: Reading::Known((0..8).map(|place| volume(place, change)).collect()),
        antivirus: Reading::Known(vec![antivirus(now)]),
        software: Reading::Known(software()),
        platform: Reading::Known(platform(now)),
        network: Reading::Known(network()),
    }
}

/// A desk in the office: a wire and a Wi-Fi.
fn network() -> Network {
    let link = |name: &str, kind, address: [u8; 4]| NetworkLink {
        name: name.to_owned(),
        kind,
        addresses: vec![Subnet {
            address: address.into(),
            prefix: 24,
        }],
        evidence: vec![],
    };
    Network {
        links: Reading::Known(vec![
            link("eth0", LinkKind::Wired, [10, 0, 0, 5]),
            link("wlan0", LinkKind::Wifi, [10, 0, 1, 5]),
        ]),
        default_routes: Reading::Known(vec![DefaultRoute {
            family: IpFamily::V4,
            link: "eth0".to_owned(),
            gateway: Some([10, 0, 0, 1].into()),
        }]),
        dns_servers: Reading::Known(vec![[10, 0, 0, 2].into()]),
        wifi: Reading::Known(vec![Wifi {
            link: "wlan0".to_owned(),
            ssid: Reading::Known("office".to_owned()),
            offers: Reading::Known(vec![WifiSecurity::Wpa2Enterprise]),
            ciphers: Reading::Known(vec![WifiCipher::Ccmp]),
            group_cipher: Reading::Known(WifiCipher::Ccmp),
            evidence: vec![],
        }]),
        vpns: Reading::Known(vec![]),
        ipsec: Reading::Known(vec![]),
        place: Reading::Known(NetworkPlace::Inside),
    }
}

/// In order under the shipped policy.
fn platform(now: Timestamp) -> Platform {
    let said = |source: &str, value: &str| vec![Evidence::new(source, value)];
    // Whole hours, so that the section stays the same within a run.
    let hour = Timestamp(now.0 - now.0.rem_euclid(3_600_000));
    Platform {
        release: Reading::Known(Release {
            id: "debian".to_owned(),
            version: Reading::Known("12".to_owned()),
            name: "Debian GNU/Linux 12 (bookworm)".to_owned(),
            supported_until: Reading::Absent,
            evidence: said("/etc/os-release ID", "debian"),
        }),
        updates: Reading::Known(Updates {
            source: PackageSource::Dpkg,
            listed_at: hour.after(Span::from_days(-1)),
            count: 0,
            pending: vec![],
            restart_needed: Reading::Known(false),
            evidence: said("bookworm-security_InRelease", "oldstable-security"),
        }),
        screen_locks: Reading::Known(vec![ScreenLock {
            user: "aiko".to_owned(),
            desktop: Desktop::Gnome,
            locks_after_secs: Reading::Known(300),
            evidence: said("/etc/dconf/db/local idle-delay", "300"),
        }]),
        firewall: Reading::Known(Firewall {
            ipv4: Reading::Known(true),
            ipv6: Reading::Known(true),
            evidence: said(
                "nft inet filter input (ipv4)",
                "policy drop, unasked refused",
            ),
        }),
        secure_boot: Reading::Known(SecureBoot {
            enabled: true,
            evidence: said("efivars/SecureBoot", "1"),
        }),
        tpm: Reading::Known(Tpm {
            version: Reading::Known(2),
            evidence: said("/sys/class/tpm/tpm0/tpm_version_major", "2"),
        }),
        administrators: Reading::Known(Administrators {
            accounts: vec![Administrator {
                name: "aiko".to_owned(),
                is_root: false,
                groups: vec!["sudo".to_owned()],
            }],
            not_read: vec![],
            evidence: said("/etc/group sudo", "aiko"),
        }),
        agent: Reading::Known(AgentHealth {
            version: "0.1.0".to_owned(),
            started_at: hour.after(Span::from_days(-2)),
            not_watched: vec![],
        }),
    }
}

fn host(number: usize) -> Host {
    Host {
        hostname: format!("laptop-{number:05}"),
        os_id: "debian".to_owned(),
        os_version: Reading::Known("12".to_owned()),
        os_name: "Debian GNU/Linux 12 (bookworm)".to_owned(),
        kernel: "6.1.0-50-amd64".to_owned(),
        architecture: "x86_64".to_owned(),
        model: Reading::Absent,
        product_uuid: Reading::Absent,
        serial: Reading::Absent,
        machine_mark: Reading::Known(format!("{number:064x}")),
        boot_id: Reading::Known(format!("{number:032x}")),
    }
}

fn volume(place: u32, change: u64) -> Volume {
    let mark = u64::from(place)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(change);
    Volume {
        place: Place::Mounted(format!("/srv/data-{place}")),
        device: format!("253:{place}"),
        source: format!("/dev/mapper/vg-{mark:016x}"),
        filesystem: "ext4".to_owned(),
        size_bytes: Some(512 << 30),
        removable: Reading::Known(false),
        exemption: None,
        encryption: Reading::Known(Encryption::Encrypted(EncryptionKind::Luks2)),
        evidence: vec![
            Evidence::new(
                "dm/uuid",
                format!("LVM-{mark:032x}{:032x}", mark.rotate_left(17)),
            ),
            Evidence::new(
                "dm/uuid",
                format!("CRYPT-LUKS2-{:032x}-c{place}", mark.rotate_left(31)),
            ),
        ],
    }
}

fn antivirus(now: Timestamp) -> AntivirusProduct {
    // Whole hours, so that the section stays the same within a run.
    let built_at = Timestamp(now.0 - now.0.rem_euclid(3_600_000)).after(Span::from_hours(-5));
    AntivirusProduct {
        engine_version: Reading::Known("1.4.6".to_owned()),
        running: Reading::Known(true),
        realtime: Reading::Known(true),
        definitions_kind: DefinitionsKind::Pattern,
        definitions: Reading::Known(Definitions {
            version: "27654".to_owned(),
            built_at,
        }),
        evidence: vec![Evidence::new("clamd", "ClamAV 1.4.6/27654")],
        ..AntivirusProduct::named("ClamAV", "Cisco")
    }
}

fn software() -> Software {
    let package = |number: u32| Package {
        source: PackageSource::Dpkg,
        name: format!("package-{number:03}"),
        architecture: "amd64".to_owned(),
        version: format!("1.{number}-1"),
        vendor: String::new(),
        origin: None,
        state: PackageState::Installed,
        scope: PackageScope::Machine,
    };
    Software {
        sources: vec![(PackageSource::Dpkg, Reading::Known(300))],
        packages: (0..300).map(package).collect(),
    }
}
