//! The store under blows: killed, cut off from power, out of space.
//!
//! Touches temporary folders and the processes it starts.
#![expect(clippy::unwrap_used, reason = "in a test a failure is the answer")]

mod full;
mod kill;
mod power;
