//! What Windows can be asked only by its own C interface: the one room with `unsafe` code.
//!
//! Touches the system through the `windows` crate. Must never interpret an answer, and never hand out a pointer or
//! a handle that outlives its owner: each call is wrapped where it is made.
#![expect(
    unsafe_code,
    reason = "the system's interface is C; every block says what it relies on"
)]

pub mod access;
pub mod events;
pub mod file;
pub mod group;
pub mod machine;
pub mod management;
pub mod network;
pub mod pipe;
pub mod service;
pub mod settings;
pub mod socket;
pub mod text;
pub mod tray;
pub mod updates;
pub mod user;
pub mod wfp;
pub mod wlan;
