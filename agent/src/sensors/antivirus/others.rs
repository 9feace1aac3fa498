//! Products of which only the service can be told: what their programs print is in the language of the machine, or
//! nobody has written it down.
//!
//! Touches their folders and services. Must never call one current: its definitions stay unknown.

use sekisho_policy::facts::{AntivirusProduct, DefinitionsKind};
use sekisho_policy::reading::Reading;

use super::{AntivirusReader, service, untold};
use crate::sensors::Root;

/// One such product.
pub(super) struct ByService {
    name: &'static str,
    vendor: &'static str,
    folder: &'static str,
    unit: &'static str,
    kind: DefinitionsKind,
}

/// Kaspersky Endpoint Security. `kesl-control --app-info` is translated, its JSON too.
pub(super) const KASPERSKY: ByService = ByService {
    name: "Kaspersky Endpoint Security",
    vendor: "Kaspersky",
    folder: "/opt/kaspersky/kesl",
    unit: "kesl.service",
    kind: DefinitionsKind::Pattern,
};
/// Bitdefender GravityZone.
pub(super) const BITDEFENDER: ByService = ByService {
    name: "Bitdefender GravityZone",
    vendor: "Bitdefender",
    folder: "/opt/bitdefender-security-tools",
    unit: "bdsec.service",
    kind: DefinitionsKind::Pattern,
};
/// Palo Alto Cortex XDR.
pub(super) const CORTEX: ByService = ByService {
    name: "Cortex XDR",
    vendor: "Palo Alto Networks",
    folder: "/opt/traps",
    unit: "traps_pmd.service",
    kind: DefinitionsKind::Cloud,
};

impl AntivirusReader for ByService {
    fn places(&self) -> &[&'static str] {
        std::slice::from_ref(&self.folder)
    }

    fn named(&self) -> AntivirusProduct {
        AntivirusProduct {
            definitions_kind: self.kind,
            ..AntivirusProduct::named(self.name, self.vendor)
        }
    }

    fn read(&self, root: &Root) -> AntivirusProduct {
        let mut evidence = Vec::new();
        let running = service::running(root, self.unit, &mut evidence);
        let (healthy, definitions) = match self.kind {
            DefinitionsKind::Pattern => (Reading::Absent, untold(self.name, "its definitions")),
            DefinitionsKind::Cloud => (untold(self.name, "its health"), Reading::Absent),
        };
        AntivirusProduct {
            running,
            healthy,
            definitions,
            evidence,
            engine_version: untold(self.name, "its engine"),
            realtime: untold(self.name, "real-time protection"),
            ..self.named()
        }
    }
}
