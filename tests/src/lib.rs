//! The cast of the story: a collector and laptops as real processes, network namespaces, and ways
//! to wait for what must come true.
//!
//! Touches processes, namespaces and temporary folders that it made itself. Must never mock what
//! can be real, nor end a process it did not start.
#![expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "the cast fails the test that it plays in, and says there what it saw"
)]

pub mod aged;
pub mod child;
pub mod clock;
pub mod crowd;
pub mod desktop;
pub mod dice;
pub mod eventually;
pub mod fuzz;
pub mod guest;
pub mod laptop;
pub mod machine;
pub mod netns;
pub mod opens;
pub mod outbox_load;
pub mod pair_load;
pub mod powercut;
pub mod programs;
mod ran;
pub mod skip;
pub mod store_load;
pub mod volume;
pub mod world;
