//! The facts of a Windows laptop, made of what Windows answers: the same everywhere, so that a captured laptop can
//! be judged on any system.
//!
//! Touches Windows through `ask` alone, which gives numbers and values as they are. Must never read text that
//! Windows words for people, and never take a missing answer for a good one.

pub mod administrators;
pub mod antivirus;
pub mod boot;
pub mod firewall;
pub mod hive;
pub mod host;
pub mod network;
pub mod registry;
pub mod screen;
pub mod software;
pub mod updates;
mod users;
pub mod volumes;
pub mod wifi;
pub mod wmi;

use super::systems::System;

/// The readers of Windows.
pub(super) const SYSTEM: System = System {
    host: host::read,
    volumes: volumes::read,
    antivirus: antivirus::read,
    software: |root, _| software::read(root),
    release: host::release,
    updates: |root, _| updates::read(root),
    screen_locks: screen::read,
    firewall: firewall::read,
    secure_boot: boot::secure_boot,
    tpm: boot::tpm,
    administrators: administrators::read,
    carried: network::carried,
    ipsec: network::ipsec,
    dns_servers: network::dns_servers,
    wifi: wifi::read,
};

#[cfg(test)]
mod tests;
