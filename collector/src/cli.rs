//! What administrators type.
