//! Tests of enrolment and renewal.
//!
//! Touches memory alone. Must never wait for time to pass.
