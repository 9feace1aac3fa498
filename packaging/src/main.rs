//! `cargo xtask`: demo, test, ci, bench.
//!
//! Touches the build tool and the processes it starts. Must never hold product logic.

fn main() {}
