//! Tests of the beginning of a stream.
//!
//! Touches memory alone. Must never wait for time to pass.
