//! Feeds the fuzzer's bytes to the target of this name.
//!
//! Touches what the target touches. Must never hold more than the call.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sekisho_tests::fuzz::run("user_hive", bytes));
