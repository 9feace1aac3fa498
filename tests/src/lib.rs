//! The cast of the story: a collector and laptops as real processes, network namespaces, and ways
//! to wait for what must come true.
//!
//! Touches processes, namespaces and temporary folders that it made itself. Must never mock what
//! can be real, nor end a process it did not start.

pub mod dice;
pub mod powercut;
pub mod store_load;
