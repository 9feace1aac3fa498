//! The gRPC contract `sekisho.v1` and its conversion into the vocabulary of `sekisho-policy`.
//!
//! Touches bytes in memory. Must never decide anything: what is too large, too many or malformed is
//! refused by name, and nothing else is judged here.

pub mod beacon;
pub mod codec;
pub mod convert;
pub mod json;
pub mod limits;
pub mod message;
pub mod order;
pub mod section;
pub mod wire;
