//! stub
use sekisho_policy::facts::AntivirusProduct;
use sekisho_policy::reading::{Reading, Why};
use crate::sensors::Root;
pub(super) fn read(_root: &Root) -> Reading<Vec<AntivirusProduct>> { Reading::Unknown(Why::NotAsked) }
