//! The policy document: TOML in, `Policy` out, errors with line and key.
