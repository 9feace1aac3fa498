//! Antivirus products, each read by a reader of its own behind one trait.
//!
//! Touches the products through their readers. Must never call a product active because its files
//! are there.

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

use sekisho_policy::facts::AntivirusProduct;
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
    /// What the product says of itself; `Absent` when it is not installed. Blocks until the product
    /// has answered or is late.
    fn read(&self, root: &Root) -> Reading<AntivirusProduct>;
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

/// `Absent` when no product was found, `Unknown` when none was found and one could not be looked
/// for.
fn gather(readers: &[&dyn AntivirusReader], root: &Root) -> Reading<Vec<AntivirusProduct>> {
    let mut products = Vec::new();
    let mut unknown: Option<Why> = None;
    for reader in readers.iter().take(ANTIVIRUS_PRODUCTS_MAX) {
        match reader.read(root) {
            Reading::Known(product) => products.push(product),
            Reading::Absent => {}
            Reading::Unknown(why) => unknown = unknown.or(Some(why)),
        }
    }
    match unknown {
        Some(why) if products.is_empty() => Reading::Unknown(why),
        _ if products.is_empty() => Reading::Absent,
        _ => Reading::Known(products),
    }
}

#[cfg(test)]
mod tests;
