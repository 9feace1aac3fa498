//! What administrators type.
//!
//! Touches nothing itself. Must never hold what a command does.

pub mod admin;
pub mod audit;
pub mod common;
pub mod device;
pub mod failure;
pub mod order;
pub mod paper;
pub mod parse;
pub mod policy;
pub mod token;
