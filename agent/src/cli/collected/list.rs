//! Every datum that leaves a laptop, what it is for, and the rules that need it.
//!
//! Touches nothing. Must never lack a field of the facts, nor name a rule that is none: tests compare.

/// Some data that serve one purpose.
pub(super) struct Item {
    /// The name, of which `collected-NAME` says what it is and `collected-NAME-why` what for.
    pub(super) name: &'static str,
    /// Where `check --json` has them below `facts`; none where they are no facts.
    pub(super) fields: &'static [&'static str],
    /// The rules that read them.
    pub(super) rules: &'static [&'static str],
}

const fn item(
    name: &'static str,
    rules: &'static [&'static str],
    fields: &'static [&'static str],
) -> Item {
    Item {
        name,
        fields,
        rules,
    }
}

/// All of it.
pub(super) const ITEMS: &[Item] = &[
    item("host-name", &["device-approved"], &["host.hostname"]),
    item(
        "hardware",
        &["device-approved"],
        &[
            "host.model",
            "host.product_uuid",
            "host.serial",
            "host.machine_mark",
            "host.boot_id",
            "host.architecture",
        ],
    ),
    item(
        "system",
        &["os-supported", "updates-pending"],
        &[
            "host.os_id",
            "host.os_version",
            "host.os_name",
            "host.kernel",
            "platform.release.id",
            "platform.release.version",
            "platform.release.name",
            "platform.release.supported_until",
            "platform.release.evidence",
        ],
    ),
    item(
        "volumes",
        &["disk-encrypted", "removable-media"],
        &[
            "volumes.place",
            "volumes.name",
            "volumes.device",
            "volumes.source",
            "volumes.filesystem",
            "volumes.size_bytes",
            "volumes.removable",
            "volumes.exemption",
            "volumes.encryption.encrypted",
            "volumes.encryption.kind",
            "volumes.encryption.plain_reason",
            "volumes.encryption.plain_leg",
            "volumes.evidence",
        ],
    ),
    item(
        "antivirus",
        &["definitions-current"],
        &[
            "antivirus.name",
            "antivirus.vendor",
            "antivirus.engine_version",
            "antivirus.running",
            "antivirus.realtime",
            "antivirus.definitions_kind",
            "antivirus.definitions.version",
            "antivirus.definitions.built_at",
            "antivirus.healthy",
            "antivirus.evidence",
        ],
    ),
    item(
        "detections",
        &["no-active-malware", "definitions-current"],
        &[
            "antivirus.detections.name",
            "antivirus.detections.at",
            "antivirus.detections.state",
            "antivirus.scans.kind",
            "antivirus.scans.at",
            "antivirus.scans.result",
        ],
    ),
    item(
        "software",
        &["software-allowed"],
        &[
            "software.sources.source",
            "software.sources.count",
            "software.packages.source",
            "software.packages.name",
            "software.packages.architecture",
            "software.packages.version",
            "software.packages.vendor",
            "software.packages.origin.name",
            "software.packages.origin.version",
            "software.packages.state",
        ],
    ),
    item(
        "software-user",
        &["software-allowed"],
        &["software.packages.user"],
    ),
    item(
        "updates",
        &["updates-pending"],
        &[
            "platform.updates.source",
            "platform.updates.listed_at",
            "platform.updates.count",
            "platform.updates.pending.name",
            "platform.updates.pending.architecture",
            "platform.updates.pending.installed",
            "platform.updates.pending.available",
            "platform.updates.restart_needed",
            "platform.updates.evidence",
        ],
    ),
    item(
        "screen-locks",
        &["screen-locks"],
        &[
            "platform.screen_locks.user",
            "platform.screen_locks.desktop",
            "platform.screen_locks.locks_after_secs",
            "platform.screen_locks.evidence",
        ],
    ),
    item(
        "firewall",
        &["firewall-on"],
        &[
            "platform.firewall.ipv4",
            "platform.firewall.ipv6",
            "platform.firewall.evidence",
        ],
    ),
    item(
        "firmware",
        &["secure-boot"],
        &[
            "platform.secure_boot.enabled",
            "platform.secure_boot.evidence",
            "platform.tpm.version",
            "platform.tpm.evidence",
        ],
    ),
    item(
        "administrators",
        &["local-administrators"],
        &[
            "platform.administrators.accounts.name",
            "platform.administrators.accounts.is_root",
            "platform.administrators.accounts.groups",
            "platform.administrators.not_read",
            "platform.administrators.evidence",
        ],
    ),
    item(
        "networks",
        &["network-permitted", "vpn-outside", "take-out-approved"],
        &[
            "network.place",
            "network.links.name",
            "network.links.kind",
            "network.links.addresses",
            "network.links.evidence",
            "network.default_routes.family",
            "network.default_routes.link",
            "network.default_routes.gateway",
            "network.dns_servers",
            "network.vpns.link",
            "network.vpns.kind",
            "network.vpns.covers",
            "network.vpns.evidence",
            "network.ipsec.link",
            "network.ipsec.kind",
            "network.ipsec.covers",
            "network.ipsec.evidence",
        ],
    ),
    item(
        "wifi",
        &["wifi-secure", "network-permitted"],
        &[
            "network.wifi.link",
            "network.wifi.ssid",
            "network.wifi.offers",
            "network.wifi.ciphers",
            "network.wifi.group_cipher",
            "network.wifi.evidence",
        ],
    ),
    item("agent", &[], &[]),
    item("enforcement", &[], &[]),
    item("connection", &["device-approved"], &[]),
    item("key", &["device-approved"], &[]),
];
