//! `sekisho-collector`: parses what was typed and hands over.
//!
//! Touches the command line and the exit code. Must never hold logic.

fn main() {}
