//! The antivirus section.
//!
//! Touches nothing. Must never fill in what a product did not say.

use sekisho_policy::facts::{AntivirusProduct, Definitions};
use sekisho_policy::limits::ANTIVIRUS_PRODUCTS_MAX;
use sekisho_policy::time::Timestamp;

use super::reading::IntoReading;
use super::{InvalidMessage, at_most, cut, enums, evidence_from, evidence_to, text};
use crate::wire;

impl From<&[AntivirusProduct]> for wire::Antivirus {
    fn from(products: &[AntivirusProduct]) -> Self {
        Self {
            products: products.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<wire::Antivirus> for Vec<AntivirusProduct> {
    type Error = InvalidMessage;

    fn try_from(wire::Antivirus { products }: wire::Antivirus) -> Result<Self, Self::Error> {
        at_most(products, "antivirus products", ANTIVIRUS_PRODUCTS_MAX)?
            .into_iter()
            .map(TryInto::try_into)
            .collect()
    }
}

impl From<&AntivirusProduct> for wire::AntivirusProduct {
    fn from(product: &AntivirusProduct) -> Self {
        let AntivirusProduct {
            name,
            vendor,
            engine_version,
            running,
            realtime,
            healthy,
            definitions_kind,
            definitions,
            scans,
            detections,
            evidence,
        } = product;
        Self {
            name: cut(name),
            vendor: cut(vendor),
            engine_version: Some(engine_version.into()),
            running: Some(running.into()),
            realtime: Some(realtime.into()),
            definitions_kind: wire::antivirus_product::DefinitionsKind::from(*definitions_kind)
                .into(),
            definitions: Some(definitions.into()),
            evidence: evidence_to(evidence),
            healthy: Some(healthy.into()),
            scans: Some(scans.into()),
            detections: Some(detections.into()),
        }
    }
}

impl TryFrom<wire::AntivirusProduct> for AntivirusProduct {
    type Error = InvalidMessage;

    fn try_from(product: wire::AntivirusProduct) -> Result<Self, Self::Error> {
        let wire::AntivirusProduct {
            name,
            vendor,
            engine_version,
            running,
            realtime,
            healthy,
            definitions_kind,
            definitions,
            scans,
            detections,
            evidence,
        } = product;
        Ok(Self {
            name: text(name, "antivirus name")?,
            vendor: text(vendor, "antivirus vendor")?,
            engine_version: engine_version.reading("antivirus engine version")?,
            running: running.reading("antivirus running")?,
            realtime: realtime.reading("antivirus real-time protection")?,
            definitions_kind: enums::known::<wire::antivirus_product::DefinitionsKind, _>(
                definitions_kind,
                "kind of antivirus definitions",
            )?,
            definitions: definitions.reading("antivirus definitions")?,
            healthy: healthy.reading("antivirus health")?,
            scans: scans.reading("antivirus scans")?,
            detections: detections.reading("antivirus detections")?,
            evidence: evidence_from(evidence, "antivirus evidence")?,
        })
    }
}

impl From<&Definitions> for wire::Definitions {
    fn from(Definitions { version, built_at }: &Definitions) -> Self {
        Self {
            version: cut(version),
            built_at_ms: built_at.0,
        }
    }
}

impl TryFrom<wire::Definitions> for Definitions {
    type Error = InvalidMessage;

    fn try_from(definitions: wire::Definitions) -> Result<Self, Self::Error> {
        let wire::Definitions {
            version,
            built_at_ms,
        } = definitions;
        Ok(Self {
            version: text(version, "version of antivirus definitions")?,
            built_at: Timestamp(built_at_ms),
        })
    }
}
