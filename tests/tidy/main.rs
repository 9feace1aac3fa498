//! The rules of the house, kept by reading the house: who may know whom, how large a room may be,
//! and what may not be written.
//!
//! Touches the source tree and `cargo metadata`, reading only. Must never be loosened to let one
//! more file pass.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod crates;
mod rooms;
mod tree;
mod words;
