//! The admin interface over its real socket, with a real store on disk behind it.
//!
//! Touches a temporary folder. Must never reach around the interface for what it could ask.

mod audit;
mod cast;
mod devices;
mod fleet;
mod orders;
mod refusals;
