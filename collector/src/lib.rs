//! The central side: admits laptops, takes in their reports, judges them, gives orders, and keeps
//! the record of it all.
//!
//! Touches the network and the disk through its rooms. Must never trust a claim in a message over
//! the certificate it came under.

pub mod admin;
pub mod admit;
pub mod attach;
pub mod audit;
pub mod authority;
pub mod beacon;
pub mod cli;
pub mod client;
pub mod clock;
pub mod config;
pub mod enrol;
pub mod grpc;
pub mod hub;
pub mod in_force;
pub mod intake;
pub mod keys;
pub mod limits;
pub mod listening;
pub mod record;
pub mod response;
pub mod serve;
pub mod store;
pub mod tls;
