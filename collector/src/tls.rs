//! TLS 1.3 for each listener, with post-quantum key exchange preferred.
