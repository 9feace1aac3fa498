//! The story of a device, chapter by chapter, told by real processes over real mutual TLS.
//!
//! Touches what the cast touches: processes, temporary folders, loopback addresses, and network
//! namespaces where it may make them. Must never look behind the scenes: what a chapter asserts is what
//! a user, an administrator or an auditor would see.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a helper of a chapter fails the chapter"
)]

mod a_clone;
mod encrypted;
mod enrolment;
mod impostors;
mod isolation;
mod judgement;
mod killed;
mod offline;
mod restored;
mod suspension;
mod units;
