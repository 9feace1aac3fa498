//! Tests of the admission.
//!
//! Touches memory alone. Must never wait for time to pass.
