//! stub
use crate::sensors::Root;
use sekisho_policy::facts::AntivirusProduct;
use sekisho_policy::reading::{Reading, Why};
pub(super) fn read(_root: &Root) -> Reading<Vec<AntivirusProduct>> {
    Reading::Unknown(Why::NotAsked)
}
