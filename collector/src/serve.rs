//! `serve(collector, listeners, shutdown)`: puts the rooms together and runs them until told to stop.
//!
//! Touches the sockets it is given. Must never bind one itself, and never decide anything.

use std::sync::Arc;

use crate::config::Config;
use crate::hub::Hub;
use crate::in_force::PolicyInForce;
use crate::keys::Keys;
use crate::store::Store;

/// The rooms every interface of the collector shares.
pub struct Collector {
    /// What it was told at its start.
    pub config: Config,
    /// Its keys.
    pub keys: Arc<Keys>,
    /// Its memory.
    pub store: Arc<dyn Store>,
    /// The open streams.
    pub hub: Arc<Hub>,
    /// The policy that reports are judged by.
    pub policy: PolicyInForce,
}
