//! Antivirus products, each read by a reader of its own behind one trait.
//!
//! Touches the products through their readers. Must never call a product active because its files
//! are there, nor leave out one that could not be looked for or did not answer.

mod clamav;
mod crowdstrike;
mod defender;
mod eset;
mod others;
mod program;
mod sentinelone;
mod service;
mod sophos;
mod trend;

use sekisho_policy::facts::{AntivirusProduct, DefinitionsKind, Evidence};
use sekisho_policy::limits::ANTIVIRUS_PRODUCTS_MAX;
use sekisho_policy::reading::{Reading, Why};

use super::Root;
use clamav::ClamAv;
use crowdstrike::Falcon;
use defender::Defender;
use others::{BITDEFENDER, CORTEX, KASPERSKY};
use sentinelone::SentinelOne;
use sophos::Sophos;
use trend::Trend;

/// Reads one product.
trait AntivirusReader {
    /// The product is installed where one of these is there.
    fn places(&self) -> &[&'static str];

    /// The product, of which nothing was looked for yet.
    fn named(&self) -> AntivirusProduct;

    /// What the product says of itself, where it is installed. Blocks until it has answered or is late.
    fn read(&self, root: &Root) -> AntivirusProduct;

    /// The product, of which nothing can be told for this reason.
    fn untold(&self, why: &Why) -> AntivirusProduct {
        silent(self.named(), why)
    }
}

/// Every product that can be read. A new one is one line.
const READERS: &[&dyn AntivirusReader] = &[
    &ClamAv,
    &Defender,
    &eset::ENDPOINT,
    &eset::SERVER,
    &Sophos,
    &Trend,
    &Falcon,
    &SentinelOne,
    &KASPERSKY,
    &BITDEFENDER,
    &CORTEX,
];

/// Reads every product of the machine.
pub(super) fn read(root: &Root) -> Reading<Vec<AntivirusProduct>> {
    gather(READERS, root)
}

/// What no program can ask the product, as far as is known.
fn untold<T>(product: &str, what: &str) -> Reading<T> {
    let why = format!("no way is known to ask {product} for {what}");
    Reading::Unknown(Why::Unsupported(why))
}

/// A product that does not answer, or of which it cannot even be told whether it is there.
fn silent(product: AntivirusProduct, why: &Why) -> AntivirusProduct {
    let (definitions, healthy) = match product.definitions_kind {
        DefinitionsKind::Pattern => (Reading::Unknown(why.clone()), product.healthy),
        DefinitionsKind::Cloud => (Reading::Absent, Reading::Unknown(why.clone())),
    };
    AntivirusProduct {
        engine_version: Reading::Unknown(why.clone()),
        running: Reading::Unknown(why.clone()),
        realtime: Reading::Unknown(why.clone()),
        evidence: vec![Evidence::new(product.name.clone(), why.to_string())],
        definitions,
        healthy,
        ..product
    }
}

/// Whether the product is installed.
fn is_there(reader: &dyn AntivirusReader, root: &Root) -> Result<bool, Why> {
    let mut hidden = None;
    for place in reader.places() {
        match root.path(place).try_exists() {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(error) => hidden = hidden.or(Some(error.why())),
        }
    }
    hidden.map_or(Ok(false), Err)
}

/// `Absent` when no product was found, `Unknown` when none was found and one could not be looked
/// for.
fn gather(readers: &[&dyn AntivirusReader], root: &Root) -> Reading<Vec<AntivirusProduct>> {
    let mut products = Vec::new();
    let mut hidden = Vec::new();
    for reader in readers.iter().take(ANTIVIRUS_PRODUCTS_MAX) {
        match is_there(*reader, root) {
            Ok(true) => products.push(reader.read(root)),
            Ok(false) => {}
            Err(why) => hidden.push((reader, why)),
        }
    }
    match hidden.first() {
        Some((_, why)) if products.is_empty() => Reading::Unknown(why.clone()),
        None if products.is_empty() => Reading::Absent,
        // One that may be there could be the one that has found something.
        Some(_) | None => {
            products.extend(hidden.iter().map(|(reader, why)| reader.untold(why)));
            Reading::Known(products)
        }
    }
}

#[cfg(test)]
mod tests;
