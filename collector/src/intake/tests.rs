//! Tests of the intake.
//!
//! Touches memory alone. Must never wait for time to pass.
