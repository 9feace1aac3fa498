//! The generated messages and services of `sekisho.v1`.
//!
//! Touches nothing. Must never hold a line written by hand: conversions stand in `convert`.
#![expect(
    missing_docs,
    clippy::allow_attributes,
    clippy::large_enum_variant,
    reason = "generated code; the contract's own files carry the documentation"
)]

tonic::include_proto!("sekisho.v1");
