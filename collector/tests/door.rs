//! The collector's door, seen from outside: real TLS, real gRPC, a real store.
//!
//! Touches loopback sockets and temporary folders. Must never reach into the collector for what a laptop
//! could not see, but to look at its record.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on has failed; helpers are not seen as tests by the linter"
)]

#[path = "door/message.rs"]
mod message;
#[path = "door/trouble.rs"]
mod trouble;
#[path = "door/world.rs"]
mod world;

#[path = "door/accounts.rs"]
mod accounts;
#[path = "door/alien.rs"]
mod alien;
#[path = "door/beacon.rs"]
mod beacon;
#[path = "door/certificate.rs"]
mod certificate;
#[path = "door/damage.rs"]
mod damage;
#[path = "door/enrolment.rs"]
mod enrolment;
#[path = "door/exceptions.rs"]
mod exceptions;
#[path = "door/identity.rs"]
mod identity;
#[path = "door/input.rs"]
mod input;
#[path = "door/life.rs"]
mod life;
#[path = "door/rehearsal.rs"]
mod rehearsal;
#[path = "door/rejudged.rs"]
mod rejudged;
#[path = "door/reports.rs"]
mod reports;
#[path = "door/silence.rs"]
mod silence;
