//! The store under blows: killed, cut off from power, out of space.
//!
//! Touches temporary folders and the processes it starts.

mod full;
mod kill;
mod power;
