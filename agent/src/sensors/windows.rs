//! The facts of a Windows laptop, made of what Windows answers: the same everywhere, so that a captured laptop can
//! be judged on any system.
//!
//! Touches Windows through `ask` alone, which gives numbers and values as they are. Must never read text that
//! Windows words for people, and never take a missing answer for a good one.

pub mod antivirus;
pub mod boot;
pub mod firewall;
pub mod host;
pub mod network;
pub mod registry;
pub mod software;
pub mod volumes;
pub mod wifi;
pub mod wmi;

use sekisho_policy::facts::{Administrators, ScreenLock};
use sekisho_policy::reading::{Reading, Why};

use super::Root;
use super::systems::System;

/// The readers of Windows.
pub(super) const SYSTEM: System = System {
    host: host::read,
    volumes: volumes::read,
    antivirus: antivirus::read,
    software: |root, _| software::read(root),
    release: host::release,
    updates: |root, _| no_reader(root),
    screen_locks: no_reader::<Vec<ScreenLock>>,
    firewall: firewall::read,
    secure_boot: boot::secure_boot,
    tpm: boot::tpm,
    administrators: no_reader::<Administrators>,
    carried: network::carried,
    ipsec: network::ipsec,
    dns_servers: network::dns_servers,
    wifi: wifi::read,
};

/// Says that this agent cannot tell.
fn no_reader<T>(_: &Root) -> Reading<T> {
    let why = "this agent does not read it on Windows";
    Reading::Unknown(Why::Unsupported(why.to_owned()))
}

#[cfg(test)]
mod tests;
