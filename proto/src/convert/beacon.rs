//! What a laptop is told of beacons.
//!
//! Touches nothing. Must never refuse a message: an item that is not understood is left out, since a beacon
//! that a newer collector words otherwise must not cost a laptop its orders.

use std::net::{IpAddr, SocketAddr};

use sekisho_policy::id::Fingerprint;

use crate::beacon::Beacons;
use crate::limits::{BEACON_ADDRESSES_MAX, BEACON_PINS_MAX};
use crate::wire;

impl From<wire::Beacons> for Beacons {
    fn from(wire::Beacons { addresses, pins }: wire::Beacons) -> Self {
        let pins = pins
            .iter()
            .filter_map(|pin| <[u8; 32]>::try_from(&**pin).ok());
        Self {
            addresses: addresses
                .iter()
                .filter_map(address)
                .take(BEACON_ADDRESSES_MAX)
                .collect(),
            pins: pins
                .map(Fingerprint::from_bytes)
                .take(BEACON_PINS_MAX)
                .collect(),
        }
    }
}

impl From<&Beacons> for wire::Beacons {
    fn from(Beacons { addresses, pins }: &Beacons) -> Self {
        Self {
            addresses: addresses
                .iter()
                .take(BEACON_ADDRESSES_MAX)
                .map(|socket| wire::BeaconAddress {
                    address: match socket.ip() {
                        IpAddr::V4(short) => short.octets().to_vec().into(),
                        IpAddr::V6(long) => long.octets().to_vec().into(),
                    },
                    port: socket.port().into(),
                })
                .collect(),
            pins: pins
                .iter()
                .take(BEACON_PINS_MAX)
                .map(|pin| pin.as_bytes().to_vec().into())
                .collect(),
        }
    }
}

fn address(wire::BeaconAddress { address, port }: &wire::BeaconAddress) -> Option<SocketAddr> {
    let short = <[u8; 4]>::try_from(&**address).map(IpAddr::from);
    let long = <[u8; 16]>::try_from(&**address).map(IpAddr::from);
    let port = u16::try_from(*port).ok().filter(|port| *port != 0)?;
    Some(SocketAddr::new(short.or(long).ok()?, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_left_out_and_the_rest_is_taken() {
        let told = |address: &[u8], port| wire::BeaconAddress {
            address: address.to_vec().into(),
            port,
        };
        let message = wire::Beacons {
            addresses: vec![
                told(&[10, 0, 0, 1], 7445),
                told(b"beacon.example", 7445),
                told(&[10, 0, 0, 2], 0),
                told(&[10, 0, 0, 3], 70_000),
                told(&[0xfd; 16], 7445),
            ],
            pins: vec![vec![1; 20].into(), vec![2; 32].into()],
        };
        let beacons = Beacons::from(message);
        let known: [SocketAddr; 2] = [
            "10.0.0.1:7445".parse().unwrap(),
            SocketAddr::new([0xfd; 16].into(), 7445),
        ];
        assert_eq!(beacons.addresses, known);
        assert_eq!(beacons.pins, [Fingerprint::from_bytes([2; 32])]);
        assert_eq!(Beacons::from(wire::Beacons::from(&beacons)), beacons);
    }

    #[test]
    fn no_more_is_taken_than_a_laptop_asks() {
        let one = wire::BeaconAddress {
            address: vec![10, 0, 0, 1].into(),
            port: 7445,
        };
        let beacons = Beacons::from(wire::Beacons {
            addresses: vec![one; 1000],
            pins: vec![vec![2; 32].into(); 1000],
        });
        assert_eq!(beacons.addresses.len(), BEACON_ADDRESSES_MAX);
        assert_eq!(beacons.pins.len(), BEACON_PINS_MAX);
    }
}
