//! The list of readers of facts: `gather(...) -> Facts`.
