//! The laptop's side: reads the posture, judges it, reports it, and carries out orders.
//!
//! Touches the system through its rooms. Must never run anything the collector sends.

pub mod adapters;
pub mod ask;
pub mod beacon;
pub mod cli;
pub mod clock;
pub mod config;
pub mod cycle;
pub mod desktop;
pub mod enforce;
pub mod enrol;
pub mod files;
pub mod identity;
pub mod limits;
pub mod link;
pub mod links;
pub mod memory;
#[cfg(unix)]
pub mod netlink;
pub mod outbox;
pub mod paths;
pub mod sensors;
pub mod shell;
pub mod topics;
pub mod wfp;
#[cfg(windows)]
pub mod win;
pub mod wlan;
