//! The beacon: it answers on the internal network and nowhere else, so that a laptop can tell by it where it
//! is.
//!
//! Touches its own keys and the sockets it is given. Must never answer who is not an admitted device, never
//! keep anything of who asked, and never stop the collector: a beacon that cannot serve says so, and the rest
//! goes on.

mod answer;
mod bind;
mod places;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use sekisho_policy::id::Fingerprint;
use sekisho_proto::beacon::Beacons;

use crate::config::BeaconConfig;
use crate::keys::{BeaconKeys, KeysError};

pub use answer::serve;
pub use bind::listeners;
pub use places::Places;

/// The beacon of a collector.
#[derive(Debug, Default)]
pub struct Beacon {
    config: Option<BeaconConfig>,
    /// `None` when there is no beacon, or its keys cannot be used.
    keys: Option<BeaconKeys>,
    /// Why the keys cannot be used.
    keys_trouble: Option<String>,
    /// Where it does not listen, and why.
    deaf: Mutex<BTreeMap<SocketAddr, String>>,
}

/// How the beacon fares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeaconState {
    /// The addresses that laptops are told.
    pub addresses: Vec<SocketAddr>,
    /// The pins that laptops are told: of the key in use, and of the next. `None` when there are no keys.
    pub pins: Option<[Fingerprint; 2]>,
    /// What keeps it from serving, wholly or in part.
    pub troubles: Vec<String>,
}

impl Beacon {
    /// The beacon that the configuration asks for; its keys are made at the first start.
    #[must_use]
    pub fn open(config: Option<&BeaconConfig>, keys_dir: &Path) -> Self {
        let Some(config) = config else {
            return Self::default();
        };
        let (keys, keys_trouble) = match BeaconKeys::open(keys_dir) {
            Ok(keys) => (Some(keys), None),
            Err(error) => {
                let why = told(&error);
                tracing::error!(why, "the beacon does not serve");
                (None, Some(why))
            }
        };
        Self {
            config: Some(config.clone()),
            keys,
            keys_trouble,
            deaf: Mutex::default(),
        }
    }

    /// The configuration.
    #[must_use]
    pub const fn config(&self) -> Option<&BeaconConfig> {
        self.config.as_ref()
    }

    /// The keys, if it has some.
    #[must_use]
    pub const fn keys(&self) -> Option<&BeaconKeys> {
        self.keys.as_ref()
    }

    /// What laptops are told. Without keys they are told where it would be and nothing to know it by: they do not
    /// know then where they are, where they would else take the internal network for another, or the lack of a proof
    /// for the company's wish.
    #[must_use]
    pub fn told(&self) -> Beacons {
        let state = self.state();
        state.map_or_else(Beacons::default, |state| Beacons {
            addresses: state.addresses,
            pins: state.pins.map(Vec::from).unwrap_or_default(),
        })
    }

    /// How it fares; `None` when there is none.
    #[must_use]
    pub fn state(&self) -> Option<BeaconState> {
        let config = self.config.as_ref()?;
        let pins = self.keys.as_ref().map(|keys| {
            let pair = keys.current();
            [pair.current.pin, pair.next.pin]
        });
        let deaf = self.deaf.lock().unwrap_or_else(PoisonError::into_inner);
        let deaf = deaf.iter().map(|(at, why)| format!("{at}: {why}"));
        Some(BeaconState {
            addresses: config.addresses.clone(),
            pins,
            troubles: self.keys_trouble.clone().into_iter().chain(deaf).collect(),
        })
    }

    /// Notes that it listens at an address, or why it does not.
    fn listens(&self, at: SocketAddr, outcome: Result<(), String>) {
        let mut deaf = self.deaf.lock().unwrap_or_else(PoisonError::into_inner);
        match outcome {
            Ok(()) => drop(deaf.remove(&at)),
            Err(why) => drop(deaf.insert(at, why)),
        }
    }
}

fn told(error: &KeysError) -> String {
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> BeaconConfig {
        let addresses = vec!["10.1.2.3:7445".parse().unwrap()];
        BeaconConfig {
            listen: addresses.clone(),
            addresses,
            public_addresses: false,
        }
    }

    #[test]
    fn laptops_are_told_the_key_in_use_and_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let beacon = Beacon::open(Some(&config()), dir.path());
        let told = beacon.told();
        assert_eq!(told.addresses, config().addresses);
        let pair = beacon.keys().unwrap().rotate().unwrap();
        assert_eq!(told.pins[1], pair.current.pin);
        assert_eq!(beacon.told().pins, [pair.current.pin, pair.next.pin]);
        assert_eq!(beacon.state().unwrap().troubles, Vec::<String>::new());
    }

    #[test]
    fn a_damaged_key_stops_the_beacon_alone_and_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("beacon.key");
        crate::keys::file_write(&path, b"no key").unwrap();
        let beacon = Beacon::open(Some(&config()), dir.path());
        let told = beacon.told();
        assert!(told.is_set_up() && told.is_none(), "{told:?}");
        let troubles = beacon.state().unwrap().troubles;
        assert!(troubles[0].contains("beacon.key"), "{troubles:?}");
    }

    #[test]
    fn where_it_cannot_listen_is_told_until_it_can() {
        let dir = tempfile::tempdir().unwrap();
        let beacon = Beacon::open(Some(&config()), dir.path());
        let at = config().listen[0];
        beacon.listens(at, Err("no such address".to_owned()));
        let troubles = beacon.state().unwrap().troubles;
        assert_eq!(troubles, ["10.1.2.3:7445: no such address"]);
        assert!(
            !beacon.told().is_none(),
            "it may be there again in a moment"
        );
        beacon.listens(at, Ok(()));
        assert!(beacon.state().unwrap().troubles.is_empty());
    }

    #[test]
    fn a_collector_without_a_beacon_tells_of_none() {
        let beacon = Beacon::default();
        assert_eq!(beacon.told(), Beacons::default());
        assert_eq!(beacon.state(), None);
    }
}
