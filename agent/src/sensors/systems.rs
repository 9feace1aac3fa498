//! The readers of the facts that every system has, one list for each system.
//!
//! Touches nothing. Must never mix the readers of two systems.

use std::net::IpAddr;
use std::sync::Arc;

use sekisho_policy::facts::{
    Administrators, AntivirusProduct, Firewall, Host, Release, ScreenLock, SecureBoot, Software,
    Tpm, Updates, Volume, Vpn, Wifi,
};
use sekisho_policy::reading::Reading;

use super::Root;
use super::network::carry::Carried;
use super::software::Lists;

/// Reads one fact of the system below a root.
pub(super) type Read<T> = fn(&Root) -> Reading<T>;

/// The readers of one system.
pub(super) struct System {
    pub(super) host: Read<Host>,
    pub(super) volumes: Read<Vec<Volume>>,
    pub(super) antivirus: Read<Vec<AntivirusProduct>>,
    pub(super) software: fn(&Root, Arc<Lists>) -> Reading<Software>,
    pub(super) release: Read<Release>,
    pub(super) updates: fn(&Root, &Lists) -> Reading<Updates>,
    pub(super) screen_locks: Read<Vec<ScreenLock>>,
    pub(super) firewall: Read<Firewall>,
    pub(super) secure_boot: Read<SecureBoot>,
    pub(super) tpm: Read<Tpm>,
    pub(super) administrators: Read<Administrators>,
    pub(super) carried: Read<Carried>,
    pub(super) ipsec: Read<Vec<Vpn>>,
    pub(super) dns_servers: Read<Vec<IpAddr>>,
    pub(super) wifi: Read<Vec<Wifi>>,
}

impl System {
    /// The readers for the system below this root.
    pub(super) fn of(root: &Root) -> &'static Self {
        if root.is_windows() {
            &super::windows::SYSTEM
        } else {
            &THIS
        }
    }
}

#[cfg(unix)]
const THIS: System = System {
    host: super::host::read,
    volumes: super::volumes::read,
    antivirus: super::antivirus::read,
    software: super::software::read,
    release: super::platform::release::read,
    updates: super::platform::updates::read,
    screen_locks: super::platform::screen::read,
    firewall: super::platform::firewall::read,
    secure_boot: super::platform::boot::secure_boot,
    tpm: super::platform::boot::tpm,
    administrators: super::platform::administrators::read,
    carried: super::network::kernel::read,
    ipsec: super::network::ipsec::read,
    dns_servers: super::network::resolver::read,
    wifi: super::network::wifi::read,
};

#[cfg(windows)]
const THIS: System = super::windows::SYSTEM;
