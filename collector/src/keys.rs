//! The collector's keys on disk: CA, TLS, order signing, log signing, break-glass.
